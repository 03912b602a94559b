"""德铭模具 Deming Tooling: the second company of the story, whose people are imported from a file.

The file is as such files are: a title above the headings, dates in several ways, telephones as numbers, the number of
the paper file called 编号, which the suggestion, unsure, takes for the employee number, and twelve rows with something
wrong, each in its own way. Mapped rightly, the corrected file has no problem.
"""

import csv
import io
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from random import Random
from typing import Literal

import xlsxwriter

from services.employees.demo.identities import identities
from services.employees.importing.problems import Code

NAME, NAME_EN = "德铭模具", "Deming Tooling"
HEADINGS = (
    "编号", "员工代码", "姓名", "部门", "岗位", "直接上级", "入职日期", "转正日期", "离职日期", "手机", "邮箱",
    "身份证号", "出生日期", "备注",
)  # fmt: skip
MAPPING = {
    "员工代码": "number",
    "姓名": "name",
    "部门": "unit",
    "岗位": "post",
    "直接上级": "manager_number",
    "入职日期": "hired_on",
    "转正日期": "confirmed_on",
    "离职日期": "last_day",
    "手机": "mobile",
    "邮箱": "work_mail",
    "身份证号": "national_id",
    "出生日期": "birth_date",
}
"""The right mapping, by heading. 编号 and 备注 are not read."""
SUGGESTED_WRONGLY = "编号"
"""What the suggestion takes for the employee number."""

MISTAKES: dict[int, Code] = {
    8: Code.VALUE_MISSING,
    12: Code.NATIONAL_ID_CHECKSUM,
    15: Code.DATE_UNREADABLE,
    19: Code.MAIL_INVALID,
    23: Code.PHONE_LENGTH,
    27: Code.NUMBER_DUPLICATE,
    31: Code.MANAGER_UNKNOWN,
    36: Code.LAST_DAY_BEFORE_HIRE,
    40: Code.OWN_MANAGER,
    44: Code.BIRTH_AFTER_HIRE,
    49: Code.MAIL_DUPLICATE,
    53: Code.MANAGER_CYCLE,
}
"""What is wrong in which row of the file, the way a spreadsheet counts."""

_FIRST_ROW = 4
# Path, head's title, others with how many.
_TEAMS: tuple[tuple[str, str, tuple[tuple[str, int], ...]], ...] = (
    (NAME, "总经理", ()),
    (f"{NAME}/综合管理部", "综合部经理", (("行政专员", 2), ("人事专员", 1), ("会计", 2))),
    (f"{NAME}/市场部", "市场部经理", (("业务员", 5), ("跟单员", 2))),
    (f"{NAME}/模具设计部", "设计部经理", (("模具设计师", 6), ("编程员", 3))),
    (f"{NAME}/制造部", "制造部经理", (("计划员", 1),)),
    (f"{NAME}/制造部/数控组", "数控组长", (("数控操作员", 9),)),
    (f"{NAME}/制造部/钳工组", "钳工组长", (("钳工", 8),)),
    (f"{NAME}/制造部/试模组", "试模组长", (("试模工", 4),)),
    (f"{NAME}/品质部", "品质部经理", (("检验员", 5),)),
    (f"{NAME}/采购仓储部", "采购部经理", (("采购员", 2), ("仓管员", 2))),
)
_CREATED = datetime(2026, 1, 1)  # noqa: DTZ001 - a workbook's own date has no zone


@dataclass(frozen=True, slots=True)
class _Row:
    number: str
    name: str
    unit: str
    post: str
    manager: str
    hired_on: date | str
    confirmed_on: date
    last_day: date | str
    mobile: str
    mail: str
    national_id: str
    birth_date: date


def second_company(form: Literal["xlsx", "csv"] = "xlsx", *, corrected: bool = False) -> bytes:
    """The file, XLSX or CSV in GB18030; `corrected`: after somebody put the twelve rows right."""
    people = _people()
    if not corrected:
        people = _with_mistakes(people)
    return _xlsx(people) if form == "xlsx" else _csv(people)


def _people() -> list[_Row]:
    chance = Random(6)  # noqa: S311 - the file is always the same
    strangers = identities(chance)
    people: list[_Row] = []
    head_of: dict[str, str] = {}
    for unit, title, staff in _TEAMS:
        above = head_of.get(unit.rsplit("/", 1)[0], "")
        seats = [(title, above), *((post, "") for post, count in staff for _ in range(count))]
        for at, (post, manager) in enumerate(seats):
            number = f"DM{len(people) + 1:03}"
            if at == 0:
                head_of[unit] = number
            years = chance.randint(3, 9) if at == 0 else chance.randint(0, 6)
            hired_on = date(2025 - years, chance.randint(1, 12), chance.randint(1, 28))
            who = next(strangers).person(number, hired_on=hired_on, age=chance.randint(22, 38), time_zone="")
            mail = who.work_mail.split("@")[0] + "@deming.example"
            people.append(
                _Row(
                    number, who.name, unit, post, manager or ("" if at == 0 else head_of[unit]), hired_on,
                    hired_on + timedelta(days=91), "", "1990001" + who.mobile[-4:], mail, who.national_id,
                    who.birth_date,
                )
            )  # fmt: skip
    return people


def _with_mistakes(people: list[_Row]) -> list[_Row]:
    """The same people with the slips of `MISTAKES`."""
    rows = list(people)
    for row, code in MISTAKES.items():
        at = row - _FIRST_ROW
        rows[at] = _SLIPS[code](people, at)
        if code is Code.MANAGER_CYCLE:
            # A circle takes two: the person of the next row reports back. It is said once, of the first.
            rows[at + 1] = replace(people[at + 1], manager=people[at].number)
    return rows


def _wrong_check(people: list[_Row], at: int) -> _Row:
    right = people[at].national_id
    return replace(people[at], national_id=right[:-1] + ("1" if right[-1] != "1" else "2"))


def _left_before(people: list[_Row], at: int) -> _Row:
    hired_on = people[at].hired_on
    return replace(people[at], last_day=hired_on - timedelta(days=30) if isinstance(hired_on, date) else "")


_SLIPS: dict[Code, Callable[[list[_Row], int], _Row]] = {
    Code.VALUE_MISSING: lambda people, at: replace(people[at], name=""),
    Code.NATIONAL_ID_CHECKSUM: _wrong_check,
    Code.DATE_UNREADABLE: lambda people, at: replace(people[at], hired_on="2021年春"),
    Code.MAIL_INVALID: lambda people, at: replace(people[at], mail=people[at].mail.replace("@", "#")),
    Code.PHONE_LENGTH: lambda people, at: replace(people[at], mobile=people[at].mobile[:-1]),
    Code.NUMBER_DUPLICATE: lambda people, at: replace(people[at], number=people[1].number),
    Code.MANAGER_UNKNOWN: lambda people, at: replace(people[at], manager="DM900"),
    Code.LAST_DAY_BEFORE_HIRE: _left_before,
    Code.OWN_MANAGER: lambda people, at: replace(people[at], manager=people[at].number),
    Code.BIRTH_AFTER_HIRE: lambda people, at: replace(people[at], birth_date=date(2025, 5, 1), national_id=""),
    Code.MAIL_DUPLICATE: lambda people, at: replace(people[at], mail=people[at - 1].mail),
    Code.MANAGER_CYCLE: lambda people, at: replace(people[at], manager=people[at + 1].number),
}


def _cells(at: int, person: _Row) -> list[object]:
    remark = "部门负责人" if not person.manager or person.post.endswith(("经理", "组长")) else ""
    return [
        f"{2100 + at * 7 % 997}", person.number, person.name, person.unit, person.post, person.manager,
        person.hired_on, person.confirmed_on, person.last_day, person.mobile, person.mail, person.national_id,
        person.birth_date, remark,
    ]  # fmt: skip


def _written(value: object, at: int) -> object:
    """Dates the way different colleagues write them."""
    if not isinstance(value, date):
        return value
    forms = (
        value.isoformat(),
        f"{value.year}/{value.month}/{value.day}",
        f"{value.year}年{value.month}月{value.day}日",
    )
    return forms[at % 3]


def _csv(people: list[_Row]) -> bytes:
    target = io.StringIO(newline="")
    writer = csv.writer(target)
    writer.writerow([f"{NAME}员工花名册", *[""] * (len(HEADINGS) - 1)])
    writer.writerow([""] * len(HEADINGS))
    writer.writerow(HEADINGS)
    for at, person in enumerate(people, 1):
        writer.writerow([_written(value, at) for value in _cells(at, person)])
    return target.getvalue().encode("gb18030")


def _xlsx(people: list[_Row]) -> bytes:
    target = io.BytesIO()
    book = xlsxwriter.Workbook(target, {"default_date_format": "yyyy-mm-dd", "in_memory": True})
    book.set_properties({"title": f"{NAME}员工花名册", "created": _CREATED})
    sheet = book.add_worksheet("花名册")
    bold = book.add_format({"bold": True})
    sheet.merge_range(0, 0, 0, len(HEADINGS) - 1, f"{NAME}员工花名册", bold)
    sheet.write_row(2, 0, HEADINGS, bold)
    for at, person in enumerate(people, 1):
        for column, value in enumerate(_cells(at, person)):
            # Whoever typed the telephones in did not set the column to text.
            shown = float(person.mobile) if value is person.mobile else value
            sheet.write(_FIRST_ROW - 2 + at, column, shown)
    sheet.set_column(0, len(HEADINGS) - 1, 14)
    book.close()
    return target.getvalue()
