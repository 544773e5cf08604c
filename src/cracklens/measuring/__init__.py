"""Takes grey px and lines; gives widths with intervals, millimetres and guide values. Knows no mask."""

from __future__ import annotations

from cracklens.measuring.guides import GUIDES
from cracklens.measuring.width import Measured, measure

__all__ = [
    "GUIDES",
    "Measured",
    "measure",
]
