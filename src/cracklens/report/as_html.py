"""Takes outcomes and the card; gives report.html, one page without a single fetch. Knows no file system."""

from __future__ import annotations

import base64
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import PureWindowsPath

from jinja2 import Environment, PackageLoader, StrictUndefined
from PIL import Image, UnidentifiedImageError

from cracklens.models.card import Card
from cracklens.report.heatmap import legend_png, overlay_png
from cracklens.report.overview import Overview, Row, inspection_at
from cracklens.values import NEIGHBOURHOOD_PX, Finding, Inspection, Outcome

SHARP_PHOTOS = 60
"""So many keep their preview as it is; the rest of the findings get SMALL_PX. 400 photos stay within about 40 MB."""

SMALL_PX = 800
THUMB_PX = 320
"""Long sides of previews further down and of photos without findings; twice what a screen shows of a thumbnail."""

JPEG_QUALITY = 70


@dataclass(frozen=True)
class Sheet:
    """One photo as the page shows it.

    Attributes:
        rank: its place in order of need, from 1.
        inspection: what was found.
        preview: data URI of the photo; "" where there is no preview.
        overlay: data URI of the heatmap.
        overlay_hw: height and width of the overlay in units of the photo's.
    """

    rank: int
    inspection: Inspection
    preview: str
    overlay: str
    overlay_hw: tuple[float, float]


@dataclass(frozen=True)
class Thumb:
    """One photo without findings: its row and the data URI of a thumbnail."""

    row: Row
    picture: str


def as_html(outcomes: Sequence[Outcome], card: Card, overview: Overview) -> Iterator[str]:
    """Give the pieces of report.html, holding one photo's pictures at a time."""
    thresholds = overview.thresholds or (card.threshold,)
    template = _environment().get_template("report.html.j2")
    return template.generate(
        card=card,
        overview=overview,
        thresholds=thresholds,
        legend=_data_uri(legend_png(thresholds[0]), "png"),
        neighbourhood_px=NEIGHBOURHOOD_PX,
        sheets=_sheets(outcomes, overview),
        thumbs=_thumbs(outcomes, overview),
    )


def _environment() -> Environment:
    loader = PackageLoader("cracklens.report", "templates")
    environment = Environment(loader=loader, autoescape=True, undefined=StrictUndefined)
    environment.trim_blocks = environment.lstrip_blocks = True
    environment.filters.update(
        score=_score, percent=_percent, count=_count, place=_place, size_mm=_size_mm, folder=_folder, file=_file
    )
    environment.tests["doi"] = lambda text: bool(re.fullmatch(r"10\.\d{4,9}/\S+", str(text)))
    return environment


def _sheets(outcomes: Sequence[Outcome], overview: Overview) -> Iterator[Sheet]:
    for rank, row in enumerate(overview.flagged, start=1):
        inspection = inspection_at(outcomes, row)
        picture = inspection.preview_jpeg if rank <= SHARP_PHOTOS else _smaller(inspection.preview_jpeg, SMALL_PX)
        overlay, overlay_hw = overlay_png(inspection.score_map, inspection.threshold)
        yield Sheet(rank, inspection, _jpeg_uri(picture), _data_uri(overlay, "png"), overlay_hw)


def _thumbs(outcomes: Sequence[Outcome], overview: Overview) -> Iterator[Thumb]:
    for row in overview.unflagged:
        yield Thumb(row, _jpeg_uri(_smaller(inspection_at(outcomes, row).preview_jpeg, THUMB_PX)))


def _smaller(jpeg: bytes, long_side_px: int) -> bytes:
    """Give a JPEG at most so large; b"" where it cannot be decoded, and the page says that there is no preview."""
    try:
        image = Image.open(io.BytesIO(jpeg), formats=["JPEG"])
        image.thumbnail((long_side_px, long_side_px))
    except (UnidentifiedImageError, OSError):
        return b""
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=JPEG_QUALITY, optimize=True)
    return buffer.getvalue()


def _jpeg_uri(jpeg: bytes) -> str:
    return _data_uri(jpeg, "jpeg") if jpeg else ""


def _data_uri(content: bytes, kind: str) -> str:
    return f"data:image/{kind};base64,{base64.b64encode(content).decode('ascii')}"


def _score(value: float) -> str:
    """Give a score for people; neither certainty nor impossibility is made by rounding.

    Example:
        >>> _score(0.997), _score(0.42), _score(0.001), _score(1.0)
        ('> 0.99', '0.42', '< 0.01', '1.00')
    """
    if 0 < value < 0.005:
        return "< 0.01"
    return "> 0.99" if 0.995 <= value < 1 else f"{value:.2f}"


def _percent(share: float) -> str:
    """Give a share for people.

    Example:
        >>> _percent(0.0341), _percent(0.0004), _percent(0.0)
        ('3.4 %', '< 0.1 %', '0 %')
    """
    if share <= 0:
        return "0 %"
    return "< 0.1 %" if share < 0.001 else f"{100 * share:.1f} %"


def _count(number: int) -> str:
    return f"{number:,}"


def _place(gps: tuple[float, float]) -> str:
    """Give latitude and longitude to the metre.

    Example:
        >>> _place((47.37689, -8.541694))
        '47.37689° N, 8.54169° W'
    """
    sides = ("N" if gps[0] >= 0 else "S", "E" if gps[1] >= 0 else "W")
    return ", ".join(f"{abs(degrees):.5f}° {side}" for degrees, side in zip(gps, sides, strict=True))


def _size_mm(finding: Finding, px_per_mm: float) -> str:
    x0, y0, x1, y1 = finding.box_xyxy
    return f"{(x1 - x0) / px_per_mm:,.0f} × {(y1 - y0) / px_per_mm:,.0f} mm"


def _folder(photo: str) -> str:
    """Give the part of a name before its file, on any system's separators."""
    return photo.removesuffix(_file(photo))


def _file(photo: str) -> str:
    return PureWindowsPath(photo).name or photo
