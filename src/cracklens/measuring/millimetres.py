"""Takes lengths and widths in px and a scale; gives them in mm with their uncertainty. Knows nothing of photos."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from cracklens.errors import SettingError
from cracklens.values import Interval, Quantity, Scale, Trace

COVERAGE = 2.0
"""k of the expanded uncertainty: about 95 % where the errors are normal. Source: JCGM 100:2008 (GUM), 6.2 and G.6.6."""

END_PX = 2.0
"""Standard uncertainty of the place where a crack is seen to end; a length has two ends."""

WINDING = 0.015
"""Standard uncertainty of a length, as a share of it, by how finely a winding line is followed."""

EVEN = 0.05
"""Sides of an interval that differ by less than this share of it are written as one."""

RESOLVED_HINT = "(what this photo can resolve)"
RESOLVED = 4.0
"""A width whose interval ends at more than so many times its beginning is not resolved: it has a bound from above."""


@dataclass(frozen=True)
class TraceMm:
    """The size of one trace on the surface.

    Attributes:
        length: of all branches together.
        width_median, width_p95, width_max: along the line.
    """

    length: Quantity
    width_median: Quantity
    width_p95: Quantity
    width_max: Quantity


def is_resolved(interval_px: Interval) -> bool:
    """Say whether a photo shows how wide a crack is, not only how wide it can be at most.

    Example:
        >>> is_resolved((2.1, 3.4)), is_resolved((0.4, 3.4))
        (True, False)
    """
    low, high = interval_px
    return high <= RESOLVED * low


def width_mm(width_px: float, interval_px: Interval, scale: Scale) -> Quantity:
    """Give a width on the surface with its interval, about 95 %.

    Args:
        width_px: of a crack, ≥ 0.
        interval_px: (low, high) of it by the photo alone, as a trace has it.
        scale: of the photo.

    Returns:
        Where it is not resolved the value is the upper end of the interval.

    Raises:
        SettingError: a width, interval or scale that is no length.

    Source: JCGM 100:2008 (GUM), 5.1.2: independent contributions add as squares; here each side by itself.
    """
    low_px, high_px = interval_px
    _check("width_px", width_px, scale)
    if not 0 <= low_px <= width_px <= high_px < math.inf:
        raise SettingError(f"interval_px must hold {width_px} px and begin at ≥ 0; got {interval_px}. Use the trace's.")
    value, by_scale = width_px / scale.px_per_mm, COVERAGE * scale.relative_error
    low = max(value - math.hypot((width_px - low_px) / scale.px_per_mm, value * by_scale), 0.0)
    high = value + math.hypot((high_px - width_px) / scale.px_per_mm, value * by_scale)
    resolved = is_resolved(interval_px)
    return Quantity(value if resolved else high, low, high, resolved)


def length_mm(length_px: float, scale: Scale) -> Quantity:
    """Give a length on the surface with its expanded uncertainty, k = 2.

    Args:
        length_px: along a centre line, ≥ 0.
        scale: of the photo.

    Returns:
        Always resolved; a line is longer than it is wide.

    Raises:
        SettingError: a length or scale that is no length.
    """
    _check("length_px", length_px, scale)
    return _quantity(length_px, math.hypot(math.sqrt(2) * END_PX, WINDING * length_px), scale)


def trace_mm(trace: Trace, scale: Scale) -> TraceMm:
    """Give length and widths of a trace on the surface.

    Raises:
        SettingError: a size that is no length.
    """
    return TraceMm(
        length_mm(trace.length_px, scale),
        width_mm(trace.width_median_px, trace.width_median_interval_px, scale),
        width_mm(trace.width_p95_px, trace.width_p95_interval_px, scale),
        width_mm(trace.width_max_px, trace.width_max_interval_px, scale),
    )


def in_words(quantity: Quantity) -> str:
    """Give a quantity for people: ± where both sides of its interval are as long, else the interval's ends.

    Example:
        >>> in_words(Quantity(0.4213, 0.3126, 0.53)), in_words(Quantity(812.4, 786.1, 838.7))
        ('0.42 ± 0.11 mm', '812 ± 26 mm')
        >>> in_words(Quantity(0.42, 0.31, 0.60)), in_words(Quantity(0.3, 0.0, 0.3, resolved=False))
        ('0.42 mm (0.31 to 0.60 mm)', 'below 0.3 mm (what this photo can resolve)')
        >>> in_words(Quantity(2.5, 0.48, 2.5, resolved=False))
        'between 0.4 and 2.5 mm (what this photo can resolve)'
    """
    if not quantity.resolved:
        least, most = _towards(quantity.low_mm, _decimals(quantity.high_mm), math.floor), _rounded_up(quantity.high_mm)
        told = f"between {least} and {most} mm" if least.strip("0.") else f"below {most} mm"
        return f"{told} {RESOLVED_HINT}"
    value, low, high = quantity.value_mm, quantity.low_mm, quantity.high_mm
    decimals = _decimals((high - low) / 2)
    if abs((high - value) - (value - low)) <= EVEN * (high - low):
        return f"{value:,.{decimals}f} ± {quantity.uncertainty_mm:,.{decimals}f} mm"
    ends = _towards(low, decimals, math.floor), _towards(high, decimals, math.ceil)
    return f"{value:,.{decimals}f} mm ({' to '.join(ends)} mm)"


def _towards(value: float, decimals: int, rounded: Callable[[float], int]) -> str:
    """Give an end of an interval, rounded away from its value."""
    return f"{rounded(round(value * 10**decimals, 6)) / 10**decimals:,.{decimals}f}"


def _quantity(size_px: float, error_px: float, scale: Scale) -> Quantity:
    """Give a size in mm; what is uncertain in px and in the scale is independent."""
    value = size_px / scale.px_per_mm
    wide = COVERAGE * math.hypot(error_px / scale.px_per_mm, value * scale.relative_error)
    return Quantity(value, value - wide, value + wide)


def _check(name: str, size_px: float, scale: Scale) -> None:
    faults = []
    if not 0 <= size_px < math.inf:
        faults.append(f"{name} must be ≥ 0; got {size_px}.")
    if not 0 < scale.px_per_mm < math.inf:
        faults.append(f"px_per_mm must be above 0; got {scale.px_per_mm}.")
    if not 0 <= scale.relative_error < math.inf:
        faults.append(f"relative_error must be ≥ 0; got {scale.relative_error}.")
    if faults:
        raise SettingError(f"{' '.join(faults)} Leave out what was not measured.")


def _decimals(uncertainty_mm: float) -> int:
    """Give the decimals that show two digits of an uncertainty, 0-4."""
    if uncertainty_mm <= 0:
        return 2
    return min(max(1 - math.floor(math.log10(uncertainty_mm)), 0), 4)


def _rounded_up(bound_mm: float) -> str:
    """Give a bound with two digits, rounded up: it stays a bound."""
    step = 10.0 ** (math.floor(math.log10(bound_mm)) - 1)
    return f"{math.ceil(bound_mm / step - 1e-6) * step:,.9f}".rstrip("0").rstrip(".")
