"""Takes a photo, its traces and places; gives it bare at full resolution where they are. Draws nothing."""

from __future__ import annotations

from collections.abc import Sequence

from cracklens.measuring.place import WidthPlace, width_place
from cracklens.measuring.rank import rank_of
from cracklens.measuring.short import short_ones
from cracklens.photo import cut_jpeg
from cracklens.values import SURE, CloseUp, Finding, Photo, Trace

MOST = 12
"""So many cracks of a photo have a close-up, those to look at first."""

MOST_DOUBTFUL = 5
"""And so many that are rather none, smaller: a reader sees at once that it is a scratch, or that it is not."""

SMALL_QUALITY = 72
LEAST_PX, MOST_PX = 240, 640
"""Sides of a close-up: at least so much that the crack is seen to run through it, and its width fits."""

TIMES_WIDTH = 8.0


def close_ups(photo: Photo, traces: Sequence[Trace]) -> tuple[CloseUp, ...]:
    """Give close-ups of the listed traces to look at first, see `rank_of`; of lines that are rather none the widest.

    Args:
        photo: upright.
        traces: of it, the widest first.
    """
    short = short_ones(traces, photo.hw)
    listed = [(i, width_place(trace), trace) for i, trace in enumerate(traces) if i not in short]
    placed = [(i, _box(place, photo.hw), trace) for i, place, trace in listed if place]
    sure = [one for one in placed if one[2].confidence >= SURE]
    sure = sorted(sure, key=lambda one: rank_of(one[2], photo.hw))[:MOST]
    others = [one for one in placed if one[2].confidence < SURE][:MOST_DOUBTFUL]
    large = (CloseUp(i, box, cut_jpeg(photo, box)) for i, box, _ in sure)
    return (*large, *(CloseUp(i, box, cut_jpeg(photo, box, quality=SMALL_QUALITY)) for i, box, _ in others))


def place_jpegs(photo: Photo, places: Sequence[Finding]) -> tuple[bytes, ...]:
    """Give the bare px of each place to check, as small JPEGs."""
    return tuple(cut_jpeg(photo, place.box_xyxy, quality=SMALL_QUALITY) for place in places)


def _box(place: WidthPlace, hw: tuple[int, int]) -> tuple[int, int, int, int]:
    """Give a square about a place, moved into the photo where it would stand out."""
    side = int(min(max(LEAST_PX, TIMES_WIDTH * place.width_px), MOST_PX))
    height, width = (min(side, whole) for whole in hw)
    x0 = min(max(round(place.xy[0] - width / 2), 0), hw[1] - width)
    y0 = min(max(round(place.xy[1] - height / 2), 0), hw[0] - height)
    return x0, y0, x0 + width, y0 + height
