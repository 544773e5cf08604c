"""Takes two forms of a detector and tiles; gives how far their predictions are apart. Knows nothing of formats."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cracklens.errors import DataError, OutputError
from cracklens.labels import LabelledTile
from cracklens.models import Metric
from cracklens.network import SIDE, calibrated, grid_hw
from cracklens.network.dense import passes
from cracklens.photo import read_photo
from cracklens.values import Head, Window

MOST_FLIPPED = 0.003
"""Share of decisions that may differ: below the interval of any figure on a few thousand tiles."""

LEAST_MARGIN = 1e-7
"""Scores nearer to 0 or 1 than this cannot be told from them in single precision."""


WindowLogits = Callable[[NDArray[np.uint8]], NDArray[np.float32]]
"""One form of a detector: windows (N, H, W, 3) uint8 in, logits of their neighbourhoods (N, h-6, w-6) out."""


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


def tile_logits(tiles: Sequence[LabelledTile], form: WindowLogits) -> NDArray[np.float64]:
    """Give the logit (N,) of tiles: the highest of the neighbourhoods inside each, as the peak of `Detector.score`."""
    return np.array([_highest_logit(read_photo(tile.path).pixels, form) for tile in tiles])


def _highest_logit(pixels: NDArray[np.uint8], form: WindowLogits) -> float:
    (one,) = passes([pixels], form, part=lambda logits, number: logits[number])
    inside = [_neighbourhoods(window, grid_hw(one.photo_hw)) for window in one.windows]
    return float(np.max([logits[places].max() for logits, places in zip(one.parts, inside, strict=True)]))


def _neighbourhoods(window: Window, cells_hw: tuple[int, int]) -> tuple[slice, slice]:
    """Give rows and columns, in a window's pooled map, of neighbourhoods round its core that lie inside the photo."""
    x0, y0, x1, y1 = window.core_cells_xyxy
    step = SIDE // 2
    spans = zip((y0, x0), (y1, x1), cells_hw, window.core_in_reads, strict=True)
    rows, cols = (
        slice(core.start + max(low, step) - low - step, core.start + min(high, last - step) - low - step)
        for low, high, last, core in spans
    )
    return rows, cols


def uncalibrated(scores: NDArray[np.floating], head: Head) -> NDArray[np.float32]:
    """Give the logits whose `calibrated` scores these are."""
    inside = np.clip(scores.astype(np.float64), LEAST_MARGIN, 1 - LEAST_MARGIN)
    return ((np.log(inside / (1 - inside)) - head.offset) * head.temperature).astype(np.float32)


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
