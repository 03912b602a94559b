"""Which row of a sheet holds the headings, and what its columns are called."""

import re
from collections.abc import Sequence

from services.employees.importing.cells import Cell
from services.employees.importing.problems import Code, Unreadable
from services.employees.importing.shapes import Shape, shape_of

# A heading row is at least this wide, measured by the widest row: titles and notes above a table fill a cell or two.
_LEAST_WIDTH = 0.6
# Headings such as `2026` or `1` happen; a row with more of them is data.
_MOST_VALUES = 0.2
_VALUES = frozenset({Shape.DATE, Shape.MAIL, Shape.PHONE, Shape.NATIONAL_ID, Shape.INTEGER, Shape.DECIMAL})
_LONGEST = 120


def find_header(sample: Sequence[tuple[int, Sequence[Cell]]]) -> tuple[int, Sequence[Cell]]:
    """The first row nearly as wide as the widest; raises NO_HEADER when it holds values instead of names."""
    widest = max(_filled(cells) for _, cells in sample)
    for number, cells in sample:
        if _filled(cells) >= widest * _LEAST_WIDTH:
            values = sum(1 for cell in cells if cell != "" and _is_value(cell))
            if values > _filled(cells) * _MOST_VALUES:
                raise Unreadable(Code.NO_HEADER)
            return number, cells
    raise Unreadable(Code.NO_HEADER)


def unique_headings(cells: Sequence[Cell], below: Sequence[Sequence[Cell]]) -> tuple[str, ...]:
    """Headings on one line each. Unnamed columns that hold something are called by their spreadsheet letter, those
    at the end that hold nothing are dropped; `姓名`, `姓名` become `姓名`, `姓名 (2)`.
    """
    width = max([len(cells), *(len(row) for row in below)])
    while width and not _has_content(width - 1, cells, below):
        width -= 1
    names: list[str] = []
    taken: set[str] = set()
    for index in range(width):
        name = _one_line(cells[index]) if index < len(cells) else ""
        name = name or _letters(index)
        unique, count = name, 1
        while unique.casefold() in taken:
            count += 1
            unique = f"{name} ({count})"
        taken.add(unique.casefold())
        names.append(unique)
    return tuple(names)


def _has_content(index: int, cells: Sequence[Cell], below: Sequence[Sequence[Cell]]) -> bool:
    if index < len(cells) and _one_line(cells[index]):
        return True
    # A cell beyond the headings in a row or two is a slip in those rows, not a column.
    filled = sum(1 for row in below if index < len(row) and row[index] not in {"", None})
    return (index < len(cells) and filled > 0) or filled * 2 > len(below)


def _one_line(cell: Cell) -> str:
    return re.sub(r"\s+", " ", str(cell)).strip().lstrip("\ufeff")[:_LONGEST]


def _letters(index: int) -> str:
    name = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        name = chr(65 + rest) + name
    return name


def _filled(cells: Sequence[Cell]) -> int:
    return sum(1 for cell in cells if cell != "")


def _is_value(cell: Cell) -> bool:
    return not isinstance(cell, str) or shape_of(cell) in _VALUES
