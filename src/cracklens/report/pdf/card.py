"""Takes one crack; gives its block on a page: two close-ups, sizes, remarks, blanks to fill by hand."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from reportlab.lib.units import mm
from reportlab.platypus import Paragraph, Table

from cracklens.report.cracks import Crack, guide_text, length_text, remarks, traced_alt, traced_text, width_text
from cracklens.report.material.facts import shortened
from cracklens.report.material.material import Material
from cracklens.report.material.overview import Row
from cracklens.report.material.review import verdict_text
from cracklens.report.pdf.overlay import Frame, draw_close_up
from cracklens.report.pdf.paper import INK, MARGIN, WIDTH, Paper
from cracklens.report.pictures import Box
from cracklens.values import CloseUp, Inspection

SIDE, GAP = 37 * mm, 2 * mm
BLANKS = 13 * mm
REMARK_MOST, VERDICT_MOST = 700, 900


@dataclass(frozen=True)
class Shown:
    """A crack with its photo and its close-up.

    Attributes:
        crack: what was measured.
        row, inspection: its photo.
        close_up: None where it has none.
    """

    crack: Crack
    row: Row
    inspection: Inspection
    close_up: CloseUp | None


def shown(crack: Crack, row: Row, inspection: Inspection) -> Shown:
    """Give a crack with its close-up."""
    close_up = next((of for of in inspection.close_ups if of.trace == crack.number), None)
    return Shown(crack, row, inspection, close_up)


def put_card(paper: Paper, material: Material, of: Shown, *, below: float = 0.0) -> None:
    """Put the block of one crack; it is never split over two pages.

    Args:
        paper: to put it on.
        material: of the report.
        of: the crack.
        below: height of what follows, which is not to stand on a page alone.
    """
    texts = card_texts(paper, material, of)
    x, width = MARGIN + 2 * SIDE + 2 * GAP + 2 * mm, WIDTH - 2 * SIDE - 2 * GAP - 2 * mm
    height = sum(text.wrapOn(paper.canvas, width, paper.y)[1] + 1.5 for text in texts)
    pictures = close_ups_height(paper, of, SIDE)
    by_hand = material.options.review is None
    paper.need(max(height, pictures) + BLANKS * by_hand + 4 * mm + below)
    paper.canvas.bookmarkPage(of.crack.id)
    put_close_ups(paper, of, SIDE)
    taken = paper.beside(texts, x, width)
    paper.y -= max(taken, pictures) + 2
    if by_hand:
        _put_blanks(paper)
    paper.y -= 8


def close_ups_height(paper: Paper, of: Shown, side: float) -> float:
    """Give the height of both close-ups with the higher of their captions."""
    return side + 4 + max(float(caption.height) for caption in _captions(paper, of, side))


def put_close_ups(paper: Paper, of: Shown, side: float) -> None:
    """Draw both close-ups from the place that the page has reached on, without going on from there."""
    words, close_up, canvas = paper.words, of.close_up, paper.canvas
    bottom = paper.y - side
    if close_up is None:
        paper.draw(
            _wrapped(paper, words["cracks.no_close_up"], side), MARGIN, paper.y - 12, of=paper.structure.element("P")
        )
        return
    box = Box(*close_up.box_xyxy)
    height = side * (box.y1 - box.y0) / (box.x1 - box.x0)
    sides = {"width": int(box.x1 - box.x0), "height": int(box.y1 - box.y0)}
    with paper.figure(words["photos.alt_bare"].format(id=of.crack.id, **sides)):
        paper.image(close_up.jpeg, (MARGIN, paper.y - height), (side, height))
    with paper.figure(traced_alt(of.crack, words)):
        frame = Frame(MARGIN + side + GAP, paper.y - height, side, height, box)
        draw_close_up(paper, frame, of.crack, close_up, of.inspection.px_per_mm)
    for i, caption in enumerate(_captions(paper, of, side)):
        place = MARGIN + i * (side + GAP), bottom - caption.height - 2
        paper.draw(caption, *place, of=paper.structure.element("Caption"))
    canvas.setFillColor(INK)


def _captions(paper: Paper, of: Shown, side: float) -> list[Any]:
    said = (paper.words["cracks.bare"], traced_text(of.crack, paper.words))
    return [_wrapped(paper, text, side) for text in said]


def _wrapped(paper: Paper, text: str, width: float) -> Any:
    found = paper.words_in(text, "fine")
    found.wrapOn(paper.canvas, width, 100)
    return found


def card_texts(paper: Paper, material: Material, of: Shown) -> list[Any]:
    """Give what is said of a crack beside its close-ups."""
    words, crack = paper.words, of.crack
    certainty = words[f"certainty.{crack.certainty}"]
    certainty += f", {words['certainty.check']}" if crack.trace.needs_checking else ""
    sizes = {"p95": width_text(crack, words), "length": length_text(crack, words)}
    sizes |= {"median": width_text(crack, words, "width_median"), "direction": f"{crack.trace.orientation_deg:.0f}°"}
    texts = [paper.words_in(f"{crack.id}   {certainty}", "small_head")]
    texts += [paper.words_in(f"{words[f'cracks.{name}']}: {text}", "cell") for name, text in sizes.items()]
    review = material.options.review
    verdict = review.verdict_of(crack) if review else None
    texts += [paper.words_in(shortened(verdict_text(crack, verdict, words), VERDICT_MOST), "cell")] if verdict else []
    texts += [paper.words_in(shortened(said, REMARK_MOST), "soft") for said in remarks(crack, words)]
    beside = guide_text(crack, material.beside(of.row, crack), words)
    return texts + ([paper.words_in(words["cracks.guide"].format(sentences=beside), "cell")] if beside else [])


def _put_blanks(paper: Paper) -> None:
    """Put what the person who looks at the crack fills in; the program leaves all of it blank."""
    words = {key: paper.words_in(paper.words[f"by_hand.{key}"], "cell") for key in KEYS}
    first = ["", words["accepted"], "", words["rejected"], "", words["remeasured"], ""]
    boxes = [("BOX", (i, 0), (i, 0), 0.6, INK) for i in (0, 2, 4)]
    _put_line(paper, first, (3.4, 22, 3.4, 22, 3.4, 28, 30), [*boxes, ("LINEBELOW", (6, 0), (6, 0), 0.5, INK)])
    second = [words["severity"], "", "", words["extent"], "", "", words["action"], "", "", words["by_when"], ""]
    lines = [("LINEBELOW", (i, 0), (i, 0), 0.5, INK) for i in (1, 4, 7, 10)]
    _put_line(paper, second, (14, 20, 3, 12, 22, 3, 12, 46, 3, 15, 24), lines)


KEYS = ("accepted", "rejected", "remeasured", "severity", "extent", "action", "by_when")


def _put_line(paper: Paper, cells: list[Any], sides: tuple[float, ...], lines: list[tuple[Any, ...]]) -> None:
    padding = [(f"{side}PADDING", (0, 0), (-1, -1), 0.5) for side in ("LEFT", "RIGHT", "TOP", "BOTTOM")]
    padding += [
        ("LEFTPADDING", (i, 0), (i, 0), 4) for i in range(1, len(cells)) if not isinstance(cells[i - 1], Paragraph)
    ]
    style = [*padding, ("VALIGN", (0, 0), (-1, -1), "MIDDLE"), *lines]
    table = Table([cells], [side * mm for side in sides], [3.4 * mm], style=style)
    table.hAlign = "LEFT"
    paper.put(table, gap=4, of=paper.structure.element("P"))
