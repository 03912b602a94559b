"""What a file of people is told before anything is written."""

import random
from collections.abc import Sequence
from datetime import date
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.employees.importing.cells import Cell
from services.employees.importing.checking import Checker
from services.employees.importing.dates import DateOrder
from services.employees.importing.existing import Existing, KnownPerson, KnownPost, KnownUnit
from services.employees.importing.mapping import Mapping
from services.employees.importing.problems import Code, Problem
from services.employees.importing.rows import NewPost, NewUnit, PersonRow
from services.employees.importing.targets import TARGETS, ImportKind

TODAY = date(2026, 11, 23)
ROOT, QA, QA_IQA, PRODUCTION, OTHER_QA = (uuid4() for _ in range(5))
INSPECTOR, OPERATOR, CLOSED_POST = (uuid4() for _ in range(3))
UNITS = [
    KnownUnit(ROOT, "HY", "恒远精工", "Hengyuan"),
    KnownUnit(QA, "QA", "品质部", "Quality", ROOT),
    KnownUnit(QA_IQA, "QA-IQA", "一组", "Team 1", QA),
    KnownUnit(PRODUCTION, "PD", "生产部", "Production", ROOT),
    KnownUnit(OTHER_QA, "PD-1", "一组", "Team 1", PRODUCTION),
    KnownUnit(uuid4(), "OLD", "旧部门", "Old", ROOT, date(2020, 1, 1)),
]
POSTS = [
    KnownPost(INSPECTOR, "P-INS", "质检员", "Inspector", QA, free=2),
    KnownPost(OPERATOR, "P-OP", "操作员", "Operator", ROOT),
    KnownPost(CLOSED_POST, "P-OLD", "打字员", "Typist", ROOT, closed_on=date(2020, 1, 1)),
]
BOSS = KnownPerson(uuid4(), date(2010, 1, 1))
PEOPLE = {
    "E0001": BOSS,
    "E0002": KnownPerson(uuid4(), date(2010, 1, 1), None, "E0001", INSPECTOR),
    "E0003": KnownPerson(uuid4(), date(2010, 1, 1), date(2024, 6, 30), "E0001"),
}
EXISTING = Existing(UNITS, POSTS, PEOPLE)


def check(
    rows: Sequence[dict[str, Cell]],
    kind: ImportKind = ImportKind.PEOPLE,
    existing: Existing = EXISTING,
    **settings: object,
) -> Checker:
    """Checks rows given by field; the fields are the headings too."""
    fields = list(dict.fromkeys(field for row in rows for field in row))
    mapping = Mapping(tuple(enumerate(fields)), **settings)  # type: ignore[arg-type]
    checker = Checker(kind, fields, mapping, existing, TODAY)
    table = [(number, [row.get(field, "") for field in fields]) for number, row in enumerate(rows, 2)]
    checker.survey(table)
    checker.typed = list(checker.read(table))  # type: ignore[attr-defined]
    checker.finish()
    return checker


def person(number: Cell = "N1", **fields: Cell) -> dict[str, Cell]:
    return {"number": number, "name": "王小明", "hired_on": "2020-01-02", **fields}


def only(checker: Checker) -> Problem:
    assert len(checker.problems) == 1, checker.problems
    assert set(checker.problems[0].parameters) == checker.problems[0].code.parameters
    return checker.problems[0]


def typed(checker: Checker) -> list[PersonRow]:
    assert not checker.problems
    return checker.typed  # type: ignore[attr-defined,no-any-return]


def test_a_sound_row_comes_out_typed() -> None:
    row = person(
        name="  王 小明 ", work_mail="wang@hengyuan.example", mobile=13800138000.0, national_id="11010119900307803x",
        birth_date="1990年3月7日", home_address="苏州市 星湖街 1 号", hired_on="2020/1/2", confirmed_on="2020-07-02",
        last_day="", unit="恒远精工/品质部", post="质检员", manager_number="E0001", time_zone="Asia/Shanghai",
        contract_kind="固定期限", contract_ends_on="2027-01-01",
    )  # fmt: skip
    (read,) = typed(check([row]))
    assert read.name == "王 小明"
    assert (read.mobile, read.national_id, read.birth_date) == ("13800138000", "11010119900307803X", date(1990, 3, 7))
    assert (read.hired_on, read.confirmed_on, read.probation_ends_on) == (
        date(2020, 1, 2), date(2020, 7, 2), date(2020, 7, 1),
    )  # fmt: skip
    assert (read.unit, read.post, read.manager_number) == (QA, INSPECTOR, "E0001")
    assert (read.contract_kind, read.contract_starts_on, read.contract_ends_on) == (
        "FIXED_TERM", date(2020, 1, 2), date(2027, 1, 1),
    )  # fmt: skip


def test_first_and_last_name_make_the_name_as_each_script_wants_it() -> None:
    rows: list[dict[str, Cell]] = [
        {"number": "N1", "first_name": "Steven", "last_name": "King", "hired_on": "2020-01-02"},
        {"number": "N2", "first_name": "小明", "last_name": "王", "hired_on": "2020-01-02"},
        {"number": "N3", "first_name": "", "last_name": "Null", "hired_on": "2020-01-02"},
    ]
    assert [row.name for row in typed(check(rows))] == ["Steven King", "王小明", "Null"]


@pytest.mark.parametrize(
    ("fields", "code", "field", "value"),
    [
        ({"name": ""}, Code.VALUE_MISSING, "name", ""),
        ({"number": " "}, Code.VALUE_MISSING, "number", ""),
        ({"hired_on": ""}, Code.VALUE_MISSING, "hired_on", ""),
        ({"number": "工号一"}, Code.NUMBER_INVALID, "number", "工号一"),
        ({"name": "王" * 81}, Code.VALUE_TOO_LONG, "name", "王**"),
        ({"hired_on": "去年"}, Code.DATE_UNREADABLE, "hired_on", "去年"),
        ({"hired_on": "2062-01-02"}, Code.DATE_IN_FUTURE, "hired_on", "2062-01-02"),
        ({"birth_date": "2027-01-01"}, Code.DATE_IN_FUTURE, "birth_date", "2027-**-**"),
        ({"birth_date": "2020-01-02"}, Code.BIRTH_AFTER_HIRE, "birth_date", "2020-**-**"),
        ({"birth_date": "2010-01-02"}, Code.HIRED_TOO_YOUNG, "birth_date", "2010-**-**"),
        ({"last_day": "2019-12-31"}, Code.LAST_DAY_BEFORE_HIRE, "last_day", "2019-12-31"),
        ({"probation_ends_on": "2019-12-31"}, Code.PROBATION_BEFORE_HIRE, "probation_ends_on", "2019-12-31"),
        ({"confirmed_on": "2019-12-31"}, Code.CONFIRMED_BEFORE_HIRE, "confirmed_on", "2019-12-31"),
        ({"work_mail": "SKING"}, Code.MAIL_INVALID, "work_mail", "S**"),
        ({"mobile": "1380013800"}, Code.PHONE_LENGTH, "mobile", "138****3800"),
        ({"national_id": "110101199003078035"}, Code.NATIONAL_ID_CHECKSUM, "national_id", "1****5"),
        ({"national_id": 110101199003078035.0}, Code.DIGITS_LOST, "national_id", "******"),
        (
            {"national_id": "11010119900307803X", "birth_date": "1990-03-08"},
            Code.NATIONAL_ID_BIRTH_DIFFERS, "birth_date", "1990-**-**",
        ),
        ({"time_zone": "Asia/Suzhou"}, Code.TIME_ZONE_UNKNOWN, "time_zone", "Asia/Suzhou"),
        ({"contract_kind": "口头"}, Code.CHOICE_UNKNOWN, "contract_kind", "口头"),
        ({"contract_kind": "固定期限", "contract_ends_on": ""}, Code.CONTRACT_END_MISSING, "contract_ends_on", ""),
        (
            {"contract_kind": "无固定期限", "contract_ends_on": "2027-01-01"},
            Code.CONTRACT_END_UNEXPECTED, "contract_ends_on", "2027-01-01",
        ),
        ({"contract_ends_on": "2019-01-01"}, Code.END_BEFORE_START, "contract_ends_on", "2019-01-01"),
        ({"manager_number": "N1"}, Code.OWN_MANAGER, "manager_number", "N1"),
        ({"manager_number": "E9999"}, Code.MANAGER_UNKNOWN, "manager_number", "E9999"),
        ({"manager_number": "E0003"}, Code.MANAGER_LEFT, "manager_number", "E0003"),
        ({"unit": "市场部"}, Code.UNIT_UNKNOWN, "unit", "市场部"),
        ({"unit": "一组"}, Code.UNIT_AMBIGUOUS, "unit", "一组"),
        ({"unit": "旧部门"}, Code.UNIT_CLOSED, "unit", "旧部门"),
        ({"unit": ""}, Code.VALUE_MISSING, "unit", ""),
        ({"unit": "生产部", "post": "质检员"}, Code.POST_UNKNOWN, "post", "质检员"),
        ({"unit": "生产部", "post": "打字员"}, Code.POST_CLOSED, "post", "打字员"),
        ({"unit": "生产部", "post": ""}, Code.VALUE_MISSING, "post", ""),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_row_is_said_of_its_column(
    fields: dict[str, Cell], code: Code, field: str, value: str
) -> None:
    checker = check([person(**fields)])
    problem = only(checker)
    assert (problem.row, problem.column, problem.field, problem.code, problem.value) == (2, field, field, code, value)
    assert checker.wrong_rows == {2}


def test_a_row_with_a_cell_too_many_is_not_taken_apart() -> None:
    checker = Checker(
        ImportKind.PEOPLE, ["a", "b", "c"], Mapping(((0, "number"), (1, "name"), (2, "hired_on"))), EXISTING, TODAY
    )
    assert list(checker.read([(2, ["N1", "王", "2020-01-02", "x"])])) == []
    assert only(checker).code is Code.ROW_TOO_LONG


def test_a_unit_is_found_by_code_name_english_name_or_path() -> None:
    words = ["QA-IQA", "qa-iqa", "品质部/一组", "恒远精工 / 品质部 / 一组", "Quality > Team 1", "恒远精工→品质部→一组"]
    rows = [person(f"N{at}", unit=word) for at, word in enumerate(words)]
    assert {row.unit for row in typed(check(rows))} == {QA_IQA}


def test_a_post_of_a_unit_above_can_be_named_and_a_code_anywhere() -> None:
    rows = [
        person("N1", unit="QA-IQA", post="质检员"),
        person("N2", unit="PD-1", post="Operator"),
        person("N3", unit="PD-1", post="P-INS"),
    ]
    assert [row.post for row in typed(check(rows))] == [INSPECTOR, OPERATOR, INSPECTOR]


def test_missing_units_and_posts_are_planned_once_when_the_mapping_says_so() -> None:
    rows = [
        person("N1", unit="品质部/实验室", post="化验员"),
        person("N2", unit="QA / 实验室", post="化验员"),
        person("N3", unit="市场部", post="专员"),
        person("N4", unit="市场部", post="专员", last_day="2024-01-01"),
    ]
    checker = check(rows, create_missing=True, root_unit_id=ROOT)
    lab, market = NewUnit("实验室", "", QA), NewUnit("市场部", "", ROOT)
    assert checker.new_units == [lab, market]
    assert checker.new_posts == {NewPost("化验员", "", lab): 2, NewPost("专员", "", market): 1}
    assert [row.unit for row in typed(checker)] == [lab, lab, market, market]


def test_a_second_company_s_units_and_numbers_do_not_meet_the_first_s() -> None:
    below = uuid4()
    units = [*UNITS, KnownUnit(below, "DM", "德铭模具", "", ROOT)]
    rows = [person("E0001"), person("E0002", manager_number="E0001", unit="品质部")]
    checker = check(
        rows, existing=Existing(units, POSTS, PEOPLE), number_prefix="DM-", code_prefix="DM-", root_unit_id=below,
        create_missing=True,
    )  # fmt: skip
    first, second = typed(checker)
    assert (first.number, first.unit) == ("DM-E0001", below)
    assert (second.manager_number, second.unit) == ("DM-E0001", NewUnit("品质部", "", below))


def test_people_without_a_unit_stand_at_the_root_unit() -> None:
    (first, second) = typed(check([person("N1", unit=""), person("N2", unit="QA")], root_unit_id=ROOT))
    assert (first.unit, second.unit) == (ROOT, QA)


def test_people_may_come_without_any_place() -> None:
    (row,) = typed(check([person()]))
    assert (row.unit, row.post, row.manager_number) == (None, None, "")


def test_somebody_who_left_may_have_been_anywhere() -> None:
    rows = [person(unit="旧部门", post="打字员", last_day="2019-12-31", hired_on="2015-01-01", manager_number="E0003")]
    assert typed(check(rows))[0].last_day == date(2019, 12, 31)


def test_managers_may_stand_anywhere_in_the_file() -> None:
    rows = [person("N1", manager_number="N3"), person("N2", manager_number="E0001"), person("N3", manager_number="N2")]
    assert len(typed(check(rows))) == 3


def test_a_manager_whose_own_row_is_wrong_is_known_all_the_same() -> None:
    assert only(check([person("N1", work_mail="x"), person("N2", manager_number="N1")])).row == 2


def test_two_rows_that_contradict_each_other_name_each_other() -> None:
    twice = only(check([person("N1", name="甲"), person("N2"), person("N1", name="乙")]))
    assert (twice.row, twice.code, twice.parameters) == (4, Code.NUMBER_DUPLICATE, {"other_row": 2})
    mails = only(check([person("N1", work_mail="a@b.example"), person("N2", work_mail="A@b.example")]))
    assert (mails.code, mails.value, mails.parameters) == (Code.MAIL_DUPLICATE, "a**", {"other_row": 2})
    same = {"national_id": "11010119900307803X"}
    assert only(check([person("N1", **same), person("N2", **same)])).code is Code.NATIONAL_ID_DUPLICATE


def test_a_circle_of_managers_is_shown_once_with_its_chain() -> None:
    rows = [person("N3", manager_number="N1"), person("N1", manager_number="N2"), person("N2", manager_number="N3")]
    problem = only(check([*rows, person("N4", manager_number="N3")]))
    assert (problem.code, problem.row) == (Code.MANAGER_CYCLE, 3)
    assert problem.parameters == {"chain": "N1 → N2 → N3 → N1"}


def test_a_circle_that_closes_over_people_who_are_there_already_is_found() -> None:
    problem = only(check([person("E0001", manager_number="E0002")]))
    assert problem.parameters == {"chain": "E0001 → E0002 → E0001"}
    assert not check([person("E0001", manager_number="E0002"), person("E0002", manager_number="")]).problems


def test_a_post_takes_as_many_as_it_has_places_and_those_in_it_stay() -> None:
    rows = [person(number, unit="QA", post="质检员") for number in ("N1", "N2", "E0002", "N3")]
    problem = only(check(rows))
    assert (problem.row, problem.code, problem.parameters) == (5, Code.POST_FULL, {"free": 2})


def test_dates_that_read_in_two_ways_stop_the_run_until_somebody_says_how() -> None:
    rows = [person("N1", hired_on="03/04/2020"), person("N2", hired_on="05/06/2020")]
    checker = check(rows)
    assert (only(checker).code, only(checker).row, only(checker).column) == (Code.DATE_ORDER_AMBIGUOUS, 1, "hired_on")
    assert not checker.usable
    assert typed(check(rows, date_order=DateOrder.DMY))[0].hired_on == date(2020, 4, 3)


def test_one_column_of_dates_speaks_for_the_others() -> None:
    rows = [person("N1", hired_on="03/04/2020", birth_date="25/12/1990")]
    assert typed(check(rows))[0].hired_on == date(2020, 4, 3)


def test_a_mapping_that_lacks_what_everybody_has_is_not_run() -> None:
    checker = Checker(
        ImportKind.PEOPLE, ["a"], Mapping(((0, "number"), (0, "number"), (7, "name"), (0, "salary"))), EXISTING, TODAY
    )
    assert not checker.usable
    assert list(checker.read([(2, ["N1"])])) == []
    assert [(each.code, each.field) for each in checker.problems] == [
        (Code.COLUMN_MAPPED_TWICE, "number"), (Code.FIELD_MAPPED_TWICE, "number"), (Code.COLUMN_UNKNOWN, "name"),
        (Code.COLUMN_MAPPED_TWICE, ""), (Code.FIELD_UNKNOWN, ""), (Code.FIELD_NOT_MAPPED, "hired_on"),
    ]  # fmt: skip
    assert all(set(each.parameters) == each.code.parameters for each in checker.problems)


def test_a_file_without_rows_says_so() -> None:
    checker = Checker(
        ImportKind.PEOPLE, ["a", "b", "c"], Mapping(((0, "number"), (1, "name"), (2, "hired_on"))), EXISTING, TODAY
    )
    checker.finish()
    assert only(checker).code is Code.NO_ROWS


def test_only_the_first_problems_are_kept_but_every_wrong_row_is_counted() -> None:
    rows = [person(f"N{at}", work_mail="x") for at in range(50)]
    fields = list(rows[0])
    checker = Checker(ImportKind.PEOPLE, fields, Mapping(tuple(enumerate(fields))), EXISTING, TODAY, most_problems=10)
    list(checker.read((at, list(row.values())) for at, row in enumerate(rows, 2)))
    assert [each.row for each in checker.problems] == list(range(2, 12))
    assert len(checker.wrong_rows) == 50


ROWS = st.lists(
    st.builds(
        person,
        st.sampled_from(["N1", "N2", "N3", "N4", "N5", "", "?"]),
        name=st.sampled_from(["王小明", "李四", ""]),
        hired_on=st.sampled_from(["2020-01-02", "2021-03-04", "soon", ""]),
        manager_number=st.sampled_from(["N1", "N2", "N3", "N4", "E0001", "E0002", "E0003", "X", ""]),
        work_mail=st.sampled_from(["a@b.example", "c@d.example", "x", ""]),
        unit=st.sampled_from(["QA", "PD", "一组", "x"]),
        post=st.sampled_from(["质检员", "操作员", "x"]),
    ),
    min_size=1,
    max_size=9,
)


@given(ROWS, st.randoms(use_true_random=False))
def test_the_order_of_rows_does_not_change_the_verdict(rows: list[dict[str, Cell]], chance: random.Random) -> None:
    # Rows with one number contradict each other: which of them counts is the file's order, so keep the first of each.
    rows = list({str(row["number"]): row for row in rows}.values())
    shuffled = chance.sample(rows, len(rows))
    verdicts = [sorted((each.code, each.field) for each in check(every).problems) for every in (rows, shuffled)]
    assert verdicts[0] == verdicts[1]


@given(st.sampled_from(ImportKind), st.data())
def test_any_table_is_checked_without_raising(kind: ImportKind, data: st.DataObject) -> None:
    fields = [each.field for each in TARGETS[kind]]
    cell = st.one_of(
        st.text(max_size=12),
        st.sampled_from(["N1", "E0001", "2020-01-02", "03/04/2020", "a/b/c", "QA", "1", "固定期限", "9999-01-01",
        "//", "-"]),
        st.floats(), st.dates(), st.datetimes(), st.booleans(), st.times(),
    )  # fmt: skip
    rows = data.draw(st.lists(st.lists(cell, min_size=len(fields), max_size=len(fields) + 1), max_size=5))
    mapping = Mapping(
        tuple(enumerate(fields)), number_prefix=data.draw(st.sampled_from(["", "X-"])),
        create_missing=data.draw(st.booleans()), root_unit_id=data.draw(st.sampled_from([None, ROOT])),
    )  # fmt: skip
    checker = Checker(kind, fields, mapping, EXISTING, TODAY)
    table = list(enumerate(rows, 2))
    checker.survey(table)
    sound = {each.row for each in checker.read(table)}
    checker.finish()
    for problem in checker.problems:
        assert set(problem.parameters) == problem.code.parameters
    assert sound | checker.wrong_rows >= ({number for number, _ in table} if checker.usable else set())
