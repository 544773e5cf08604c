"""Takes a score map; gives findings: the connected regions over a threshold. Knows nothing of how scores are made."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from cracklens.errors import SettingError
from cracklens.network.windows import cell_edges, cells_to_px
from cracklens.tracing.pieces import EIGHT
from cracklens.values import Finding, ScoreMap, Trace

MOST_PLACES = 5
LEAST_PLACE = 0.6
"""Score from which a place is listed. Most cracks are traced; what is warm besides is one less often than its score
says: of 8 places of val photos from .5 to .6 none held a cracked cell, of 10 to .7 half did."""

PLACE_CELLS = 6
"""Cells of a place on each side of its warmest: 13 of them are 416 px."""

LINE_CELLS = 3
"""Cells so near a line that is no crack are warm from it: a score speaks of 224 px."""


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
    labels, count = ndimage.label((folded >= threshold) & inspected, EIGHT)  # cracks run diagonally
    found = [_finding(score_map, labels == i + 1, box) for i, box in enumerate(ndimage.find_objects(labels, count))]
    return tuple(sorted(found, key=lambda finding: (-finding.peak_score, finding.box_xyxy)))


def find_places(
    score_map: ScoreMap,
    traces: Sequence[Trace],
    other_lines: Sequence[NDArray[np.floating]] = (),
    *,
    threshold: float,
) -> tuple[Finding, ...]:
    """Give the warm places of a photo that no line runs through, the warmest first, each at most 448 px wide.

    No two cover each other.

    A detector's threshold is chosen so that few cracks are missed, and may lie at a probability of some percent: what
    is listed one by one holds a crack rather than none. A photo in which nothing was traced and nothing is so warm has
    its warmest place over the threshold: what is said to need a look shows where.

    Args:
        score_map: of the photo.
        traces: of its cracks.
        other_lines: points (N, 2) in px of lines that are no crack: what is warm from one of these is known.
        threshold: score 0-1 from which a place is warm.
    """
    most, least = MOST_PLACES, max(threshold, LEAST_PLACE)
    warm = _folded(score_map)
    warm = np.where(score_map.inspected[: warm.shape[0], : warm.shape[1]], warm, 0)
    branches = (branch.points_xy for trace in traces for branch in trace.branches)
    for lines, cells in ((branches, PLACE_CELLS), (other_lines, LINE_CELLS)):
        for line in lines:
            for col, row in np.unique((line // score_map.stride_px).astype(int), axis=0).tolist():
                warm[_around(row, col, cells)] = 0
    found: list[Finding] = []
    middles = [_middles(side) for side in warm.shape]
    if not traces and 0 < warm.max(initial=0) < least:
        most, least = 1, threshold
    while len(found) < most and warm.max(initial=0) >= least:
        row, col = (int(place) for place in np.unravel_index(np.argmax(warm), warm.shape))
        at = middles[0][row], middles[1][col]
        around = zip(_around(*at, PLACE_CELLS), warm.shape, strict=True)
        rows, cols = (slice(of.start, min(of.stop, side)) for of, side in around)
        found.append(_finding(replace(score_map, values=warm), warm >= threshold, (rows, cols)))
        warm[np.ix_(*(abs(of - middle) <= 2 * PLACE_CELLS for of, middle in zip(middles, at, strict=True)))] = 0
    return tuple(found)


def _around(row: int, col: int, cells: int) -> tuple[slice, slice]:
    """Give the cells that lie up to so many beside one."""
    return slice(max(row - cells, 0), row + cells + 1), slice(max(col - cells, 0), col + cells + 1)


def _middles(side: int) -> NDArray[np.intp]:
    """Give for each row or column of cells the middle of a place around it, which is moved into the photo."""
    return np.clip(np.arange(side), PLACE_CELLS, max(side - PLACE_CELLS - 1, PLACE_CELLS))


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
