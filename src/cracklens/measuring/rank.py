"""Takes a trace; gives what is looked at first among cracks. Sees no pixel."""

from __future__ import annotations

import math

from cracklens.measuring.millimetres import is_resolved
from cracklens.measuring.short import is_short
from cracklens.values import Trace

CLEAR = 0.8
"""From this confidence on a crack is called clear."""

Rank = tuple[bool, bool, bool, bool]
"""Whether a trace is not clear, short, of a width that blur hides, and needs checking."""


def rank_of(trace: Trace, photo_hw: tuple[int, int]) -> Rank:
    """Give what a crack is ranked by before its width, the one to look at first the least.

    A long clear crack goes before pores, pieces and what may be none, though these come out wider. Among such cracks
    one whose width is known goes before one of which only a bound is: such a bound says how blurred the photo is.

    Args:
        trace: of the crack.
        photo_hw: size of its photo in px.
    """
    known = math.isfinite(trace.width_p95_px) and is_resolved(trace.width_p95_interval_px)
    return trace.confidence < CLEAR, is_short(trace, photo_hw), not known, trace.needs_checking
