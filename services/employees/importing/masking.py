"""How a file's values may be shown to the person who imports it: enough to find the row, never in full.

The looks are those of `mainstay.contract.v1.Mask`; the length never tells the length of the original.
"""

import re

from services.employees.importing.cells import Cell, as_text
from services.employees.importing.problems import Fault
from services.employees.importing.shapes import Shape, shape_of
from services.employees.importing.targets import DataClass, Mask, Target

HIDDEN = "******"
_LONGEST = 60
_YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")
# What a value gives away by its look, whatever column it stands in: a mapping may be wrong.
_TELLING = {Shape.NATIONAL_ID: Mask.ENDS, Shape.PHONE: Mask.PHONE}


def masked(cell: Cell, target: Target | None) -> str:
    """The value as `target` may be shown; a column without target is treated as PERSONAL.

    INTERNAL: as it is, up to 60 characters, unless it looks like an identity or telephone number or a mail address.
    PERSONAL: the first character. PERSONAL_SENSITIVE: by the target's mask.
    """
    try:
        text = as_text(cell)
    except Fault:
        return HIDDEN
    if not text:
        return ""
    if target is not None and target.data_class is DataClass.PERSONAL_SENSITIVE:
        return _by_mask(text, target.mask)
    shape = shape_of(text)
    if shape in _TELLING:
        return _by_mask(text, _TELLING[shape])
    if target is None or target.data_class is DataClass.PERSONAL or shape is Shape.MAIL or _LONG_DIGITS.search(text):
        return text[0] + "**"
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"


_LONG_DIGITS = re.compile(r"\d{11}")


def _by_mask(text: str, mask: Mask) -> str:
    if mask is Mask.PHONE:
        return f"{text[:3]}****{text[-4:]}" if len(text) >= 9 else HIDDEN
    if mask is Mask.ENDS:
        return f"{text[0]}****{text[-1]}" if len(text) >= 6 else HIDDEN
    if mask is Mask.YEAR:
        year = _YEAR.search(text)
        return f"{year[0]}-**-**" if year else HIDDEN
    return HIDDEN
