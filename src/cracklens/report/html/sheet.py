"""Takes an inspection; gives what report.html shows of a photo: pictures, lines, names, close-ups. Knows no markup."""

from __future__ import annotations

import base64
import io
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

from cracklens.report.cracks import Crack, cracks_of, doubtful_ones, first_ones, listed_ones
from cracklens.report.material.material import Material
from cracklens.report.material.overview import Row
from cracklens.report.pictures import Box, Named, ScaleBar, labels_of, overlay_png, scale_bar
from cracklens.report.pictures.outline import outline
from cracklens.values import CloseUp, Inspection

LISTED = 40
"""So many lines that are probably no cracks are listed under a photo."""

SCREEN_PX, PHONE_PX = (1150.0, 790.0), (360.0, 790.0)
"""Width and height that a photo is shown in on a screen and on a phone."""

NAME_PX = (19.0, 15.0)
"""Height of a name on a screen and on a phone, px."""

SHARP_PHOTOS = 60
"""So many keep their preview as it is; the rest get SMALL_PX, one close-up, and no crops of doubtful lines and places.
400 photos stay within about 60 MB."""

SMALL_PX = 800
THUMB_PX = 320
"""Long sides of previews further down and of photos without findings; twice what a screen shows of a thumbnail."""

JPEG_QUALITY = 70


@dataclass(frozen=True)
class Card:
    """One crack as the page shows it.

    Attributes:
        crack: what was measured.
        row: its photo.
        close_up: data URI of its close-up, "" without one.
        box: what of the photo the close-up shows; of no size without one.
        bar: for the close-up; None where no scale is known.
    """

    crack: Crack
    row: Row
    close_up: str
    box: Box
    bar: ScaleBar | None


@dataclass(frozen=True)
class Sheet:
    """One photo as the page shows it.

    Attributes:
        row: its figures.
        inspection: what was found.
        preview: data URI of the photo; "" where there is no preview.
        overlay: data URI of the heatmap.
        overlay_hw: height and width of the overlay in units of the photo's.
        cracks: its traces, the widest first, short pieces among them: all are drawn.
        listed: those of them that have a row.
        cards: of the listed ones that are rather cracks than not.
        doubtful: cards of those that are not.
        places: data URIs of the places to check, "" where there is no picture.
        names: for a wide screen and for a narrow one.
        bar: for the photo; None where no scale is known.
    """

    row: Row
    inspection: Inspection
    preview: str
    overlay: str
    overlay_hw: tuple[float, float]
    cracks: tuple[Crack, ...]
    listed: tuple[Crack, ...]
    cards: tuple[Card, ...]
    doubtful: tuple[Card, ...]
    places: tuple[str, ...]
    names: tuple[tuple[Named, ...], tuple[Named, ...]]
    bar: ScaleBar | None


@dataclass(frozen=True)
class Thumb:
    """One photo without findings: its row and the data URI of a thumbnail."""

    row: Row
    picture: str


def sheet_of(material: Material, row: Row, *, sharp: bool) -> Sheet:
    """Give a photo's sheet.

    Args:
        material: of the report.
        row: of the photo.
        sharp: with the whole preview and all close-ups.
    """
    inspection = material.inspection(row)
    picture = inspection.preview_jpeg if sharp else smaller(inspection.preview_jpeg, SMALL_PX)
    overlay, overlay_hw = overlay_png(inspection.score_map, inspection.threshold)
    cracks = cracks_of(inspection, row.number)
    listed = listed_ones(cracks)
    bar = scale_bar(inspection.px_per_mm, inspection.photo_hw[1])
    shown = inspection.close_ups if sharp else inspection.close_ups[:1]
    cards = tuple(_card(crack, row, inspection, shown) for crack in first_ones(listed))
    doubtful = tuple(_card(crack, row, inspection, shown if sharp else ()) for crack in doubtful_ones(listed)[:LISTED])
    jpegs = inspection.place_jpegs if sharp and inspection.place_jpegs else (b"",) * len(inspection.places)
    names = (_names(inspection, cracks, SCREEN_PX, NAME_PX[0]), _names(inspection, cracks, PHONE_PX, NAME_PX[1]))
    pictures = jpeg_uri(picture), data_uri(overlay, "png"), overlay_hw
    return Sheet(row, inspection, *pictures, cracks, listed, cards, doubtful, tuple(map(jpeg_uri, jpegs)), names, bar)


def card_of(material: Material, row: Row, crack_id: str) -> Card:
    """Give the card of one crack."""
    inspection = material.inspection(row)
    crack = next(crack for crack in cracks_of(inspection, row.number) if crack.id == crack_id)
    return _card(crack, row, inspection, inspection.close_ups)


def _card(crack: Crack, row: Row, inspection: Inspection, shown: tuple[CloseUp, ...]) -> Card:
    close_up = next((of for of in shown if of.trace == crack.number), None)
    if close_up is None:
        return Card(crack, row, "", Box(0, 0, 0, 0), None)
    box = Box(*close_up.box_xyxy)
    return Card(crack, row, jpeg_uri(close_up.jpeg), box, scale_bar(inspection.px_per_mm, box.x1 - box.x0))


def _names(
    inspection: Inspection, cracks: tuple[Crack, ...], screen_px: tuple[float, float], name_px: float
) -> tuple[Named, ...]:
    """Give the names of cracks and places for one kind of screen; none stands where the scale bar does."""
    height, width = inspection.photo_hw
    unit = max(width / screen_px[0], height / screen_px[1])  # px of the photo in a px of the screen
    corner_px = 0.34 * width, 44 * unit
    return labels_of(inspection, cracks, height_px=name_px * unit, corner_px=corner_px)


def path_of(crack: Crack) -> str:
    """Give the lines of a crack as the path of an SVG, in px of the photo."""
    return "".join(map(line_path, outline(crack.trace)))


def line_path(line: NDArray[np.floating]) -> str:
    """Give a line as the path of an SVG."""
    return "M" + "L".join(f"{x:g} {y:g}" for x, y in np.round(line, 1).astype(float).tolist())


def gaps_path(crack: Crack) -> str:
    """Give the gaps of a crack as the path of an SVG."""
    return "".join(line_path(np.array([gap.start_xy, gap.stop_xy])) for gap in crack.trace.gaps)


def tick_path(crack: Crack) -> str:
    """Give the tick across the measured width as the path of an SVG, its ends marked; "" where there is none."""
    if crack.place is None or crack.tick_xy is None:
        return ""
    dx, dy = crack.place.across_xy
    ends = [np.array(end) for end in crack.tick_xy]
    foot = max(4.0, crack.place.width_px / 3) * np.array([-dy, dx])
    return line_path(np.array(ends)) + "".join(line_path(np.array([end - foot, end + foot])) for end in ends)


def thumb_of(material: Material, row: Row) -> Thumb:
    """Give a photo's thumbnail."""
    return Thumb(row, jpeg_uri(smaller(material.inspection(row).preview_jpeg, THUMB_PX)))


def smaller(jpeg: bytes, long_side_px: int) -> bytes:
    """Give a JPEG at most so large; b"" where it cannot be decoded, and the page says that there is no preview."""
    try:
        image = Image.open(io.BytesIO(jpeg), formats=["JPEG"])
        image.thumbnail((long_side_px, long_side_px))
    except (UnidentifiedImageError, OSError):
        return b""
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=JPEG_QUALITY, optimize=True)
    return buffer.getvalue()


def jpeg_uri(jpeg: bytes) -> str:
    """Give the data URI of a JPEG, "" without one."""
    return data_uri(jpeg, "jpeg") if jpeg else ""


def data_uri(content: bytes, kind: str) -> str:
    """Give the data URI of a picture."""
    return f"data:image/{kind};base64,{base64.b64encode(content).decode('ascii')}"
