"""Pure: reads a file as a table: headings, and rows with the line each begins on.

UTF-8 with or without mark, or GB18030; comma, semicolon or tab, whichever splits the headings into the most.
"""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from services.talent.importing.problems import Code, Unreadable

_WORKBOOKS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")
_DELIMITERS = ",;\t"
# More than a file of the size taken has in sound rows. One of nothing but rubbish would cost seconds and gigabytes.
MOST_ROWS, MOST_COLUMNS = 50_000, 200
# Of a file really written in GB18030 nearly all characters are in its oldest part; of one in another encoding, few.
_LEAST_COMMON = 0.8


@dataclass(frozen=True, slots=True)
class Row:
    """`line`: the first of the file is 1. Cells are trimmed."""

    line: int
    cells: Sequence[str]


@dataclass(frozen=True, slots=True)
class Table:
    headings: tuple[str, ...]
    header_line: int
    rows: tuple[Row, ...]
    """Without empty ones."""


def open_table(content: bytes) -> Table:
    """Raises Unreadable."""
    if content.startswith(_WORKBOOKS):
        raise Unreadable(Code.IS_WORKBOOK)
    text = _decoded(content)
    records = _records(text, _delimiter(text))
    header = next(records, None)
    if header is not None and len(header.cells) > MOST_COLUMNS:
        raise Unreadable(Code.TOO_MANY_COLUMNS, count=len(header.cells), limit=MOST_COLUMNS)
    rows = tuple(islice(records, MOST_ROWS + 1))
    if header is None or not rows:
        raise Unreadable(Code.NO_ROWS)
    if len(rows) > MOST_ROWS:
        raise Unreadable(Code.TOO_MANY_ROWS, limit=MOST_ROWS)
    return Table(tuple(header.cells), header.line, rows)


def _decoded(content: bytes) -> str:
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise Unreadable(Code.ENCODING_UNKNOWN)
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = _as_gb18030(content)
    if "\0" in text:
        raise Unreadable(Code.NOT_TEXT)
    return text


def _as_gb18030(content: bytes) -> str:
    try:
        text = content.decode("gb18030")
    except UnicodeDecodeError:
        raise Unreadable(Code.ENCODING_UNKNOWN) from None
    foreign = [sign for sign in text if not sign.isascii()]
    common = sum(1 for sign in foreign if sign.encode("gb2312", "ignore"))
    if common < len(foreign) * _LEAST_COMMON:
        raise Unreadable(Code.ENCODING_UNKNOWN)
    return text


def _delimiter(text: str) -> str:
    head = next((line for line in io.StringIO(text) if line.strip()), "")
    return max(_DELIMITERS, key=head.count)


def _records(text: str, delimiter: str) -> Iterator[Row]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    line = 1
    while True:
        try:
            cells = next(reader, None)
        except csv.Error as error:
            if "field limit" in str(error):
                raise Unreadable(Code.CELL_TOO_LONG, line=line, limit=csv.field_size_limit()) from None
            raise Unreadable(Code.QUOTES_BROKEN, line=line) from None
        if cells is None:
            return
        trimmed = [cell.strip() for cell in cells]
        if any(trimmed):
            yield Row(line, trimmed)
        line = reader.line_num + 1
