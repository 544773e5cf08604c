"""Takes a mask window by window; gives what of it hangs together, also across windows. Knows no photos."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage, sparse

from cracklens.tracing.windows import Area, Bools, windows

Numbers = NDArray[np.int32]

EIGHT = np.ones((3, 3), np.bool_)
FOUR = ndimage.generate_binary_structure(2, 1)


@dataclass(frozen=True)
class Pieces:
    """What hangs together in a mask.

    Attributes:
        inside: the mask (h, w) of an area.
        hw: of the whole mask.
        touching: (3, 3), which neighbours of a px hang together with it.
        side: of a window.
        of: (n,) the number of the piece that each label is of, the labels of all windows one after another; 0 is what
            is not in the mask.
    """

    inside: Callable[[Area], Bools]
    hw: tuple[int, ...]
    touching: Bools
    side: int
    of: Numbers

    @property
    def count(self) -> int:
        """How many numbers there are, 0 among them."""
        return int(self.of.max()) + 1

    def each(self) -> Iterator[tuple[Area, Numbers, Numbers]]:
        """Give each window, its px (h, w) numbered from 0, and the piece (n,) that each of these numbers is of."""
        first = 0
        for window in windows(self.hw, self.side):
            here, count = ndimage.label(self.inside(window), self.touching)
            yield window, here, np.concatenate([self.of[:1], self.of[first + 1 : first + count + 1]])
            first += count

    def those(self, good: Bools) -> Bools:
        """Give the mask (h, w) of the pieces for which (count,) says so."""
        found = np.zeros(self.hw, np.bool_)
        for window, here, of in self.each():
            found[window] = good[of][here]
        return found


def pieces(inside: Callable[[Area], Bools], hw: tuple[int, ...], *, touching: Bools, side: int) -> Pieces:
    """Give what hangs together in a mask: each window is labelled alone, and labels that touch at a seam are joined.

    Args:
        inside: the mask (h, w) of an area; asked again when the pieces are read.
        hw: size of the whole mask.
        touching: `EIGHT` where px that touch at a corner hang together, `FOUR` where they do not.
        side: of a window.
    """
    steps = (0, 1, 2) if touching.all() else (1,)
    above, below = (np.zeros(hw[1] + 2, np.int32) for _ in range(2))  # with a px on each side
    left, first = np.zeros(0, np.int32), 0
    links = [np.zeros((2, 0), np.int32)]
    for rows, cols in windows(hw, side):
        here, count = ndimage.label(inside((rows, cols)), touching)
        here[here > 0] += first
        first += count
        if cols.start == 0:
            above, below, left = below, np.zeros_like(below), np.zeros(len(here), np.int32)
        links += _links(above[cols.start : cols.stop + 2], here[0], steps)
        links += _links(np.pad(left, 1), here[:, 0], steps)
        below[cols.start + 1 : cols.stop + 1], left = here[-1], here[:, -1].copy()
    one, other = np.concatenate(links, axis=1)
    joined = sparse.coo_array((np.ones(len(one), np.bool_), (one, other)), shape=(first + 1, first + 1))
    return Pieces(inside, hw, touching, side, sparse.csgraph.connected_components(joined, directed=False)[1])


def _links(before: Numbers, after: Numbers, steps: tuple[int, ...]) -> list[Numbers]:
    """Give the numbers (2, N) that touch across a seam; `before` reaches one px farther than `after` on each side."""
    found = []
    for step in steps:
        pairs = np.stack([before[step : step + len(after)], after])
        found.append(np.unique(pairs[:, (pairs > 0).all(axis=0)], axis=1))
    return found
