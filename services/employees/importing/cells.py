"""Cells of a table as text: one spelling for what people and programs write in many."""

import re
import unicodedata
from datetime import date, datetime, time, timedelta

from services.employees.importing.problems import Code, Fault

Cell = str | float | int | bool | date | datetime | time | timedelta
"""What a reader yields: text from CSV; also numbers, booleans and dates from workbooks. An empty cell is ''."""

# Zero-width marks that come along when text is copied from web pages and chat.
_INVISIBLE = dict.fromkeys(map(ord, "\u200b\u200c\u200d\u200e\u200f\u2060\ufeff\u00ad"))
_SPACES = re.compile(r"\s+")
_RAISED = re.compile("[\u00b2\u00b3\u00b9\u2070-\u209f]")
_SCIENTIFIC = re.compile(r"\d(?:\.\d+)?[eE]\+?\d{1,2}")
# A double keeps 15 significant decimal digits; Excel writes zeros after them.
_EXACT_BELOW = 1e15

EMPTY_WORDS = frozenset({"null", "\\n", "n/a", "#n/a", "nan", "none", "nil", "-", "--", "—", "——", "/", "无", "空"})
"""Words that mean nothing is there. Never applied to names: Null and None are people too."""


def as_text(cell: Cell) -> str:
    """The cell as one line of trimmed text, in the writer's own characters.

    Whole numbers lose the `.0` that workbooks add (13800138000.0 is a telephone number). Raises DIGITS_LOST for
    numbers of more than 15 digits, whose last digits the spreadsheet has already replaced by zeros.
    """
    if isinstance(cell, str):
        text = cell.strip()
        # Anything invisible, and every space but the plain one, counts as not printable.
        if text.isprintable() and "  " not in text:
            return text
        return _SPACES.sub(" ", text.translate(_INVISIBLE)).strip()
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    if isinstance(cell, float):
        if abs(cell) >= _EXACT_BELOW:
            raise Fault(Code.DIGITS_LOST)
        return str(int(cell)) if cell.is_integer() else repr(cell)
    if isinstance(cell, datetime):
        return cell.isoformat(sep=" ")
    return str(cell)


def as_plain(cell: Cell) -> str:
    """`as_text` in plain characters (NFKC): full-width digits, letters and signs become ASCII.

    A text with a raised or lowered digit stays as it is: 8000² is not 80002.
    """
    text = as_text(cell)
    return text if text.isascii() or _RAISED.search(text) else unicodedata.normalize("NFKC", text).strip()


def as_identifier(cell: Cell) -> str:
    """`as_plain` for things written with digits but never counted with: numbers, codes, telephones, identity numbers.

    Empty words become ''. Raises DIGITS_LOST for `1.10101E+17`, what is left of a long number saved by a spreadsheet.
    """
    text = as_plain(cell)
    if text.casefold() in EMPTY_WORDS:
        return ""
    if "+" in text and _SCIENTIFIC.fullmatch(text):
        raise Fault(Code.DIGITS_LOST)
    return text


def key_of(text: str) -> str:
    """The key two spellings of one name share: NFKC, case folded, without spaces."""
    if text.isascii():
        return "".join(text.split()).casefold()
    return "".join(unicodedata.normalize("NFKC", text).split()).casefold()
