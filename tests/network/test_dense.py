"""Takes grey pictures; gives faults of the one loop over windows: order, batches, and windows that must not show."""

from __future__ import annotations

import ast
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from tests.photo.made import is_on_disk, resident_bytes
from tests.stand_ins import CountingBackbone, GreyBackbone

import cracklens
from cracklens.network.dense import dense, passes
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


def test_any_network_goes_over_windows_by_the_same_loop() -> None:
    calls: list[tuple[int, ...]] = []

    def brightest(windows: NDArray[np.uint8]) -> dict[str, NDArray[np.uint8]]:
        calls.append(windows.shape)
        return {"max": windows.max(axis=(1, 2, 3))}

    pictures = [grey((64, 96), 5), grey((64, 96), 6), grey((64, 2500), 7)]
    found = list(passes(pictures, brightest, part=lambda maps, number: int(maps["max"][number])))
    assert [one.photo_hw for one in found] == [(64, 96), (64, 96), (64, 2500)]
    assert len(calls) == 1, "a large picture goes through the network as its parts are taken"
    assert [list(one.parts) for one in found] == [[5], [6], [7, 7]]
    assert [n for n, *_ in calls] == [2, 1, 1]


def test_nothing_else_has_a_loop_over_windows() -> None:
    """Whoever plans windows and cuts them runs over them, too. `only_window` is of tiles, which have one."""
    package = Path(cracklens.__file__).parent
    known = {package / "network" / f"{name}.py" for name in ("__init__", "dense", "windows")}
    for path in set(package.rglob("*.py")) - known:
        taken = ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        names = {one.name for node in taken if isinstance(node, ast.ImportFrom) for one in node.names}
        assert not names & {"plan_windows", "cut"}, path
