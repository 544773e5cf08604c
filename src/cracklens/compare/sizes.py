"""Takes a size at two dates in px and a scale; gives it in mm and for people. Knows no photos."""

from __future__ import annotations

import math
from dataclasses import dataclass

from cracklens.compare.changes import Size
from cracklens.measuring.millimetres import COVERAGE
from cracklens.values import Scale


@dataclass(frozen=True)
class SizeMm:
    """A length or width at two dates in mm.

    Attributes:
        old_mm, new_mm, difference_mm: None where there was none, or it was not measured.
        uncertainty_mm: of the difference, k = 2.
    """

    old_mm: float | None
    new_mm: float | None
    difference_mm: float | None
    uncertainty_mm: float


def size_mm(size: Size, scale: Scale) -> SizeMm:
    """Give a size on the surface; both dates have one scale, whose error counts with the difference alone."""
    difference = _in_mm(size.difference_px, scale)
    by_scale = COVERAGE * scale.relative_error * abs(difference or 0.0)
    uncertainty = math.hypot(size.uncertainty_px / scale.px_per_mm, by_scale)
    return SizeMm(_in_mm(size.old_px, scale), _in_mm(size.new_px, scale), difference, uncertainty)


def size_texts(size: Size, scale: Scale | None) -> tuple[str, str, str]:
    """Give older, newer and difference for people, in mm where there is a scale.

    Example:
        >>> size_texts(Size(100.0, 160.0, 12.0), None)
        ('100.0 px', '160.0 px', '+60.0 ± 12.0 px')
        >>> size_texts(Size(None, 160.0, 12.0), Scale(10.0))
        ('–', '16.0 mm', '–')
    """
    if scale is None:
        return _texts((size.old_px, size.new_px, size.difference_px), size.uncertainty_px, "px", 1)
    of = size_mm(size, scale)
    decimals = min(max(1 - math.floor(math.log10(of.uncertainty_mm)), 0), 3) if of.uncertainty_mm > 0 else 1
    return _texts((of.old_mm, of.new_mm, of.difference_mm), of.uncertainty_mm, "mm", decimals)


def _texts(
    values: tuple[float | None, float | None, float | None], uncertainty: float, unit: str, decimals: int
) -> tuple[str, str, str]:
    old, new = ("–" if value is None else f"{value:,.{decimals}f} {unit}" for value in values[:2])
    difference = values[2]
    if difference is None:
        return old, new, "–"
    return old, new, f"{difference:+,.{decimals}f} ± {uncertainty:,.{decimals}f} {unit}"


def _in_mm(size_px: float | None, scale: Scale) -> float | None:
    return None if size_px is None else size_px / scale.px_per_mm
