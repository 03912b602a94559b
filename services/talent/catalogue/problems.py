"""Pure: what can be wrong with files of skills: where, what, and what to do about it, in both languages."""

from collections import Counter
from dataclasses import dataclass, field
from enum import Enum, unique

from services.talent.catalogue.skills import Words

KEPT = 1_000
"""Problems kept with their place; the others are only counted, so that a broken file cannot fill the memory."""


@unique
class Fault(Enum):
    """What is wrong, and what to do; `{…}` are filled in where the problem is noted."""

    FILE_MISSING = (
        Words("没有找到 {name}。", "There is no {name}."),
        Words("请把下载的文件完整地放进来。", "Put in all the files of the download."),
    )
    ZIP_BROKEN = (
        Words("压缩包已损坏或不完整。", "The archive is damaged or incomplete."),
        Words("请重新下载。", "Download it again."),
    )
    ZIP_ENCRYPTED = (
        Words("压缩包设有密码。", "The archive has a password."),
        Words("请去掉密码。", "Remove the password."),
    )
    TOO_LARGE = (
        Words("展开后超过上限 {limit} MB。", "Unpacked it is larger than {limit} MB."),
        Words(
            "这不像是技能分类文件，请确认来源。",
            "It does not look like a classification of skills: check where it is from.",
        ),
    )
    TOO_DENSE = (
        Words("压缩比超过 {limit} 倍，可能是压缩炸弹。", "It is packed more than {limit} times: perhaps a zip bomb."),
        Words("请确认来源后重新下载。", "Check where it is from and download it again."),
    )
    TOO_MANY_FILES = (
        Words("压缩包里的文件超过 {limit} 个。", "The archive holds more than {limit} files."),
        Words("请只放入分类文件。", "Put in the files of the classification only."),
    )
    NOT_UTF8 = (
        Words("文字不是 UTF-8 编码。", "The text is not in UTF-8."),
        Words("请用原始下载文件，不要用表格软件另存。", "Use the file as downloaded, not as saved by a spreadsheet."),
    )
    EMPTY = (
        Words("文件里没有内容。", "The file is empty."),
        Words("请重新下载。", "Download it again."),
    )
    COLUMN_MISSING = (
        Words("缺少列“{name}”。", "The column {name} is missing."),
        Words("请核对版本，使用原始文件。", "Check the release and use the file as downloaded."),
    )
    ROW_UNREADABLE = (
        Words(
            "从这一行起读不下去：引号没有配对，或内容过长。",
            "From this line on it cannot be read: an open quotation mark, or too long.",
        ),
        Words("请修正这一行，或重新下载。", "Mend the line or download the file again."),
    )
    ROW_SHORT = (
        Words("这一行的列数与标题行不同。", "The row has not as many columns as the heading."),
        Words("请修正这一行。", "Mend the row."),
    )
    VALUE_MISSING = (
        Words("没有填写。", "Nothing is given."),
        Words("请补上，或删去这一行。", "Give it or remove the row."),
    )
    VALUE_WRONG = (
        Words("“{value}”不符合要求。", "{value} is not what belongs here."),
        Words("请改正。", "Correct it."),
    )
    VALUE_UNKNOWN = (
        Words("不认识“{value}”，没有采用。", "{value} is not known and was not used."),
        Words("请核对版本。", "Check the release."),
    )
    DUPLICATE = (
        Words("{value} 前面已经出现过，以先出现的为准。", "{value} has come before; the first one counts."),
        Words("请删去重复的行。", "Remove the repeated row."),
    )
    REFERENCE_UNKNOWN = (
        Words(
            "{value} 不在技能表里，这一条关系没有采用。", "{value} is not among the skills; the relation was not used."
        ),
        Words("请把同一版本的全部文件一起导入。", "Import all files of the same release together."),
    )


@dataclass(frozen=True)
class Problem:
    """`line` counts from 1, the heading included, 0 for the file as a whole; `column` is the heading, or empty."""

    file: str
    line: int
    column: str
    fault: Fault
    what: Words
    fix: Words


@dataclass
class Report:
    """Gathers what an import meets: the first KEPT problems in `problems`, of all of them the number in `counts`."""

    problems: list[Problem] = field(default_factory=list)
    counts: Counter[Fault] = field(default_factory=Counter)

    def note(self, fault: Fault, file: str, line: int = 0, column: str = "", **values: object) -> None:
        self.counts[fault] += 1
        if len(self.problems) >= KEPT:
            return
        said = {name: str(value)[:80] for name, value in values.items()}
        what, fix = fault.value
        filled = Words(what.zh.format_map(said), what.en.format_map(said))
        self.problems.append(Problem(file, line, column, fault, filled, fix))

    @property
    def total(self) -> int:
        return self.counts.total()
