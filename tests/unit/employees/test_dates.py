"""How dates are read, and when a file's way of writing them is known."""

from datetime import date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.employees.importing.dates import DateOrder, order_of, read_date, read_end
from services.employees.importing.problems import Code, Fault
from tests.unit.employees.outcomes import outcome

DAYS = st.dates(date(1900, 1, 1), date(2100, 12, 31))
FULL_WIDTH = {ord(char): chr(ord(char) + 0xFEE0) for char in "0123456789-/.:"}


@pytest.mark.parametrize(
    "written",
    [
        "2014-06-30", "2014/6/30", "2014.6.30", "2014-06-30 00:00:00.000", "2014-06-30T23:59:59Z",
        "2014-06-30T08:00:00+08:00", "2014年6月30日", "2014 年 06 月 30 日", "20140630", "30-Jun-2014", "30 June 2014",
        "Jun 30, 2014", "June 30th 2014", "41820", "2014-06-30".translate(FULL_WIDTH), " 2014-06-30 ",
        date(2014, 6, 30), datetime(2014, 6, 30, 8, 15), 41820.0, 20140630.0,  # noqa: DTZ001 - a cell has no zone
    ],
)  # fmt: skip
def test_what_reads_in_one_way_reads_in_every_order(written: object) -> None:
    for order in DateOrder:
        assert read_date(written, order) == date(2014, 6, 30)  # type: ignore[arg-type]


def test_the_order_decides_what_reads_in_two_ways() -> None:
    assert read_date("03/04/2026", DateOrder.DMY) == date(2026, 4, 3)
    assert read_date("03/04/2026", DateOrder.MDY) == date(2026, 3, 4)
    for order in (DateOrder.YMD, DateOrder.UNSPECIFIED):
        with pytest.raises(Fault, match=Code.DATE_UNREADABLE):
            read_date("03/04/2026", order)


@pytest.mark.parametrize(
    "written",
    ["", "soon", "31-13-2014", "2014-02-30", "14-06-30", "0000-00-00", "2014-6", "30.06.14", "1", True, "2014-06-30x"],
)
def test_what_is_no_date_is_said_to_be_none(written: object) -> None:
    with pytest.raises(Fault, match=Code.DATE_UNREADABLE):
        read_date(written, DateOrder.DMY)  # type: ignore[arg-type]


def test_a_slip_in_the_year_is_out_of_range() -> None:
    for written in ("0214-06-30", "2914-06-30", "1830-01-01"):
        with pytest.raises(Fault, match=Code.DATE_OUT_OF_RANGE):
            read_date(written, DateOrder.YMD)


@pytest.mark.parametrize("written", ["9999-01-01", "9999-12-31", "至今", "长期", "Present", "31/12/9999"])
def test_an_open_end_is_no_end(written: str) -> None:
    assert read_end(written, DateOrder.DMY) is None


FORMS = ["%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%Y年%m月%d日", "%Y%m%d", "%d-%b-%Y", "%Y-%m-%d %H:%M:%S"]


@given(DAYS, st.sampled_from(FORMS), st.booleans())
def test_a_date_that_reads_in_one_way_comes_back(day: date, form: str, wide: bool) -> None:
    written = day.strftime(form)
    assert read_date(written.translate(FULL_WIDTH) if wide else written, DateOrder.YMD) == day


@given(DAYS, st.sampled_from("-/."), st.sampled_from([DateOrder.DMY, DateOrder.MDY]))
def test_a_date_written_year_last_comes_back(day: date, mark: str, order: DateOrder) -> None:
    parts = [day.day, day.month] if order is DateOrder.DMY else [day.month, day.day]
    assert read_date(mark.join(map(str, [*parts, day.year])), order) == day


@given(st.lists(DAYS, min_size=1), st.sampled_from([DateOrder.DMY, DateOrder.MDY]))
def test_the_order_of_a_column_is_found_right_or_not_at_all(days: list[date], order: DateOrder) -> None:
    form = "%d/%m/%Y" if order is DateOrder.DMY else "%m/%d/%Y"
    column = [(row, day.strftime(form)) for row, day in enumerate(days, 2)]
    found = outcome(lambda: order_of(column))
    if isinstance(found, DateOrder):
        assert [read_date(written, found) for _, written in column] == days
    else:
        assert found.code is Code.DATE_ORDER_AMBIGUOUS
        assert all(day.day <= 12 for day in days)


def test_a_column_that_mixes_orders_says_where() -> None:
    with pytest.raises(Fault) as caught:
        order_of([(2, "01/02/2026"), (3, "31/01/2026"), (4, "01/31/2026")])
    assert caught.value.code is Code.DATE_ORDER_MIXED
    assert caught.value.parameters == {"day_first_row": 3, "month_first_row": 4}


@given(st.text(), st.sampled_from(DateOrder))
def test_any_text_is_a_date_or_a_fault(written: str, order: DateOrder) -> None:
    read = outcome(lambda: read_date(written, order))
    assert isinstance(read, date) or read.code in {Code.DATE_UNREADABLE, Code.DATE_OUT_OF_RANGE}
