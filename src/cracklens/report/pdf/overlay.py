"""Takes a photo and its cracks; gives them drawn on a page: photo, lines, names, scale bar. Knows no text around it."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError
from reportlab.lib.colors import HexColor

from cracklens.report.cracks import Crack, doubtful_ones, sure_ones
from cracklens.report.letters import BOLD
from cracklens.report.pdf.paper import Paper, faded
from cracklens.report.pictures import Box, Named, ScaleBar, labels_of, scale_bar
from cracklens.report.pictures.outline import outline
from cracklens.values import CloseUp, Inspection

TRACE, DOUBT, OTHER, TICK = "#00c8ff", "#ffb000", "#5f5f5f", "#ffd400"
DARK = "#002233"
NAME_POINTS = 9.0
TICK_FOOT = 2.5
JPEG_QUALITY = 70


@dataclass(frozen=True)
class Frame:
    """Where a part of a photo stands on a page.

    Attributes:
        x, y: lower left corner, points.
        width, height: points.
        box: what of the photo it shows, px.
    """

    x: float
    y: float
    width: float
    height: float
    box: Box

    @property
    def unit(self) -> float:
        """Px of the photo in a point."""
        return (self.box.x1 - self.box.x0) / self.width

    def open(self, canvas: Any) -> None:
        """Clip to it, and draw in px of the photo from here on."""
        canvas.saveState()
        path = canvas.beginPath()
        path.rect(self.x, self.y, self.width, self.height)
        canvas.clipPath(path, stroke=0, fill=0)
        canvas.translate(self.x, self.y + self.height)
        canvas.scale(1 / self.unit, -1 / self.unit)
        canvas.translate(-self.box.x0, -self.box.y0)
        canvas.setLineCap(1)
        canvas.setLineJoin(1)


def fitted(inspection: Inspection, width: float, height: float) -> tuple[float, float]:
    """Give the size of a whole photo that fits into so many points."""
    factor = min(width / inspection.photo_hw[1], height / inspection.photo_hw[0])
    return inspection.photo_hw[1] * factor, inspection.photo_hw[0] * factor


def shrunk(inspection: Inspection, long_side_px: int) -> Image.Image | None:
    """Give the photo's preview, at most so large; None where there is none."""
    try:
        image = Image.open(io.BytesIO(inspection.preview_jpeg), formats=["JPEG"])
        image.thumbnail((long_side_px, long_side_px))
        return image.convert("RGB")
    except (UnidentifiedImageError, OSError):
        return None


def as_jpeg(image: Image.Image) -> bytes:
    """Give a picture as the file keeps it."""
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=JPEG_QUALITY)
    return buffer.getvalue()


def whole(inspection: Inspection, corner: tuple[float, float], size: tuple[float, float]) -> Frame:
    """Give the frame of a whole photo."""
    height, width = inspection.photo_hw
    return Frame(*corner, *size, Box(0, 0, width, height))


def draw_lines(paper: Paper, frame: Frame, inspection: Inspection, cracks: Sequence[Crack]) -> int:
    """Draw all that was found over a photo, its names and its scale bar, and give how many names there was room for."""
    canvas, unit = paper.canvas, frame.unit
    frame.open(canvas)
    _stroke(canvas, _path(canvas, inspection.other_lines), [("#e8e8e8", 1.6 * unit), (OTHER, 0.9 * unit)])
    doubtful = doubtful_ones(cracks)
    _stroke(canvas, _path(canvas, _outlines(doubtful, unit)), [(DOUBT, 0.8 * unit)], dash=(0.1 * unit, 2.2 * unit))
    draw_traces(canvas, sure_ones(cracks), unit)
    for place in inspection.places:
        x0, y0, x1, y1 = place.box_xyxy
        box = np.array([(x0, y0), (x1, y0), (x1, y1), (x0, y1), (x0, y0)])
        _stroke(canvas, _path(canvas, [box]), [("#000000", 1.0 * unit)])
        _stroke(canvas, _path(canvas, [box]), [("#ffffff", 0.8 * unit)], dash=(3 * unit, 2 * unit))
    corner_px = 0.3 * inspection.photo_hw[1], 20 * unit
    names = labels_of(inspection, cracks, height_px=NAME_POINTS * unit, corner_px=corner_px)
    for name in names:
        _draw_name(canvas, name, unit, {crack.id for crack in doubtful})
    canvas.restoreState()
    draw_bar(paper, frame, scale_bar(inspection.px_per_mm, frame.box.x1 - frame.box.x0))
    return len(names)


def draw_doubtful(canvas: Any, frame: Frame, cracks: Sequence[Crack]) -> None:
    """Draw the dotted lines of what is probably no crack over a cut-out."""
    frame.open(canvas)
    unit = frame.unit
    _stroke(canvas, _path(canvas, _outlines(cracks, unit)), [(DOUBT, 0.8 * unit)], dash=(0.1 * unit, 2.2 * unit))
    canvas.restoreState()


def draw_traces(canvas: Any, cracks: Sequence[Crack], unit: float) -> None:
    """Draw lines, dark under light so that they show on any ground, and their gaps dashed."""
    lines = _path(canvas, _outlines(cracks, unit))
    _stroke(canvas, lines, [(DARK, 1.5 * unit), (TRACE, 0.75 * unit)])
    gaps = [np.array([gap.start_xy, gap.stop_xy]) for crack in cracks for gap in crack.trace.gaps]
    _stroke(canvas, _path(canvas, gaps), [(TRACE, 0.75 * unit)], dash=(3 * unit, 3 * unit))


def draw_close_up(paper: Paper, frame: Frame, crack: Crack, close_up: CloseUp, px_per_mm: float | None) -> None:
    """Draw a close-up traced: the line, the tick across the measured width, a scale bar."""
    canvas, unit = paper.canvas, frame.unit
    paper.image(close_up.jpeg, (frame.x, frame.y), (frame.width, frame.height))
    frame.open(canvas)
    draw_traces(canvas, [crack], unit)
    if crack.place and crack.tick_xy:
        dx, dy = crack.place.across_xy
        foot = TICK_FOOT * unit * np.array([-dy, dx])
        ends = [np.array(end) for end in crack.tick_xy]
        tick = _path(canvas, [np.array(ends), *(np.array([end - foot, end + foot]) for end in ends)])
        _stroke(canvas, tick, [("#000000", 1.9 * unit), (TICK, 1.0 * unit)])
    canvas.restoreState()
    bar = scale_bar(px_per_mm, frame.box.x1 - frame.box.x0)
    if bar:
        draw_bar(paper, frame, bar)


def draw_bar(paper: Paper, frame: Frame, bar: ScaleBar | None) -> None:
    """Draw a scale bar into the lower left corner, or that there is no scale."""
    canvas, text = paper.canvas, bar.text if bar else paper.words["photos.no_scale"]
    x, y, length = frame.x + 5, frame.y + 5, bar.length_px / frame.unit if bar else 0.0
    canvas.saveState()
    canvas.setFillColor(faded("#000000", 0.55))
    canvas.roundRect(x - 3, y - 3, max(length, canvas.stringWidth(text, BOLD, 6.5)) + 6, 14, 2, stroke=0, fill=1)
    canvas.setFillColor(HexColor("#ffffff"))
    canvas.rect(x, y - 0.5, length, 1.4, stroke=0, fill=1)
    canvas.setFont(BOLD, 6.5)
    canvas.drawString(x, y + 3, text)
    canvas.restoreState()


def _outlines(cracks: Iterable[Crack], unit: float) -> list[NDArray[np.float64]]:
    tolerance = max(0.95, unit / 2)
    return [line for crack in cracks for line in outline(crack.trace, tolerance_px=tolerance)]


def _path(canvas: Any, lines: Iterable[NDArray[Any]]) -> Any:
    path = canvas.beginPath()
    for line in lines:
        path.moveTo(*map(float, line[0]))
        for point in line[1:]:
            path.lineTo(*map(float, point))
    return path


def _stroke(
    canvas: Any, path: Any, coats: Sequence[tuple[str, float]], *, dash: tuple[float, float] | None = None
) -> None:
    if not path.getCode().strip():
        return
    canvas.setDash(*(dash or ((),)))
    for colour, width in coats:
        canvas.setStrokeColor(faded(colour, 0.75) if colour == DARK else HexColor(colour))
        canvas.setLineWidth(width)
        canvas.drawPath(path, stroke=1, fill=0)
    canvas.setDash(())


def _draw_name(canvas: Any, name: Named, unit: float, doubtful: set[str]) -> None:
    box, is_place = name.box, "-" not in name.text
    dark = "#5a3b00" if name.text in doubtful else DARK
    if name.led:
        _stroke(canvas, _path(canvas, [np.array([name.anchor_xy, box.middle_xy])]), [(dark, 0.5 * unit)])
    canvas.saveState()
    canvas.translate(box.x0, box.y1)
    canvas.scale(unit, -unit)
    width, height = (box.x1 - box.x0) / unit, (box.y1 - box.y0) / unit
    canvas.setFillColor(HexColor("#ffffff") if is_place else faded(dark, 0.88))
    canvas.roundRect(0, 0, width, height, 2, stroke=0, fill=1)
    canvas.setFillColor(HexColor("#000000" if is_place else "#ffffff"))
    canvas.setFont(BOLD, 6.6)
    canvas.drawCentredString(width / 2, (height - 4.8) / 2, name.text)
    canvas.restoreState()
