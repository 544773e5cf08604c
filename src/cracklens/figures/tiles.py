"""Takes labelled tiles with their scores; gives them as values and as arrays. Knows no detector."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from cracklens.errors import CheckpointError


@dataclass(frozen=True)
class ScoredTile:
    """A labelled tile and what the detector says of it.

    Attributes:
        path, file, label, group: as in `Labelled`.
        score: peak of its score map, 0-1.
    """

    path: Path
    file: str
    label: int
    group: str
    score: float

    def __post_init__(self) -> None:
        """Refuse what is no score, so that no metric ever meets one."""
        if not 0 <= self.score <= 1:
            raise CheckpointError(f"{self.file}: expected a score 0-1; got {self.score}. Train the checkpoint again.")


@dataclass(frozen=True)
class Columns:
    """Scored tiles as arrays of N.

    Attributes:
        scores: float64, 0-1.
        labels: 1 cracked, 0 intact.
        groups: what belongs together.
    """

    scores: NDArray[np.float64]
    labels: NDArray[np.int64]
    groups: NDArray[np.str_]

    @classmethod
    def of(cls, tiles: Sequence[ScoredTile]) -> Columns:
        """Give the columns of tiles, in their order."""
        scores = np.array([tile.score for tile in tiles], np.float64)
        labels = np.array([tile.label for tile in tiles], np.int64)
        return cls(scores, labels, np.array([tile.group for tile in tiles], np.str_))
