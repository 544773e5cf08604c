"""Takes lengths and widths in px and a scale; gives them in mm with their uncertainty. Knows nothing of photos."""

from __future__ import annotations

import math

from cracklens.errors import SettingError
from cracklens.values import Interval, Quantity, Scale

COVERAGE = 2.0
"""k of the expanded uncertainty: about 95 % where the errors are normal. Source: JCGM 100:2008 (GUM), 6.2 and G.6.6."""

END_PX = 2.0
"""Standard uncertainty of the place where a crack is seen to end; a length has two ends."""

WINDING = 0.015
"""Standard uncertainty of a length, as a share of it, by how finely a winding line is followed."""

RESOLVED = 4.0
"""A width whose interval ends at more than so many times its beginning is not resolved: it has a bound from above."""


def is_resolved(interval_px: Interval) -> bool:
    """Say whether a photo shows how wide a crack is, not only how wide it can be at most.

    Example:
        >>> is_resolved((2.1, 3.4)), is_resolved((0.4, 3.4))
        (True, False)
    """
    low, high = interval_px
    return high <= RESOLVED * low


def rounded_up(bound: float) -> float:
    """Give a bound from above with two digits; it stays a bound.

    Example:
        >>> rounded_up(0.2501), rounded_up(31.2), rounded_up(30.0)
        (0.26, 32.0, 30.0)
    """
    step = _step(bound, 2)
    return round(math.ceil(bound / step - 1e-6) * step, 9)


def rounded_down(bound: float, digits: int = 2) -> float:
    """Give a bound from below with so many digits; it stays a bound.

    Example:
        >>> rounded_down(0.2599), rounded_down(31.9), rounded_down(30.0), rounded_down(0.2037, 3)
        (0.25, 31.0, 30.0, 0.203)
    """
    step = _step(bound, digits)
    return round(math.floor(bound / step + 1e-6) * step, 9)


def _step(bound: float, digits: int) -> float:
    """Give the unit of its last digit of so many."""
    return 10.0 ** (math.floor(math.log10(max(bound, 1e-9))) + 1 - digits)


def shown_px(width_px: float, interval_px: Interval) -> float:
    """Give the number of px that a reader sees of a width: the width, or where it is not resolved its bound from above.

    Example:
        >>> shown_px(2.8, (2.1, 3.4)), shown_px(0.8, (0.4, 3.4))
        (2.8, 3.4)
    """
    return width_px if is_resolved(interval_px) else rounded_up(interval_px[1])


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
    return _quantity(length_px, _length_error_px(length_px), scale)


def length_interval_px(length_px: float) -> Interval:
    """Give what a length along a centre line lies between, about 95 %, by its ends and its winding."""
    wide = COVERAGE * _length_error_px(length_px)
    return max(length_px - wide, 0.0), length_px + wide


def _length_error_px(length_px: float) -> float:
    return math.hypot(math.sqrt(2) * END_PX, WINDING * length_px)


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
