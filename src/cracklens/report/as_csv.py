"""Takes outcomes; gives report.csv, a row a photo, for spreadsheets. Knows neither pictures nor findings' places."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence

from cracklens.models.card import Card
from cracklens.report.overview import Overview, inspection_at
from cracklens.values import Failure, Inspection, Outcome

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
)
BYTE_ORDER_MARK = "\ufeff"
"""Excel takes a CSV without it for the machine's old code page and garbles names; other readers skip it."""

FORMULA_STARTS = tuple("=+-@\t\r\n＝＋－＠")
"""Spreadsheets run a text that begins so. Source: OWASP, CSV Injection."""


def as_csv(outcomes: Sequence[Outcome], card: Card, overview: Overview) -> Iterator[str]:
    """Give the pieces of report.csv in order of need, failures last; CRLF line ends as RFC 4180 asks."""
    del card  # every writer is given the same
    yield BYTE_ORDER_MARK + _line(COLUMNS)
    for row in overview.inspected:
        yield _line(_cells(inspection_at(outcomes, row)))
    for failure in overview.failures:
        yield _line(_failed_cells(failure))


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
    ]


def _failed_cells(failure: Failure) -> list[str]:
    known = {"photo": _text(failure.photo), "outcome": "failed", "reason": _text(failure.reason)}
    return [known.get(column, "") for column in COLUMNS]


def _number(value: float | None, decimals: int) -> str:
    return "" if value is None else f"{value:.{decimals}f}"


def _text(text: str) -> str:
    """Give text that no spreadsheet runs: one that begins like a formula gets an apostrophe before it."""
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text
