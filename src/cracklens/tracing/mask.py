"""Takes a crack map and a score map; gives which px of a photo are crack. Knows no lines."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from cracklens.values import CrackMap, MapSettings, ScoreMap

Bools = NDArray[np.bool_]
Bytes = NDArray[np.uint8]
EIGHT = np.ones((3, 3), np.bool_)

MOST_RADIUS, RADIUS_STRIP = 64, 512
"""Px of a mask up to which its half width is known, and rows that are looked at together."""

HOLE = 150
"""A hole of so many px of the mask is filled."""

STRIP_PX = 512
"""Rows weighed together; bounds memory."""


def evidence(score_map: ScoreMap) -> NDArray[np.float32]:
    """Give (h, w) how far a px in a cell is a crack to the detector: the cells beside it may speak for it.

    Without scores of single cells it is the score of the neighbourhood.
    """
    if score_map.cells is None:
        return score_map.values
    return np.asarray(np.minimum(score_map.values, ndimage.maximum_filter(score_map.cells, 3)), np.float32)


def trust(score_map: ScoreMap, settings: MapSettings) -> float:
    """Give how much the score counts, 0-1: less in a photo unlike those that the detector has learnt from."""
    if score_map.novelty is None:
        return 1.0
    return float(np.interp(score_map.novelty, settings.familiar, (1.0, 0.0)))


def weighed(crack_map: CrackMap, score_map: ScoreMap, settings: MapSettings) -> Bytes:
    """Give (H, W) uint8: the crack map times the score around each px to a power; 0 where nothing is inspected."""
    power = np.float32(settings.evidence_power * trust(score_map, settings))
    share = np.asarray(evidence(score_map) ** power * score_map.inspected, np.float32)
    height, width = crack_map.crack.shape
    found = np.empty_like(crack_map.crack)
    for top in range(0, height, STRIP_PX):
        rows = np.arange(top, min(top + STRIP_PX, height))
        here = _between(_between(share, rows, score_map.stride_px).T, np.arange(width), score_map.stride_px).T
        found[top : top + STRIP_PX] = crack_map.crack[top : top + STRIP_PX] * here
    return found


def _between(cells: NDArray[np.float32], px: NDArray[np.intp], stride_px: int) -> NDArray[np.float32]:
    """Give the values of cells at px along the first axis, linear between the cells' middles."""
    at = np.clip((px + 0.5) / stride_px - 0.5, 0, len(cells) - 1)
    before = np.minimum(at.astype(np.intp), max(len(cells) - 2, 0))
    part = (at - before).astype(np.float32)[:, np.newaxis]
    return np.asarray(cells[before] * (1 - part) + cells[np.minimum(before + 1, len(cells) - 1)] * part)


def half_mask(weights: Bytes, settings: MapSettings) -> Bools:
    """Give (h, w) at half resolution: what hangs together over the low threshold and reaches the high one.

    Source: hysteresis of Canny 1986, "A computational approach to edge detection", section VII.
    """
    height, width = weights.shape
    even = np.pad(weights, ((0, height % 2), (0, width % 2)))
    rows = np.maximum(even[0::2], even[1::2])
    half = np.maximum(rows[:, 0::2], rows[:, 1::2])
    numbers, count = ndimage.label(half >= settings.low * 255, EIGHT)
    sure = np.zeros(count + 1, np.bool_)
    sure[numbers[half >= settings.high * 255]] = True
    sure[0] = False
    return filled(np.asarray(sure[numbers]))


def filled(mask: Bools) -> Bools:
    """Give a mask without small holes: stones and dust in a wide crack."""
    found = np.asarray(mask | ndimage.binary_closing(mask, EIGHT))
    for top in range(0, len(mask), RADIUS_STRIP):
        rows = slice(max(top - MOST_RADIUS, 0), top + RADIUS_STRIP + MOST_RADIUS)
        part = found[rows]
        if part.any():
            holes, count = ndimage.label(~part)
            size = np.bincount(holes.ravel(), minlength=count + 1)
            size[np.concatenate([holes[0], holes[-1]])] = HOLE + 1  # cut by the strip's border: its size is not known
            found[rows] = part | ((size <= HOLE) & (np.arange(count + 1) > 0))[holes]
    return found


def crack_mask(crack_map: CrackMap, score_map: ScoreMap, settings: MapSettings) -> Bools:
    """Give which pixels (H, W) of a photo are crack.

    Args:
        crack_map: of the photo.
        score_map: of the photo.
        settings: of the crack map.
    """
    weights = weighed(crack_map, score_map, settings)
    half = half_mask(weights, settings)
    whole = half.repeat(2, axis=0).repeat(2, axis=1)[: weights.shape[0], : weights.shape[1]]
    return np.asarray(whole & (weights >= settings.edge * 255))


def radii(mask: Bools, places: NDArray[np.intp]) -> NDArray[np.float32]:
    """Give how far the edge of a mask is (N,) from places (N, 2) in it, in px of the mask, up to `MOST_RADIUS`."""
    found = np.zeros(len(places), np.float32)
    order = np.argsort(places[:, 0], kind="stable")
    rows = places[order, 0]
    for top in range(0, len(mask), RADIUS_STRIP):
        few = order[np.searchsorted(rows, top) : np.searchsorted(rows, top + RADIUS_STRIP)]
        if len(few):
            above = max(top - MOST_RADIUS, 0)
            part = ndimage.distance_transform_edt(np.pad(mask[above : top + RADIUS_STRIP + MOST_RADIUS], 1))
            found[few] = part[places[few, 0] - above + 1, places[few, 1] + 1]
    return np.minimum(found, MOST_RADIUS)
