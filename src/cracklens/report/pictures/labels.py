"""Takes a photo's cracks and places; gives their names with a place for each, the ones to look at first before."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from cracklens.report.cracks import Crack, doubtful_ones, first_ones, listed_ones, sure_ones
from cracklens.report.pictures.names import Box, Named, place_names
from cracklens.values import Inspection

NAMED = 24
"""So many names stand in a photo."""


def labels_of(
    inspection: Inspection, cracks: Sequence[Crack], *, height_px: float, corner_px: tuple[float, float]
) -> tuple[Named, ...]:
    """Give the names of listed cracks and of places, off the lines of all that is drawn.

    Args:
        inspection: of the photo.
        cracks: of it, short pieces too.
        height_px: of a name, in px of the photo.
        corner_px: width and height of the lower left corner, where the scale bar stands, in px of the photo.
    """
    height, width = inspection.photo_hw
    listed = listed_ones(cracks)
    first = first_ones(listed)
    ids = {crack.id for crack in first}
    rest = [crack for crack in (*sure_ones(listed), *doubtful_ones(listed)) if crack.id not in ids]
    wanted = [_named(crack) for crack in first]
    wanted += [(str(i), _outline(place.box_xyxy)) for i, place in enumerate(inspection.places, 1)]
    wanted += [_named(crack) for crack in rest]
    lines = [branch.points_xy.astype(np.float64) for crack in sure_ones(cracks) for branch in crack.trace.branches]
    corner = Box(0, height - corner_px[1], corner_px[0], height)
    return place_names(wanted[:NAMED], (height, width), height_px=height_px, taken=[corner], beside=lines)


def _named(crack: Crack) -> tuple[str, NDArray[np.float64]]:
    return crack.id, crack.trace.branches[0].points_xy.astype(np.float64)


def _outline(box: tuple[int, int, int, int]) -> NDArray[np.float64]:
    x0, y0, x1, y1 = box
    return np.array([(x0, y0), (x1, y0), (x1, y1), (x0, y1), (x0, y0)], np.float64)
