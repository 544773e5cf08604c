"""Takes places to check and doubtful lines of a photo; gives a row of small cut-outs on a page. Knows no cracks."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass

from PIL import Image
from reportlab.lib.units import mm

from cracklens.report.cracks import Crack
from cracklens.report.pdf.overlay import Frame, as_jpeg, draw_doubtful
from cracklens.report.pdf.paper import MARGIN, WIDTH, Paper
from cracklens.report.pictures import Box
from cracklens.report.words import Words
from cracklens.values import Inspection

MOST = 5
"""So many of a photo are shown, small: a report of hundreds of photos must not swell."""

SIDE_PX = 240
GAP = 2 * mm
SIDE = (WIDTH - (MOST - 1) * GAP) / MOST


@dataclass(frozen=True)
class Crop:
    """A cut-out.

    Attributes:
        name: under it.
        alt: for who cannot see it.
        jpeg, box: its px, and what of the photo it shows.
        crack: whose line is drawn over it; None of a place.
    """

    name: str
    alt: str
    jpeg: bytes
    box: Box
    crack: Crack | None = None


def put_crops(paper: Paper, inspection: Inspection, doubtful: tuple[Crack, ...]) -> None:
    """Put the places to check, the warmest first, then the widest lines that are probably no cracks."""
    words = paper.words
    crops = [*_places(inspection, words), *_lines(inspection, doubtful, words)][:MOST]
    if not crops:
        return
    paper.need(SIDE + 16 * mm)
    paper.say(words["places.crops"], "small_head", gap=2)
    for i, crop in enumerate(crops):
        _draw(paper, crop, MARGIN + i * (SIDE + GAP))
    paper.y -= SIDE + 8 * mm


def _places(inspection: Inspection, words: Words) -> Iterator[Crop]:
    for number, (place, jpeg) in enumerate(zip(inspection.places, inspection.place_jpegs, strict=False), 1):
        name = words["places.short"].format(number=number)
        yield Crop(name, words["photos.alt_place"].format(place=number), jpeg, Box(*place.box_xyxy))


def _lines(inspection: Inspection, doubtful: tuple[Crack, ...], words: Words) -> Iterator[Crop]:
    views = {view.trace: view for view in inspection.close_ups}
    for crack in doubtful:
        view = views.get(crack.number)
        if view:
            yield Crop(
                crack.id, words["photos.alt_doubtful"].format(id=crack.id), view.jpeg, Box(*view.box_xyxy), crack
            )


def _draw(paper: Paper, crop: Crop, x: float) -> None:
    image = Image.open(io.BytesIO(crop.jpeg), formats=["JPEG"])
    image.thumbnail((SIDE_PX, SIDE_PX))
    width, height = crop.box.x1 - crop.box.x0, crop.box.y1 - crop.box.y0
    factor = SIDE / max(width, height)
    frame = Frame(x, paper.y - height * factor, width * factor, height * factor, crop.box)
    with paper.figure(crop.alt):
        paper.image(as_jpeg(image), (frame.x, frame.y), (frame.width, frame.height))
        if crop.crack:
            draw_doubtful(paper.canvas, frame, [crop.crack])
    name = paper.words_in(crop.name, "fine")
    name.wrapOn(paper.canvas, SIDE, 20)
    paper.draw(name, x, paper.y - SIDE - name.height - 2, of=paper.structure.element("Caption"))
