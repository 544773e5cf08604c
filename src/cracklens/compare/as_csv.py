"""Takes a comparison; gives compare.csv, a row a crack and a row a photo without counterpart. Knows no pictures."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator

from cracklens.compare.changes import Change, Size
from cracklens.compare.pairs import Comparison, NotCompared, Pair
from cracklens.compare.sizes import size_mm
from cracklens.report import note_texts, words_of
from cracklens.report.data import BYTE_ORDER_MARK, FORMULA_STARTS
from cracklens.values import Note, Scale

SIZES = ("old_px", "new_px", "difference_px", "uncertainty_px", "old_mm", "new_mm", "difference_mm", "uncertainty_mm")
COLUMNS = (
    "status",
    "old_photo",
    "new_photo",
    "old_ids",
    "new_ids",
    *(f"length_{name}" for name in SIZES),
    "length_exceeds_uncertainty",
    *(f"width_median_{name}" for name in SIZES),
    "width_median_exceeds_uncertainty",
    "confidence",
    "note",
)
NOT_COMPARED = "NOT COMPARED"
UNCHANGED = "NO CRACKS"
"""Status of a pair without a crack in either photo."""


def as_csv(comparison: Comparison) -> Iterator[str]:
    """Give the lines of compare.csv; CRLF line ends as RFC 4180 asks."""
    yield BYTE_ORDER_MARK + _line(COLUMNS)
    for pair in comparison.pairs:
        notes = (*pair.notes, *comparison.notes)
        rows = [_cells(change, pair, notes) for change in pair.changes]
        for cells in rows or [{"status": UNCHANGED, **_names(pair), "note": _said(notes)}]:
            yield _line(cells.get(column, "") for column in COLUMNS)
    for photo in comparison.not_compared:
        yield _line(_not_compared(photo).get(column, "") for column in COLUMNS)


def _line(cells: Iterable[str]) -> str:
    buffer = io.StringIO()
    csv.writer(buffer).writerow(cells)
    return buffer.getvalue()


def _names(pair: Pair) -> dict[str, str]:
    return {"old_photo": _text(pair.old.name), "new_photo": _text(pair.new.name)}


def _cells(change: Change, pair: Pair, notes: tuple[Note, ...]) -> dict[str, str]:
    return {
        **_names(pair),
        "status": change.status,
        "old_ids": " ".join(change.old_ids),
        "new_ids": " ".join(change.new_ids),
        **_sizes("length", change.length, pair.scale),
        **_sizes("width_median", change.width, pair.scale),
        "confidence": f"{change.confidence:.4f}",
        "note": _said((*change.notes, *notes)),
    }


def _sizes(name: str, size: Size, scale: Scale | None) -> dict[str, str]:
    of_mm = size_mm(size, scale) if scale else None
    values = {key: getattr(of_mm if key.endswith("mm") else size, key, None) for key in SIZES}
    cells = {f"{name}_{key}": "" if value is None else f"{value:.3f}" for key, value in values.items()}
    exceeds = "" if size.difference_px is None else "yes" if size.grew or size.shrank else "no"
    return {**cells, f"{name}_exceeds_uncertainty": exceeds}


def _not_compared(photo: NotCompared) -> dict[str, str]:
    return {"status": NOT_COMPARED, f"{photo.side}_photo": _text(photo.photo), "note": _said([photo.reason])}


def _said(notes: Iterable[Note]) -> str:
    return _text("; ".join(note_texts(notes, words_of())))


def _text(text: str) -> str:
    """Give text that no spreadsheet runs: one that begins like a formula gets an apostrophe before it."""
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text
