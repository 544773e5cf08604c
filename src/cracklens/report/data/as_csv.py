"""Takes outcomes; gives report.csv, a row a photo, and cracks.csv, a row a crack. Knows no pictures."""

from __future__ import annotations

import csv
import io
import math
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any, get_args

from cracklens.report.cracks import WIDTHS, Crack, cracks_of, doubt_sentences, guide_sentences
from cracklens.report.material.elements import ABOUT
from cracklens.report.material.facts import score_number
from cracklens.report.material.material import Material
from cracklens.report.material.overview import Row
from cracklens.report.words import Words, note_text, note_texts
from cracklens.values import SURE, EndKind, Failure, Quantity, Scale

BY_HAND = ("decision", "remeasured_width_mm", "severity", "extent", "action", "by_when")
"""Left empty for the person who looks at the crack; the decision is accepted, rejected or re-measured."""

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
    "id",
    "doubtful",
    "places",
    *ABOUT,
    "short",
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
    *ABOUT,
    "certainty",
    "needs_checking",
    "pieces",
    "ends_leave",
    "ends_fade",
    "ends_lost",
    "width_p95_x",
    "width_p95_y",
    *BY_HAND,
    "listed",
)
BYTE_ORDER_MARK = "\ufeff"
"""Excel takes a CSV without it for the machine's old code page and garbles names; other readers skip it."""

FORMULA_STARTS = tuple("=+-@\t\r\n＝＋－＠")
"""Spreadsheets run a text that begins so. Source: OWASP, CSV Injection."""


def as_csv(material: Material) -> Iterator[str]:
    """Give the pieces of report.csv in order of need, failures last; CRLF line ends as RFC 4180 asks."""
    yield BYTE_ORDER_MARK + _line(COLUMNS)
    for row in material.overview.inspected:
        yield _line(_cells(material, row))
    for failure in (*material.overview.failures, *material.overview.covered):
        yield _line(_failed_cells(failure, material.options.words()))


def cracks_as_csv(material: Material) -> Iterator[str]:
    """Give the pieces of cracks.csv: a row a crack of the structure, the widest first, what is doubtful last."""
    yield BYTE_ORDER_MARK + _line(CRACK_COLUMNS)
    lines: list[tuple[Any, str]] = []
    for row in (row for row in material.overview.in_order if row.cracks):
        inspection = material.inspection(row)
        for crack in cracks_of(inspection, row.number):
            order = crack.certainty == "doubtful", crack.breadth, row.number
            lines.append((order, _line(_crack_cells(material, row, crack, inspection.scale))))
    yield from (line for _, line in sorted(lines, key=lambda line: line[0]))


def _line(cells: Iterable[str]) -> str:
    buffer = io.StringIO()
    csv.writer(buffer).writerow(cells)
    return buffer.getvalue()


def _cells(material: Material, row: Row) -> list[str]:
    inspection = material.inspection(row)
    height, width = inspection.photo_hw
    latitude, longitude = inspection.gps or (None, None)
    return [
        _text(inspection.photo),
        "findings" if row.shows else "no findings",
        _score(inspection.score, row.threshold),
        str(len(inspection.findings)),
        f"{inspection.flagged_share:.6f}",
        f"{inspection.threshold:.6f}",
        str(width),
        str(height),
        _number(inspection.px_per_mm, 6),
        inspection.taken_at or "",
        _number(latitude, 7),
        _number(longitude, 7),
        _text("; ".join(note_texts(inspection.notes, material.options.words()))),
        "",
        inspection.sha256,
        str(row.sure),
        _number(inspection.direction_deg, 2),
        row.id,
        str(row.doubtful),
        str(row.places),
        *_about(material, row),
        str(row.short),
    ]


def _about(material: Material, row: Row) -> list[str]:
    element = material.options.element_of(row.photo)
    return [_text(getattr(element, name)) for name in ABOUT]


def _crack_cells(material: Material, row: Row, crack: Crack, scale: Scale | None) -> list[str]:
    trace, options = crack.trace, material.options
    sizes = (trace.length_px, trace.width_median_px, trace.width_p95_px, trace.width_max_px, *trace.width_max_at_xy)
    counts = (len(trace.branches), len(trace.ends), len(trace.junctions_xy))
    guide = guide_sentences(crack, material.beside(row, crack), options.guide, options.words())
    return [
        _text(row.photo),
        crack.id,
        *(_number(size, 2) for size in sizes),
        _number(trace.orientation_deg, 1),
        *map(str, counts),
        _score(trace.score, row.threshold),
        _score(trace.confidence, SURE),
        _text(" ".join(doubt_sentences(trace, options.words()))),
        *map(str, trace.box_xyxy),
        _number(scale.px_per_mm if scale else None, 6),
        scale.source if scale else "",
        *_sizes(crack),
        _text("; ".join(guide)),
        row.sha256,
        *_about(material, row),
        *_certainty(crack),
        *_by_hand(material, crack),
        "yes" if crack.listed else "no",
    ]


def _by_hand(material: Material, crack: Crack) -> list[str]:
    """Give what a person decided, as the columns for it say; all empty where nobody has."""
    verdict = material.options.review.verdict_of(crack) if material.options.review else None
    known = {"decision": "accepted", "severity": _text(verdict.severity)} if verdict else {}
    return [known.get(name, "") for name in BY_HAND]


def _sizes(crack: Crack) -> list[str]:
    """Give length and widths in mm, then the ends of the widths' intervals in px and in mm."""
    widths = (crack.width_median, crack.width_p95, crack.width_max)
    return [
        *_quantity(crack.length)[:2],
        *(cell for width in widths for cell in _quantity(width)),
        *(_number(end, 2) for name in WIDTHS for end in getattr(crack.trace, f"{name}_interval_px")),
        *(_number(end, 4) for width in widths for end in ((width.low_mm, width.high_mm) if width else (None, None))),
    ]


def _certainty(crack: Crack) -> list[str]:
    kinds = Counter(end.kind for end in crack.trace.ends)
    x, y = crack.place.xy if crack.place else (None, None)
    checking = "yes" if crack.trace.needs_checking else "no"
    counts = (len(crack.trace.gaps) + 1, *(kinds[kind] for kind in get_args(EndKind)))
    return [crack.certainty, checking, *map(str, counts), _number(x, 1), _number(y, 1)]


def _quantity(size: Quantity | None) -> tuple[str, str, str]:
    """Give value, uncertainty and whether the photo resolves it; if not, the value is a bound from above."""
    if size is None:
        return "", "", ""
    return _number(size.value_mm, 4), _number(size.uncertainty_mm, 4), "yes" if size.resolved else "no"


def _failed_cells(failure: Failure, words: Words) -> list[str]:
    outcome = "covered" if failure.covered_by else "failed"
    known = {"photo": _text(failure.photo), "outcome": outcome, "reason": _text(note_text(failure.reason, words))}
    return [known.get(column, "") for column in COLUMNS]


def _number(value: float | None, decimals: int) -> str:
    return "" if value is None or not math.isfinite(value) else f"{value:.{decimals}f}"


def _score(score: float, rule: float) -> str:
    number = score_number(score, rule)
    return f"{number:.4f}" if number == round(number, 4) else f"{number:.6f}"


def _text(text: str) -> str:
    """Give text that no spreadsheet runs: one that begins like a formula gets an apostrophe before it."""
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text
