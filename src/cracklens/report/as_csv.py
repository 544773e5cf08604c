"""Takes outcomes; gives report.csv, a row a photo, and cracks.csv, a row a crack. Knows no pictures."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterable, Iterator

from cracklens.report.cracks import WIDTHS, Crack, cracks_of, doubt_sentences, guide_sentences
from cracklens.report.material import Material
from cracklens.report.options import ReportOptions
from cracklens.report.overview import inspection_at
from cracklens.values import Failure, Inspection, Quantity

COLUMNS = (
    "photo",
    "outcome",
    "score",
    "findings",
    "flagged_share",
    "threshold",
    "width_px",
    "height_px",
    "px_per_mm",
    "taken_at",
    "latitude",
    "longitude",
    "notes",
    "reason",
    "sha256",
    "cracks",
    "direction_deg",
)
CRACK_COLUMNS = (
    "photo",
    "crack",
    "length_px",
    "width_median_px",
    "width_p95_px",
    "width_max_px",
    "width_max_x",
    "width_max_y",
    "orientation_deg",
    "branches",
    "ends",
    "junctions",
    "score",
    "confidence",
    "doubts",
    "x0",
    "y0",
    "x1",
    "y1",
    "px_per_mm",
    "scale_source",
    "length_mm",
    "length_mm_uncertainty",
    "width_median_mm",
    "width_median_mm_uncertainty",
    "width_median_resolved",
    "width_p95_mm",
    "width_p95_mm_uncertainty",
    "width_p95_resolved",
    "width_max_mm",
    "width_max_mm_uncertainty",
    "width_max_resolved",
    *(f"{name}_{end}" for name in ("width_median_px", "width_p95_px", "width_max_px") for end in ("low", "high")),
    *(f"{name}_{end}" for name in ("width_median_mm", "width_p95_mm", "width_max_mm") for end in ("low", "high")),
    "guide",
    "sha256",
)
BYTE_ORDER_MARK = "\ufeff"
"""Excel takes a CSV without it for the machine's old code page and garbles names; other readers skip it."""

FORMULA_STARTS = tuple("=+-@\t\r\n＝＋－＠")
"""Spreadsheets run a text that begins so. Source: OWASP, CSV Injection."""


def as_csv(material: Material) -> Iterator[str]:
    """Give the pieces of report.csv in order of need, failures last; CRLF line ends as RFC 4180 asks."""
    yield BYTE_ORDER_MARK + _line(COLUMNS)
    for row in material.overview.inspected:
        yield _line(_cells(inspection_at(material.outcomes, row)))
    for failure in (*material.overview.failures, *material.overview.covered):
        yield _line(_failed_cells(failure))


def cracks_as_csv(material: Material) -> Iterator[str]:
    """Give the pieces of cracks.csv: photos in order of need, a row a crack, the widest of a photo first."""
    yield BYTE_ORDER_MARK + _line(CRACK_COLUMNS)
    for row in material.overview.flagged:
        inspection = inspection_at(material.outcomes, row)
        for crack in cracks_of(inspection, material.options.guide):
            yield _line(_crack_cells(inspection, crack, material.options))


def _line(cells: Iterable[str]) -> str:
    buffer = io.StringIO()
    csv.writer(buffer).writerow(cells)
    return buffer.getvalue()


def _cells(inspection: Inspection) -> list[str]:
    height, width = inspection.photo_hw
    latitude, longitude = inspection.gps or (None, None)
    return [
        _text(inspection.photo),
        "findings" if inspection.findings else "no findings",
        f"{inspection.score:.4f}",
        str(len(inspection.findings)),
        f"{inspection.flagged_share:.6f}",
        f"{inspection.threshold:.6f}",
        str(width),
        str(height),
        _number(inspection.px_per_mm, 6),
        inspection.taken_at or "",
        _number(latitude, 7),
        _number(longitude, 7),
        _text("; ".join(inspection.notes)),
        "",
        inspection.sha256,
        str(len(inspection.traces)),
        _number(inspection.direction_deg, 2),
    ]


def _crack_cells(inspection: Inspection, crack: Crack, options: ReportOptions) -> list[str]:
    trace, scale, words = crack.trace, inspection.scale, options.words()
    sizes = (trace.length_px, trace.width_median_px, trace.width_p95_px, trace.width_max_px, *trace.width_max_at_xy)
    counts = (len(trace.branches), len(trace.ends), len(trace.junctions_xy))
    widths = (crack.width_median, crack.width_p95, crack.width_max)
    return [
        _text(inspection.photo),
        crack.id,
        *(_number(size, 2) for size in sizes),
        _number(trace.orientation_deg, 1),
        *map(str, counts),
        f"{trace.score:.4f}",
        f"{trace.confidence:.4f}",
        _text(" ".join(doubt_sentences(trace, words))),
        *map(str, trace.box_xyxy),
        _number(inspection.px_per_mm, 6),
        scale.source if scale else "",
        *_quantity(crack.length)[:2],
        *(cell for width in widths for cell in _quantity(width)),
        *(_number(end, 2) for name in WIDTHS for end in getattr(trace, f"{name}_interval_px")),
        *(_number(end, 4) for width in widths for end in ((width.low_mm, width.high_mm) if width else (None, None))),
        _text("; ".join(guide_sentences(crack, options.guide, words))),
        inspection.sha256,
    ]


def _quantity(size: Quantity | None) -> tuple[str, str, str]:
    """Give value, uncertainty and whether the photo resolves it; if not, the value is a bound from above."""
    if size is None:
        return "", "", ""
    return _number(size.value_mm, 4), _number(size.uncertainty_mm, 4), "yes" if size.resolved else "no"


def _failed_cells(failure: Failure) -> list[str]:
    outcome = "covered" if failure.covered_by else "failed"
    known = {"photo": _text(failure.photo), "outcome": outcome, "reason": _text(failure.reason)}
    return [known.get(column, "") for column in COLUMNS]


def _number(value: float | None, decimals: int) -> str:
    return "" if value is None or not math.isfinite(value) else f"{value:.{decimals}f}"


def _text(text: str) -> str:
    """Give text that no spreadsheet runs: one that begins like a formula gets an apostrophe before it."""
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text
