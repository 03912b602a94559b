"""What a value looks like, without knowing what it is: the evidence columns give about themselves."""

import re
from datetime import date, datetime
from enum import Enum, auto

from services.employees.importing.cells import EMPTY_WORDS, Cell


class Shape(Enum):
    """The look of one value; the first that fits, in this order."""

    EMPTY = auto()
    MAIL = auto()
    NATIONAL_ID = auto()
    """18 characters as a Chinese identity number has them: 17 digits, a digit or X, a date in the middle."""
    DATE = auto()
    PHONE = auto()
    INTEGER = auto()
    DECIMAL = auto()
    CODE = auto()
    """Latin letters with digits or joints and no space: `E0107`, `AD_PRES`, `d005`."""
    HAN_NAME = auto()
    """Two to four Chinese characters."""
    HAN = auto()
    LATIN = auto()
    """Words in letters other than Chinese."""
    OTHER = auto()


_NATIONAL_ID = re.compile(r"[1-9]\d{5}(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}[\dXx]")
_MAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_TIME = r"(?:[ T]\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)?)?"
_DATE = re.compile(
    rf"(?:\d{{4}}([-/.])\d{{1,2}}\1\d{{1,2}}|\d{{1,2}}([-/.])\d{{1,2}}\2\d{{4}}|\d{{4}}年\d{{1,2}}月\d{{1,2}}[日号]?"
    rf"|(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])|\d{{1,2}}[-\s][A-Za-z]{{3,9}}[-\s]\d{{4}}){_TIME}"
)
_CHINESE_MOBILE = re.compile(r"(?:\+?86[- ]?)?1[3-9]\d{9}|1[3-9]\d[- ]\d{4}[- ]\d{4}")
_PHONE = re.compile(r"\+\d[\d .()-]{6,22}\d|\(?\d{1,4}\)?[ .-]\d{2,5}(?:[ .-]\d{2,6}){1,4}|0\d{2,3}-?\d{7,8}")
_INTEGER = re.compile(r"[-+]?\d{1,15}")
_DECIMAL = re.compile(r"[-+]?[¥￥$€£]?\s?(?:\d{1,3}(?:,\d{3})+|\d+)?(?:\.\d+)?\s?(?:元|万元?)?")
_CODE = re.compile(r"(?=.*[0-9_])[A-Za-z0-9][A-Za-z0-9._-]{0,31}|[A-Z]{2,8}(?:[-_.][A-Z0-9]+)*")
_HAN_NAME = re.compile(r"[\u3400-\u9fff·•]{2,4}|[\u3400-\u9fff]{1,6}[·•][\u3400-\u9fff]{1,10}")
_HAN = re.compile(r"[\u3400-\u9fff]")
_LATIN = re.compile(r"[^\W\d_][^\d_@]*")


def shape_of(cell: Cell) -> Shape:
    """The shape of a cell. Numbers and dates of a workbook count as they would read."""
    if isinstance(cell, date | datetime):
        return Shape.DATE
    if not isinstance(cell, str):
        return _shape_of_number(cell)
    text = cell.strip()
    if not text or text.casefold() in EMPTY_WORDS:
        return Shape.EMPTY
    for shape, pattern in _BY_PATTERN:
        if pattern.fullmatch(text):
            return shape
    return Shape.HAN if _HAN.search(text) else Shape.OTHER


def _shape_of_number(cell: object) -> Shape:
    if not isinstance(cell, int | float) or isinstance(cell, bool):
        return Shape.OTHER
    if isinstance(cell, float) and not cell.is_integer():
        return Shape.DECIMAL
    return Shape.PHONE if _CHINESE_MOBILE.fullmatch(f"{cell:.0f}") else Shape.INTEGER


_BY_PATTERN = (
    (Shape.MAIL, _MAIL),
    (Shape.NATIONAL_ID, _NATIONAL_ID),
    (Shape.DATE, _DATE),
    (Shape.PHONE, _CHINESE_MOBILE),
    (Shape.INTEGER, _INTEGER),
    (Shape.DECIMAL, _DECIMAL),
    (Shape.PHONE, _PHONE),
    (Shape.CODE, _CODE),
    (Shape.HAN_NAME, _HAN_NAME),
    (Shape.LATIN, _LATIN),
)
