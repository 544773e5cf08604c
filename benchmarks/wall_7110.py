"""Takes the photo Walls_7110; gives whether its diagonal crack is one trace, and how far off its ends are."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from benchmarks.data import find
from benchmarks.result import Bar, Benchmark, Result, Settings
from cracklens import Detector, read_photo
from cracklens.values import Trace

ONE = Bar("diagonal crack is one trace", "≥", 1)
ENDS = Bar("farther end, off where it is seen", "≤", 60, "px")
SEEN_XY = ((897.0, 0.0), (3455.0, 3583.0))
"""Where the crack leaves the photo at the top and at the bottom, read by eye from crops at full size.

Above it is 3-4 px wide and plain. Below it fades beside a tie hole, at about y = 3,260, and is a dotted line to the
lower edge, where it is plain again for its last 100 px. Half-way, at about y = 2,560, it steps 95 px aside.
"""
MIDDLE_XY = ((1640.0, 640.0), (2320.0, 1500.0), (3290.0, 3000.0))
"""Places on it, by eye, before and after the step aside."""

NEAR_PX = 60.0


def run(settings: Settings) -> Sequence[Result]:
    """Trace the photo; the trace that comes nearest to both ends is the crack."""
    photo = read_photo(find("photos/Walls_7110.jpg"))
    traces = Detector.load(settings.detector).inspect(photo).traces
    if not traces:
        return [ONE.result(0, n=1, data="whole"), ENDS.result(float("nan"), n=2, data="whole")]
    best = min(traces, key=lambda trace: max(_off(trace)))
    on = [_distance(best, place) <= NEAR_PX for place in MIDDLE_XY]
    top, bottom = _off(best)
    note = f"{sum(on)} of {len(on)} places along it are within {NEAR_PX:g} px of the same trace"
    return [
        ONE.result(float(all(on)), n=len(on), data="whole", note=note),
        ENDS.result(max(top, bottom), n=2, data="whole", sides={"top, px": top, "bottom, px": bottom}),
    ]


def _off(trace: Trace) -> tuple[float, float]:
    """Give how far the trace ends from each end as seen, in px."""
    top, bottom = (_distance(trace, place) for place in SEEN_XY)
    return top, bottom


def _distance(trace: Trace, place_xy: tuple[float, float]) -> float:
    """Give how near a trace comes to a place, in px."""
    return min(float(np.hypot(*(branch.points_xy - np.array(place_xy)).T).min()) for branch in trace.branches)


BENCHMARK = Benchmark("wall_7110", "the diagonal crack of Walls_7110: one trace, both ends", (ONE, ENDS), run)
