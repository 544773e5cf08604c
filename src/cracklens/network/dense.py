"""Takes pictures and a backbone; gives what is read in every cell of them, by one pass over windows. Knows no heads."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from cracklens.network.windows import CORE_CELLS, Number, cut, plan_windows, stitch
from cracklens.photo import let_go
from cracklens.values import Backbone, FeatureMaps, Window

Batch = TypeVar("Batch")
Part = TypeVar("Part")


@dataclass(frozen=True)
class Pass(Generic[Part]):
    """One picture's way through a network.

    Attributes:
        photo_hw: its size in px.
        windows: of it.
        parts: what the network gives for each of them; a large picture goes through it as they are taken.
    """

    photo_hw: tuple[int, int]
    windows: Sequence[Window]
    parts: Iterator[Part]


def dense(
    pictures: Sequence[NDArray[np.uint8]],
    backbone: Backbone,
    read: Callable[[FeatureMaps], NDArray[Number]],
    *,
    core_cells: int = CORE_CELLS,
) -> Iterator[NDArray[Number]]:
    """Give for each picture what `read` makes of its cells, the windows put together, as `dense_maps` does."""
    for (whole,) in dense_maps(pictures, backbone, lambda maps: (read(maps),), core_cells=core_cells):
        yield whole


def dense_maps(
    pictures: Sequence[NDArray[np.uint8]],
    backbone: Backbone,
    read: Callable[[FeatureMaps], Sequence[NDArray[Any]]],
    *,
    core_cells: int = CORE_CELLS,
) -> Iterator[tuple[NDArray[Any], ...]]:
    """Give for each picture all that `read` makes of its windows, put together: (..., rows, cols) each.

    Pictures of one size that follow each other, and that one window holds, go through the network together.

    Args:
        pictures: RGB (H, W, 3) uint8, as many as may stand in memory with their feature maps.
        backbone: gives feature maps.
        read: makes arrays (..., kh, kw) of the maps (1, C, h, w) of one window; see `stitch`.
        core_cells: of a window, at most.
    """
    for one in passes(pictures, backbone.feature_maps, part=FeatureMaps.one, core_cells=core_cells):
        whole = stitch(map(read, one.parts), one.windows, photo_hw=one.photo_hw)
        if len(one.windows) > 1:
            backbone.release()  # what follows on a large photo needs the memory
        yield whole


def passes(
    pictures: Sequence[NDArray[np.uint8]],
    network: Callable[[NDArray[np.uint8]], Batch],
    *,
    part: Callable[[Batch, int], Part],
    core_cells: int = CORE_CELLS,
) -> Iterator[Pass[Part]]:
    """Give for each picture what a network gives for its windows: the one loop over windows.

    Args:
        pictures: RGB (H, W, 3) uint8, as many as may stand in memory with what the network gives for them.
        network: any that takes windows (N, H, W, 3) uint8.
        part: gives of what it gives for N windows that of one, by its number.
        core_cells: of a window, at most.
    """
    for hw, same in groupby(pictures, key=lambda picture: (picture.shape[0], picture.shape[1])):
        few, windows = list(same), sorted(plan_windows(hw, core_cells=core_cells), key=_area, reverse=True)
        if len(windows) > 1:
            yield from (Pass(hw, windows, _parts(picture, windows, network, part)) for picture in few)
            continue
        batch = network(np.stack([cut(picture, windows[0]) for picture in few]))
        yield from (Pass(hw, windows, iter([part(batch, number)])) for number in range(len(few)))


def _area(window: Window) -> int:
    """Give how many px a window reads; the largest goes first: behind smaller ones it takes more memory."""
    x0, y0, x1, y1 = window.reads_xyxy
    return (x1 - x0) * (y1 - y0)


def _parts(
    picture: NDArray[np.uint8],
    windows: Sequence[Window],
    network: Callable[[NDArray[np.uint8]], Batch],
    part: Callable[[Batch, int], Part],
) -> Iterator[Part]:
    for window in windows:
        yield part(network(_window(picture, window)), 0)


def _window(picture: NDArray[np.uint8], window: Window) -> NDArray[np.uint8]:
    """Give the pixels (1, H, W, 3) that a window reads; what was read of a picture on disk takes no memory."""
    found = cut(picture, window)[np.newaxis]
    let_go(picture)
    return found
