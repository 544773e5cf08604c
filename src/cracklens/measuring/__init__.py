"""Takes grey px and lines; gives widths with intervals, millimetres and guide values. Knows no mask."""

from __future__ import annotations

from cracklens.measuring.close_up import close_ups, place_jpegs
from cracklens.measuring.guides import GUIDES
from cracklens.measuring.place import WidthPlace, width_place
from cracklens.measuring.rank import rank_of
from cracklens.measuring.short import short_ones
from cracklens.measuring.sizes import measured_trace
from cracklens.measuring.width import Measured, measure

__all__ = [
    "GUIDES",
    "Measured",
    "WidthPlace",
    "close_ups",
    "measure",
    "measured_trace",
    "place_jpegs",
    "rank_of",
    "short_ones",
    "width_place",
]
