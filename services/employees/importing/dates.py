"""Dates as people write them, and finding out from a whole file in which order.

A year has four digits and lies between 1900 and 2100; a time of day behind a date is dropped. Written year first
(2026-03-31, 2026/3/31, 2026.3.31, 2026年3月31日, 20260331), with the month's English name (31-Mar-2026,
Mar 31, 2026) or as a spreadsheet's day number (46112: days since 1899-12-30) a date reads in one way only, whatever
the order. `03/04/2026` reads in two: the order decides, and where nobody gave one, the file must.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import Enum

from services.employees.importing.cells import Cell, as_plain
from services.employees.importing.problems import Code, Fault

FIRST_YEAR, LAST_YEAR = 1900, 2100
OPEN_END_YEAR = 9999
"""Databases that cannot leave an end empty write 9999-01-01 or 9999-12-31."""
OPEN_WORDS = frozenset({"至今", "现在", "长期", "永久", "无固定期限", "present", "now", "open", "current", "∞"})


class DateOrder(Enum):
    """How dates that do not begin with the year are written."""

    UNSPECIFIED = 0
    YMD = 1
    DMY = 2
    MDY = 3


_YEAR_FIRST = re.compile(r"(\d{4})\s?([-/.])\s?(\d{1,2})\s?\2\s?(\d{1,2})(?!\d)(.*)")
_HAN = re.compile(r"(\d{4})\s?年\s?(\d{1,2})\s?月\s?(\d{1,2})\s?[日号]?(.*)")
_YEAR_LAST = re.compile(r"(\d{1,2})\s?([-/.])\s?(\d{1,2})\s?\2\s?(\d{4})(?!\d)(.*)")
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})(?:\.0)?")
_DAY_NUMBER = re.compile(r"([1-7]\d{4})(?:\.\d+)?")
_DAY_NAME_YEAR = re.compile(r"(\d{1,2})[-\s.]{0,2}([A-Za-z]{3,9})\.?[-\s,]{1,2}(\d{4})(?!\d)(.*)")
_NAME_DAY_YEAR = re.compile(r"([A-Za-z]{3,9})\.?\s(\d{1,2})(?:st|nd|rd|th)?,?\s(\d{4})(?!\d)(.*)")
_TIME = re.compile(
    r"(?:[T\s]\s?(?:[上下]午\s?)?\d{1,2}[:时]\d{1,2}(?:[:分]\d{1,2}(?:[.,]\d+)?秒?)?\s?(?:[AaPp][Mm])?\s?(?:Z|[+-]\d\d:?\d\d)?)?"
)
_MONTHS = {
    name: number
    for number, names in enumerate(
        ("jan january", "feb february", "mar march", "apr april", "may", "jun june", "jul july", "aug august",
         "sep sept september", "oct october", "nov november", "dec december"), 1,
    )
    for name in names.split()
}  # fmt: skip
_DAY_ZERO = date(1899, 12, 30)


def read_date(cell: Cell, order: DateOrder) -> date:
    """The day a cell names. Raises DATE_UNREADABLE, or DATE_OUT_OF_RANGE outside 1900 to 2100.

    `order` UNSPECIFIED reads only what reads in one way. Year 9999 is let through: `read_end` gives it its meaning.
    """
    day = _read(cell, order)
    if not FIRST_YEAR <= day.year <= LAST_YEAR and day.year != OPEN_END_YEAR:
        raise Fault(Code.DATE_OUT_OF_RANGE, first_year=FIRST_YEAR, last_year=LAST_YEAR)
    return day


def read_end(cell: Cell, order: DateOrder) -> date | None:
    """A last day; None where the cell says it is open: a day in 9999, 至今, 长期, present."""
    if isinstance(cell, str) and as_plain(cell).casefold() in OPEN_WORDS:
        return None
    day = read_date(cell, order)
    return None if day.year == OPEN_END_YEAR else day


def _read(cell: Cell, order: DateOrder) -> date:
    if isinstance(cell, datetime):
        return cell.date()
    if isinstance(cell, date):
        return cell
    if isinstance(cell, bool):
        raise Fault(Code.DATE_UNREADABLE)
    text = as_plain(cell)
    try:
        return _read_text(text, order)
    except (ValueError, OverflowError):
        raise Fault(Code.DATE_UNREADABLE) from None


def _read_text(text: str, order: DateOrder) -> date:
    if (match := _YEAR_FIRST.fullmatch(text)) and _TIME.fullmatch(match[5]):
        return date(int(match[1]), int(match[3]), int(match[4]))
    if match := _COMPACT.fullmatch(text):
        return date(int(match[1]), int(match[2]), int(match[3]))
    if (match := _HAN.fullmatch(text)) and _TIME.fullmatch(match[4]):
        return date(int(match[1]), int(match[2]), int(match[3]))
    if (match := _YEAR_LAST.fullmatch(text)) and _TIME.fullmatch(match[5]):
        first, second, year = int(match[1]), int(match[3]), int(match[4])
        if order is DateOrder.DMY or (order is DateOrder.UNSPECIFIED and first == second):
            return date(year, second, first)
        if order is DateOrder.MDY:
            return date(year, first, second)
        raise ValueError
    if (match := _DAY_NAME_YEAR.fullmatch(text)) and _TIME.fullmatch(match[4]):
        return date(int(match[3]), _month(match[2]), int(match[1]))
    if (match := _NAME_DAY_YEAR.fullmatch(text)) and _TIME.fullmatch(match[4]):
        return date(int(match[3]), _month(match[1]), int(match[2]))
    if match := _DAY_NUMBER.fullmatch(text):
        return _DAY_ZERO + timedelta(days=int(match[1]))
    raise ValueError


def _month(name: str) -> int:
    number = _MONTHS.get(name.casefold())
    if number is None:
        raise ValueError
    return number


@dataclass(slots=True)
class OrderEvidence:
    """What the dates of a file say about their order. Feed it whole columns; the more, the surer.

    A date d/m/y with a first number above 12 proves the day comes first, a second number above 12 that the month
    does. Both: the file mixes orders. Neither, though some dates read in two ways: it cannot be known.
    """

    day_first_row: int = 0
    month_first_row: int = 0
    either_row: int = 0

    def add(self, row: int, cell: Cell) -> None:
        """Weighs one cell; other things than dates written year last say nothing."""
        if not isinstance(cell, str):
            return
        match = _YEAR_LAST.fullmatch(as_plain(cell))
        if not match or not _TIME.fullmatch(match[5]):
            return
        first, second = int(match[1]), int(match[3])
        if first > 12 >= second:
            self.day_first_row = self.day_first_row or row
        elif second > 12 >= first:
            self.month_first_row = self.month_first_row or row
        elif first != second:
            self.either_row = self.either_row or row

    def order(self) -> DateOrder:
        """The order the file shows; UNSPECIFIED where every date reads in one way only.

        Raises DATE_ORDER_MIXED with a row of each, or DATE_ORDER_AMBIGUOUS.
        """
        if self.day_first_row and self.month_first_row:
            raise Fault(Code.DATE_ORDER_MIXED, day_first_row=self.day_first_row, month_first_row=self.month_first_row)
        if self.day_first_row:
            return DateOrder.DMY
        if self.month_first_row:
            return DateOrder.MDY
        if self.either_row:
            raise Fault(Code.DATE_ORDER_AMBIGUOUS)
        return DateOrder.UNSPECIFIED


def order_of(column: Iterable[tuple[int, Cell]]) -> DateOrder:
    """The order of a column's dates given with their rows; see `OrderEvidence`."""
    evidence = OrderEvidence()
    for row, cell in column:
        evidence.add(row, cell)
    return evidence.order()
