"""Takes a photo's size; gives windows with halo, and puts maps of windows together again. Knows no networks."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise, product
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from cracklens.errors import SettingError
from cracklens.photo import let_go, room
from cracklens.values import NEIGHBOURHOOD_PX, STRIDE_PX, Window

Number = TypeVar("Number", bound=np.generic)

CORE_CELLS = 72
"""Cells a window gives at most: 2,304 px. Larger costs memory (0.9 GB in all on a 16-megapixel photo), smaller costs
halo: with 48 cells the network reads 1.33 times such a photo, with 72 1.17 times."""

HALO_CELLS = 4
"""Cells read around a core inside the photo: 128 px, where zero padding still moves pooled features by 2-9 %."""

EDGE_CELLS = 1
"""Cells of reflection beyond the photo's edge; keeps single tiles cheap, and heads are fitted on the same."""


def grid_hw(photo_hw: tuple[int, int]) -> tuple[int, int]:
    """Give the rows and columns of a photo's map.

    A side has one cell per full 32 px and one more for a rest of 16 px or above; a shorter rest belongs to the last
    cell. A photo under 224 px has seven, filled by reflection.

    Example:
        >>> grid_hw((3584, 4608)), grid_hw((227, 227)), grid_hw((1, 240))
        ((112, 144), (7, 7), (7, 8))
    """
    if min(photo_hw) < 1:
        came = f"photo_hw must be ≥ 1 px on both sides; got {tuple(photo_hw)}"
        raise SettingError(f"{came}. Use a photo that has pixels.")
    least = NEIGHBOURHOOD_PX // STRIDE_PX
    rows, cols = (max(least, (side + STRIDE_PX // 2) // STRIDE_PX) for side in photo_hw)
    return rows, cols


def _spans(cells: int, core_cells: int) -> list[tuple[int, int]]:
    """Give equal spans that cover all cells; the last ones may overlap so that all windows have one size."""
    count = -(-cells // core_cells)
    size = -(-cells // count)
    starts = [min(i * size, cells - size) for i in range(count)]
    return [(start, start + size) for start in starts]


def plan_windows(photo_hw: tuple[int, int], *, core_cells: int = CORE_CELLS) -> list[Window]:
    """Give the windows whose cores cover a photo's map, row by row.

    Args:
        photo_hw: height and width in px, ≥ 1.
        core_cells: most cells a window gives per side, ≥ 1.

    Raises:
        SettingError: a size or core_cells below 1.
    """
    if core_cells < 1:
        raise SettingError(f"core_cells must be ≥ 1; got {core_cells}. Leave it out for {CORE_CELLS}.")
    rows, cols = grid_hw(photo_hw)
    return [
        Window((x0, y0, x1, y1), (*_reads(x0, y0, rows, cols, low=True), *_reads(x1, y1, rows, cols, low=False)))
        for (y0, y1), (x0, x1) in product(_spans(rows, core_cells), _spans(cols, core_cells))
    ]


def _reads(x: int, y: int, rows: int, cols: int, *, low: bool) -> tuple[int, int]:
    """Give the px where reading starts (low) or ends, for a core that starts or ends at cell (x, y)."""
    if low:
        return max(x - HALO_CELLS, -EDGE_CELLS) * STRIDE_PX, max(y - HALO_CELLS, -EDGE_CELLS) * STRIDE_PX
    return min(x + HALO_CELLS, cols + EDGE_CELLS) * STRIDE_PX, min(y + HALO_CELLS, rows + EDGE_CELLS) * STRIDE_PX


def cut(pixels: NDArray[np.uint8], window: Window) -> NDArray[np.uint8]:
    """Give the pixels (H, W, 3) that a window reads; beyond the photo's edge they are its reflection."""
    x0, y0, x1, y1 = window.reads_xyxy
    height, width = pixels.shape[:2]
    rows, cols = _mirrored(y0, y1, height), _mirrored(x0, x1, width)
    left, top = min(max(x0, 0), x1), min(max(y0, 0), y1)
    right, bottom = max(min(x1, width), left), max(min(y1, height), top)
    found = np.empty((len(rows), len(cols), 3), np.uint8)
    within = found[:, left - x0 : right - x0]
    within[top - y0 : bottom - y0] = pixels[top:bottom, left:right]
    for beyond in (slice(0, top - y0), slice(bottom - y0, len(rows))):
        within[beyond] = pixels[rows[beyond], left:right]
    for beyond in (slice(0, left - x0), slice(right - x0, len(cols))):
        found[:, beyond] = pixels[rows[:, np.newaxis], cols[beyond]]
    return found


def only_window(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Give the pixels (H, W, 3) that the first window of a picture reads: all of a tile, with its reflected edge."""
    return cut(pixels, plan_windows((pixels.shape[0], pixels.shape[1]))[0])


def _mirrored(start: int, stop: int, side: int) -> NDArray[np.intp]:
    """Give where a side is read from start to stop, mirrored at its ends as often as needed, as np.pad reflects."""
    period = max(2 * (side - 1), 1)
    place = np.arange(start, stop) % period
    return np.minimum(place, period - place) if side > 1 else np.zeros(stop - start, np.intp)


def check_windows(windows: NDArray[np.uint8]) -> None:
    """Refuse an array that is no batch of windows.

    Raises:
        SettingError: not (N, H, W, 3) uint8 with H and W multiples of 32.
    """
    fits = windows.ndim == 4 and windows.shape[3] == 3 and windows.dtype == np.uint8
    if not fits or windows.shape[1] % STRIDE_PX or windows.shape[2] % STRIDE_PX or not windows.size:
        expected = f"windows must be (N, H, W, 3) uint8 with H and W multiples of {STRIDE_PX}"
        raise SettingError(f"{expected}; got {windows.shape} {windows.dtype}. Cut them with cracklens.network.cut.")


def stitch(
    maps: Iterable[Sequence[NDArray[Any]]], windows: Sequence[Window], *, photo_hw: tuple[int, int]
) -> tuple[NDArray[Any], ...]:
    """Put several maps of whole windows together to those of the photo.

    Args:
        maps: of each window, halo included: (..., kh, kw) each, k of their cells to one of the score map.
        windows: of the photo.
        photo_hw: its size.

    Returns:
        Each (..., rows, cols) for k = 1. Finer ones reach exactly to the photo's edge, a px at k = 32.
    """
    whole: list[NDArray[Any]] = []
    for values, window in zip(maps, windows, strict=True):
        if not whole:
            whole = [_empty((*of.shape[:-2], *_map_hw(photo_hw, _finer(of, window))), of.dtype) for of in values]
        for of, one in zip(whole, values, strict=True):
            inside, within = _core(window, _finer(one, window), photo_hw)
            of[..., *inside] = one[..., *within]
            let_go(of)
    if not whole:
        raise SettingError("windows must be at least one; got none. Plan them with cracklens.network.plan_windows.")
    return tuple(whole)


def _empty(shape: tuple[int, ...], dtype: np.dtype[Any]) -> NDArray[Any]:
    """Give an array to write to; a crack map of 200 megapixels does not stand in memory."""
    return room(shape) if dtype == np.uint8 else np.empty(shape, dtype)


def _finer(values: NDArray[Any], window: Window) -> int:
    """Give how many cells of a window's map stand along one of the score map."""
    return int(values.shape[-1]) * STRIDE_PX // (window.reads_xyxy[2] - window.reads_xyxy[0])


def _map_hw(photo_hw: tuple[int, int], finer: int) -> tuple[int, int]:
    if finer == 1:
        return grid_hw(photo_hw)
    height, width = (-(-side * finer // STRIDE_PX) for side in photo_hw)
    return height, width


def _core(window: Window, finer: int, photo_hw: tuple[int, int]) -> tuple[tuple[slice, slice], tuple[slice, slice]]:
    """Give where a window's core stands in a map of the photo, and where it is in the window's own."""
    x0, y0, x1, y1 = window.core_cells_xyxy
    inside, within = [], []
    sides = zip((y0, x0), (y1, x1), grid_hw(photo_hw), _map_hw(photo_hw, finer), window.reads_xyxy[1::-1], strict=True)
    for first, last, cells, size, read in sides:
        start, stop = first * finer, size if last == cells else last * finer
        before = read // STRIDE_PX * finer
        inside.append(slice(start, stop))
        within.append(slice(start - before, stop - before))
    return (inside[0], inside[1]), (within[0], within[1])


def cell_edges(photo_hw: tuple[int, int], axis: int) -> NDArray[np.intp]:
    """Give where the rows (axis 0) or columns (axis 1) of a map begin and end in px; none beyond the photo.

    Example:
        >>> cell_edges((240, 100), 0).tolist(), cell_edges((240, 100), 1).tolist()
        ([0, 32, 64, 96, 128, 160, 192, 224, 240], [0, 32, 64, 96, 100, 100, 100, 100])
    """
    count, length = grid_hw(photo_hw)[axis], photo_hw[axis]
    edges = np.minimum(np.arange(count + 1) * STRIDE_PX, length)
    edges[-1] = length
    return edges


def seen_share(empty: NDArray[np.bool_]) -> NDArray[np.float32]:
    """Give the share (rows, cols) of each cell's px that have a picture; 1 for cells beyond a small photo.

    Args:
        empty: (H, W) px without one.
    """
    down, across = (cell_edges((empty.shape[0], empty.shape[1]), axis) for axis in (0, 1))
    sums = [
        np.pad((~empty[top:bottom]).sum(axis=0, dtype=np.int64).cumsum(), (1, 0))[across]
        for top, bottom in pairwise(down)
    ]
    seen = np.diff(np.stack(sums), axis=1)
    area = np.outer(np.diff(down), np.diff(across))
    return np.where(area > 0, seen / np.maximum(area, 1), 1).astype(np.float32)


def cells_to_px(cells_xyxy: tuple[int, int, int, int], *, photo_hw: tuple[int, int]) -> tuple[int, int, int, int]:
    """Give the px box of a box of cells; the last row and column end at the photo's edge.

    Example:
        >>> cells_to_px((0, 0, 7, 7), photo_hw=(227, 230))
        (0, 0, 230, 227)
    """
    x0, y0, x1, y1 = cells_xyxy
    rows, cols = grid_hw(photo_hw)
    height, width = photo_hw
    right = width if x1 == cols else min(x1 * STRIDE_PX, width)
    bottom = height if y1 == rows else min(y1 * STRIDE_PX, height)
    return min(x0 * STRIDE_PX, width - 1), min(y0 * STRIDE_PX, height - 1), right, bottom
