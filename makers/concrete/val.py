"""Takes val tiles with the logits of both parts of the detector; gives the tiles' own logits and weights. Fits none."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from makers.concrete.figures import surface
from numpy.typing import NDArray

from cracklens.labels import LabelledTile


@dataclass(frozen=True)
class ValLogits:
    """Tiles of val and the logits of their neighbourhoods by both parts of the detector, before calibration.

    Attributes:
        tiles, forms: N of them.
        counts: (N,) neighbourhoods of each.
        linear, detail: (M,) of the neighbourhoods, tile by tile.
        log_mass: (M,) log1p of the crack map's mass in them; empty where it is not read.
    """

    tiles: list[LabelledTile]
    forms: NDArray[np.str_]
    counts: NDArray[np.int64]
    linear: NDArray[np.float64]
    detail: NDArray[np.float64]
    log_mass: NDArray[np.float64] = field(default_factory=lambda: np.empty(0))

    @property
    def labels(self) -> NDArray[np.int64]:
        """Labels (N,)."""
        return np.array([tile.label for tile in self.tiles])

    def both(self, gains: tuple[float, float]) -> NDArray[np.float64]:
        """Give the logits (M,) of the neighbourhoods: the sum of both parts, each times its gain."""
        return np.asarray(gains[0] * self.linear + gains[1] * self.detail, np.float64)

    def peaks(self, gains: tuple[float, float], map_weight: float | None = None) -> NDArray[np.float64]:
        """Give the logits (N,) of the tiles: the highest sum of all parts; the crack map is one if it has a weight."""
        both = self.both(gains)
        if map_weight is not None:
            both = both + map_weight * self.log_mass
        return np.asarray(np.maximum.reduceat(both, np.cumsum(self.counts) - self.counts), np.float64)

    def even_weights(self) -> NDArray[np.float64]:
        """Give weights (N,) under which each surface in each form has the same number of cracked tiles."""
        keys = np.array([f"{form} {surface(tile)}" for form, tile in zip(self.forms, self.tiles, strict=True)])
        weights = np.zeros(len(keys))
        for key in np.unique(keys):
            weights[keys == key] = 1 / max(1, self.labels[keys == key].sum())
        return weights
