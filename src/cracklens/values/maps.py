"""Takes nothing; gives the maps that say where a photo shows cracks. Knows nothing of how they are made."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cracklens.values.network import STRIDE_PX

LEAST_SEEN = 0.5
"""A cell of whose px fewer have a picture is not inspected."""


@dataclass(frozen=True)
class ScoreMap:
    """Where a photo shows cracks, on an absolute scale.

    Attributes:
        values: (h, w) float32, 0-1: calibrated probability that the 224 px neighbourhood of a cell holds a crack.
        photo_hw: size of the photo in px.
        stride_px: side of a cell; the last row and column reach to the photo's edge.
        novelty: how unlike the training data the photo looks; above 1, 99 of 100 tiles of that data are more alike.
            None where the detector cannot tell.
        cells: (h, w) float32, 0-1: the score that a neighbourhood would have if of all its cells only the middle one
            spoke for a crack; finer than `values`, for tracing, and not stored. None without a detail net.
        seen: (h, w) float32, 0-1: share of each cell's px that have a picture; None where all have. Cells of less than
            half have the score 0, and no finding.
    """

    values: NDArray[np.float32]
    photo_hw: tuple[int, int]
    stride_px: int = STRIDE_PX
    novelty: float | None = None
    cells: NDArray[np.float32] | None = None
    seen: NDArray[np.float32] | None = None

    @property
    def inspected(self) -> NDArray[np.bool_]:
        """Cells (h, w) of which at least half has a picture."""
        return np.ones(self.values.shape, np.bool_) if self.seen is None else self.seen >= LEAST_SEEN

    @property
    def peak(self) -> float:
        """The photo's own score: its highest cell."""
        return float(self.values.max())


LINE_STRIDE_PX = 4
"""Side of a cell of the map of lines."""


@dataclass(frozen=True)
class CrackMap:
    """Which pixels of a photo are crack, and which a line that is none.

    Attributes:
        crack: (H, W) uint8: probability that the px is crack, times 255.
        line: (H / 4, W / 4) uint8, rounded up: the same for a joint, an edge, a cable, writing, a sharp shadow.
    """

    crack: NDArray[np.uint8]
    line: NDArray[np.uint8]


@dataclass(frozen=True)
class Scored:
    """All that the network gives of a photo: what it costs to make is kept, and every setting is applied to it.

    Attributes:
        score_map: where the photo shows cracks.
        crack_map: which of its px are crack; None of a detector, or a run, that follows no cracks.
    """

    score_map: ScoreMap
    crack_map: CrackMap | None = None


@dataclass(frozen=True)
class MapSettings:
    """How a crack map becomes a mask; chosen on val when the map is made.

    Attributes:
        low, high: 0-1: a crack hangs together over the first and reaches the second.
        edge: 0-1: of the highest value near by, the share that a crack's edge has, at which masks are neither too wide
            nor too narrow.
        scales: how many times smaller the photo is read.
        offset: added to the mean of these readings' logits, beside which that of the photo's own size stands alone.
        evidence_power: of the score that the map is multiplied with; 0 leaves the map as it is.
        familiar: novelty of a photo up to which the score counts in full, and from which it does not count.
        confidence: weights of the logistic function of `cracklens.tracing.doubts.facts`, the constant first.
    """

    low: float = 0.3
    high: float = 0.6
    edge: float = 0.5
    scales: tuple[int, ...] = (1,)
    offset: float = 0.0
    evidence_power: float = 0.25
    familiar: tuple[float, float] = (0.27, 0.4)
    confidence: tuple[float, ...] = (-4.0, 0.7, 1.0, -3.0)
