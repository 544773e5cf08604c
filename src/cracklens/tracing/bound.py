"""Takes a mask of dark lines; gives the part of it that is followed, so that work has an end. Sees no photo."""

from __future__ import annotations

import numpy as np

from cracklens.tracing.mask import Bools
from cracklens.tracing.thin import thin

MOST_PX = 30_000
"""Px of middle lines, at half resolution, that are followed in a photo of up to 16 megapixels: 60,000 px of crack."""

AREA_PX = 4_000_000
"""Of the mask of such a photo; larger ones have as much more."""


def within_bound(mask: Bools) -> tuple[Bools, int | None]:
    """Give the mask from its top down to the row where its lines are too many, and that row; None where they are not.

    Counted are px, not seconds: the same photo has the same answer on every machine.

    Args:
        mask: (h, w) at half resolution.
    """
    most = MOST_PX * max(1.0, mask.size / AREA_PX)
    above = np.cumsum(thin(mask).sum(axis=1))
    if not len(above) or above[-1] <= most:
        return mask, None
    stop = int(np.searchsorted(above, most, side="right"))
    kept = mask.copy()
    kept[stop:] = False
    return kept, stop
