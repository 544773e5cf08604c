"""Takes a photo and its traces; gives it bare at full resolution where their widths were taken. Draws nothing."""

from __future__ import annotations

from collections.abc import Sequence

from cracklens.measuring.place import WidthPlace, width_place
from cracklens.photo import cut_jpeg
from cracklens.values import SURE, CloseUp, Photo, Trace

MOST = 12
"""So many cracks of a photo have a close-up, the widest that are rather cracks than not."""

LEAST_PX, MOST_PX = 240, 640
"""Sides of a close-up: at least so much that the crack is seen to run through it, and its width fits."""

TIMES_WIDTH = 8.0


def close_ups(photo: Photo, traces: Sequence[Trace]) -> tuple[CloseUp, ...]:
    """Give a close-up of each of the widest traces, in the order of the traces, which is the widest first."""
    places = [(i, width_place(trace)) for i, trace in enumerate(traces) if trace.confidence >= SURE]
    found = [(i, _box(place, photo.hw)) for i, place in places if place][:MOST]
    return tuple(CloseUp(i, box, cut_jpeg(photo, box)) for i, box in found)


def _box(place: WidthPlace, hw: tuple[int, int]) -> tuple[int, int, int, int]:
    """Give a square about a place, moved into the photo where it would stand out."""
    side = int(min(max(LEAST_PX, TIMES_WIDTH * place.width_px), MOST_PX))
    height, width = (min(side, whole) for whole in hw)
    x0 = min(max(round(place.xy[0] - width / 2), 0), hw[1] - width)
    y0 = min(max(round(place.xy[1] - height / 2), 0), hw[0] - height)
    return x0, y0, x0 + width, y0 + height
