"""Workbooks that would end the process are refused in a process of their own."""

from __future__ import annotations

import io
import zipfile

import pytest

from services.employees.importing.problems import Code, Unreadable
from services.employees.importing.reading import open_table

_NS = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
_RELS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


def workbook(far: str, sheet: str = "xl/worksheets/sheet1.xml") -> bytes:
    """One heading, and one cell as far away as a sheet goes."""
    target = sheet.removeprefix("xl/")
    parts = {
        "[Content_Types].xml": '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>',
        "_rels/.rels": '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"/>',
        "xl/workbook.xml": f'<workbook {_NS} xmlns:r="{_RELS}"><sheets>'
        '<sheet name="a" sheetId="1" r:id="r1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
        f'<Relationship Id="r1" Type="{_RELS}/worksheet" Target="{target}"/></Relationships>',
        sheet: f'<worksheet {_NS}><sheetData><row><c r="A1" t="inlineStr"><is><t>Name</t></is></c></row>'
        f"<row><c {far}><v>1</v></c></row></sheetData></worksheet>",
    }
    target_file = io.BytesIO()
    with zipfile.ZipFile(target_file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return target_file.getvalue()


@pytest.mark.parametrize(
    "content",
    [
        workbook("r='XFD1048576'"),
        workbook('r ="XFD1048576"'),
        workbook('r="XFD1048576"', "xl/sheets/s.xml"),
    ],
    ids=["single quotes", "a space", "another folder"],
)
def test_a_far_away_cell_is_refused_however_it_is_written(content: bytes) -> None:
    with pytest.raises(Unreadable) as caught:
        open_table(content)
    assert caught.value.code in {Code.WORKBOOK_TOO_LARGE, Code.WORKBOOK_UNREADABLE, Code.TOO_MANY_COLUMNS}
