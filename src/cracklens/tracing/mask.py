"""Takes a crack map and a score map; gives which px of a photo are crack. Knows no lines."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from cracklens.tracing.pieces import EIGHT, FOUR, pieces
from cracklens.tracing.windows import WINDOW_PX, Area, Bools, around, by_windows, windows
from cracklens.values import CrackMap, MapSettings, ScoreMap
from cracklens.values.maps import LINE_STRIDE_PX

Bytes = NDArray[np.uint8]

MOST_RADIUS = 64
"""Px of a mask up to which its half width is known."""

VOID_RADIUS = 128
"""Px of a mask: what is wider than twice that, 512 px of the photo, is no crack."""

BESIDE = 2
"""Cells around an area that its weights depend on: the one beside speaks for it, and another for that one."""

HOLE = 150
"""A hole of so many px of the mask is filled."""

EDGE_PX = 12
"""An edge is told by the highest value within so many px: a faint crack is as wide as a plain one."""

AREA = 7
"""What is so many px of a mask wide and long, 14 of the photo, is an area: a wide gap, or a dark stain."""

AREA_LEAST = 0.1
"""Lower values make no area a crack. A faint line may: blur and doubt lower the values of lines, not of areas."""

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


def part_of(crack_map: CrackMap, score_map: ScoreMap, area: Area) -> tuple[CrackMap, ScoreMap, Area]:
    """Give the maps of an area and of the cells beside it that its weights depend on, and where in them the area is."""
    rows, cols = (_cells(area[axis], axis, score_map) for axis in (0, 1))
    px = tuple(_px(of, axis, score_map) for axis, of in enumerate((rows, cols)))
    inner = tuple(slice(of.start - out.start, of.stop - out.start) for of, out in zip(area, px, strict=True))
    crack = crack_map.crack[px]
    line = crack_map.line[tuple(slice(of.start // LINE_STRIDE_PX, -(-of.stop // LINE_STRIDE_PX)) for of in px)]
    own, seen = (None if of is None else of[rows, cols] for of in (score_map.cells, score_map.seen))
    few = replace(score_map, values=score_map.values[rows, cols], photo_hw=crack.shape, cells=own, seen=seen)
    return CrackMap(crack, line), few, (inner[0], inner[1])


def _cells(px: slice, axis: int, score_map: ScoreMap) -> slice:
    """Give the rows (axis 0) or columns (axis 1) of cells that the weights of a stretch of px depend on."""
    stop = -(-px.stop // score_map.stride_px) + BESIDE if px.stop < score_map.photo_hw[axis] else None
    return slice(max(px.start // score_map.stride_px - BESIDE, 0), stop)


def _px(cells: slice, axis: int, score_map: ScoreMap) -> slice:
    """Give the px of rows or columns of cells; the last one reaches to the photo's edge."""
    side, stride = score_map.photo_hw[axis], score_map.stride_px
    stop = side if cells.stop is None or cells.stop >= score_map.values.shape[axis] else cells.stop * stride
    return slice(cells.start * stride, stop)


def photo_mask(crack_map: CrackMap, score_map: ScoreMap, settings: MapSettings, *, window_px: int = WINDOW_PX) -> Bools:
    """Give which px (h, w) at half resolution are crack, weighed window by window.

    Args:
        crack_map: of the photo.
        score_map: of the photo.
        settings: of the crack map.
        window_px: side of a window, even; the mask is the same for any.
    """
    height, width = crack_map.crack.shape
    half = np.zeros((-(-height // 2), -(-width // 2)), np.uint8)
    for window in windows(half.shape, window_px // 2):
        px = tuple(
            slice(2 * of.start, min(2 * of.stop, side)) for of, side in zip(window, (height, width), strict=True)
        )
        crack_part, score_part, inner = part_of(crack_map, score_map, (px[0], px[1]))
        half[window] = _halved(weighed(crack_part, score_part, settings)[inner])
    return _mask(half, settings, window_px // 2)


def half_mask(weights: Bytes, settings: MapSettings, *, window_px: int = WINDOW_PX) -> Bools:
    """Give the mask (h, w) at half resolution of a photo whose weights (H, W) are known, as `photo_mask` does."""
    return _mask(_halved(weights), settings, window_px // 2)


def _halved(weights: Bytes) -> Bytes:
    """Give the highest of each 2 x 2 px."""
    height, width = weights.shape
    even = np.pad(weights, ((0, height % 2), (0, width % 2)))
    rows = np.maximum(even[0::2], even[1::2])
    return np.maximum(rows[:, 0::2], rows[:, 1::2])


def _mask(half: Bytes, settings: MapSettings, side: int) -> Bools:
    """Give what hangs together over the low threshold and reaches the high one, without faint areas, holes and voids.

    Source: hysteresis of Canny 1986, "A computational approach to edge detection", section VII.
    """
    half = by_windows(half, lambda part: _without_faint_areas(part, settings), halo=AREA - 1, side=side)
    found = pieces(lambda area: half[area] >= settings.low * 255, half.shape, touching=EIGHT, side=side)
    sure = np.zeros(found.count, np.bool_)
    for window, here, of in found.each():
        sure[of[here[half[window] >= settings.high * 255]]] = True
    sure[0] = False
    return without_voids(filled(found.those(sure), side=side), side=side)


def _without_faint_areas(half: Bytes, settings: MapSettings) -> Bytes:
    """Give values (h, w) without those of areas over the low threshold that are less likely than an area must be."""
    there = (half >= settings.low * 255).view(np.uint8)
    wide = ndimage.maximum_filter(ndimage.minimum_filter(there, AREA), AREA).view(np.bool_)
    return np.where(wide & (half < AREA_LEAST * 255), np.uint8(0), half)


def filled(mask: Bools, *, side: int = WINDOW_PX // 2) -> Bools:
    """Give a mask (h, w) without small holes: stones and dust in a wide crack; what the photo's edge cuts is none."""
    mask = by_windows(mask, lambda part: part | ndimage.binary_closing(part, EIGHT), halo=2, side=side)
    found = pieces(lambda area: ~mask[area], mask.shape, touching=FOUR, side=side)
    size = np.zeros(found.count, np.intp)
    for window, here, of in found.each():
        np.add.at(size, of, np.bincount(here.ravel(), minlength=len(of)))
        size[of[here[_on_edge(window, mask.shape)]]] += HOLE
    size[0] = HOLE + 1
    return np.asarray(mask | found.those(size <= HOLE))


def _on_edge(window: Area, hw: tuple[int, ...]) -> Bools:
    """Give which px (h, w) of a window are at the edge of the picture."""
    rows, cols = (np.arange(of.start, of.stop) % (side - 1 or 1) == 0 for of, side in zip(window, hw, strict=True))
    return np.asarray(rows[:, np.newaxis] | cols)


def without_voids(mask: Bools, *, side: int = WINDOW_PX // 2) -> Bools:
    """Give a mask (h, w) without what is wider than `2 * VOID_RADIUS`: no crack; and thinning takes rounds by width."""
    return by_windows(mask, _narrow, halo=2 * VOID_RADIUS, side=side)


def _narrow(mask: Bools) -> Bools:
    if mask.sum() < 3 * VOID_RADIUS**2:
        return mask
    deep = ndimage.distance_transform_edt(np.pad(mask, 1))[1:-1, 1:-1] >= VOID_RADIUS
    return np.asarray(mask & (ndimage.distance_transform_edt(~deep) >= VOID_RADIUS) if deep.any() else mask)


def crack_mask(crack_map: CrackMap, score_map: ScoreMap, settings: MapSettings) -> Bools:
    """Give which pixels (H, W) of a photo are crack.

    Args:
        crack_map: of the photo.
        score_map: of the photo.
        settings: of the crack map.
    """
    return np.asarray(crack_shares(crack_map, score_map, settings) >= max(settings.edge * 255, 1))


def crack_shares(crack_map: CrackMap, score_map: ScoreMap, settings: MapSettings) -> Bytes:
    """Give how much of a crack's height each px (H, W) has, 0-255; 0 beside cracks: `crack_mask` for any edge.

    Args:
        crack_map: of the photo.
        score_map: of the photo.
        settings: of the crack map; its edge has no say.
    """
    weights = weighed(crack_map, score_map, settings)
    half = half_mask(weights, settings)
    whole = half.repeat(2, axis=0).repeat(2, axis=1)[: weights.shape[0], : weights.shape[1]]
    return np.where(whole, shares(weights), np.uint8(0))


def shares(weights: Bytes) -> Bytes:
    """Give (H, W) uint8: 255 times each value over the highest within `EDGE_PX`; what is 0 stays so.

    A crack reaches to where its map falls to a share of its middle, as a peak's width is taken at half its height:
    blur and doubt make a map lower, and at one value for all a faint crack would be thinner than it is, or not there.
    """
    highest = ndimage.maximum_filter(weights, 2 * EDGE_PX + 1)
    return np.asarray(np.rint(np.float32(255) * weights / np.maximum(highest, 1)), np.uint8)


def radii(mask: Bools, places: NDArray[np.intp], *, side: int = WINDOW_PX // 2) -> NDArray[np.float32]:
    """Give how far the edge of a mask is (N,) from places (N, 2) in it, in px of the mask, up to `MOST_RADIUS`."""
    found = np.zeros(len(places), np.float32)
    across = -(-mask.shape[1] // side)
    of = places[:, 0] // side * across + places[:, 1] // side
    order = np.argsort(of, kind="stable")
    bounds = np.searchsorted(of[order], np.arange(across * -(-mask.shape[0] // side) + 1))
    for window, start, stop in zip(windows(mask.shape, side), bounds[:-1], bounds[1:], strict=True):
        few = order[start:stop]
        if len(few):
            outer, _ = around(window, MOST_RADIUS, mask.shape)
            part = ndimage.distance_transform_edt(np.pad(mask[outer], 1))
            rows, cols = (places[few, axis] - outer[axis].start + 1 for axis in (0, 1))
            found[few] = part[rows, cols]
    return np.minimum(found, MOST_RADIUS)
