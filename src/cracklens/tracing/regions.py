"""Takes a score map; gives findings: the connected regions over a threshold. Knows nothing of how scores are made."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from scipy import ndimage

from cracklens.errors import SettingError
from cracklens.network.windows import cell_edges, cells_to_px
from cracklens.values import SURE, Finding, ScoreMap, Trace

MOST_PLACES = 5
PLACE_CELLS = 6
"""Cells of a place on each side of its warmest: 13 of them are 416 px."""

EIGHT_NEIGHBOURS = np.ones((3, 3), bool)
"""Cells that touch at a corner are one region: cracks run diagonally."""


def find(score_map: ScoreMap, *, threshold: float) -> tuple[Finding, ...]:
    """Give the connected regions whose score is at or over the threshold, highest peak first.

    Raises:
        SettingError: the threshold is not 0-1.
    """
    if not 0 <= threshold <= 1:
        raise SettingError(f"threshold must be 0-1; got {threshold}. Leave it out for the detector's own.")
    folded = _folded(score_map)
    inspected = score_map.inspected[: folded.shape[0], : folded.shape[1]]
    score_map = replace(score_map, values=folded)
    labels, count = ndimage.label((folded >= threshold) & inspected, EIGHT_NEIGHBOURS)
    found = [_finding(score_map, labels == i + 1, box) for i, box in enumerate(ndimage.find_objects(labels, count))]
    return tuple(sorted(found, key=lambda finding: (-finding.peak_score, finding.box_xyxy)))


def find_places(score_map: ScoreMap, traces: Sequence[Trace], *, threshold: float) -> tuple[Finding, ...]:
    """Give the warm places of a photo that no trace runs through, the warmest first, each at most 448 px wide.

    A detector's threshold is chosen so that few cracks are missed, and may lie at a probability of some percent: what
    is listed one by one holds a crack rather than none.

    Args:
        score_map: of the photo.
        traces: of its cracks.
        threshold: score 0-1 from which a place is warm.
    """
    least = max(threshold, SURE)
    warm = _folded(score_map)
    warm = np.where(score_map.inspected[: warm.shape[0], : warm.shape[1]], warm, 0)
    for branch in (branch for trace in traces for branch in trace.branches):
        cells = np.unique((branch.points_xy // score_map.stride_px).astype(int), axis=0)
        for col, row in cells.tolist():
            warm[_around(row, col)] = 0
    found: list[Finding] = []
    while len(found) < MOST_PLACES and warm.max(initial=0) >= least:
        row, col = (int(place) for place in np.unravel_index(np.argmax(warm), warm.shape))
        rows, cols = (
            slice(of.start, min(of.stop, side)) for of, side in zip(_around(row, col), warm.shape, strict=True)
        )
        found.append(_finding(replace(score_map, values=warm), warm >= threshold, (rows, cols)))
        warm[rows, cols] = 0
    return tuple(found)


def _around(row: int, col: int) -> tuple[slice, slice]:
    """Give the cells of a place around one."""
    return slice(max(row - PLACE_CELLS, 0), row + PLACE_CELLS + 1), slice(
        max(col - PLACE_CELLS, 0), col + PLACE_CELLS + 1
    )


def _folded(score_map: ScoreMap) -> np.ndarray:
    """Give the values of the cells that lie in the photo; a cell beyond its edge shows a reflection of one of them."""
    rows, cols = (_seen(score_map, axis) for axis in (0, 1))
    found = np.zeros((rows.max() + 1, cols.max() + 1), score_map.values.dtype)
    np.maximum.at(found, np.ix_(rows, cols), score_map.values)
    return found


def _seen(score_map: ScoreMap, axis: int) -> np.ndarray:
    """Give which row (axis 0) or column (axis 1) of cells in the photo each one shows."""
    count, length, stride = score_map.values.shape[axis], score_map.photo_hw[axis], score_map.stride_px
    middle = (np.arange(count) + 0.5) * stride
    beyond = np.arange(count) * stride >= length
    mirrored = np.abs((middle + length) % (2 * length) - length)  # back and forth between the photo's edges
    last = max(int(np.flatnonzero(~beyond)[-1]), 0)
    return np.where(beyond, np.minimum(mirrored // stride, last), np.arange(count)).astype(np.intp)


def _finding(score_map: ScoreMap, inside: np.ndarray, box: tuple[slice, slice]) -> Finding:
    rows, cols = box
    values = score_map.values[box][inside[box]]
    box_xyxy = cells_to_px((cols.start, rows.start, cols.stop, rows.stop), photo_hw=score_map.photo_hw)
    mean = values.mean(dtype=np.float64)  # in single precision a mean can come out above the peak
    return Finding(box_xyxy, _area_px(score_map, inside[box], box), float(values.max()), float(mean))


def _area_px(score_map: ScoreMap, inside: np.ndarray, box: tuple[slice, slice]) -> int:
    """Give the px² of a region's cells that have a picture; cells at the photo's edge may be cut or stretched."""
    rows, cols = (np.diff(cell_edges(score_map.photo_hw, axis))[box[axis]] for axis in (0, 1))
    seen = 1.0 if score_map.seen is None else score_map.seen[box].astype(np.float64)
    return round(float((inside * np.outer(rows, cols) * seen).sum()))
