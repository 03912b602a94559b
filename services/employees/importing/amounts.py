"""Amounts of money as people write them: always a decimal, never a float, never a guess."""

import re
from decimal import Decimal

from services.employees.importing.cells import Cell, as_plain
from services.employees.importing.problems import Code, Fault

MOST = Decimal(10) ** 12
"""No pay is this high in any currency; a larger number is something else."""
_SIGNS = {
    "¥": frozenset({"CNY", "JPY"}),
    "元": frozenset({"CNY"}),
    "RMB": frozenset({"CNY"}),
    "$": frozenset({"USD", "HKD", "TWD", "SGD", "AUD", "CAD", "NZD", "MXN"}),
    "€": frozenset({"EUR"}),
    "£": frozenset({"GBP"}),
}
_AMOUNT = re.compile(r"(RMB|[A-Z]{3}|[¥$€£])?\s?([\d.,' ]*\d|\.\d+)\s?(万)?\s?(元|RMB|[A-Z]{3}|[¥$€£])?", re.IGNORECASE)
_GROUPED_BY_COMMA = re.compile(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?")
_GROUPED_BY_POINT = re.compile(r"\d{1,3}(?:\.\d{3}){2,}|\d{1,3}(?:\.\d{3})+,\d+")
_GROUPED_BY_SPACE = re.compile(r"\d{1,3}(?:[ ']\d{3})+(?:[.]\d+)?")
_PLAIN = re.compile(r"\d*\.\d+|\d+\.?")
_COMMA_DECIMAL = re.compile(r"\d+,\d{1,2}")
_TWO_WAYS = re.compile(r"[1-9]\d{0,2}\.\d{3}")
_CENT_PARTS = Decimal("0.0001")


def read_amount(cell: Cell, currency: str) -> Decimal:
    """The amount a cell names, at most four decimals where a workbook computed it.

    12,000 and 12 000 and 12.000.000 group thousands; 1234,56 and 12.345,67 have a decimal comma; 1.2万 is 12,000.
    `8.500` reads in two ways (8.5, or 8,500 as written in much of Europe): AMOUNT_AMBIGUOUS. Raises
    CURRENCY_DIFFERS when a sign or code beside the number is not `currency`'s, AMOUNT_UNREADABLE, AMOUNT_OUT_OF_RANGE
    below zero or from 10^12 on.
    """
    if isinstance(cell, float) and cell == cell and abs(cell) < float(MOST):  # noqa: PLR0124 - not a NaN
        amount = Decimal(repr(cell))
        exponent = amount.as_tuple().exponent
        if isinstance(exponent, int) and exponent < -4:
            amount = amount.quantize(_CENT_PARTS)
        return _in_range(amount)
    text = as_plain(cell)
    if text.startswith("-") or (text.startswith("(") and text.endswith(")")):
        raise Fault(Code.AMOUNT_OUT_OF_RANGE, most=int(MOST))
    match = _AMOUNT.fullmatch(text)
    if not match:
        raise Fault(Code.AMOUNT_UNREADABLE)
    for sign in (match[1], match[4]):
        if sign and currency not in _SIGNS.get(sign.upper(), {sign.upper()}):
            raise Fault(Code.CURRENCY_DIFFERS, currency=currency)
    amount = _number(match[2].strip())
    return _in_range(amount * 10_000 if match[3] else amount)


def _number(text: str) -> Decimal:
    if _TWO_WAYS.fullmatch(text):
        raise Fault(Code.AMOUNT_AMBIGUOUS)
    if _PLAIN.fullmatch(text):
        return Decimal(text)
    if _GROUPED_BY_COMMA.fullmatch(text):
        return Decimal(text.replace(",", ""))
    if _GROUPED_BY_SPACE.fullmatch(text):
        return Decimal(text.replace(" ", "").replace("'", ""))
    if _GROUPED_BY_POINT.fullmatch(text):
        return Decimal(text.replace(".", "").replace(",", "."))
    if _COMMA_DECIMAL.fullmatch(text):
        return Decimal(text.replace(",", "."))
    raise Fault(Code.AMOUNT_UNREADABLE)


def _in_range(amount: Decimal) -> Decimal:
    if not 0 <= amount < MOST:
        raise Fault(Code.AMOUNT_OUT_OF_RANGE, most=int(MOST))
    return amount
