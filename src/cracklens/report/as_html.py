"""Takes outcomes and the card; gives report.html, one page without a single fetch. Knows no file system."""

from __future__ import annotations

import base64
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass

from jinja2 import Environment, PackageLoader, StrictUndefined
from PIL import Image, UnidentifiedImageError

from cracklens.measuring.guides import GUIDES
from cracklens.report import facts
from cracklens.report.cracks import (
    LISTED,
    Crack,
    cracks_of,
    doubt_sentences,
    guide_text,
    guide_values,
    length_texts,
    listed,
    width_texts,
)
from cracklens.report.heatmap import legend_png, overlay_png
from cracklens.report.material import Material
from cracklens.report.outline import outline
from cracklens.report.overview import Row, inspection_at
from cracklens.report.quality import metric_texts, quality_head, quality_of
from cracklens.report.template import COLOUR
from cracklens.report.words import Words, counted
from cracklens.values import NEIGHBOURHOOD_PX, Inspection
from cracklens.visible import shown_on_page, visible

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
        cracks: its traces, the widest first.
    """

    rank: int
    inspection: Inspection
    preview: str
    overlay: str
    overlay_hw: tuple[float, float]
    cracks: tuple[Crack, ...]


@dataclass(frozen=True)
class Thumb:
    """One photo without findings: its row and the data URI of a thumbnail."""

    row: Row
    picture: str


def as_html(material: Material) -> Iterator[str]:
    """Give the pieces of report.html, holding one photo's pictures at a time."""
    overview, options = material.overview, material.options
    words = options.words()
    thresholds = overview.thresholds or (material.card.threshold,)
    template = _environment(words).get_template("report.html.j2")
    logo = options.template.logo_png
    return template.generate(
        card=material.card,
        overview=overview,
        options=options,
        date=material.date,
        guide=GUIDES.get(options.guide),
        headline=facts.headline(overview, words),
        scale_hint=facts.scale_hint(overview, words),
        notices=facts.notices(material),
        others=facts.other_sentences(material.others, words),
        firm=options.template,
        logo=_data_uri(logo, "png") if logo else "",
        usual_colour=COLOUR,
        thresholds=thresholds,
        legend=_data_uri(legend_png(thresholds[0]), "png"),
        neighbourhood_px=NEIGHBOURHOOD_PX,
        listed=LISTED,
        sheets=_sheets(material),
        thumbs=_thumbs(material),
    )


def _environment(words: Words) -> Environment:
    loader = PackageLoader("cracklens.report", "templates")
    environment = Environment(loader=loader, autoescape=True, undefined=StrictUndefined, finalize=shown_on_page)
    environment.trim_blocks = environment.lstrip_blocks = True
    environment.globals.update(w=words, quality_head=quality_head(words))
    environment.filters.update(
        score=facts.score_text, percent=facts.percent_text, count=_count, quality=quality_of, path=_path
    )
    environment.filters["figure"] = lambda metric: metric_texts(metric, words)
    environment.filters.update(box_mm=facts.box_mm_text, visible=visible)
    environment.filters["folder"] = lambda photo: visible(facts.folder_of(photo))
    environment.filters["file"] = lambda photo: visible(facts.file_of(photo))
    environment.filters.update(guide_values=guide_values, listed=listed)
    environment.filters["doubts"] = lambda trace: doubt_sentences(trace, words)
    environment.filters["guide"] = lambda crack: guide_text(crack, words)
    environment.filters["sure"] = lambda row: facts.sure_text(row, words)
    environment.filters["facts"] = lambda inspection: facts.facts_of(inspection, words)
    environment.filters["crack_length"] = lambda crack: length_texts(crack, words)
    environment.filters["crack_width"] = lambda crack, name: width_texts(crack, name, words)
    environment.filters["counted"] = lambda n, what: counted(words, what, n)
    environment.tests["doi"] = lambda text: bool(re.fullmatch(r"10\.\d{4,9}/\S+", str(text)))
    environment.tests["finite"] = lambda point: all(coordinate == coordinate for coordinate in point)  # noqa: PLR0124
    return environment


def _sheets(material: Material) -> Iterator[Sheet]:
    for rank, row in enumerate(material.overview.flagged, start=1):
        inspection = inspection_at(material.outcomes, row)
        picture = inspection.preview_jpeg if rank <= SHARP_PHOTOS else _smaller(inspection.preview_jpeg, SMALL_PX)
        overlay, overlay_hw = overlay_png(inspection.score_map, inspection.threshold)
        cracks = cracks_of(inspection, material.options.guide)
        yield Sheet(rank, inspection, _jpeg_uri(picture), _data_uri(overlay, "png"), overlay_hw, cracks)


def _thumbs(material: Material) -> Iterator[Thumb]:
    for row in material.overview.unflagged:
        yield Thumb(row, _jpeg_uri(_smaller(inspection_at(material.outcomes, row).preview_jpeg, THUMB_PX)))


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


def _count(number: int) -> str:
    return f"{number:,}"


def _path(crack: Crack) -> str:
    """Give the lines of a crack as the path of an SVG, in px of the photo."""
    lines = ("L".join(f"{x:g} {y:g}" for x, y in line) for line in outline(crack.trace))
    return "".join(f"M{line}" for line in lines)
