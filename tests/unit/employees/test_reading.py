"""What files are taken for tables, and how."""

import io
import zipfile
from datetime import date
from pathlib import Path

import pytest
import xlsxwriter
from hypothesis import given
from hypothesis import strategies as st

from services.employees.importing.problems import Code, Unreadable
from services.employees.importing.reading import Table, open_table
from tests.unit.employees.outcomes import outcome

ROSTER = "工号,姓名,入职日期\nE1,王小明,2020-01-02\nE2,李四,2021-03-04\n"


def workbook(*sheets: list[list[object]], hidden: int | None = None) -> bytes:
    target = io.BytesIO()
    book = xlsxwriter.Workbook(target, {"default_date_format": "yyyy-mm-dd"})
    for position, rows in enumerate(sheets):
        sheet = book.add_worksheet()
        for number, row in enumerate(rows):
            sheet.write_row(number, 0, row)
        if position == hidden:
            sheet.hide()
    if hidden == 0:
        book.worksheets()[1].activate()
        book.worksheets()[1].set_first_sheet()
    book.close()
    return target.getvalue()


def table(content: str | bytes) -> Table:
    return open_table(content.encode() if isinstance(content, str) else content)


def cells(content: str | bytes) -> list[list[object]]:
    return [list(row) for _, row in table(content).rows()]


@pytest.mark.parametrize(
    ("codec", "said"),
    [("utf-8", "utf-8"), ("utf-8-sig", "utf-8"), ("utf-16", "utf-16"), ("gb18030", "gb18030")],
)
def test_the_encoding_is_found_out(codec: str, said: str) -> None:
    read = open_table(ROSTER.encode(codec))
    assert read.encoding == said
    assert read.headings == ("工号", "姓名", "入职日期")
    assert [row[1] for _, row in read.rows()] == ["王小明", "李四"]


def test_chinese_that_begins_late_in_a_large_file_still_decides_the_encoding() -> None:
    plain = "number,name\n" + "E1,Ann\n" * 300_000
    assert open_table((plain + "E2,王小明\n").encode("gb18030")).encoding == "gb18030"


@pytest.mark.parametrize("delimiter", list(",\t;|"))
def test_the_delimiter_is_found_out_even_when_values_hold_others(delimiter: str) -> None:
    text = ROSTER.replace(",", delimiter).replace("李四", '"李四, 小; 王|二"')
    assert cells(text)[1][1] == "李四, 小; 王|二"


def test_excel_s_own_line_about_the_delimiter_is_not_data() -> None:
    read = table("sep=;\n" + ROSTER.replace(",", ";"))
    assert read.headings[0] == "工号"
    assert [number for number, _ in read.rows()] == [3, 4]


def test_rows_keep_the_numbers_a_spreadsheet_shows() -> None:
    assert [number for number, _ in table("a,b\n\n1,x\n,\n2,y\n").rows()] == [3, 5]


def test_a_title_above_the_headings_is_not_part_of_the_table() -> None:
    read = table("恒远精工花名册,,\n,,\n" + ROSTER)
    assert read.header_row == 3
    assert next(read.rows())[0] == 4


def test_short_rows_are_filled_up_and_long_ones_come_whole() -> None:
    assert cells("a,b,c\nx\nx,y,z,w\n") == [["x", "", ""], ["x", "y", "z", "w"]]


def test_unnamed_columns_are_called_by_their_letter_and_repeated_ones_numbered() -> None:
    assert table("姓名,,姓名,\nx,1,y,\nx,2,y,\n").headings == ("姓名", "B", "姓名 (2)")


def test_a_heading_on_two_lines_becomes_one() -> None:
    assert table('"入职\n日期",b\nx,y\n').headings == ("入职 日期", "b")


def test_rows_can_be_gone_through_again() -> None:
    read = table(ROSTER)
    assert list(read.rows()) == list(read.rows())


def test_a_file_on_disk_reads_like_its_bytes(tmp_path: Path) -> None:
    for name, content in (("a.csv", ROSTER.encode()), ("a.xlsx", workbook([["a", "b"], ["x", 1.0]]))):
        path = tmp_path / name
        path.write_bytes(content)
        assert list(open_table(path).rows()) == list(open_table(content).rows())


def test_a_workbook_gives_typed_cells_from_its_first_filled_visible_sheet() -> None:
    content = workbook([["hidden", "x"], ["1", "2"]], [], [["工号", "入职日期"], ["E1", date(2020, 1, 2)]], hidden=0)
    assert cells(content) == [["E1", date(2020, 1, 2)]]
    assert table(content).encoding == "xlsx"


def refused(content: bytes) -> Code:
    with pytest.raises(Unreadable) as caught:
        list(open_table(content).rows())
    assert set(caught.value.parameters) == caught.value.code.parameters
    return caught.value.code


def test_what_is_no_table_is_refused_by_name() -> None:
    assert refused(b"") is Code.FILE_EMPTY
    assert refused(b"\n\n , \n".replace(b" ", b"")) is Code.FILE_EMPTY
    assert refused(b"%PDF-1.7 ...") is Code.NOT_A_TABLE
    assert refused(b"a,b\n\x00\x01,c\n") is Code.NOT_A_TABLE
    assert refused(b"E1,2020-01-02,a@b.example\nE2,2020-01-03,c@d.example\n") is Code.NO_HEADER
    assert refused("name,city\nJosé,Málaga\nAndré,Orléans\n".encode("latin-1")) is Code.ENCODING_UNKNOWN
    assert refused(b"PK\x03\x04 not really") is Code.WORKBOOK_UNREADABLE
    assert refused(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 not really") is Code.WORKBOOK_UNREADABLE
    assert refused(workbook([], [])) is Code.FILE_EMPTY
    assert refused((",".join(f"c{n}" for n in range(201)) + "\n").encode()) is Code.TOO_MANY_COLUMNS
    assert refused(b'a,b\nx,"' + b"y" * 200_000) is Code.ROW_UNREADABLE


def with_cell_at(place: bytes) -> bytes:
    source = zipfile.ZipFile(io.BytesIO(workbook([["a"], ["b"]])))
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as changed:
        for entry in source.infolist():
            content = source.read(entry)
            changed.writestr(entry, content.replace(b'r="A2"', b'r="%s"' % place))
    return target.getvalue()


def test_a_workbook_that_would_spread_over_all_memory_is_refused_before_it_is_opened() -> None:
    assert refused(with_cell_at(b"GA1048576")) is Code.WORKBOOK_TOO_LARGE
    assert refused(with_cell_at(b"XFD2")) is Code.TOO_MANY_COLUMNS
    assert cells(with_cell_at(b"A7")) == [["b"]]


@given(
    st.lists(
        st.lists(
            st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=8),
            min_size=2,
            max_size=4,
        ),
        min_size=1,
        max_size=6,
    )
)
def test_whatever_is_uploaded_is_a_table_or_refused(rows: list[list[str]]) -> None:
    content = "\n".join(",".join(row) for row in rows).encode()
    try:
        read = open_table(content)
    except Unreadable:
        return
    width = len(read.headings)
    assert len(set(read.headings)) == width
    assert all(len(row) >= width for _, row in read.rows())


@given(st.binary(max_size=300))
def test_any_bytes_are_a_table_or_refused(content: bytes) -> None:
    outcome(lambda: list(open_table(content).rows()))
