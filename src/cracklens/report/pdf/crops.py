"""Takes places to check and doubtful lines of a photo; gives a row of small cut-outs on a page. Knows no cracks."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass

from PIL import Image
from reportlab.lib.units import mm

from cracklens.report.cracks import Crack
from cracklens.report.material.facts import place_size_text
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
TEXTS = 19 * mm
"""Height of what is said above and below them."""


@dataclass(frozen=True)
class Crop:
    """A cut-out.

    Attributes:
        name: under it.
        alt: for who cannot see it.
        jpeg, box: its px, b"" where they were not kept, and what of the photo it shows.
        crack: whose line is drawn over it; None of a place.
    """

    name: str
    alt: str
    jpeg: bytes
    box: Box
    crack: Crack | None = None


def crops_of(inspection: Inspection, doubtful: tuple[Crack, ...], words: Words) -> tuple[Crop, ...]:
    """Give the places to check, the warmest first, then the widest lines that are probably no cracks."""
    return (*_places(inspection, words), *_lines(inspection, doubtful, words))[:MOST]


def crops_height(crops: tuple[Crop, ...]) -> float:
    """Give the height that they take, 0 without any."""
    return SIDE + TEXTS if crops else 0.0


def put_crops(paper: Paper, crops: tuple[Crop, ...]) -> None:
    """Put cut-outs in a row; nothing without any."""
    if not crops:
        return
    paper.need(crops_height(crops))
    paper.say(paper.words["places.crops"], "small_head", gap=1)
    paper.say(paper.words["places.hint"] if crops[0].crack is None else "", "soft", gap=2)
    lowest = min(_draw(paper, crop, MARGIN + i * (SIDE + GAP)) for i, crop in enumerate(crops))
    paper.y = lowest - 6


def _places(inspection: Inspection, words: Words) -> Iterator[Crop]:
    jpegs = inspection.place_jpegs or (b"",) * len(inspection.places)
    for number, (place, jpeg) in enumerate(zip(inspection.places, jpegs, strict=True), 1):
        size = place_size_text(place, inspection.scale)
        x, y = (f"{side:,}" for side in place.box_xyxy[:2])
        name = words["places.place"].format(number=number, x=x, y=y, size=size)
        yield Crop(name, words["photos.alt_place"].format(place=name), jpeg, Box(*place.box_xyxy))


def _lines(inspection: Inspection, doubtful: tuple[Crack, ...], words: Words) -> Iterator[Crop]:
    views = {view.trace: view for view in inspection.close_ups}
    for crack in doubtful:
        view = views.get(crack.number)
        if view:
            alt = words["photos.alt_doubtful"].format(id=crack.id)
            yield Crop(crack.id, alt, view.jpeg, Box(*view.box_xyxy), crack)


def _draw(paper: Paper, crop: Crop, x: float) -> float:
    """Draw one, its name under it, and give where that ends."""
    width, height = crop.box.x1 - crop.box.x0, crop.box.y1 - crop.box.y0
    factor = SIDE / max(width, height)
    frame = Frame(x, paper.y - height * factor, width * factor, height * factor, crop.box)
    if crop.jpeg:
        image = Image.open(io.BytesIO(crop.jpeg), formats=["JPEG"])
        image.thumbnail((SIDE_PX, SIDE_PX))
        with paper.figure(crop.alt):
            paper.image(as_jpeg(image), (frame.x, frame.y), (frame.width, frame.height))
            if crop.crack:
                draw_doubtful(paper.canvas, frame, [crop.crack])
    name = paper.words_in(crop.name, "fine")
    name.wrapOn(paper.canvas, SIDE, 30)
    bottom = float((frame.y if crop.jpeg else paper.y) - name.height - 2)
    paper.draw(name, x, bottom, of=paper.structure.element("Caption"))
    return bottom
