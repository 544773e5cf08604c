"""Takes a crack; gives its length and widths as people read them, rounded by their uncertainty. Knows no format."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from cracklens.measuring.guides import GUIDES
from cracklens.measuring.millimetres import is_resolved, length_interval_px, rounded_down, rounded_up
from cracklens.report.cracks.crack import Crack, WidthName, has_width
from cracklens.report.words import Words
from cracklens.values import Quantity

EVEN = 0.05
"""Sides of an interval that differ by less than this share of it are written as one."""

NOTICED = 0.1
"""From this share of the bound from above on, the one from below says something."""

GUIDE_VALUES_MM = tuple(line.value_mm for guide in GUIDES.values() for line in guide.values)
"""A bound from below that exceeds one of these decides something, whether or not a guide was chosen."""

LAST_OF_TWO = 3.55
"""An uncertainty that begins with 1.0 to 3.5 keeps two digits, a larger one keeps one. Source: Particle Data Group,
Review of Particle Physics, Introduction, 5.3 Rounding."""


@dataclass(frozen=True)
class Size:
    """A length or width with what it lies between, about 95 %.

    Attributes:
        value, low, high: in the unit.
        unit: "mm" where the scale is known, else "px".
        resolved: whether the photo can show it; if not, it has bounds alone.
    """

    value: float
    low: float
    high: float
    unit: str
    resolved: bool = True


def width_size(crack: Crack, name: WidthName = "width_p95") -> Size | None:
    """Give one of a crack's widths; None where it was not measured."""
    value, (low, high) = getattr(crack.trace, f"{name}_px"), getattr(crack.trace, f"{name}_interval_px")
    if not has_width(crack.trace, name):
        return None
    in_mm: Quantity | None = getattr(crack, name)
    return _in_mm(in_mm) if in_mm else Size(value, low, high, "px", is_resolved((low, high)))


def length_size(crack: Crack) -> Size:
    """Give a crack's length without its gaps."""
    value = float(crack.trace.length_px)
    return _in_mm(crack.length) if crack.length else Size(value, *length_interval_px(value), "px")


def _in_mm(of: Quantity) -> Size:
    return Size(of.value_mm, of.low_mm, of.high_mm, "mm", of.resolved)


def width_text(crack: Crack, words: Words, name: WidthName = "width_p95") -> str:
    """Give one of a crack's widths for people."""
    size = width_size(crack, name)
    return size_text(size, words) if size else words["cracks.unknown"]


def length_text(crack: Crack, words: Words) -> str:
    """Give a crack's length for people: a bound from below where it was traced in pieces or goes on unseen."""
    size, pieces = length_size(crack), len(crack.trace.gaps) + 1
    least = f"{_towards(size.low, _decimals(size), math.floor)} {size.unit}"
    if pieces > 1:
        return words["sizes.pieces"].format(least=least, n=f"{pieces:,}")
    return words["sizes.at_least"].format(least=least) if crack.goes_on else size_text(size, words)


def gaps_text(crack: Crack) -> str:
    """Give how long a crack's gaps are together, "" without any."""
    sides = [math.dist(gap.start_xy, gap.stop_xy) for gap in crack.trace.gaps]
    size = length_size(crack)
    return f"{sum(sides) * size.value / max(float(crack.trace.length_px), 1e-9):,.0f} {size.unit}" if sides else ""


def size_text(size: Size, words: Words) -> str:
    """Give a size for people: ± where both sides of its interval are as long, else with the interval's ends.

    Example:
        >>> from cracklens.report.words import words_of
        >>> words = words_of()
        >>> size_text(Size(18.2213, 17.42, 19.02, "mm"), words), size_text(Size(812.4, 786.1, 838.7, "px"), words)
        ('18.2 ± 0.8 mm', '812 ± 26 px')
        >>> size_text(Size(0.42, 0.3, 0.6, "mm"), words), size_text(Size(0.3, 0, 0.3, "mm", resolved=False), words)
        ('0.42 (0.30–0.60) mm', 'below 0.3 mm')
        >>> size_text(Size(7.1, 0.4, 7.1, "mm", resolved=False), words)
        'between 0.4 and 7.1 mm'
    """
    if not size.resolved:
        return _bound_text(size, words)
    decimals, low, high = _decimals(size), size.low, size.high
    value, uncertainty = f"{size.value:,.{decimals}f}", max(high - size.value, size.value - low)
    if abs(high + low - 2 * size.value) <= EVEN * (high - low):
        return words["sizes.even"].format(value=value, uncertainty=f"{uncertainty:,.{decimals}f}", unit=size.unit)
    ends = {"low": _towards(low, decimals, math.floor), "high": _towards(high, decimals, math.ceil)}
    return words["sizes.uneven"].format(value=value, unit=size.unit, **ends)


def _bound_text(size: Size, words: Words) -> str:
    """Give bounds with two digits, rounded so that they stay bounds.

    The one from below is left out where it is next to nothing and decides nothing: between the two the width would
    read as if it were measured. It has more digits where two would not show which value of a guide it exceeds.
    """
    high = _plain(rounded_up(size.high))
    exceeded = max((value for value in GUIDE_VALUES_MM if size.unit == "mm" and value < size.low), default=0.0)
    if not exceeded and size.low < NOTICED * size.high:
        return words["cracks.below"].format(size=f"{high} {size.unit}")
    lows = (low for digits in range(2, 6) if (low := rounded_down(size.low, digits)) > exceeded)
    return words["cracks.between"].format(low=_plain(next(lows, size.low)), high=high, unit=size.unit)


def _plain(bound: float) -> str:
    return f"{bound:,.9f}".rstrip("0").rstrip(".")


def _decimals(size: Size) -> int:
    """Give the decimals that show the digits of its uncertainty that mean something, 0-4."""
    uncertainty = (size.high - size.low) / 2
    if uncertainty <= 0:
        return 2
    power = math.floor(math.log10(uncertainty))
    digits = 2 if uncertainty / 10.0**power < LAST_OF_TWO else 1
    return min(max(digits - 1 - power, 0), 4)


def _towards(value: float, decimals: int, rounded: Callable[[float], int]) -> str:
    """Give an end of an interval, rounded away from its value."""
    return f"{rounded(round(value * 10**decimals, 6)) / 10**decimals:,.{decimals}f}"
