"""The paper of a dossier takes whatever people write, and nobody's words keep others from printing it."""

from __future__ import annotations

import pypdfium2
import pytest

from services.talent.cases import sheet

FRAME = sheet.Frame(title="P-2026-0001", confidential="", printed="", watermark="", page=lambda page, _: str(page))


def pages_of(*cells: str) -> list[str]:
    """The text of each page of a table with these cells in one row."""
    row = [sheet.text(words, sheet.SMALL) for words in cells]
    content = sheet.printed([sheet.grid([row], [sheet.WIDTH / len(cells)] * len(cells))], FRAME)
    with pypdfium2.PdfDocument(content) as document:
        return [page.get_textpage().get_text_range() for page in document]


@pytest.mark.parametrize("line", ["\n", "一行\n"])
def test_thousands_of_line_ends_fill_few_pages_and_no_word_is_lost(line: str) -> None:
    words = line * (2000 // len(line))
    pages = pages_of(f"开头{words}结尾", words, words)
    assert len(pages) <= 3
    text = "".join("".join(pages).split())
    assert "开头" in text
    assert "结尾" in text
    assert text.count("一行") == 3 * words.count("一行")


def test_lines_stay_lines() -> None:
    assert "第一行\r\n第二行" in pages_of("第一行\n第二行")[0]


@pytest.mark.parametrize(
    "words", ["𠮷𡈽", "مرحبا", "\u202e批准\u202c", "\x01\x1b[31m\x85\u2028\uffff", "&#0;<br/></para><a>"]
)
def test_any_characters_are_printed(words: str) -> None:
    assert "之后" in "".join(pages_of(f"{words} 之后"))
