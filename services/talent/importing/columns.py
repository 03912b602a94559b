"""Pure: which columns a file of each kind has, what they may be called, and which heading is which."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from mainstay.talent.v1.profiles_pb2 import (
    ENTRY_KIND_AWARD,
    ENTRY_KIND_CERTIFICATE,
    ENTRY_KIND_INDICATOR,
    ENTRY_KIND_POTENTIAL,
    ENTRY_KIND_REVIEW,
    ENTRY_KIND_SKILL,
)
from services.talent.importing.problems import Code, Problem
from services.talent.importing.values import plain


class Field(StrEnum):
    NUMBER = "number"
    SKILL = "skill"
    LEVEL = "level"
    TITLE = "title"
    TITLE_EN = "title_en"
    VALUE = "value"
    SCALE = "scale"
    POTENTIAL = "potential"
    CODE = "code"
    OBSERVED_ON = "observed_on"
    VALID_TO = "valid_to"
    EVIDENCE = "evidence"


@dataclass(frozen=True, slots=True)
class Column:
    """The first two names are the ones a template uses, Chinese and English."""

    field: Field
    names: tuple[str, ...]
    needed: bool = True


_NUMBER = Column(Field.NUMBER, ("工号", "Employee number", "员工编号", "人员编号", "员工号", "number", "employee no"))
_EVIDENCE = Column(Field.EVIDENCE, ("证据", "Evidence", "依据", "说明", "事例"), needed=False)
_TITLE_EN = Column(Field.TITLE_EN, ("英文名称", "English name", "name in english", "title_en"), needed=False)
_VALID_TO = Column(Field.VALID_TO, ("有效期至", "Valid to", "有效期", "到期日", "valid until", "expires"), needed=False)


def _date(zh: str, en: str) -> Column:
    return Column(Field.OBSERVED_ON, (zh, en, "日期", "date", "observed_on"))


_COLUMNS: Mapping[int, tuple[Column, ...]] = {
    ENTRY_KIND_SKILL: (
        _NUMBER,
        Column(Field.SKILL, ("技能", "Skill", "能力", "技能编码", "能力编码", "skill code")),
        Column(Field.LEVEL, ("等级", "Level", "级别", "水平")),
        _date("评估日期", "Seen on"),
        _VALID_TO,
        _EVIDENCE,
    ),
    ENTRY_KIND_CERTIFICATE: (
        _NUMBER,
        Column(Field.TITLE, ("证书", "Certificate", "证书名称", "名称", "name")),
        _TITLE_EN,
        _date("取得日期", "Issued on"),
        _VALID_TO,
        _EVIDENCE,
    ),
    ENTRY_KIND_AWARD: (
        _NUMBER,
        Column(Field.TITLE, ("奖项", "Award", "奖项名称", "荣誉", "名称", "name")),
        _TITLE_EN,
        _date("获奖日期", "Awarded on"),
        _EVIDENCE,
    ),
    ENTRY_KIND_REVIEW: (
        _NUMBER,
        Column(Field.TITLE, ("考核周期", "Period", "周期", "期间", "review period")),
        Column(Field.VALUE, ("得分", "Score", "分数", "评分", "绩效得分")),
        Column(Field.SCALE, ("满分", "Out of", "分制", "scale"), needed=False),
        _date("考核日期", "Reviewed on"),
        _EVIDENCE,
    ),
    ENTRY_KIND_POTENTIAL: (
        _NUMBER,
        Column(Field.POTENTIAL, ("潜力类型", "Potential", "潜力", "类型", "kind")),
        Column(Field.LEVEL, ("评级", "Rating", "等级", "level")),
        _date("评估日期", "Rated on"),
        _EVIDENCE,
    ),
    ENTRY_KIND_INDICATOR: (
        _NUMBER,
        Column(Field.CODE, ("指标编码", "Indicator code", "编码", "code")),
        Column(Field.TITLE, ("指标名称", "Indicator", "指标", "名称", "name")),
        _TITLE_EN,
        Column(Field.VALUE, ("数值", "Value", "值", "实际值")),
        Column(Field.SCALE, ("单位", "Unit"), needed=False),
        _date("测量日期", "Measured on"),
        _EVIDENCE,
    ),
}
# Columns that lists of people come with: nothing is lost with them. Any other that is not known is asked about.
_PASSED_OVER = frozenset(
    (
        "姓名",
        "name",
        "fullname",
        "部门",
        "department",
        "岗位",
        "post",
        "position",
        "序号",
        "no",
        "备注",
        "remark",
        "remarks",
    )
)
_IN_BRACKETS = re.compile(r"\(.*?\)|（.*?）|[\s_*:-]")


@dataclass(frozen=True, slots=True)
class Layout:
    """Where each field stands; `headings` as the file has them, by field."""

    places: Mapping[Field, int]
    headings: Mapping[Field, str]
    problems: tuple[Problem, ...]


def columns_of(kind: int) -> tuple[Column, ...]:
    return _COLUMNS[kind]


def lay_out(kind: int, headings: Sequence[str], line: int) -> Layout:
    """Finds the columns of a kind among the headings on `line`."""
    by_name = {_key(name): column.field for column in _COLUMNS[kind] for name in column.names}
    places: dict[Field, int] = {}
    problems: list[Problem] = []
    for at, heading in enumerate(headings):
        field = by_name.get(_key(heading))
        if field is None:
            if heading and _key(heading) not in _PASSED_OVER:
                problems.append(Problem(line, shown(heading), Code.COLUMN_UNKNOWN))
        elif field in places:
            problems.append(Problem(line, shown(heading), Code.COLUMN_TWICE, {"other": shown(headings[places[field]])}))
        else:
            places[field] = at
    for column in _COLUMNS[kind]:
        if column.needed and column.field not in places:
            name, name_en = column.names[:2]
            problems.append(Problem(line, "", Code.COLUMN_MISSING, {"name": name, "name_en": name_en}))
    return Layout(places, {field: headings[at] for field, at in places.items()}, tuple(problems))


def shown(heading: str) -> str:
    """A heading of the file in an answer: never one that a spreadsheet would run."""
    short = heading[:60]
    return f"'{short}" if short[:1] in set("=+-@\t\r") else short


def _key(heading: str) -> str:
    return _IN_BRACKETS.sub("", plain(heading)).casefold()
