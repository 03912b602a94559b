"""The paper a dossier is printed on: styles, header, footer with page numbers, watermark, and bars."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import Any
from xml.sax.saxutils import escape

from reportlab.lib.colors import Color, HexColor, white
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Flowable, Paragraph, SimpleDocTemplate, Table, TableStyle

# Named and not embedded: every reader of PDFs has a Song typeface for it, and no font file has to be shipped.
FONT = "STSong-Light"
INK, MUTED, LINE, SHADE = HexColor("#1f2937"), HexColor("#6b7280"), HexColor("#d1d5db"), HexColor("#f3f4f6")
WATERMARK = Color(0.45, 0.5, 0.6, alpha=0.13)
MARGIN = 18 * mm
# Two thousand line ends in a few cells are 230 pages, which take reportlab 40 s: whoever writes them stops no printing.
MOST_BREAKS = 40
# Of a frame's 6 points inside its margins nothing is left for tables.
WIDTH = A4[0] - 2 * MARGIN - 12

pdfmetrics.registerFont(UnicodeCIDFont(FONT))


def _style(name: str, size: float, **more: Any) -> ParagraphStyle:
    given = {"fontName": FONT, "leading": size * 1.5, "textColor": INK, "wordWrap": "CJK", **more}
    return ParagraphStyle(name, fontSize=size, **given)


TITLE = _style("title", 18, spaceAfter=4 * mm)
HEADING = _style("heading", 12.5, spaceBefore=6 * mm, spaceAfter=2 * mm, keepWithNext=True)
BODY = _style("body", 9.5, spaceAfter=1.5 * mm)
SMALL = _style("small", 8)
MUTED_SMALL = _style("muted", 8, textColor=MUTED, spaceBefore=1 * mm)


@dataclass(frozen=True, slots=True)
class Frame:
    """What stands on every page. `page` words the number of a page and of all pages."""

    title: str
    confidential: str
    printed: str
    watermark: str
    page: Callable[[int, int], str]


def text(words: str, style: ParagraphStyle = BODY) -> Paragraph:
    """A paragraph of somebody's words: none of them are markup. What comes after `MOST_BREAKS` lines stands on one."""
    *lines, rest = words.split("\n", MOST_BREAKS)
    return Paragraph("<br/>".join(map(escape, (*lines, " ".join(rest.split("\n"))))), style)


def pairs(rows: Sequence[tuple[str, str]]) -> Table:
    """Names and values beside each other."""
    cells = [[text(name, MUTED_SMALL), text(value, SMALL)] for name, value in rows]
    return grid(cells, [32 * mm, WIDTH - 32 * mm], lined=False)


def grid(cells: Sequence[Sequence[Any]], widths: Sequence[float], *, headed: bool = False, lined: bool = True) -> Table:
    commands: list[Any] = [
        ("VALIGN", (0, 0), (-1, -1), "TOP"),
        ("LEFTPADDING", (0, 0), (0, -1), 0 if not headed else 3),
        ("LEFTPADDING", (1, 0), (-1, -1), 3),
        ("RIGHTPADDING", (0, 0), (-1, -1), 3),
        ("TOPPADDING", (0, 0), (-1, -1), 2),
        ("BOTTOMPADDING", (0, 0), (-1, -1), 3),
    ]
    if lined:
        commands.append(("LINEBELOW", (0, 0), (-1, -1), 0.4, LINE))
    if headed:
        commands.append(("BACKGROUND", (0, 0), (-1, 0), SHADE))
    table = Table([list(row) for row in cells], colWidths=list(widths), repeatRows=int(headed), splitInRow=1)
    table.setStyle(TableStyle(commands))
    return table


class Bar(Flowable):
    """How much of what was possible was reached, in a colour that says how it is judged."""

    def __init__(self, share: float, colour: str, *, width: float, height: float = 7) -> None:
        super().__init__()
        self.share, self.colour = min(max(share, 0.0), 1.0), HexColor(colour)
        self.width, self.height = width, height

    def wrap(self, *_: float) -> tuple[float, float]:
        return self.width, self.height + 3

    def draw(self) -> None:
        canvas = self.canv
        canvas.setFillColor(SHADE)
        canvas.setStrokeColor(LINE)
        canvas.roundRect(0, 1, self.width, self.height, 2, stroke=1, fill=1)
        if self.share:
            canvas.setFillColor(self.colour)
            canvas.roundRect(0, 1, max(self.width * self.share, 4), self.height, 2, stroke=0, fill=1)


def printed(story: Sequence[Flowable], frame: Frame) -> bytes:
    """The PDF."""
    target = BytesIO()
    document = SimpleDocTemplate(
        target,
        pagesize=A4,
        leftMargin=MARGIN,
        rightMargin=MARGIN,
        topMargin=24 * mm,
        bottomMargin=20 * mm,
        title=frame.title,
        author="Mainstay",
    )

    def framed(*args: Any, **options: Any) -> Canvas:
        return _FramedCanvas(frame, *args, **options)

    document.build(list(story), canvasmaker=framed)
    return target.getvalue()


class _FramedCanvas(Canvas):
    """Puts the frame on the pages once it is known how many there are."""

    def __init__(self, frame: Frame, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._frame = frame
        self._pages: list[dict[str, Any]] = []

    def showPage(self) -> None:  # noqa: N802 - reportlab's name
        self._pages.append(dict(self.__dict__))
        self._startPage()  # type: ignore[attr-defined]  # reportlab's own way to begin the next one

    def save(self) -> None:
        count = len(self._pages)
        for number, page in enumerate(self._pages, start=1):
            self.__dict__.update(page)
            self._draw_frame(number, count)
            super().showPage()
        super().save()

    def _draw_frame(self, number: int, count: int) -> None:
        width, height = A4
        frame = self._frame
        self.saveState()
        self.setFont(FONT, 30)
        self.setFillColor(WATERMARK)
        for step in range(4):
            self.saveState()
            self.translate(width / 2, height * (0.14 + 0.24 * step))
            self.rotate(28)
            self.drawCentredString(0, 0, frame.watermark)
            self.restoreState()
        self.setFont(FONT, 8)
        self.setFillColor(MUTED)
        self.drawString(MARGIN, height - 14 * mm, frame.title)
        self.drawRightString(width - MARGIN, height - 14 * mm, frame.confidential)
        self.drawString(MARGIN, 11 * mm, frame.printed)
        self.drawRightString(width - MARGIN, 11 * mm, frame.page(number, count))
        self.setStrokeColor(LINE)
        self.setFillColor(white)
        self.line(MARGIN, height - 16 * mm, width - MARGIN, height - 16 * mm)
        self.line(MARGIN, 15 * mm, width - MARGIN, 15 * mm)
        self.restoreState()
