"""Files are read within bounds; whatever is wrong with one is said with its place, in both languages."""

from __future__ import annotations

import gzip
import io
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import cast

import pytest

from services.talent.catalogue import problems, reading
from services.talent.catalogue.problems import Fault, Report
from services.talent.catalogue.reading import Row, members, rows


def read(path: Path, report: Report, columns: tuple[str, ...] = ("a", "b")) -> list[Row]:
    return [row for member in members([path], report) for row in rows(member, columns, report)]


def written(folder: Path, content: bytes, name: str = "some.csv") -> Path:
    (folder / name).write_bytes(content)
    return folder / name


def zipped(folder: Path, **files: bytes) -> Path:
    path = folder / "some.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(f"inside/{name}.csv", content)
    return path


def faults(report: Report) -> list[tuple[Fault, int, str]]:
    return [(one.fault, one.line, one.column) for one in report.problems]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("x.csv", b'\xef\xbb\xbfb,a\r\n1," two\nlines "\r\n'),
        ("x.txt", b"a\tb\ntwo\tlines\n"),
        ("x.csv.gz", gzip.compress(b"a,b\n1,2\n")),
    ],
)
def test_reads_commas_and_tabs_plain_and_packed(tmp_path: Path, name: str, content: bytes) -> None:
    report = Report()
    (row,) = read(written(tmp_path, content, name), report)
    assert (row.file, row.line, report.total) == (name, 2, 0)
    assert row["a"] in {"two\nlines", "two", "1"}
    assert row["no such column"] == ""


def test_reads_what_lies_in_a_zip_and_in_a_folder_of_zips(tmp_path: Path) -> None:
    report = Report()
    path = zipped(tmp_path, one=b"a,b\n1,2\n", two=b"a,b\n3,4\n")
    assert [row["a"] for row in read(path, report)] == [row["a"] for row in read(tmp_path, report)] == ["1", "3"]


def test_a_row_is_named_by_the_line_it_begins_on(tmp_path: Path) -> None:
    report = Report()
    found = read(written(tmp_path, b'a,b\n"1\n1\n1",2\n\n3,4\n5\n'), report)
    assert [(row.line, row["b"]) for row in found] == [(2, "2"), (6, "4")]
    assert faults(report) == [(Fault.ROW_SHORT, 7, "")]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"", (Fault.EMPTY, 0, "")),
        (b"a,c\n1,2\n", (Fault.COLUMN_MISSING, 1, "b")),
        ("a,b\n1,2\n中,文\n".encode("gb18030"), (Fault.NOT_UTF8, 3, "")),
        (b'a,b\n1,2\n"3,4\n', (Fault.ROW_UNREADABLE, 3, "")),
        (b"a,b\n1,2\n3,4\0\n", (Fault.ROW_UNREADABLE, 3, "")),
        (b"a,b\n1,2\n" + b"x" * (reading.MOST_LINE + 5), (Fault.ROW_UNREADABLE, 3, "")),
        (b'a,b\n1,2\n"' + b"x\n" * reading.MOST_LINE, (Fault.ROW_UNREADABLE, 0, "")),
    ],
)
def test_what_cannot_be_read_is_said_with_its_place(
    tmp_path: Path, content: bytes, expected: tuple[Fault, int, str]
) -> None:
    report = Report()
    read(written(tmp_path, content), report)
    (found,) = faults(report)
    assert found[0] is expected[0]
    assert found[2] == expected[2]
    assert found[1] == expected[1] or not expected[1]
    assert all(report.problems[0].what.zh and text for text in (report.problems[0].what.en, report.problems[0].fix.en))


def test_a_broken_zip_and_a_cut_gzip_are_reported(tmp_path: Path) -> None:
    report = Report()
    whole = zipped(tmp_path, one=b"a,b\n" + b"1,2\n" * 5_000).read_bytes()
    read(written(tmp_path, whole[: len(whole) // 2], "cut.zip"), report)
    read(written(tmp_path, gzip.compress(b"a,b\n1,2\n")[:-9], "cut.csv.gz"), report)
    damaged = bytearray(whole)
    damaged[60] ^= 0xFF
    read(written(tmp_path, bytes(damaged), "damaged.zip"), report)
    assert [one.fault for one in report.problems] == [Fault.ZIP_BROKEN] * 3


def test_a_file_that_is_not_there_is_reported(tmp_path: Path) -> None:
    report = Report()
    assert read(tmp_path / "none.csv", report) == []
    assert faults(report) == [(Fault.FILE_MISSING, 0, "")]


def test_a_zip_bomb_is_not_opened(tmp_path: Path) -> None:
    report = Report()
    assert read(zipped(tmp_path, bomb=b"a,b\n" + b"1,2\n" * 2_000_000), report) == []
    assert faults(report) == [(Fault.TOO_DENSE, 0, "")]


def test_a_gzip_is_cut_off_at_the_bound(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "MOST_BYTES", 100_000)
    report = Report()
    found = read(written(tmp_path, gzip.compress(b"a,b\n" + b"1,2\n" * 1_000_000), "bomb.csv.gz"), report)
    assert len(found) < 25_000
    assert faults(report) == [(Fault.TOO_LARGE, 0, "")]


def test_a_zip_that_lies_about_its_size_is_cut_off(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = zipped(tmp_path, one=b"a,b\n" + b"1,2\n" * 200_000)
    monkeypatch.setattr(reading, "MOST_BYTES", 1_000)
    report = Report()
    assert read(path, report) == []
    assert faults(report) == [(Fault.TOO_LARGE, 0, "")]


def test_a_zip_of_too_many_files_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "MOST_FILES", 1)
    report = Report()
    assert read(zipped(tmp_path, one=b"a,b\n", two=b"a,b\n"), report) == []
    assert faults(report) == [(Fault.TOO_MANY_FILES, 0, "")]


def test_rows_come_one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """A file without an end: whoever held it whole would never give its first row."""

    class Endless(io.RawIOBase):
        def readable(self) -> bool:
            return True

        def readinto(self, buffer: bytearray) -> int:  # type: ignore[override]
            row = b"a,b\n"
            buffer[: len(row)] = row
            return len(row)

    monkeypatch.setattr(Path, "open", lambda *_, **__: io.BufferedReader(cast("io.RawIOBase", Endless())))
    found: Iterator[Row] = rows(reading.Member("x", "x.csv", Path("x.csv")), ("a", "b"), Report())
    assert next(found)["a"] == "a"


def test_a_report_keeps_the_first_problems_and_counts_them_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(problems, "KEPT", 2)
    report = Report()
    for line in range(5):
        report.note(Fault.DUPLICATE, "x.csv", line, "key", value="x" * 500)
    assert [one.line for one in report.problems] == [0, 1]
    assert report.total == report.counts[Fault.DUPLICATE] == 5
    assert len(report.problems[0].what.en) < 150


@pytest.mark.parametrize("fault", Fault)
def test_every_fault_is_said_in_both_languages(fault: Fault) -> None:
    assert all(words.zh and words.en for words in fault.value)
