"""Takes tiles and a head; gives their labels, groups and scores from features that are known. Knows no files."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cracklens.labels import LabelledTile
from cracklens.network import calibrated
from cracklens.training.features import Bags
from cracklens.training.fit import bag_logits
from cracklens.values import Head


@dataclass(frozen=True)
class Measured:
    """Tiles with the features of their neighbourhoods.

    Attributes:
        tiles: N of them.
        bags: a bag of neighbourhoods a tile.
    """

    tiles: Sequence[LabelledTile]
    bags: Bags

    @property
    def labels(self) -> NDArray[np.int64]:
        """Labels (N,) 1 cracked, 0 intact."""
        return np.array([tile.label for tile in self.tiles])

    @property
    def groups(self) -> NDArray[np.str_]:
        """Groups (N,)."""
        return np.array([tile.group for tile in self.tiles])

    def where(self, wanted: Callable[[LabelledTile], object]) -> Measured:
        """Give the tiles that are wanted."""
        inside = np.array([bool(wanted(tile)) for tile in self.tiles], np.bool_)
        return Measured([tile for tile, kept in zip(self.tiles, inside, strict=True) if kept], self.bags.some(inside))


def head_scores(measured: Measured, head: Head) -> NDArray[np.float32]:
    """Give the calibrated scores (N,) of tiles from their features."""
    return calibrated(bag_logits(measured.bags, head), head)


def labels_of(tiles: Sequence[LabelledTile]) -> NDArray[np.int64]:
    """Give the labels (N,) of tiles, 1 cracked, 0 intact."""
    return np.array([tile.label for tile in tiles], np.int64)
