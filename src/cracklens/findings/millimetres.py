"""Takes lengths and widths in px and a scale; gives them in mm with their uncertainty. Knows nothing of photos."""

from __future__ import annotations

import math
from dataclasses import dataclass

from cracklens.errors import SettingError
from cracklens.values import Quantity, Scale, Trace

COVERAGE = 2.0
"""k of the expanded uncertainty: about 95 % where the errors are normal. Source: JCGM 100:2008 (GUM), 6.2 and G.6.6."""

EDGE_PX = 0.3
"""Standard uncertainty of a width by the place of its two edges between pixels."""

BLUR_PX = 0.25
"""Standard uncertainty of a width by the blur of lens, focus and hand, which is estimated with the width."""

END_PX = 2.0
"""Standard uncertainty of the place where a crack is seen to end; a length has two ends."""

WINDING = 0.015
"""Standard uncertainty of a length, as a share of it, by how finely a winding line is followed."""

RESOLVED_PX = 3.0
"""Below this a photo does not show how wide a crack is: its dark line is about as wide as the blur makes any line."""


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


def width_mm(width_px: float, scale: Scale) -> Quantity:
    """Give a width on the surface with its expanded uncertainty, k = 2.

    Args:
        width_px: of a crack, ≥ 0.
        scale: of the photo.

    Returns:
        Not resolved below 3 px: then the value is the bound, 3 px in mm, and its uncertainty that of the scale.

    Raises:
        SettingError: a width or scale that is no length.

    Source: JCGM 100:2008 (GUM), 5.1.2: independent contributions add as squares.
    """
    _check("width_px", width_px, scale)
    if width_px < RESOLVED_PX:
        bound = RESOLVED_PX / scale.px_per_mm
        return Quantity(bound, COVERAGE * scale.relative_error * bound, resolved=False)
    return _quantity(width_px, math.hypot(EDGE_PX, BLUR_PX), scale)


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
    widths = (trace.width_median_px, trace.width_p95_px, trace.width_max_px)
    median, p95, widest = (width_mm(width, scale) for width in widths)
    return TraceMm(length_mm(trace.length_px, scale), median, p95, widest)


def in_words(quantity: Quantity) -> str:
    """Give a quantity for people; the uncertainty has two digits, and the value as many decimals.

    Example:
        >>> in_words(Quantity(0.4213, 0.1087)), in_words(Quantity(812.4, 26.3))
        ('0.42 ± 0.11 mm', '812 ± 26 mm')
        >>> in_words(Quantity(0.3, 0.012, resolved=False))
        'below 0.3 mm (what this photo can resolve)'
    """
    if not quantity.resolved:
        return f"below {_rounded_up(quantity.value_mm)} mm (what this photo can resolve)"
    decimals = _decimals(quantity.uncertainty_mm)
    return f"{quantity.value_mm:,.{decimals}f} ± {quantity.uncertainty_mm:,.{decimals}f} mm"


def _quantity(size_px: float, error_px: float, scale: Scale) -> Quantity:
    """Give a size in mm; what is uncertain in px and in the scale is independent."""
    value = size_px / scale.px_per_mm
    standard = math.hypot(error_px / scale.px_per_mm, value * scale.relative_error)
    return Quantity(value, COVERAGE * standard)


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
    return f"{math.ceil(bound_mm / step - 1e-6) * step:.4g}"
