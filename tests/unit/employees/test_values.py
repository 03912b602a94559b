"""Amounts, identity numbers, telephones, mails and masks, one cell at a time."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.employees.importing import values
from services.employees.importing.amounts import read_amount
from services.employees.importing.cells import Cell
from services.employees.importing.masking import masked
from services.employees.importing.national_ids import NationalIds, check_character
from services.employees.importing.problems import Code, Fault
from services.employees.importing.targets import TARGETS, DataClass, ImportKind, target
from tests.unit.employees.outcomes import outcome

CELLS: st.SearchStrategy[Cell] = st.one_of(
    st.text(), st.floats(), st.booleans(), st.datetimes(), st.dates(), st.times()
)


@pytest.mark.parametrize(
    ("written", "amount"),
    [
        ("12000", "12000"), ("12,000", "12000"), ("1,234,567.89", "1234567.89"), ("12,345.67", "12345.67"),
        ("12.345,67", "12345.67"), ("1.234.567", "1234567"), ("12 000", "12000"), ("1234,56", "1234.56"),
        ("¥12,000", "12000"), ("¥ 8500.5", "8500.5"), ("8500元", "8500"), ("1.2万", "12000"), ("RMB 900", "900"),
        ("CNY 900", "900"), ("0", "0"), (".5", "0.5"), (12000.0, "12000"), (0.1 + 0.2, "0.3000"),
        ("125.5000", "125.5000"),
    ],
)  # fmt: skip
def test_amounts_are_decimals(written: str | float, amount: str) -> None:
    assert read_amount(written, "CNY") == Decimal(amount)


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("8.500", Code.AMOUNT_AMBIGUOUS), ("-5", Code.AMOUNT_OUT_OF_RANGE), ("(5)", Code.AMOUNT_OUT_OF_RANGE),
        (-5.0, Code.AMOUNT_OUT_OF_RANGE), ("1e12", Code.AMOUNT_UNREADABLE), ("1000000000000", Code.AMOUNT_OUT_OF_RANGE),
        ("$5", Code.CURRENCY_DIFFERS), ("USD 5", Code.CURRENCY_DIFFERS), ("面议", Code.AMOUNT_UNREADABLE),
        ("1,23", None), ("1,2,3", Code.AMOUNT_UNREADABLE),
        ("12,34,567", Code.AMOUNT_UNREADABLE), ("", Code.AMOUNT_UNREADABLE), ("8000²", Code.AMOUNT_UNREADABLE),
    ],
)  # fmt: skip
def test_amounts_are_never_guessed(written: str | float, code: Code | None) -> None:
    if code is None:
        assert read_amount(written, "CNY") == Decimal("1.23")
        return
    with pytest.raises(Fault, match=code):
        read_amount(written, "CNY")


@given(st.decimals(0, 10**9, places=2))
def test_an_amount_written_with_separators_comes_back(amount: Decimal) -> None:
    assert read_amount(f"{amount:,.2f}", "CNY") == amount
    assert read_amount(f"{amount:.2f}", "CNY") == amount


@given(CELLS)
def test_any_cell_is_an_amount_or_a_fault(cell: Cell) -> None:
    amount = outcome(lambda: read_amount(cell, "CNY"))
    assert not isinstance(amount, Decimal) or 0 <= amount < 10**12


@given(st.from_regex(r"[1-9][0-9]{5}", fullmatch=True), st.dates(), st.integers(0, 999), st.integers(0, 9))
def test_one_wrong_digit_in_an_identity_number_is_noticed(region: str, born: object, sequence: int, slip: int) -> None:
    seventeen = f"{region}{born:%Y%m%d}{sequence:03}" if 1900 <= born.year < 2100 else "11010119900307851"  # type: ignore[attr-defined]
    number = seventeen + check_character(seventeen)
    ids = NationalIds()
    assert ids.convert(number) == number
    assert ids.convert(number.lower()) == number
    wrong = number[:3] + str((int(number[3]) + 1 + slip % 9) % 10) + number[4:]
    with pytest.raises(Fault, match=Code.NATIONAL_ID_CHECKSUM):
        ids.convert(wrong)


def test_identity_numbers_of_other_kinds_are_taken_as_they_are() -> None:
    ids = NationalIds()
    for number in ("295847284", "G12345678", "123-45-6789", "110101900307851", "AB1234567890123456"):
        assert ids.convert(number) == number
    with pytest.raises(Fault, match=Code.NATIONAL_ID_LENGTH):
        ids.convert("11010119900307851")
    with pytest.raises(Fault, match=Code.DIGITS_LOST):
        ids.convert(110101199003078515.0)
    with pytest.raises(Fault, match=Code.DIGITS_LOST):
        ids.convert("1.10101E+17")


def test_telephones_stay_text() -> None:
    assert values.phone(13800138000.0) == "13800138000"
    assert values.phone("138 0013 8000") == "138 0013 8000"
    assert values.phone("+86-13800138000") == "+86-13800138000"
    assert values.phone("1.515.555.0100") == "1.515.555.0100"
    with pytest.raises(Fault, match=Code.PHONE_LENGTH):
        values.phone("1380013800")
    with pytest.raises(Fault, match=Code.PHONE_INVALID):
        values.phone("13800138000/13900139000")


def test_mails_are_whole_addresses() -> None:
    assert values.mail("a.b+c@hengyuan.example") == "a.b+c@hengyuan.example"
    assert values.mail("NULL") is None
    for wrong in ("SKING", "a@b", "a b@c.example", "@c.example", "a@b@c.example", "王@c.example", "a@-b.example"):
        with pytest.raises(Fault, match=Code.MAIL_INVALID):
            values.mail(wrong)


@given(CELLS)
def test_any_cell_goes_through_every_converter_or_is_a_fault(cell: Cell) -> None:
    converters: list[values.Convert] = [
        values.mail, values.phone, values.time_zone, NationalIds().convert, values.text(10), values.integer(0, 20),
        values.identifier(Code.NUMBER_INVALID, "X-"), values.choice({"a": "A"}, "a"),
    ]  # fmt: skip
    for convert in converters:
        outcome(lambda convert=convert: convert(cell))  # type: ignore[misc]


@given(st.text(min_size=2))
def test_no_personal_value_is_shown_in_full(value: str) -> None:
    for each in TARGETS[ImportKind.PEOPLE]:
        if each.data_class is not DataClass.INTERNAL and value.strip():
            assert masked(value, each) != value


def test_masks_look_like_those_of_the_contract() -> None:
    people = ImportKind.PEOPLE
    assert masked("王小明", target(people, "name")) == "王**"
    assert masked("13812345678", target(people, "mobile")) == "138****5678"
    assert masked(13812345678.0, target(people, "mobile")) == "138****5678"
    assert masked("12345678", target(people, "mobile")) == "******"
    assert masked("11010119900307851X", target(people, "national_id")) == "1****X"
    assert masked("1990-05-17", target(people, "birth_date")) == "1990-**-**"
    assert masked("苏州市星湖街1号", target(people, "home_address")) == "******"
    assert masked("E0107", target(people, "number")) == "E0107"
    assert masked("24000", target(ImportKind.PAY, "amount")) == "******"


def test_a_personal_value_in_the_wrong_column_is_masked_all_the_same() -> None:
    hired_on = target(ImportKind.PEOPLE, "hired_on")
    for value in ("11010119900307851X", "13812345678", "a.b@hengyuan.example"):
        assert value not in masked(value, hired_on)
        assert value not in masked(value, None)
