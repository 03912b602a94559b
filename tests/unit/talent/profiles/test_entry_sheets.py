"""A file of entries says what it means whatever program wrote it, and what is wrong by line, column and fix."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from contextlib import suppress
from datetime import date
from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.kit.words import LANGUAGES, find
from mainstay.talent.v1.profiles_pb2 import (
    ENTRY_KIND_AWARD,
    ENTRY_KIND_CERTIFICATE,
    ENTRY_KIND_INDICATOR,
    ENTRY_KIND_POTENTIAL,
    ENTRY_KIND_REVIEW,
    ENTRY_KIND_SKILL,
    ENTRY_SOURCE_IMPORT,
    POTENTIAL_KIND_GROWTH,
    POTENTIAL_KIND_LEARNING,
)
from services.talent.entry_rules import Statement
from services.talent.importing.checking import Person, Sheet, read_sheet
from services.talent.importing.columns import columns_of
from services.talent.importing.problems import Code, Unreadable
from services.talent.importing.reading import MOST_COLUMNS, MOST_ROWS, open_table

TODAY = date(2026, 11, 23)
OPERATOR, SKILL, OTHER = UUID(int=1), UUID(int=2), UUID(int=3)
PEOPLE = {"E0001": Person(OPERATOR, employed=True), "E0002": Person(OTHER, employed=False)}
SKILLS: dict[str, Sequence[UUID]] = {"数据录入": [SKILL], "data entry": [SKILL], "审核": [SKILL, OTHER]}
ROW = "工号,能力,等级,日期,证据\nE0001,数据录入,3,2026-03-31,每周录入\n"
KINDS = (
    ENTRY_KIND_SKILL,
    ENTRY_KIND_CERTIFICATE,
    ENTRY_KIND_AWARD,
    ENTRY_KIND_REVIEW,
    ENTRY_KIND_POTENTIAL,
    ENTRY_KIND_INDICATOR,
)


def read(text: str | bytes, kind: int = ENTRY_KIND_SKILL) -> tuple[list[Statement], Sheet]:
    sheet = read_sheet(kind, text.encode() if isinstance(text, str) else text, TODAY)
    return sheet.resolve(PEOPLE, SKILLS), sheet


def said(text: str | bytes, kind: int = ENTRY_KIND_SKILL) -> Statement:
    """The one statement of a sound file."""
    found, sheet = read(text, kind)
    assert sheet.problems == []
    (one,) = found
    return one


def problem(text: str, kind: int = ENTRY_KIND_SKILL) -> tuple[int, str, Code]:
    """The one problem of a file."""
    _, sheet = read(text, kind)
    (one,) = sheet.problems
    return one.line, one.column, one.code


@pytest.mark.parametrize(
    "content",
    [
        ROW.encode(),
        ROW.encode("utf-8-sig"),
        ROW.encode("gb18030"),
        ROW.replace(",", ";").encode(),
        ROW.replace(",", "\t").replace("\n", "\r\n").encode("gb18030"),
        "Employee number,Skill,Level,Date,Evidence\nE0001,Data entry,3,2026/3/31,每周录入".encode(),
        "员工编号,技能,级别(0-5),评估日期,依据,姓名\nE0001, 数据录入 ,3级,2026年3月31日,每周录入,李敏\n".encode(),
        '工号,能力,等级,日期,证据\n"E0001","数据录入","3","20260331","每周录入"\n\n,,,,\n'.encode(),
    ],
)
def test_whatever_wrote_it_it_says_the_same(content: bytes) -> None:
    one = said(content)
    assert (one.employee_id, one.skill_id, one.level, one.observed_on) == (OPERATOR, SKILL, 3, date(2026, 3, 31))
    assert (one.evidence, one.source, one.kind) == ("每周录入", ENTRY_SOURCE_IMPORT, ENTRY_KIND_SKILL)


def test_a_score_says_its_scale_in_the_cell_or_in_a_column() -> None:
    beside = said("工号,周期,得分,日期\nE0001,2025 上半年,4.7/5,2025-07-10\n", ENTRY_KIND_REVIEW)
    column = said("number,period,score,out of,date\nE0001,2025 上半年,4.7,5,2025-07-10\n", ENTRY_KIND_REVIEW)
    assert beside.says_the_same(column)
    assert (column.value, column.scale, column.title) == (Decimal("4.7"), "5", "2025 上半年")


def test_an_indicator_says_its_unit_in_the_cell_or_in_a_column() -> None:
    beside = said("工号,指标编码,指标,数值,日期\nE0001,err,差错率,0.8%,2026-10-31\n", ENTRY_KIND_INDICATOR)
    column = said("工号,code,指标,value,unit,date\nE0001,err,差错率,0.8,%,2026-10-31\n", ENTRY_KIND_INDICATOR)
    assert beside.says_the_same(column)
    assert (column.code, column.value, column.scale) == ("err", Decimal("0.8"), "%")


def test_potential_is_named_in_either_language() -> None:
    found, sheet = read(
        "工号,潜力,评级,日期\nE0001,学习速度,3,2026-01-05\nE0001,Growth,5,2026-01-05\n", ENTRY_KIND_POTENTIAL
    )
    assert sheet.problems == []
    assert [(one.potential, one.level) for one in found] == [(POTENTIAL_KIND_LEARNING, 3), (POTENTIAL_KIND_GROWTH, 5)]


def test_a_certificate_has_its_last_day() -> None:
    one = said("工号,证书,取得日期,有效期至\nE0001,内审员,2024-05-01,2027-04-30\n", ENTRY_KIND_CERTIFICATE)
    assert (one.title, one.valid_to) == ("内审员", date(2027, 4, 30))


@pytest.mark.parametrize(
    ("row", "column", "code"),
    [
        ("E9999,数据录入,3,2026-03-31,", "工号", Code.PERSON_UNKNOWN),
        ("E0002,数据录入,3,2026-03-31,", "工号", Code.PERSON_LEFT),
        ("E000¹,数据录入,3,2026-03-31,", "工号", Code.PERSON_UNKNOWN),
        (",数据录入,3,2026-03-31,", "工号", Code.VALUE_MISSING),
        ("E0001,炒菜,3,2026-03-31,", "能力", Code.SKILL_UNKNOWN),
        ("E0001,审核,3,2026-03-31,", "能力", Code.SKILL_AMBIGUOUS),
        ("E0001,数据录入,6,2026-03-31,", "等级", Code.LEVEL_WRONG),
        ("E0001,数据录入,2.5,2026-03-31,", "等级", Code.LEVEL_WRONG),
        ("E0001,数据录入,²,2026-03-31,", "等级", Code.LEVEL_WRONG),
        ("E0001,数据录入,3,2026-03-3¹,", "日期", Code.DATE_WRONG),
        ("E0001,数据录入,,2026-03-31,", "等级", Code.VALUE_MISSING),
        ("E0001,数据录入,3,31/03/2026,", "日期", Code.DATE_WRONG),
        ("E0001,数据录入,3,2026-02-30,", "日期", Code.DATE_WRONG),
        ("E0001,数据录入,3,2026-11-24,", "日期", Code.DATE_IN_FUTURE),
        ("E0001,数据录入,3,1949-12-31,", "日期", Code.DATE_TOO_EARLY),
        ("E0001,数据录入,3,2026-03-31,=1+1", "证据", Code.LOOKS_LIKE_FORMULA),
        ("E0001,数据录入,3,2026-03-31,-2+3+cmd|' /C calc'!A0", "证据", Code.LOOKS_LIKE_FORMULA),
        ("E0001,数据录入,3,2026-03-31,\uff1dHYPERLINK(1)", "证据", Code.LOOKS_LIKE_FORMULA),
        ("E0001,数据录入,3,2026-03-31," + "长" * 1001, "证据", Code.VALUE_TOO_LONG),
        ("E0001,数据录入,3,2026-03-31,有,逗号", "", Code.ROW_TOO_LONG),
    ],
)
def test_what_is_wrong_is_named_by_line_and_column(row: str, column: str, code: Code) -> None:
    assert problem(ROW + row) == (3, column, code)


@pytest.mark.parametrize(
    ("kind", "text", "expected"),
    [
        (ENTRY_KIND_REVIEW, "工号,周期,得分,日期\nE0001,2025,4.7,2025-07-10\n", ("得分", Code.SCALE_MISSING)),
        (ENTRY_KIND_REVIEW, "工号,周期,得分,日期\nE0001,2025,5.1/5,2025-07-10\n", ("得分", Code.SCORE_ABOVE_SCALE)),
        (ENTRY_KIND_REVIEW, "工号,周期,得分,日期\nE0001,2025,0/0,2025-07-10\n", ("得分", Code.SCORE_ABOVE_SCALE)),
        (ENTRY_KIND_REVIEW, "工号,周期,得分,日期\nE0001,2025,4/٥,2025-07-10\n", ("得分", Code.NUMBER_WRONG)),
        (ENTRY_KIND_REVIEW, "工号,周期,得分,日期\nE0001,2025,4²/50,2025-07-10\n", ("得分", Code.NUMBER_WRONG)),
        (ENTRY_KIND_REVIEW, '工号,周期,得分,日期\nE0001,2025,"4,7",2025-07-10\n', ("得分", Code.NUMBER_WRONG)),
        (ENTRY_KIND_REVIEW, "工号,周期,得分,满分,日期\nE0001,2025,4,五分,2025-07-10\n", ("满分", Code.NUMBER_WRONG)),
        (ENTRY_KIND_POTENTIAL, "工号,潜力,评级,日期\nE0001,学习速度,4,2026-01-05\n", ("评级", Code.LEVEL_WRONG)),
        (ENTRY_KIND_POTENTIAL, "工号,潜力,评级,日期\nE0001,口才,3,2026-01-05\n", ("潜力", Code.POTENTIAL_UNKNOWN)),
        (ENTRY_KIND_AWARD, "工号,奖项,日期\nE0001,\u200b,2026-01-05\n", ("奖项", Code.VALUE_MISSING)),
        (
            ENTRY_KIND_CERTIFICATE,
            "工号,证书,日期,有效期至\nE0001,内审员,2026-01-05,2026-01-04\n",
            ("有效期至", Code.VALID_TO_WRONG),
        ),
    ],
)
def test_each_kind_has_its_own_bounds(kind: int, text: str, expected: tuple[str, Code]) -> None:
    assert problem(text, kind) == (2, *expected)


@pytest.mark.parametrize(
    ("head", "column", "code"),
    [
        ("工号,能力,日期", "", Code.COLUMN_MISSING),
        ("工号,能力,等级,日期,证剧", "证剧", Code.COLUMN_UNKNOWN),
        ("工号,能力,等级,日期,level", "level", Code.COLUMN_TWICE),
        ("工号,能力,等级,日期,=cmd()", "'=cmd()", Code.COLUMN_UNKNOWN),
    ],
)
def test_columns_are_checked_before_any_row(head: str, column: str, code: Code) -> None:
    assert problem(f"\n{head}\nE9999,x,9,x\n") == (2, column, code)


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"PK\x03\x04rest", Code.IS_WORKBOOK),
        (b"a,b\n\0,1\n", Code.NOT_TEXT),
        ("工号,能力\n1,2\n".encode("utf-16"), Code.ENCODING_UNKNOWN),
        ("Ünïcödé,Größe\nÄpfel,Öl\n".encode("cp1252"), Code.ENCODING_UNKNOWN),
        (ROW.splitlines()[0].encode(), Code.NO_ROWS),
        (b"\n \n", Code.NO_ROWS),
        ((ROW + 'E0001,"数据录入,3,2026-03-31,\n').encode(), Code.QUOTES_BROKEN),
        ((ROW + "x\n" * MOST_ROWS).encode(), Code.TOO_MANY_ROWS),
        (("工号" + ",x" * MOST_COLUMNS + "\nE0001\n").encode(), Code.TOO_MANY_COLUMNS),
        ((ROW + "E0001,数据录入,3,2026-03-31," + "长" * 140_000 + "\n").encode(), Code.CELL_TOO_LONG),
    ],
)
def test_what_is_no_table_is_refused_as_a_whole(content: bytes, code: Code) -> None:
    with pytest.raises(Unreadable) as refused:
        read(content)
    assert refused.value.code is code


def test_lines_count_breaks_inside_cells() -> None:
    assert problem(ROW + 'E0001,数据录入,2,2026-02-01,"两\n行"\nE9999,数据录入,3,2026-03-31,\n')[0] == 5


def test_two_rows_of_one_day_may_not_contradict_each_other() -> None:
    assert problem(ROW + "E0001,data entry,4,2026-03-31,\n") == (3, "", Code.ROWS_CONTRADICT)
    found, sheet = read(ROW + ROW.splitlines()[1] + "\n")
    assert (len(found), sheet.problems) == (2, [])


def test_every_problem_and_no_other_has_its_sentence_in_both_languages() -> None:
    for language in LANGUAGES:
        for code in Code:
            assert find(language, "talent", f"entry_import.{code.name}"), (language, code)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("at", [0, 1])
def test_headings_of_either_language_are_known_once(kind: int, at: int) -> None:
    columns = columns_of(kind)
    _, sheet = read(",".join(column.names[at] for column in columns) + "\n" + ",".join(["x"] * len(columns)), kind)
    assert not {one.code for one in sheet.problems} & {Code.COLUMN_MISSING, Code.COLUMN_TWICE, Code.COLUMN_UNKNOWN}


@given(st.binary(max_size=400), st.sampled_from(KINDS))
def test_no_bytes_break_the_reader(content: bytes, kind: int) -> None:
    with suppress(Unreadable):
        read(content, kind)


TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12)


def cell(*sound: str) -> st.SearchStrategy[str]:
    """One of the sound ones, more often than anything else."""
    return st.one_of(st.sampled_from(sound), st.sampled_from(sound), TEXT)


ROWS = st.tuples(
    cell("E0001", "E0002"), cell("数据录入", "审核"), cell("0", "5", "6"), cell("2026-03-31", "2026-04-01"), cell("")
).filter(lambda cells: any(one.strip() for one in cells))


@given(st.lists(ROWS, min_size=1, max_size=8))
def test_every_row_is_a_statement_or_has_a_problem(rows: list[tuple[str, ...]]) -> None:
    written = io.StringIO()
    csv.writer(written, quoting=csv.QUOTE_ALL).writerows([("工号", "能力", "等级", "日期", "证据"), *rows])
    table = open_table(written.getvalue().encode())
    found, sheet = read(written.getvalue())
    wrong = {one.line for one in sheet.problems}
    assert wrong <= {row.line for row in table.rows}
    assert len(found) + len(wrong) == len(table.rows) == len(rows)
