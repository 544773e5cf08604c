"""Takes a scale and the width of a picture; gives a bar of a round number of millimetres. Draws nothing."""

from __future__ import annotations

import math
from dataclasses import dataclass

MOST_SHARE = 0.25
"""A bar is at most so much of the picture's width, and more than two fifths of that."""


@dataclass(frozen=True)
class ScaleBar:
    """A bar to read lengths by.

    Attributes:
        length_mm: 1, 2 or 5 times a power of ten.
        length_px: in px of the photo.
    """

    length_mm: float
    length_px: float

    @property
    def text(self) -> str:
        """What stands at it."""
        return f"{self.length_mm:,g} mm"


def scale_bar(px_per_mm: float | None, width_px: float) -> ScaleBar | None:
    """Give the longest round bar that is at most a quarter of a picture; None where the scale is not known.

    Example:
        >>> scale_bar(3.2, 4608)
        ScaleBar(length_mm=200.0, length_px=640.0)
    """
    if px_per_mm is None:
        return None
    most_mm = MOST_SHARE * width_px / px_per_mm
    power = 10.0 ** math.floor(math.log10(most_mm))
    length_mm = next(times * power for times in (5, 2, 1) if times * power <= most_mm * (1 + 1e-9))
    return ScaleBar(length_mm, length_mm * px_per_mm)
