"""Takes a score map; gives how far its own cells speak for a crack at places, and where to look. Sees no photo."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from cracklens.tracing.graph import Graph, Path, relinked
from cracklens.tracing.lines import EIGHT
from cracklens.tracing.ridges import Bools, Floats
from cracklens.values import ScoreMap

MARGIN_CELLS = 1
"""Cells beyond a region that are looked at too: a crack fades out where its region ends."""

REACH_CELLS = 3
"""Cells around one that speaks for a crack by itself that are looked at."""

COLD = 0.07
COLD_PX = 125
"""A stretch of so many px of the mask whose cells all stay below COLD is what a crack ends in, as a joint."""


def where_to_look(score_map: ScoreMap, *, threshold: float) -> Bools:
    """Give the cells in which lines are looked for: neighbourhoods over the threshold, near cells that are too.

    A neighbourhood is seven cells wide; a detector that scores single cells says which of them its score is from.
    """
    region = (score_map.values >= threshold) & score_map.inspected
    if score_map.cells is not None:
        region &= ndimage.binary_dilation(score_map.cells >= threshold, EIGHT, iterations=REACH_CELLS)
    if not region.any():
        return np.asarray(region)
    return np.asarray(ndimage.binary_dilation(region, EIGHT, iterations=MARGIN_CELLS) & score_map.inspected)


def evidence(score_map: ScoreMap) -> Floats:
    """Give (h, w) how far a line through a cell is a crack to the detector: the cells beside it may speak for it.

    Without scores of single cells it is the score of the neighbourhood.
    """
    if score_map.cells is None:
        return score_map.values
    return np.asarray(np.minimum(score_map.values, ndimage.maximum_filter(score_map.cells, 3)), np.float32)


def at_places(cells: Floats, points_xy: NDArray[np.floating], *, stride_px: int) -> Floats:
    """Give the value (N,) of the cell under each point (N, 2) in px of the photo."""
    places = np.clip((points_xy // stride_px).astype(int), 0, np.array(cells.shape[::-1]) - 1)
    return np.asarray(cells[places[:, 1], places[:, 0]], np.float32)


def without_cold(lines: tuple[Graph, ...], score_map: ScoreMap, hw: tuple[int, ...]) -> tuple[Graph, ...]:
    """Give graphs without long stretches at which the detector's own cells see nothing.

    Args:
        lines: in px of a mask at half resolution.
        score_map: of the photo.
        hw: of the mask.
    """
    if score_map.cells is None:
        return lines
    cells = evidence(score_map)
    pieces = [piece for line in lines for path in line.paths for piece in _warm(path, cells, score_map.stride_px)]
    before = sum(len(path.places) for line in lines for path in line.paths)
    return lines if before == sum(len(piece.places) for piece in pieces) else relinked(pieces, hw)


def _warm(path: Path, cells: Floats, stride_px: int) -> list[Path]:
    """Give what is left of a path without its cold stretches."""
    cold = at_places(cells, path.places[:, ::-1] * 2.0 + 1, stride_px=stride_px) < COLD
    stretches = np.split(np.arange(len(cold)), np.flatnonzero(np.diff(cold.astype(int))) + 1)
    gone = [stretch for stretch in stretches if cold[stretch[0]] and len(stretch) >= COLD_PX]
    if not gone:
        return [path]
    kept = np.ones(len(cold), np.bool_)
    kept[np.concatenate(gone)] = False
    places = np.flatnonzero(kept)
    parts = np.split(places, np.flatnonzero(np.diff(places) > 1) + 1) if len(places) else []
    return [Path(path.places[part], path.free) for part in parts if len(part) > 1]
