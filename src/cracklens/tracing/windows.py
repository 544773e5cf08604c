"""Takes the size of a picture; gives the windows that tile it. Knows no photos."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

Bools = NDArray[np.bool_]
Px = TypeVar("Px", NDArray[np.bool_], NDArray[np.uint8])
Area = tuple[slice, slice]
"""Rows and columns."""

WINDOW_PX = 2048
"""Side of a window in px of the photo. What is found is the same for any; memory goes by it, and time hardly."""


def windows(hw: tuple[int, ...], side: int) -> Iterator[Area]:
    """Give areas of at most `side` x `side` that tile a picture, row by row."""
    for top in range(0, hw[0], side):
        for left in range(0, hw[1], side):
            yield slice(top, min(top + side, hw[0])), slice(left, min(left + side, hw[1]))


def around(window: Area, halo: int, hw: tuple[int, ...]) -> tuple[Area, Area]:
    """Give a window with `halo` px around it, as far as the picture goes, and where the window lies in that."""
    tops = [max(of.start - halo, 0) for of in window]
    outer = tuple(slice(top, min(of.stop + halo, side)) for top, of, side in zip(tops, window, hw, strict=True))
    inner = tuple(slice(of.start - top, of.stop - top) for top, of in zip(tops, window, strict=True))
    return (outer[0], outer[1]), (inner[0], inner[1])


def by_windows(mask: Px, change: Callable[[Px], Px], *, halo: int, side: int) -> Px:
    """Give a mask (h, w), or values of one, changed window by window, as it would be changed whole.

    Args:
        mask: stays as it is.
        change: gives the mask (kh, kw) of an area changed, nothing where nothing is; a px by what lies at most `halo`
            px from it.
        halo: px that are seen around a window.
        side: of a window.
    """
    found = np.zeros_like(mask)
    for window in windows(mask.shape, side):
        outer, inner = around(window, halo, mask.shape)
        if mask[outer].any():
            found[window] = change(mask[outer])[inner]
    return found
