"""Takes one inspected photo; gives its page of report.pdf: picture, heatmap, traces, tables. Knows no other page."""

from __future__ import annotations

import io
import math
from dataclasses import dataclass
from typing import Any

from PIL import Image, UnidentifiedImageError
from reportlab.lib.colors import HexColor
from reportlab.lib.units import mm

from cracklens.measuring.guides import GuideName
from cracklens.report.cracks import (
    WIDTHS,
    Crack,
    cracks_of,
    doubt_sentences,
    guide_text,
    length_texts,
    listed,
    width_texts,
)
from cracklens.report.facts import facts_of, file_of, folder_of, percent_text, score_text, shortened
from cracklens.report.fonts import BOLD
from cracklens.report.heatmap import laid_over
from cracklens.report.outline import outline
from cracklens.report.pdf_paper import LINE, MARGIN, WIDTH, Paper, faded
from cracklens.report.words import counted
from cracklens.values import Inspection
from cracklens.visible import visible

PICTURE_PX = 1000
"""Long side of a photo in the PDF: 150 px per inch at the width of the page."""

PICTURE_QUALITY = 70
MOST_HEIGHT = 118 * mm
MOST_CRACKS = 12
"""So many cracks of a photo are named and listed, so that it takes a page or two; all are drawn, and in cracks.csv."""

REGIONS = 8
"""So many findings of a photo without traces are listed."""

HEAT_OPACITY = 0.7
"""Of the heatmap as it is on the screen: on paper there is no switch that shows the crack under it."""

TRACE_COLOUR = "#00c8ff"
NARROW = (7, 17, 17, 17, 25, 10, 11)
"""Widths of the columns of the table of cracks."""


@dataclass(frozen=True)
class Drawn:
    """A photo as it is drawn: a JPEG with the heatmap in it and its size on the page."""

    jpeg: bytes
    width: float
    height: float


def put_photo(paper: Paper, inspection: Inspection, *, rank: int, guide: GuideName) -> None:
    """Put the page of one photo with findings."""
    words = paper.words
    paper.need(math.inf)
    paper.mark(f"photo-{rank}", shortened(visible(inspection.photo), 120), level=1)
    paper.say(f"{rank}  {shortened(visible(file_of(inspection.photo)), 120)}", "head", gap=2)
    paper.say(shortened(visible(folder_of(inspection.photo)), 200), "soft", gap=2)
    cracks = cracks_of(inspection, guide)
    marks = [f"{words['photos.score_is']} {score_text(inspection.score)}"]
    marks += [counted(words, "finding", len(inspection.findings)), counted(words, "crack", len(cracks))]
    marks.append(f"{percent_text(inspection.flagged_share)} {words['photos.flagged_is']}")
    paper.say(" · ".join(marks), gap=1)
    paper.say(" · ".join(shortened(fact, 300) for fact in facts_of(inspection, words)), "soft", gap=6)
    _put_picture(paper, inspection, cracks)
    if cracks:
        _put_cracks(paper, cracks)
    else:
        _put_regions(paper, inspection)


def _put_picture(paper: Paper, inspection: Inspection, cracks: tuple[Crack, ...]) -> None:
    drawn = draw(inspection)
    if drawn is None:
        paper.say(paper.words["photos.no_preview"], "soft", gap=8)
        return
    x, y = paper.picture(drawn.jpeg, (drawn.width, drawn.height), x=MARGIN + (WIDTH - drawn.width) / 2)
    canvas, (height, width) = paper.canvas, inspection.photo_hw
    canvas.saveState()
    frame = canvas.beginPath()
    frame.rect(x, y, drawn.width, drawn.height)
    canvas.clipPath(frame, stroke=0, fill=0)
    canvas.translate(x, y + drawn.height)
    canvas.scale(drawn.width / width, -drawn.height / height)  # from here on in px of the photo
    unit = width / drawn.width
    _draw_boxes(canvas, inspection, unit)
    _draw_traces(canvas, cracks, unit)
    canvas.restoreState()
    paper.y -= 8


def draw(inspection: Inspection) -> Drawn | None:
    """Give the photo with its heatmap, as large as the page lets it be; None where there is no preview."""
    try:
        image = Image.open(io.BytesIO(inspection.preview_jpeg), formats=["JPEG"])
        image.thumbnail((PICTURE_PX, PICTURE_PX))
        photo = image.convert("RGB")
    except (UnidentifiedImageError, OSError):
        return None
    painted = laid_over(photo, inspection.score_map, inspection.threshold, opacity=HEAT_OPACITY)
    buffer = io.BytesIO()
    painted.save(buffer, "JPEG", quality=PICTURE_QUALITY)
    height, width = inspection.photo_hw
    factor = min(WIDTH / width, MOST_HEIGHT / height)
    return Drawn(buffer.getvalue(), width * factor, height * factor)


def _draw_boxes(canvas: Any, inspection: Inspection, unit: float) -> None:
    for colour, line_width in ((faded("#000000", 0.5), 1.6), (HexColor("#ffffff"), 0.7)):
        canvas.setStrokeColor(colour)
        canvas.setLineWidth(line_width * unit)
        for finding in inspection.findings:
            x0, y0, x1, y1 = finding.box_xyxy
            canvas.rect(x0, y0, x1 - x0, y1 - y0, stroke=1, fill=0)


def _draw_traces(canvas: Any, cracks: tuple[Crack, ...], unit: float) -> None:
    """Draw every line, dark under light so that it shows on any ground, and the names of those in the table."""
    lines = canvas.beginPath()
    for crack in cracks:
        for line in outline(crack.trace, tolerance_px=max(0.95, unit / 2)):
            lines.moveTo(*map(float, line[0]))
            for point in line[1:]:
                lines.lineTo(*map(float, point))
    canvas.setLineCap(1)
    canvas.setLineJoin(1)
    for colour, line_width in ((faded("#002233", 0.75), 1.7), (HexColor(TRACE_COLOUR), 0.8)):
        canvas.setStrokeColor(colour)
        canvas.setLineWidth(line_width * unit)
        canvas.drawPath(lines, stroke=1, fill=0)
    for crack in reversed(listed(cracks, MOST_CRACKS)):
        _draw_name(canvas, crack, unit)


def _draw_name(canvas: Any, crack: Crack, unit: float) -> None:
    """Draw the name of a crack beside the middle of its longest branch."""
    points = crack.trace.branches[0].points_xy
    x, y = map(float, points[len(points) // 2])
    canvas.saveState()
    canvas.translate(x, y)
    canvas.scale(unit, -unit)
    canvas.setFont(BOLD, 6.5)
    width = canvas.stringWidth(crack.id, BOLD, 6.5) + 4
    canvas.setFillColor(faded("#002233", 0.85))
    canvas.roundRect(4, 3, width, 9, 2, stroke=0, fill=1)
    canvas.setFillColor(HexColor("#ffffff"))
    canvas.drawString(6, 5.3, crack.id)
    canvas.restoreState()


def _put_cracks(paper: Paper, cracks: tuple[Crack, ...]) -> None:
    words, shown = paper.words, listed(cracks, MOST_CRACKS)
    names = ("id", "length", "median", "p95", "widest", "direction", "confidence")
    rows: list[list[Any]] = [paper.cells([words[f"cracks.{name}"] for name in names], "cell_head", right=(5, 6))]
    spans: list[tuple[Any, ...]] = [("LINEBELOW", (0, 0), (-1, 0), 0.4, LINE)]
    for crack in shown:
        rows.append(_row(paper, crack))
        remark = _remark(paper, crack)
        if remark:
            rows.append(["", paper.words_in(remark, "soft"), "", "", "", "", ""])
            at = len(rows) - 1
            spans += [("SPAN", (1, at), (-1, at)), ("TOPPADDING", (0, at), (-1, at), 0)]
            spans.append(("NOSPLIT", (0, at - 1), (-1, at)))
        spans.append(("LINEBELOW", (0, len(rows) - 1), (-1, len(rows) - 1), 0.4, LINE))
    paper.table(rows, NARROW, *spans, gap=4)
    if len(cracks) > len(shown):
        more = f"{len(cracks) - len(shown):,}"
        paper.say(words["cracks.more"].format(shown=len(shown), n=more), "soft")


def _row(paper: Paper, crack: Crack) -> list[Any]:
    trace, words = crack.trace, paper.words
    sizes = (
        length_texts(crack, words),
        *(width_texts(crack, name, words) for name in WIDTHS),
    )
    texts = [crack.id, *map("\n".join, sizes)]
    texts += [f"{trace.orientation_deg:.0f}°", score_text(trace.confidence)]
    return paper.cells(texts, right=(5, 6))


def _at(crack: Crack, paper: Paper) -> str:
    x, y = crack.trace.width_max_at_xy
    if not (math.isfinite(x) and math.isfinite(y)):
        return ""
    return paper.words["cracks.widest_at"].format(x=f"{x:,.0f}", y=f"{y:,.0f}")


def _remark(paper: Paper, crack: Crack) -> str:
    words = paper.words
    doubt, guide = words["cracks.doubt"], words["cracks.guide"]
    said = [_at(crack, paper)]
    said += [doubt.format(doubt=" ".join(doubt_sentences(crack.trace, words)))] if crack.trace.doubts else []
    said += [guide.format(sentences=guide_text(crack, words))] if crack.guide else []
    return shortened(" ".join(filter(None, said)), 1200)


def _put_regions(paper: Paper, inspection: Inspection) -> None:
    words = paper.words
    paper.say(words["cracks.none"], gap=4)
    names = ("number", "peak", "mean", "area")
    rows = [paper.cells([words[f"regions.{name}"] for name in names], "cell_head")]
    for i, finding in enumerate(inspection.findings[:REGIONS], start=1):
        x0, y0, x1, y1 = finding.box_xyxy
        place = words["regions.at"].format(x=f"{x0:,}", y=f"{y0:,}")
        area = f"{finding.area_px:,} px², {x1 - x0:,} × {y1 - y0:,} px {place}"
        rows.append(paper.cells([str(i), score_text(finding.peak_score), score_text(finding.mean_score), area]))
    paper.table(rows, (7, 12, 12, 70), gap=4)
    if len(inspection.findings) > REGIONS:
        paper.say(words["regions.more"].format(n=f"{len(inspection.findings) - REGIONS:,}"), "soft")
