"""Chinese resident identity numbers (GB 11643-1999), and when a number is taken for one."""

import re
from datetime import date

from services.employees.importing.cells import Cell, as_identifier
from services.employees.importing.problems import Code, Fault

_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECKS = "10X98765432"
_LOOKS_CHINESE = re.compile(r"([1-9]\d{5})((?:18|19|20)\d{6})(\d{3})([\dXx])", re.ASCII).fullmatch
# One digit lost or doubled: still a region and a date where they belong, or nearly.
_NEARLY = re.compile(r"[1-9]\d{5}(?:19|20)\d{2}[01]\d{5}[\dXx]|[1-9]\d{5}(?:19|20)\d{2}[01]\d{7}[\dXx]").fullmatch
_LONGEST = 40


class NationalIds:
    """Reads identity numbers. Of a Chinese one the check character must be right.

    Check character: Σ digit_i × weight_i (i = 1 … 17) modulo 11, looked up in `10X98765432`. Numbers that do not look
    like an 18-character Chinese one (15 digits of old cards, passports, other countries') are taken as they are.
    The three parts a number consists of (region, birth date, sequence) repeat from person to person, so their share of
    the sum is remembered.
    """

    def __init__(self) -> None:
        self._regions: dict[str, int] = {}
        self._births: dict[str, tuple[int, date | None]] = {}
        self._sequences: dict[str, int] = {}
        self.birth: date | None = None
        """The birth date inside the number read last; None when it has none."""

    def convert(self, cell: Cell) -> str | None:
        """The number, its x written as X. Raises NATIONAL_ID_CHECKSUM, NATIONAL_ID_LENGTH, VALUE_TOO_LONG."""
        self.birth = None
        value = cell if type(cell) is str else as_identifier(cell)
        parts = _LOOKS_CHINESE(value)
        if parts is None:
            value = as_identifier(cell)
            parts = _LOOKS_CHINESE(value)
        if parts is None:
            if _NEARLY(value):
                raise Fault(Code.NATIONAL_ID_LENGTH, length=len(value))
            if len(value) > _LONGEST:
                raise Fault(Code.VALUE_TOO_LONG, length=len(value), limit=_LONGEST)
            return value or None
        region, birth, sequence, check = parts.groups()
        born_sum, born = self._birth(birth)
        total = self._part(self._regions, region, 0) + born_sum + self._part(self._sequences, sequence, 14)
        if born is None or _CHECKS[total % 11] != check.upper():
            raise Fault(Code.NATIONAL_ID_CHECKSUM)
        self.birth = born
        return value if check != "x" else value[:-1] + "X"

    def _part(self, known: dict[str, int], digits: str, start: int) -> int:
        total = known.get(digits)
        if total is None:
            total = known[digits] = _weighted(digits, start)
        return total

    def _birth(self, digits: str) -> tuple[int, date | None]:
        known = self._births.get(digits)
        if known is None:
            try:
                born = date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
            except ValueError:
                born = None
            known = self._births[digits] = (_weighted(digits, 6), born)
        return known


def check_character(first_seventeen: str) -> str:
    """The check character that 17 digits ask for."""
    return _CHECKS[_weighted(first_seventeen, 0) % 11]


def _weighted(digits: str, start: int) -> int:
    return sum(int(digit) * weight for digit, weight in zip(digits, _WEIGHTS[start:], strict=False))
