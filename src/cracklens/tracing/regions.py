"""Takes a score map; gives findings: the connected regions over a threshold. Knows nothing of how scores are made."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from scipy import ndimage

from cracklens.errors import SettingError
from cracklens.network.windows import cell_edges, cells_to_px
from cracklens.values import Finding, ScoreMap

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
