"""Takes a comparison; gives compare.json, everything that was compared. Knows no pictures."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from typing import Any, get_args

from cracklens import __version__
from cracklens.compare.changes import Change, Size, Status
from cracklens.compare.pairs import Comparison, NotCompared, Pair
from cracklens.compare.side import SeenPhoto
from cracklens.compare.sizes import size_mm
from cracklens.report.words import note_record, words_of
from cracklens.values import Note, Scale
from cracklens.visible import visible_json

SCHEMA_VERSION = "1.0"


def as_json(comparison: Comparison) -> Iterator[str]:
    """Give compare.json: same reports and photos, same bytes."""
    whole = {
        "schema_version": SCHEMA_VERSION,
        "software": {"name": "cracklens", "version": __version__},
        "summary": summary(comparison),
        "notes": _notes(comparison.notes),
        "pairs": [_pair(pair) for pair in comparison.pairs],
        "not_compared": [_not_compared(photo) for photo in comparison.not_compared],
    }
    yield visible_json(json.dumps(whole, ensure_ascii=False, allow_nan=False, indent=1)) + "\n"


def summary(comparison: Comparison) -> dict[str, int]:
    """Give how many pairs there are, photos without one, and cracks of each status."""
    counts = {status: comparison.count(status) for status in get_args(Status)}
    return {"pairs": len(comparison.pairs), "not_compared": len(comparison.not_compared), **counts}


def _pair(pair: Pair) -> dict[str, Any]:
    registration = pair.registration
    return {
        "old": _photo(pair.old),
        "new": _photo(pair.new),
        "registration": {
            "old_to_new": [[float(f"{value:.9g}") for value in row] for row in registration.matrix],
            "inliers": registration.inliers,
            "error_px": round(registration.error_px, 2),
            "overlap": round(registration.overlap, 3),
        },
        "px_per_mm": None if pair.scale is None else round(pair.scale.px_per_mm, 6),
        "notes": _notes(pair.notes),
        "changes": [_change(change, pair.scale) for change in pair.changes],
    }


def _notes(notes: Iterable[Note]) -> list[dict[str, Any]]:
    return [note_record(note, words_of()) for note in notes]


def _not_compared(photo: NotCompared) -> dict[str, Any]:
    return {"side": photo.side, "photo": photo.photo, "reason": note_record(photo.reason, words_of())}


def _photo(photo: SeenPhoto) -> dict[str, Any]:
    return {"photo": photo.name, "taken_at": photo.taken_at}


def _change(change: Change, scale: Scale | None) -> dict[str, Any]:
    return {
        "status": change.status,
        "old_ids": list(change.old_ids),
        "new_ids": list(change.new_ids),
        "length": _size(change.length, scale),
        "width_median": _size(change.width, scale),
        "confidence": round(change.confidence, 4),
        "notes": _notes(change.notes),
    }


def _size(size: Size, scale: Scale | None) -> dict[str, Any]:
    """Give a size in px of the newer photo and, with a scale, in mm."""
    px = {"old_px": size.old_px, "new_px": size.new_px, "difference_px": size.difference_px}
    mm = {} if scale is None else asdict(size_mm(size, scale))
    numbers = {**px, "uncertainty_px": size.uncertainty_px, **mm}
    rounded = {name: None if value is None else round(float(value), 3) for name, value in numbers.items()}
    return {**rounded, "exceeds_uncertainty": None if size.difference_px is None else size.grew or size.shrank}
