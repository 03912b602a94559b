"""Pure: cells as values. Each function raises `Wrong` for what it cannot take; empty cells never come here."""

from __future__ import annotations

import re
import unicodedata
from datetime import date
from decimal import Decimal

from mainstay.talent.v1.profiles_pb2 import POTENTIAL_KIND_GROWTH, POTENTIAL_KIND_LEARNING
from services.talent.entry_rules import EARLIEST, MOST_GROWTH, MOST_LEARNING
from services.talent.importing.problems import Code, Wrong

# What a spreadsheet would run as a formula when the text is exported again: `-2+cmd|…` too, but not a mere number.
_FORMULA = re.compile(r"[=@]|[+-](?!\d+(?:\.\d+)?%?$)")
_DATE = re.compile(
    r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?(?:[ T]0{1,2}:00(?::00)?)?|(\d{4})(\d{2})(\d{2})", re.ASCII
)
_LEVEL = re.compile(r"(?:l|level )?(\d)(?:\.0+)?级?", re.IGNORECASE | re.ASCII)
_DECIMAL = re.compile(r"-?\d{1,10}(?:\.\d{1,4})?", re.ASCII)
_SCORE = re.compile(r"(-?[\d.]+)(?:/(\d[\d.]*))?分?", re.ASCII)
_MEASURED = re.compile(r"(-?[\d.]+)\s?(%|‰)?", re.ASCII)
_RAISED = re.compile("[\u00b2\u00b3\u00b9\u2070-\u209f]")
_POTENTIALS = {
    "学习速度": POTENTIAL_KIND_LEARNING,
    "学习": POTENTIAL_KIND_LEARNING,
    "learning": POTENTIAL_KIND_LEARNING,
    "发展潜力": POTENTIAL_KIND_GROWTH,
    "发展": POTENTIAL_KIND_GROWTH,
    "growth": POTENTIAL_KIND_GROWTH,
}
MOST_OF_POTENTIAL: dict[int, int] = {POTENTIAL_KIND_LEARNING: MOST_LEARNING, POTENTIAL_KIND_GROWTH: MOST_GROWTH}


def text(cell: str, limit: int) -> str:
    """On one line, at most `limit` characters, nothing a spreadsheet would take for a formula."""
    found = " ".join(cell.split())
    if _FORMULA.match(plain(found)):
        raise Wrong(Code.LOOKS_LIKE_FORMULA)
    if len(found) > limit:
        raise Wrong(Code.VALUE_TOO_LONG, length=len(found), limit=limit)
    return found


def day(cell: str, today: date) -> date:
    """Year first, in any of the usual ways; of a day-first date nobody can know the order."""
    found = _day(cell)
    if found > today:
        raise Wrong(Code.DATE_IN_FUTURE, today=today.isoformat())
    if found < EARLIEST:
        raise Wrong(Code.DATE_TOO_EARLY, earliest=EARLIEST.isoformat())
    return found


def last_day(cell: str, since: date) -> date:
    found = _day(cell)
    if found < since:
        raise Wrong(Code.VALID_TO_WRONG, since=since.isoformat())
    return found


def level(cell: str, least: int, most: int) -> int:
    match = _LEVEL.fullmatch(figures(cell))
    if not match or not least <= int(match[1]) <= most:
        raise Wrong(Code.LEVEL_WRONG, least=least, most=most)
    return int(match[1])


def score(cell: str) -> tuple[Decimal, str]:
    """The score and, where the cell says it (`4.7/5`), its scale."""
    match = _SCORE.fullmatch(figures(cell).replace(" ", ""))
    if not match:
        raise Wrong(Code.NUMBER_WRONG)
    return decimal(match[1]), match[2] or ""


def measured(cell: str) -> tuple[Decimal, str]:
    """The value and, where the cell says it (`0.8%`), its unit."""
    match = _MEASURED.fullmatch(figures(cell))
    if not match:
        raise Wrong(Code.NUMBER_WRONG)
    return decimal(match[1]), match[2] or ""


def decimal(cell: str) -> Decimal:
    """At most ten digits before the point and four behind it; a comma could mean either."""
    found = figures(cell)
    if not _DECIMAL.fullmatch(found):
        raise Wrong(Code.NUMBER_WRONG)
    return Decimal(found)


def potential(cell: str) -> int:
    found = _POTENTIALS.get(plain(cell).casefold())
    if found is None:
        raise Wrong(Code.POTENTIAL_UNKNOWN)
    return found


def plain(cell: str) -> str:
    """Full-width digits, letters and signs as ASCII."""
    return cell if cell.isascii() else unicodedata.normalize("NFKC", cell).strip()


def figures(cell: str) -> str:
    """`plain`, but for raised and lowered digits: 4² is not 42, nor is E000² somebody's number."""
    return cell if _RAISED.search(cell) else plain(cell)


def _day(cell: str) -> date:
    match = _DATE.fullmatch(figures(cell))
    if not match:
        raise Wrong(Code.DATE_WRONG)
    year, month, day_ = (match[at] or match[at + 3] for at in (1, 2, 3))
    try:
        return date(int(year), int(month), int(day_))
    except ValueError:
        raise Wrong(Code.DATE_WRONG) from None
