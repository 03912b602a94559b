"""Converters: functions from a cell to a value, made once per column, that raise `Fault` for what cannot be taken.

Each answers None for a cell that says nothing. They are what a large import spends its time in, so those whose cells
repeat (dates, choices) remember what they have read.
"""

import re
from collections.abc import Callable, Mapping
from datetime import date
from functools import cache
from zoneinfo import available_timezones

from services.employees.importing.cells import EMPTY_WORDS, Cell, as_identifier, as_plain, as_text, key_of
from services.employees.importing.dates import OPEN_END_YEAR, OPEN_WORDS, DateOrder, read_date, read_end
from services.employees.importing.problems import Code, Fault

Convert = Callable[[Cell], object]
# Distinct cells a column may have before a converter forgets them and begins again.
_MOST_REMEMBERED = 100_000

_NUMBER = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,31}", re.ASCII).fullmatch
_MAIL = re.compile(
    r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
    r"(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?)+"
).fullmatch
_PHONE = re.compile(r"\+?[0-9][0-9 .()-]{5,24}").fullmatch
_CHINESE_MOBILE_START = re.compile(r"1[3-9][0-9]+").fullmatch
_WORK_DIGITS = re.compile(r"[-+]?\d+").fullmatch


def text(limit: int) -> Convert:
    """Text on one line, at most `limit` characters."""

    def convert(cell: Cell) -> str | None:
        value = as_text(cell)
        if len(value) > limit:
            raise Fault(Code.VALUE_TOO_LONG, length=len(value), limit=limit)
        return value or None

    return convert


def identifier(code: Code, prefix: str) -> Convert:
    """An employee number or a code, with the import's prefix; `code` is what is said of one that cannot be."""
    most = 32 - len(prefix)

    def convert(cell: Cell) -> str | None:
        if type(cell) is not str or not _NUMBER(cell) or cell.casefold() in EMPTY_WORDS or len(cell) > most:
            cell = as_identifier(cell)
            if not cell:
                return None
            if not _NUMBER(cell) or len(cell) > most:
                raise Fault(code)
        return prefix + cell

    return convert


def mail(cell: Cell) -> str | None:
    """A mail address as it is."""
    if type(cell) is str and _MAIL(cell) and len(cell) <= 200:
        return cell
    value = as_identifier(cell)
    if not value:
        return None
    if len(value) > 200 or not _MAIL(value):
        raise Fault(Code.MAIL_INVALID)
    return value


def phone(cell: Cell) -> str | None:
    """A telephone number as it is written. One that begins like a Chinese mobile number must have its 11 digits."""
    if type(cell) is str and len(cell) == 11 and _CHINESE_MOBILE_START(cell):
        return cell
    value = as_identifier(cell)
    if not value:
        return None
    if _CHINESE_MOBILE_START(value):
        # 10 or 12 to 13 digits are a slip; from 14 on, and below 10, it is no mobile number at all.
        if len(value) in {10, 12, 13}:
            raise Fault(Code.PHONE_LENGTH, digits=len(value))
        if len(value) == 11:
            return value
    if not _PHONE(value):
        raise Fault(Code.PHONE_INVALID)
    return value


def day(order: DateOrder) -> Convert:
    """A date; an open end is not one."""

    def read(cell: Cell) -> date | None:
        if isinstance(cell, str) and as_plain(cell).casefold() in EMPTY_WORDS | {""}:
            return None
        value = read_date(cell, order)
        if value.year == OPEN_END_YEAR:
            raise Fault(Code.DATE_UNREADABLE)
        return value

    return _remembering(read)


def last_day(order: DateOrder) -> Convert:
    """A last day; None when open."""

    def read(cell: Cell) -> date | None:
        if isinstance(cell, str) and as_plain(cell).casefold() in EMPTY_WORDS | OPEN_WORDS | {""}:
            return None
        return read_end(cell, order)

    return _remembering(read)


def choice(words: Mapping[str, str], choices: str) -> Convert:
    """One of a few things, by any of the words for it; `choices` is what a person is told they may write."""
    by_key = {key_of(word): value for word, value in words.items()}

    def read(cell: Cell) -> str | None:
        value = as_plain(cell)
        if not value or value.casefold() in EMPTY_WORDS:
            return None
        chosen = by_key.get(key_of(value))
        if chosen is None:
            raise Fault(Code.CHOICE_UNKNOWN, choices=choices)
        return chosen

    return _remembering(read)


def integer(least: int, most: int) -> Convert:
    """A whole number between two bounds."""

    def read(cell: Cell) -> int | None:
        value = as_identifier(cell)
        if not value:
            return None
        if not _WORK_DIGITS(value) or len(value) > 12 or not least <= int(value) <= most:
            raise Fault(Code.INTEGER_UNREADABLE, least=least, most=most)
        return int(value)

    return _remembering(read)


def time_zone(cell: Cell) -> str | None:
    """An IANA time zone; not checked where the machine has no list of them."""
    value = as_identifier(cell)
    if value and _zones() and value not in _zones():
        raise Fault(Code.TIME_ZONE_UNKNOWN)
    return value or None


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())


def _remembering(read: Convert) -> Convert:
    known: dict[Cell, object] = {}
    missing = object()

    def convert(cell: Cell) -> object:
        value = known.get(cell, missing)
        if value is missing:
            if len(known) >= _MOST_REMEMBERED:
                known.clear()
            value = known[cell] = read(cell)
        return value

    return convert
