"""Rows of CSV and tab-separated files, from a folder, a zip or gzip, one at a time and within bounds.

Nothing is unpacked to disk and no file is held whole. Whatever is wrong goes into the report; a file that cannot be
read on ends there, with the rows before it given.
"""

import csv
import gzip
import zipfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, cast

from services.talent.catalogue.problems import Fault, Report

MOST_BYTES = 256 * 2**20
"""Of one file, unpacked. The largest of ESCO 1.1.1 has 9.5 MB, of O*NET 29.3 about 10 MB."""
MOST_DENSE = 100
"""Times a file may be packed: real classifications are packed 3 to 20 times, zip bombs over 1,000."""
DENSE_FROM = 2**20
"""Below this size density says nothing."""
MOST_FILES = 500
MOST_LINE = 131_072
"""Bytes of one line, signs of one cell; the longest cell of ESCO 1.1.1 has 9,300."""
ENDINGS = (".csv", ".txt", ".csv.gz", ".txt.gz")


@dataclass(frozen=True)
class Row:
    file: str
    line: int
    values: Mapping[str, str]

    def __getitem__(self, column: str) -> str:
        """The cell without white space around; '' where the column is not there."""
        return self.values.get(column, "").strip()


@dataclass(frozen=True)
class Member:
    """A file of the download, wherever it lies: `stem` is its name without folders and endings."""

    stem: str
    file: str
    path: Path
    inside: str = ""


class _Beyond(Exception):
    """More came out than the bound allows."""


def members(paths: Sequence[Path], report: Report) -> list[Member]:
    """The tables that files, folders and zips hold. A broken or suspect zip is reported and passed over."""
    found: list[Member] = []
    for path in paths:
        if path.is_dir():
            found += [_member(one.name, one.name, one) for one in sorted(path.iterdir()) if one.name.endswith(ENDINGS)]
            zips = [one for one in sorted(path.iterdir()) if one.suffix == ".zip"]
        elif path.suffix == ".zip":
            zips = [path]
        elif path.exists():
            found.append(_member(path.name, path.name, path))
            continue
        else:
            report.note(Fault.FILE_MISSING, path.name, name=path.name)
            continue
        for one in zips:
            found += _inside(one, report)
    return found


def rows(member: Member, columns: Sequence[str], report: Report) -> Iterator[Row]:
    """The rows of a table with a heading; tabs separate when the heading has any, else commas.

    Without one of `columns` no row is given. Rows that do not fit the heading are reported and left out.
    """
    try:
        with _opened(member) as stream:
            yield from _table(member, _Lines(stream), columns, report)
    except _Beyond:
        report.note(Fault.TOO_LARGE, member.file, limit=MOST_BYTES // 2**20)
    except RuntimeError:
        report.note(Fault.ZIP_ENCRYPTED, member.file)
    except (zipfile.BadZipFile, gzip.BadGzipFile, zlib.error, EOFError, NotImplementedError):
        report.note(Fault.ZIP_BROKEN, member.file)


class _Lines:
    """Decoded lines, none longer than MOST_LINE; `number` is the last one given.

    Counts what really comes out, because a zip's own word on its size may be false; and decodes line by line, so that
    a wrong sign is named by its line.
    """

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self._left = MOST_BYTES
        self.number = 0

    def __iter__(self) -> Iterator[str]:
        while line := self._stream.readline(MOST_LINE + 1):
            self._left -= len(line)
            if self._left < 0:
                raise _Beyond
            text = line.decode("utf-8" if self.number else "utf-8-sig")
            self.number += 1
            if len(line) > MOST_LINE or "\0" in text:
                raise csv.Error
            yield text


def _table(member: Member, lines: _Lines, columns: Sequence[str], report: Report) -> Iterator[Row]:
    at = iter(lines)
    try:
        heading_line = next(at, "")
        if not heading_line.strip():
            report.note(Fault.EMPTY, member.file)
            return
        dialect = _Tabs if "\t" in heading_line else _Commas
        heading = [name.strip() for name in next(csv.reader([heading_line], dialect))]
        if missing := [name for name in columns if name not in heading]:
            for name in missing:
                report.note(Fault.COLUMN_MISSING, member.file, 1, name, name=name)
            return
        reader = csv.reader(at, dialect)
        begins = lines.number + 1
        for cells in reader:
            if cells and len(cells) != len(heading):
                report.note(Fault.ROW_SHORT, member.file, begins)
            elif cells:
                yield Row(member.file, begins, dict(zip(heading, cells, strict=True)))
            begins = lines.number + 1
    except UnicodeDecodeError:
        report.note(Fault.NOT_UTF8, member.file, lines.number + 1)
    except csv.Error:
        report.note(Fault.ROW_UNREADABLE, member.file, lines.number)


class _Tabs(csv.excel_tab):
    """O*NET's own tab-separated files quote nothing."""

    quoting = csv.QUOTE_NONE
    strict = True


class _Commas(csv.excel):
    strict = True


@contextmanager
def _opened(member: Member) -> Iterator[IO[bytes]]:
    with ExitStack() as stack:
        if member.inside:
            archive = stack.enter_context(zipfile.ZipFile(member.path))
            stream: IO[bytes] = stack.enter_context(archive.open(member.inside))
        else:
            stream = stack.enter_context(member.path.open("rb"))
        if member.file.endswith(".gz"):
            stream = cast("IO[bytes]", stack.enter_context(gzip.GzipFile(fileobj=stream)))
        yield stream


def _inside(path: Path, report: Report) -> list[Member]:
    try:
        with zipfile.ZipFile(path) as archive:
            infos = [info for info in archive.infolist() if not info.is_dir()]
    except zipfile.BadZipFile:
        report.note(Fault.ZIP_BROKEN, path.name)
        return []
    if len(infos) > MOST_FILES:
        report.note(Fault.TOO_MANY_FILES, path.name, limit=MOST_FILES)
        return []
    found: list[Member] = []
    for info in infos:
        name = info.filename.rpartition("/")[2]
        file = f"{path.name}/{info.filename}"
        if not name.endswith(ENDINGS):
            continue
        if info.file_size > MOST_BYTES:
            report.note(Fault.TOO_LARGE, file, limit=MOST_BYTES // 2**20)
        elif info.file_size > DENSE_FROM and info.file_size > MOST_DENSE * info.compress_size:
            report.note(Fault.TOO_DENSE, file, limit=MOST_DENSE)
        else:
            found.append(_member(name, file, path, info.filename))
    return found


def _member(name: str, file: str, path: Path, inside: str = "") -> Member:
    return Member(name.removesuffix(".gz").rpartition(".")[0], file, path, inside)
