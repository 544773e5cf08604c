"""Takes grey pictures; gives faults of the one loop over windows: order, batches, and windows that must not show."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from tests.photo.made import is_on_disk, resident_bytes
from tests.stand_ins import CountingBackbone, GreyBackbone

from cracklens.network.dense import dense
from cracklens.network.windows import grid_hw
from cracklens.photo.pixels import scratch
from cracklens.values import FeatureMaps


def grey(hw: tuple[int, int], value: int) -> NDArray[np.uint8]:
    return np.full((*hw, 3), value, np.uint8)


def coarse(maps: FeatureMaps) -> NDArray[np.float32]:
    assert len(maps.layer4) == 1
    return maps.layer4[0, :1]


def test_pictures_of_one_size_go_through_the_network_together_and_come_in_order() -> None:
    network = CountingBackbone(GreyBackbone())
    pictures = [grey((227, 227), 0), grey((227, 227), 255), grey((256, 320), 51)]
    found = list(dense(pictures, network, coarse))
    assert [n for n, *_ in network.calls] == [2, 1]
    assert [one.shape[-2:] for one in found] == [grid_hw((227, 227))] * 2 + [grid_hw((256, 320))]
    alone = [next(dense([picture], GreyBackbone(), coarse)) for picture in pictures]
    assert all(np.array_equal(one, other) for one, other in zip(found, alone, strict=True))


def test_windows_do_not_show() -> None:
    picture = np.random.default_rng(0).integers(0, 256, (500, 700, 3), np.uint8)
    whole, parts = (next(dense([picture], GreyBackbone(), coarse, core_cells=cells)) for cells in (72, 8))
    assert whole.shape[-2:] == grid_hw((500, 700))
    assert np.array_equal(whole, parts)


def test_what_is_read_keeps_its_type() -> None:
    (found,) = dense([grey((227, 227), 255)], GreyBackbone(), lambda maps: (maps.layer4[0] > 0).astype(np.uint8))
    assert found.dtype == np.uint8


def test_a_picture_on_disk_takes_no_memory_beside_the_network(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scratch, "LARGE_BYTES", 1)
    picture = scratch.room((500, 700, 3))
    if not is_on_disk(picture):
        pytest.skip("scratch files are made on Linux")
    picture[:] = np.random.default_rng(0).integers(0, 256, picture.shape, np.uint8)

    class Beside(GreyBackbone):
        def feature_maps(self, windows: NDArray[np.uint8]) -> FeatureMaps:
            assert resident_bytes(picture) == 0
            return super().feature_maps(windows)

    found = next(dense([picture], Beside(), coarse, core_cells=8))
    assert np.array_equal(found, next(dense([picture.copy()], GreyBackbone(), coarse, core_cells=8)))


def test_the_largest_windows_go_first() -> None:
    network = CountingBackbone(GreyBackbone())
    next(dense([grey((900, 1100), 51)], network, coarse, core_cells=8))
    sizes = [height * width for _, height, width in network.calls]
    assert sizes == sorted(sizes, reverse=True)
    assert len(set(sizes)) > 1
