"""Takes the traces of a photo; gives which are short pieces that a report sums up instead of listing. Sees no pixel."""

from __future__ import annotations

from collections.abc import Sequence

from cracklens.values import SURE, Trace

SHORT_PX = 224.0
"""A piece shorter than the neighbourhood that a score speaks of."""

SHORT_SHARE = 0.05
"""Of the photo's long side; in a close-up what is shorter than 224 px may be all that there is."""


def is_short(trace: Trace, photo_hw: tuple[int, int]) -> bool:
    """Say whether a trace is a short piece, whatever stands beside it.

    Args:
        trace: one of a photo.
        photo_hw: its size in px.
    """
    return bool(trace.length_px < min(SHORT_PX, SHORT_SHARE * max(photo_hw)))


def short_ones(traces: Sequence[Trace], photo_hw: tuple[int, int]) -> frozenset[int]:
    """Give the numbers of the traces that are short pieces beside longer cracks.

    One that is known to be wider than every longer crack is none, and where there is no longer crack there are none.

    Args:
        traces: of a photo.
        photo_hw: its size in px.
    """
    longer = [trace for trace in traces if not is_short(trace, photo_hw) and trace.confidence >= SURE]
    if not longer:
        return frozenset()
    widest = max(trace.width_p95_px for trace in longer)
    return frozenset(
        number
        for number, trace in enumerate(traces)
        if is_short(trace, photo_hw) and not trace.width_p95_interval_px[0] > widest
    )
