"""Takes paragraphs and tables; gives numbered A4 pages of a PDF, one after another. Knows nothing of cracks."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO, Any

from reportlab.lib.colors import Color, HexColor
from reportlab.lib.enums import TA_LEFT, TA_RIGHT
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Paragraph, Table, TableStyle

from cracklens.report.letters.fonts import BASE, BOLD, Typeface, joins_letters, plain
from cracklens.report.pdf.tags import Element, Structure, TableTags
from cracklens.report.words import Words

MARGIN = 18 * mm
BOTTOM = 28 * mm
CAPTION_ROOM = 30 * mm
"""So much of a page a caption and the first rows of its table take: it never stands alone at the foot of one."""
WIDTH = A4[0] - 2 * MARGIN
INK, SOFT, LINE = HexColor("#1d1c1a"), HexColor("#63605a"), HexColor("#d5d1c9")
RIGHT = {"cell": "right", "cell_head": "right_head", "fine": "fine_right", "fine_head": "fine_right_head"}
KINDS = {"title": "H1", "head": "H2", "small_head": "H3"}
"""What a text of a style is; all others are paragraphs."""

TOTAL = "total-pages"
"""A form that each page refers to and the last one fills in."""


@dataclass(frozen=True)
class Imprint:
    """What stands on every page and in the file's properties.

    Attributes:
        title: of the document.
        footer: at the left of every page.
        author: of the document.
        producer: the program.
        colour: of headings.
    """

    title: str
    footer: str
    author: str
    producer: str
    colour: str


def styles_of(colour: str) -> dict[str, ParagraphStyle]:
    """Give the styles of all texts."""
    text = ParagraphStyle("text", fontName=BASE, fontSize=8.5, leading=12, textColor=INK, alignment=TA_LEFT)
    text.splitLongWords = 1
    accent = HexColor(colour)
    more: dict[str, dict[str, Any]] = {
        "title": {"fontName": BOLD, "fontSize": 24, "leading": 30, "textColor": accent, "spaceAfter": 10},
        "head": {"fontName": BOLD, "fontSize": 14, "leading": 18, "textColor": accent, "spaceAfter": 5},
        "small_head": {"fontName": BOLD, "fontSize": 9.5, "leading": 13, "spaceAfter": 3},
        "lead": {"fontSize": 11, "leading": 16},
        "soft": {"textColor": SOFT, "fontSize": 7.5, "leading": 10.5},
        "cell": {"fontSize": 7.5, "leading": 10},
        "right": {"fontSize": 7.5, "leading": 10, "alignment": TA_RIGHT},
        "cell_head": {"fontSize": 7, "leading": 9, "textColor": SOFT},
        "right_head": {"fontSize": 7, "leading": 9, "textColor": SOFT, "alignment": TA_RIGHT},
        "fine": {"fontSize": 6, "leading": 7},
        "fine_right": {"fontSize": 6, "leading": 7, "alignment": TA_RIGHT},
        "fine_head": {"fontSize": 6, "leading": 7, "textColor": SOFT},
        "fine_right_head": {"fontSize": 6, "leading": 7, "textColor": SOFT, "alignment": TA_RIGHT},
        "code": {"fontSize": 6, "leading": 8.5},
    }
    named = {name: ParagraphStyle(name, parent=text, **changes) for name, changes in more.items()}
    return {"text": text, **named}


class TaggedTable(Table):  # type: ignore[misc]
    """A table whose parts on other pages go on saying what they are."""

    def split(self, width: float, height: float) -> list[Any]:
        """Give its parts where it does not fit."""
        parts: list[Any] = super().split(width, height)
        for part in parts:
            part._renderCB = self._renderCB
        return parts


class Paper:
    """An open PDF. What is put goes under what was put before, on a new page where the old one is full."""

    def __init__(self, file: IO[bytes], typeface: Typeface, words: Words, imprint: Imprint) -> None:
        """Open the first page; no clock and no random name goes into the file."""
        self.typeface, self.words, self.imprint = typeface, words, imprint
        self.styles = styles_of(imprint.colour)
        self.canvas = Canvas(file, pagesize=A4, invariant=1, pageCompression=1, lang=words["language.code"])
        self.canvas.setTitle(plain(imprint.title))
        self.canvas.setAuthor(plain(imprint.author))
        self.canvas.setCreator(imprint.producer)
        self.canvas.setViewerPreference("DisplayDocTitle", "true")
        self.structure = Structure(self.canvas)
        self.y = A4[1] - MARGIN
        self.lacking: set[str] = set()
        self.borrowed = False
        self._page: list[str] = []

    @property
    def room(self) -> float:
        """Height that is left on the page."""
        return float(self.y - BOTTOM)

    @property
    def fresh(self) -> bool:
        """Whether nothing stands on the page yet."""
        return bool(self.y == A4[1] - MARGIN)

    def words_in(self, text: str, style: str = "text", *, after: str = "") -> Paragraph:
        """Give plain text as a paragraph, every character in a font that draws it; `after` is markup of our own."""
        self._page.append(text)
        return Paragraph(self.typeface.markup(text) + after, self.styles[style])

    def say(self, text: str, style: str = "text", *, gap: float = 4) -> None:
        """Put a paragraph of plain text."""
        if text:
            self.put(self.words_in(text, style), gap=gap, of=self.structure.element(KINDS.get(style, "P")))

    def put(self, flowable: Any, *, gap: float = 4, of: Element | None = None) -> None:
        """Put a paragraph or table, split over pages where it does not fit; a table says itself what its parts are."""
        _, height = flowable.wrapOn(self.canvas, WIDTH, self.room)
        if height <= self.room:
            self.draw(flowable, MARGIN, self.y - height, of=of)
            self.y -= height + gap
            return
        parts = flowable.splitOn(self.canvas, WIDTH, self.room)
        if len(parts) < 2 and self.fresh:  # it fits on no page: its lower part is cut off
            self.draw(flowable, MARGIN, self.y - height, of=of)
            parts = []
        elif len(parts) >= 2:
            self.put(parts[0], gap=0, of=of)
            parts = parts[1:]
        else:
            parts = [flowable]
        self.turn()
        for part in parts:
            self.put(part, gap=gap, of=of)

    def draw(self, flowable: Any, x: float, y: float, *, of: Element | None) -> None:
        """Draw what was wrapped, its lower left corner at a place, as a part of an element."""
        if of is None:
            flowable.drawOn(self.canvas, x, y)
            return
        with self.structure.mark(of):
            flowable.drawOn(self.canvas, x, y)

    def beside(self, flowables: Sequence[Any], x: float, width: float) -> float:
        """Draw paragraphs one under another beside what is to be put, and give their height together."""
        y = self.y
        for flowable in flowables:
            _, height = flowable.wrapOn(self.canvas, width, self.y)
            y -= height
            self.draw(flowable, x, y, of=self.structure.element("P"))
            y -= 1.5
        return float(self.y - y)

    def need(self, height: float) -> None:
        """Turn the page unless so much room is left."""
        if self.room < height and not self.fresh:
            self.turn()

    def captioned(self, text: str, style: str = "soft", *, gap: float = 4) -> TableTags:
        """Put the caption of a table, with room for rows below it, and give what its parts say of themselves."""
        self.need(CAPTION_ROOM)
        tags = TableTags(self.structure)
        self.put(self.words_in(text, style), gap=gap, of=self.structure.element("Caption", tags.table))
        return tags

    def table(
        self,
        rows: Sequence[Sequence[Any]],
        widths: Sequence[float],
        *extra: tuple[Any, ...],
        gap: float = 8,
        tags: TableTags | None = None,
    ) -> None:
        """Put a table whose first row is its head; widths are shares of the page's; rules as `extra` says, or a row.

        Args:
            rows: of cells.
            widths: of the columns.
            extra: more of ReportLab's style.
            gap: below it, in points.
            tags: of a table with a caption, or of that which this one goes on with; None for one of its own.
        """
        ruled = any(line[0] == "LINEBELOW" for line in extra)
        lines: list[tuple[Any, ...]] = [
            *([] if ruled else [("LINEBELOW", (0, 0), (-1, -1), 0.4, LINE)]),
            ("VALIGN", (0, 0), (-1, -1), "TOP"),
            ("LEFTPADDING", (0, 0), (-1, -1), 0),
            ("RIGHTPADDING", (0, 0), (-1, -1), 8),
            ("TOPPADDING", (0, 0), (-1, -1), 2.5),
            ("BOTTOMPADDING", (0, 0), (-1, -1), 2.5),
            *extra,
        ]
        total = sum(widths)
        sides = [WIDTH * width / total for width in widths]
        table = TaggedTable(rows, sides, style=TableStyle(lines), repeatRows=1, splitInRow=0)
        table._renderCB = tags or TableTags(self.structure)
        self.put(table, gap=gap)

    def cells(self, texts: Sequence[str], style: str = "cell", *, right: Sequence[int] = ()) -> list[Paragraph]:
        """Give a row of plain texts; the columns in `right` stand at the right."""
        other = RIGHT.get(style, style)
        return [self.words_in(text, other if i in right else style) for i, text in enumerate(texts)]

    def image(self, content: bytes, corner: tuple[float, float], size: tuple[float, float]) -> None:
        """Draw a JPEG or PNG, its lower left corner at a place."""
        self.canvas.drawImage(ImageReader(io.BytesIO(content)), *corner, *size, mask="auto")

    @contextmanager
    def figure(self, alt: str) -> Iterator[None]:
        """Say that what is drawn within is one picture, and what is to be seen there."""
        with self.structure.mark(self.structure.element("Figure", alt=alt)):
            yield

    def mark(self, key: str, title: str, *, level: int = 0) -> None:
        """Make the top of the page a place that links and the outline lead to."""
        self.canvas.bookmarkPage(key)
        self.canvas.addOutlineEntry(plain(title), key, level=level, closed=level == 0)

    def turn(self) -> None:
        """End the page: footer, number, and a note where a character could not be drawn."""
        texts, self._page = "".join(self._page), []
        lacking = self.typeface.lacking(texts + self.imprint.footer)
        self.lacking |= lacking
        self.borrowed |= self.typeface.borrowed(texts + self.imprint.footer)
        with self.structure.artifact():
            self._footer(self._note(texts, lacking))
        self.canvas.showPage()
        self.structure.turn()
        self.y = A4[1] - MARGIN

    def _note(self, texts: str, lacking: frozenset[str]) -> str:
        codes = ", ".join(f"U+{ord(letter):04X}" for letter in sorted(lacking)[:8]) + (" …" if len(lacking) > 8 else "")
        said = [self.words["page.lacking"].format(codes=codes)] if lacking else []
        said += [self.words["page.borrowed"]] if self.typeface.borrowed(texts + self.imprint.footer) else []
        return " ".join(said + ([self.words["page.joining"]] if joins_letters(texts) else []))

    def _footer(self, note: str) -> None:
        canvas, base = self.canvas, BOTTOM - 17 * mm
        canvas.setStrokeColor(LINE)
        canvas.line(MARGIN, base + 11, A4[0] - MARGIN, base + 11)
        left = Paragraph(self.typeface.markup(self.imprint.footer), self.styles["soft"])
        left.wrapOn(canvas, WIDTH - 40 * mm, 20)
        left.drawOn(canvas, MARGIN, base - 3)
        canvas.setFont(BASE, 7.5)
        canvas.setFillColor(SOFT)
        of = self.words["page.of"].format(page=canvas.getPageNumber())
        canvas.drawRightString(A4[0] - MARGIN - 8 * mm, base, of)
        canvas.saveState()
        canvas.translate(A4[0] - MARGIN - 8 * mm, base)
        canvas.doForm(TOTAL)
        canvas.restoreState()
        if note:
            said = Paragraph(self.typeface.markup(note), self.styles["soft"])
            said.wrapOn(canvas, WIDTH, BOTTOM)
            said.drawOn(canvas, MARGIN, base + 13)

    def close(self) -> None:
        """End the last page and write the file."""
        if not self.fresh:
            self.turn()
        total = self.canvas.getPageNumber() - 1
        self.structure.close()
        self.canvas.beginForm(TOTAL)
        self.canvas.setFont(BASE, 7.5)
        self.canvas.setFillColor(SOFT)
        self.canvas.drawString(0, 0, str(total))
        self.canvas.endForm()
        self.canvas.save()


def faded(colour: str, alpha: float) -> Color:
    """Give a colour that lets what is under it through."""
    solid = HexColor(colour)
    return Color(solid.red, solid.green, solid.blue, alpha)
