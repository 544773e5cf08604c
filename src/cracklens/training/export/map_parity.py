"""Takes an exported network with a crack map and tiles; gives how far its maps are from the detector's own."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cracklens.errors import DataError, OutputError
from cracklens.labels import LabelledTile
from cracklens.models import Metric
from cracklens.network import FULL, read_crack_map, stitch
from cracklens.network.dense import passes
from cracklens.photo import read_photo
from cracklens.training.export.crack_map import CRACK, LINE, MAPS
from cracklens.training.export.settings import Format
from cracklens.values import Backbone

MOST_APART: dict[Format, dict[str, float]] = {
    "openvino": {CRACK: 0.01, LINE: 0.01},
    "onnx": {CRACK: 0.2, LINE: 0.35},
}
"""How far the maps may be apart. OpenVINO holds the very network: by hand they are equal. ONNX holds the float one: on
the 79 pictures of tests/data/real, by hand, crack of the second candidate is .058 apart from INT8, and line .096."""

ROUNDING = 2.5 / FULL
"""Differences of so much are those of the same network in a graph whose sums are made in another order."""

MAP_TILES = 200
"""Val tiles whose maps are compared; their px are many."""

WindowMaps = Callable[[NDArray[np.uint8]], Mapping[str, NDArray[np.uint8]]]
"""An exported network: windows (N, H, W, 3) uint8 in; crack (N, H, W) and line (N, H / 4, W / 4) uint8 out."""


@dataclass(frozen=True)
class MapParity:
    """How far one map of an exported network is from the detector's.

    Attributes:
        name: "crack" or "line".
        n: cells that were compared; of crack px.
        apart: 0-1: the sum of all differences, as a share of the sum of the higher of the two values of each cell. Two
            masks of full values would be apart by one less their IoU.
        largest_difference: of a value, 0-1.
        data: which tiles.
    """

    name: str
    n: int
    apart: float
    largest_difference: float
    data: str

    def metrics(self) -> tuple[Metric, ...]:
        """Give the figures for a card."""
        values = {"apart": self.apart, "largest_difference": self.largest_difference}
        return tuple(
            Metric(f"parity_{self.name}_{what}", round(value, 6), self.n, self.data) for what, value in values.items()
        )


def map_parity(
    tiles: Sequence[LabelledTile], exported: WindowMaps, mapper: Backbone, *, data: str
) -> tuple[MapParity, ...]:
    """Give how far both maps are from the detector's on tiles; of many, on some drawn with seed 0.

    Args:
        tiles: of val.
        exported: see `WindowMaps`.
        mapper: of the detector.
        data: how a card calls the tiles.

    Raises:
        DataError: a map of all tiles is empty, so that nothing could differ.
    """
    some = random.Random(0).sample(list(tiles), min(MAP_TILES, len(tiles)))  # noqa: S311 no secret
    pairs: dict[str, list[NDArray[np.float64]]] = {name: [] for name in MAPS}
    for tile in some:
        pixels = read_photo(tile.path).pixels
        own = read_crack_map(pixels, mapper)
        for name, one, other in zip(MAPS, (own.crack, own.line), whole_maps(pixels, exported), strict=True):
            pairs[name].append(_sums(one, other))
    return tuple(_parity(name, np.stack(sums), data) for name, sums in pairs.items())


def whole_maps(pixels: NDArray[np.uint8], exported: WindowMaps) -> tuple[NDArray[Any], ...]:
    """Give crack (H, W) and line (H / 4, W / 4) of a photo (H, W, 3), put together of windows as the detector does."""
    (one,) = passes([pixels], exported, part=lambda maps, number: [maps[name][number] for name in MAPS])
    return stitch(one.parts, one.windows, photo_hw=one.photo_hw)


def _sums(one: NDArray[np.uint8], other: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Give the number of cells, the sums of differences and of the higher values, and the largest difference."""
    pair = np.stack([one, other]).astype(np.float64) / FULL
    differences = np.abs(pair[0] - pair[1])
    differences[differences <= ROUNDING] = 0
    return np.array([differences.size, differences.sum(), pair.max(0).sum(), differences.max()])


def _parity(name: str, sums: NDArray[np.float64], data: str) -> MapParity:
    n, differences, highest, _ = sums.sum(0)
    if highest == 0:
        advice = "Give --data with cracks, or say --no-crack-map"
        raise DataError(f"Parity of the crack map needs tiles that it sees something in; {name} is empty. {advice}.")
    return MapParity(name, int(n), float(differences / highest), float(sums[:, 3].max()), data)


def check_maps(found: Sequence[MapParity], *, form: Format, what: str) -> None:
    """Refuse an export whose maps are not those of the detector.

    Raises:
        OutputError: one is farther from them than may be.
    """
    most = MOST_APART[form]
    faults = [f"{one.name} is {one.apart:.1%} apart, at most {most[one.name]:.0%} may" for one in found]
    if any(one.apart > most[one.name] for one in found):
        expected = f"{what}: its crack map must be the detector's on val"
        raise OutputError(f"{expected}; {'; '.join(faults)}. It was not written; say --no-crack-map for scores alone.")
