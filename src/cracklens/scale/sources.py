"""Takes a photo and what is known of its scale; gives the photo with a scale, or none. Knows nothing of cracks."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from cracklens.scale.exif import exif_scale, offered_distance
from cracklens.scale.marker import SAME_SIZE, SIZES_MM, marker_scale, open_cv
from cracklens.scale.table import ScaleTable, read_scales
from cracklens.values import Note, NoteKind, Photo, Scale, ScaleSource

BY: dict[ScaleSource, NoteKind] = {"given": "by_given", "table": "by_table", "marker": "by_marker", "exif": "by_exif"}


@dataclass(frozen=True)
class ScaleSources:
    """Where the scale of photos may come from, in this order.

    Attributes:
        px_per_mm: given for all photos; None where it is not.
        table: by photo.
        marker_mm: side of the printed marker, which is then searched in every photo.
        distance_m: from the lens to the surface, for EXIF.
    """

    px_per_mm: float | None = None
    table: ScaleTable | None = None
    marker_mm: float | None = None
    distance_m: float | None = None

    @classmethod
    def open(
        cls,
        *,
        px_per_mm: float | None = None,
        scales: str | Path | None = None,
        marker_mm: float | None = None,
        distance_m: float | None = None,
    ) -> ScaleSources:
        """Give the sources of a run, before its first photo.

        Raises:
            DataError: the table is none.
            MissingExtraError: a marker is to be found, and the extra `scale` is not installed.
        """
        if marker_mm is not None:
            open_cv()
        return cls(px_per_mm, None if scales is None else read_scales(scales), marker_mm, distance_m)

    def unmatched(self, photos: Sequence[str | Path]) -> tuple[str, ...]:
        """Give the rows of the table that no photo has.

        Raises:
            DataError: a row may mean more than one photo, or a photo has more than one row.
        """
        return self.table.unmatched(photos) if self.table else ()

    def key(self, path: str | Path) -> str:
        """Give the words that stand for all that a photo's scale comes from."""
        by_table = self.table.scale_of(path) if self.table else None
        return f"{self.px_per_mm} {by_table and by_table.px_per_mm} {self.marker_mm} {self.distance_m}"


def scale_faults(*, marker_mm: float | None, distance_m: float | None) -> list[str]:
    """Give a sentence for each setting that is out of its range; None is in it."""
    faults = []
    if marker_mm is not None and not any(abs(marker_mm / size - 1) <= SAME_SIZE for size in SIZES_MM):
        sizes = ", ".join(map(str, SIZES_MM))
        faults.append(f"marker_mm must be about one of {sizes}; got {marker_mm}. Measure the printed marker's side.")
    if distance_m is not None and not 0 < distance_m < math.inf:
        faults.append(f"distance_m must be above 0; got {distance_m}. Leave it out where it is unknown.")
    return faults


def with_scale(photo: Photo, sources: ScaleSources) -> Photo:
    """Give a photo with the first scale that its sources have; where others contradict it, a note has both numbers.

    Args:
        photo: its name is what the table is asked for.
        sources: of the run.

    Returns:
        The photo as it was, its own scale too, where there is no source.
    """
    found, notes = _all_scales(photo, sources)
    if not found:
        offered = () if photo.scale or sources.distance_m else offered_distance(photo.optics)
        return replace(photo, notes=photo.notes + notes + offered)
    first, *others = found
    notes += tuple(_contradiction(first, other) for other in others if _contradict(first, other))
    return replace(photo, scale=first, notes=photo.notes + notes)


def _all_scales(photo: Photo, sources: ScaleSources) -> tuple[list[Scale], tuple[Note, ...]]:
    """Give the scales of all sources in their order, and what was noted on the way."""
    given = Scale(sources.px_per_mm) if sources.px_per_mm else None
    by_table = sources.table.scale_of(photo.name) if sources.table else None
    by_marker, by_exif = None, None
    notes: tuple[Note, ...] = ()
    if sources.marker_mm is not None:
        by_marker, more = marker_scale(photo.pixels, sources.marker_mm)
        notes += more
    if sources.distance_m is not None:
        by_exif, more = exif_scale(photo.optics, photo.hw, sources.distance_m)
        notes += more
    return [scale for scale in (given, by_table, by_marker, by_exif) if scale], notes


def _contradict(first: Scale, other: Scale) -> bool:
    """Say whether two scales differ by more than twice their uncertainty."""
    apart = abs(other.px_per_mm - first.px_per_mm)
    return apart > 2 * math.hypot(first.px_per_mm * first.relative_error, other.px_per_mm * other.relative_error)


def _contradiction(first: Scale, other: Scale) -> Note:
    by = {"by_first": Note(BY[first.source]), "by_other": Note(BY[other.source])}
    return Note("scales_contradict", {"first": first.px_per_mm, "other": other.px_per_mm, **by})
