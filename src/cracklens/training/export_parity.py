"""Takes two forms of a detector and tiles; gives how far their predictions are apart. Knows nothing of formats."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cracklens.errors import DataError, OutputError
from cracklens.models.card import Metric
from cracklens.photo import read_photo
from cracklens.scores import calibrated
from cracklens.training.dataset import LabelledTile
from cracklens.values import Head
from cracklens.windows import cut, plan_windows

MOST_FLIPPED = 0.003
"""Share of decisions that may differ: below the interval of any figure on a few thousand tiles."""

LocalLogits = Callable[[NDArray[np.uint8]], NDArray[np.float32]]
"""Windows (N, H, W, 3) uint8 in, uncalibrated logits of a crack (N, h, w) out."""


@dataclass(frozen=True)
class Parity:
    """How far two forms of a detector are apart on tiles.

    Attributes:
        n: tiles.
        flipped: tiles whose decision at the threshold differs.
        largest_difference: of the scores, 0-1.
        data: which tiles.
    """

    n: int
    flipped: int
    largest_difference: float
    data: str

    @property
    def share(self) -> float:
        """Share of the tiles whose decision differs, 0-1."""
        return self.flipped / self.n

    def metrics(self) -> tuple[Metric, ...]:
        """Give the figures for a card."""
        values = {
            "parity_flipped": float(self.flipped),
            "parity_flipped_share": round(self.share, 6),
            "parity_largest_difference": round(self.largest_difference, 6),
        }
        return tuple(Metric(name, value, self.n, self.data) for name, value in values.items())


def tile_logits(tiles: Sequence[LabelledTile], run: LocalLogits) -> NDArray[np.float64]:
    """Give the logit (N,) of tiles as evaluation takes it: the mean over a tile's own cells, window by window."""
    return np.array([_tile_logit(read_photo(tile.path).pixels, run) for tile in tiles])


def _tile_logit(pixels: NDArray[np.uint8], run: LocalLogits) -> float:
    windows = plan_windows((pixels.shape[0], pixels.shape[1]))
    means = [run(cut(pixels, window)[np.newaxis])[0][window.core_in_reads].mean() for window in windows]
    return float(np.mean(means))


def compare(
    reference: NDArray[np.float64], exported: NDArray[np.float64], head: Head, *, threshold: float, data: str
) -> Parity:
    """Give how far two forms are apart, from their logits (N,) of the same tiles.

    Raises:
        DataError: no tile.
    """
    if not len(reference):
        raise DataError("Parity needs labelled tiles of val; got none. Give --data with a val split.")
    one, other = calibrated(reference, head), calibrated(exported, head)
    flipped = int(((one >= threshold) != (other >= threshold)).sum())
    return Parity(len(one), flipped, float(np.abs(one - other).max()), data)


def check_parity(parity: Parity, *, most_flipped: float, what: str, advice: str = "raise --most-flipped") -> None:
    """Refuse a form whose decisions are not those of torch; `advice` says what else there is.

    Raises:
        OutputError: more of them differ than may.
    """
    if parity.share > most_flipped:
        expected = f"{what}: at most {most_flipped:.2%} of the decisions on val may differ from torch's"
        came = f"{parity.flipped} of {parity.n} do ({parity.share:.2%})"
        raise OutputError(f"{expected}; {came}. It was not written; {advice}.")
