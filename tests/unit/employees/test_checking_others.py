"""What files of units, posts, assignments and pay are told before anything is written."""

import random
from datetime import date, timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.employees.importing.cells import Cell
from services.employees.importing.checking import Checker
from services.employees.importing.existing import Existing, KnownPerson
from services.employees.importing.problems import Code
from services.employees.importing.rows import AssignmentRow, NewPost, NewUnit, PayRow, PostRow
from services.employees.importing.spans import Spans
from services.employees.importing.targets import ImportKind
from tests.unit.employees.test_checking_people import EXISTING, INSPECTOR, QA, ROOT, UNITS, check, only


def units(*rows: tuple[str, str, str], **settings: object) -> Checker:
    cells: list[dict[str, Cell]] = [{"code": code, "name": name, "parent": parent} for code, name, parent in rows]
    return check(cells, ImportKind.UNITS, **settings)  # type: ignore[arg-type]


def test_units_come_out_parents_first_whatever_their_order() -> None:
    checker = units(
        ("C", "三组", "B"), ("A", "大部", ""), ("B", "小部", "大部"), ("D", "质检", "品质部"), root_unit_id=ROOT
    )
    assert not checker.problems
    planned = {each.unit.code: each.parent for each in checker.units}
    assert planned == {"A": ROOT, "B": "A", "C": "B", "D": QA}
    assert [each.unit.code for each in checker.units].index("A") < [each.unit.code for each in checker.units].index("C")


def test_units_get_the_import_s_prefix_and_so_do_their_parents() -> None:
    checker = units(("10", "IT", ""), ("20", "Support", "10"), code_prefix="OR-")
    assert [(each.unit.code, each.parent) for each in checker.units] == [("OR-10", None), ("OR-20", "OR-10")]


def test_a_unit_called_like_its_own_group_heads_it() -> None:
    checker = units(("1", "Engineering", "Research"), ("6", "Research", "Research"), ("7", "Self", "7"))
    assert {each.unit.code: each.parent for each in checker.units} == {"1": "6", "6": None, "7": None}


def test_a_parent_nobody_knows_is_wrong_or_opened() -> None:
    assert only(units(("1", "IT", "Executive"))).code is Code.UNIT_UNKNOWN
    checker = units(("1", "IT", "Executive"), ("2", "QA", "Executive"), create_missing=True)
    assert {each.parent for each in checker.units} == {NewUnit("Executive", "", None)}
    assert checker.new_units == [NewUnit("Executive", "", None)]


def test_units_above_each_other_are_shown_with_their_chain() -> None:
    problem = only(units(("B", "乙", "C"), ("A", "甲", "B"), ("C", "丙", "A"), ("D", "丁", "")))
    assert (problem.code, problem.row, problem.parameters) == (Code.UNIT_CYCLE, 3, {"chain": "A → B → C → A"})


def test_units_say_what_else_is_wrong() -> None:
    assert only(units(("A", "甲", ""), ("A", "乙", ""))).parameters == {"other_row": 2}
    assert only(units(("", "甲", ""))).code is Code.VALUE_MISSING
    assert only(units(("品质", "甲", ""))).code is Code.CODE_INVALID
    assert only(units(("A", "组", ""), ("B", "组", ""), ("C", "丙", "组"))).code is Code.UNIT_AMBIGUOUS
    head = check([{"code": "A", "name": "甲", "head_number": "X"}], ImportKind.UNITS)
    assert only(head).code is Code.HEAD_UNKNOWN


def test_posts_come_out_typed() -> None:
    row: dict[str, Cell] = {
        "code": "P1", "title": "化验员", "unit": "品质部", "level": 3.0, "criticality": "关键", "headcount": "4",
        "family": "质量",
    }  # fmt: skip
    checker = check([row, {"code": "P2", "title": "专员", "unit": "QA"}], ImportKind.POSTS)
    assert not checker.problems
    assert checker.typed == [  # type: ignore[attr-defined]
        PostRow(2, "P1", "化验员", "", QA, "质量", 3, "HIGH", 4),
        PostRow(3, "P2", "专员", "", QA, "", 0, "", 1),
    ]


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"level": "21"}, Code.INTEGER_UNREADABLE), ({"headcount": "0"}, Code.INTEGER_UNREADABLE),
        ({"headcount": "两个"}, Code.INTEGER_UNREADABLE), ({"criticality": "?"}, Code.CHOICE_UNKNOWN),
        ({"unit": "x"}, Code.UNIT_UNKNOWN), ({"unit": ""}, Code.VALUE_MISSING), ({"title": ""}, Code.VALUE_MISSING),
    ],
)  # fmt: skip
def test_posts_say_what_is_wrong(fields: dict[str, Cell], code: Code) -> None:
    assert only(check([{"code": "P1", "title": "化验员", "unit": "QA", **fields}], ImportKind.POSTS)).code is code


def stretches(*rows: tuple[str, str, str], **fields: Cell) -> Checker:
    cells = [
        {"number": number, "unit": "QA", "starts_on": start, "ends_on": end, **fields} for number, start, end in rows
    ]
    return check(cells, ImportKind.ASSIGNMENTS)


def test_stretches_come_out_typed_and_open_ends_are_open() -> None:
    checker = stretches(("E0001", "2011-01-01", "2012-01-01"), ("E0001", "2012-01-01", "9999-01-01"))
    assert not checker.problems
    assert checker.typed == [  # type: ignore[attr-defined]
        AssignmentRow(2, "E0001", QA, None, date(2011, 1, 1), date(2012, 1, 1), ""),
        AssignmentRow(3, "E0001", QA, None, date(2012, 1, 1), None, ""),
    ]
    assert checker.last_days() == {2: date(2011, 12, 31)}


def test_a_post_without_a_unit_is_found_in_whatever_unit_the_person_is() -> None:
    rows: list[dict[str, Cell]] = [
        {"number": "E0001", "post": title, "starts_on": "2011-01-01"} for title in ("质检员",)
    ]
    assert check(rows, ImportKind.ASSIGNMENTS).typed[0].post == INSPECTOR  # type: ignore[attr-defined]
    rows[0]["post"] = "Senior Engineer"
    assert only(check(rows, ImportKind.ASSIGNMENTS)).code is Code.POST_UNKNOWN
    created = check(rows, ImportKind.ASSIGNMENTS, create_missing=True, root_unit_id=ROOT)
    assert created.typed[0].post == NewPost("Senior Engineer", "", None)  # type: ignore[attr-defined]


def test_stretches_that_overlap_name_each_other() -> None:
    problem = only(stretches(("E0001", "2015-01-01", "2016-06-30"), ("E0001", "2011-01-01", "2015-01-02")))
    assert (problem.row, problem.code, problem.parameters) == (2, Code.PERIODS_OVERLAP, {"other_row": 3})
    assert only(stretches(("E0001", "2011-01-01", ""), ("E0001", "2012-01-01", ""))).parameters == {"other_row": 2}
    assert not stretches(("E0001", "2011-01-01", ""), ("E0002", "2012-01-01", "")).problems


def test_without_last_days_each_stretch_lasts_until_the_next() -> None:
    rows: list[dict[str, Cell]] = [
        {"number": "E0001", "amount": "9000", "starts_on": start}
        for start in ("2014-01-01", "2011-01-01", "2012-05-01")
    ]
    checker = check(rows, ImportKind.PAY)
    assert not checker.problems
    assert checker.last_days() == {3: date(2012, 4, 30), 4: date(2013, 12, 31)}


def test_a_stretch_before_the_first_day_is_an_earlier_employment_but_may_not_reach_across() -> None:
    assert not stretches(("E0001", "2005-01-01", "2009-12-31")).problems
    assert only(stretches(("E0001", "2005-01-01", "2010-01-01"))).code is Code.STARTS_BEFORE_HIRE


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"number": "X"}, Code.PERSON_UNKNOWN), ({"number": ""}, Code.VALUE_MISSING),
        ({"starts_on": ""}, Code.VALUE_MISSING), ({"ends_on": "2010-12-31"}, Code.END_BEFORE_START),
        ({"manager_number": "E0001"}, Code.OWN_MANAGER), ({"manager_number": "X"}, Code.MANAGER_UNKNOWN),
        ({"manager_number": "E0002", "ends_on": ""}, Code.MANAGER_CYCLE), ({"unit": "x"}, Code.UNIT_UNKNOWN),
        ({"unit": ""}, Code.PLACE_MISSING), ({"unit": "旧部门"}, Code.UNIT_CLOSED),
    ],
)  # fmt: skip
def test_stretches_say_what_is_wrong(fields: dict[str, Cell], code: Code) -> None:
    row = {"number": "E0001", "unit": "QA", "starts_on": "2011-01-01", "ends_on": "2021-01-01", **fields}
    assert only(check([row], ImportKind.ASSIGNMENTS)).code is code


def test_pay_comes_out_typed_with_what_the_mapping_says_for_all() -> None:
    rows: list[dict[str, Cell]] = [
        {"number": "E0001", "amount": "12,000.50", "starts_on": "2009-05-01", "currency": "", "pay_period": ""},
        {"number": "E0002", "amount": "1.2万", "starts_on": "2011-05-01", "currency": "人民币", "pay_period": "年薪"},
    ]
    checker = check(rows, ImportKind.PAY, currency="USD", pay_period="hour")
    assert not checker.problems
    assert checker.typed == [  # type: ignore[attr-defined]
        # Agreed before the first day: it counts from the first day.
        PayRow(2, "E0001", Decimal("12000.50"), "USD", date(2010, 1, 1), None, "hour"),
        PayRow(3, "E0002", Decimal(12000), "CNY", date(2011, 5, 1), None, "year"),
    ]


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"amount": ""}, Code.VALUE_MISSING), ({"amount": "x"}, Code.AMOUNT_UNREADABLE),
        ({"amount": "8.500"}, Code.AMOUNT_AMBIGUOUS), ({"amount": "-1"}, Code.AMOUNT_OUT_OF_RANGE),
        ({"currency": "XYZ"}, Code.CURRENCY_UNKNOWN), ({"amount": "$5", "currency": "CNY"}, Code.CURRENCY_DIFFERS),
        ({"pay_period": "季"}, Code.CHOICE_UNKNOWN),
    ],
)  # fmt: skip
def test_pay_says_what_is_wrong_and_never_shows_the_amount(fields: dict[str, Cell], code: Code) -> None:
    problem = only(check([{"number": "E0001", "amount": "9000", "starts_on": "2011-01-01", **fields}], ImportKind.PAY))
    assert problem.code is code
    if problem.field == "amount":
        assert problem.value in {"", "******"}


STRETCHES = st.lists(
    st.tuples(st.sampled_from("AB"), st.integers(0, 30), st.one_of(st.none(), st.integers(0, 20))), max_size=8
)
DAY = date(2020, 1, 1)


@given(STRETCHES, st.randoms(use_true_random=False))
def test_stretches_are_free_of_overlap_exactly_when_no_two_share_a_day(
    drawn: list[tuple[str, int, int | None]], chance: random.Random
) -> None:
    """A shared day that ends one and begins another belongs to the second."""

    def sharing(first: tuple[str, int, int | None], second: tuple[str, int, int | None]) -> bool:
        (who, start, length), (other, later, its_length) = sorted((first, second), key=lambda each: each[1])
        end = 10**6 if length is None else start + length
        later_end = 10**6 if its_length is None else later + its_length
        return who == other and (later < end or start == later) and later_end >= later

    expected = any(sharing(first, second) for at, first in enumerate(drawn) for second in drawn[:at])
    counts = set()
    for order in (drawn, chance.sample(drawn, len(drawn))):
        spans = Spans(until_next=False)
        for row, (who, start, length) in enumerate(order, 2):
            begins = DAY + timedelta(days=start)
            spans.add(who, begins, None if length is None else begins + timedelta(days=length), row)
        found = list(spans.overlaps())
        assert bool(found) == expected
        counts.add(len(found))
    assert len(counts) == 1


def test_existing_people_are_enough_for_a_stretch() -> None:
    existing = Existing(UNITS, (), {"N1": KnownPerson(uuid4(), date(2020, 1, 1))})
    assert EXISTING is not existing
    rows: list[dict[str, Cell]] = [{"number": "1", "unit": "QA", "starts_on": "2020-01-01"}]
    assert not check(rows, ImportKind.ASSIGNMENTS, existing, number_prefix="N").problems
