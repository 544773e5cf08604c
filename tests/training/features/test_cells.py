"""Takes drawn tiles; gives faults of the features that are kept of every cell."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from tests.stand_ins import int8_backbone
from tests.training.features.test_mosaic import HW, tile_at

from cracklens.drawn.wall import draw_wall
from cracklens.labels.dataset import LabelledTile
from cracklens.network.windows import cut, plan_windows, stitch
from cracklens.training.features.cells import CellSet, batches, cells_in_photos, channel_peaks, single_cells, to_steps
from cracklens.training.features.mosaic import mosaic
from cracklens.training.features.neighbourhoods import cell_maps


@pytest.fixture(scope="module")
def tiles(tmp_path_factory: pytest.TempPathFactory) -> list[LabelledTile]:
    wall = draw_wall(HW, widths_px=(4.0, 8.0), seed=5).pixels
    return [tile_at(tmp_path_factory.mktemp("tiles"), wall, number) for number in range(1, 37)]


def test_steps_hold_square_roots_to_half_a_step() -> None:
    maps = np.random.default_rng(0).random((5, 3, 4)).astype(np.float32) * 9
    peaks = np.array([9, 9, 4, 9, 9], np.float32)
    steps = to_steps(maps, peaks)
    assert steps.shape == (3, 4, 5)
    assert steps.dtype == np.uint8
    back = steps / 255 * np.sqrt(peaks)
    expected = np.sqrt(np.minimum(maps, peaks[:, None, None])).transpose(1, 2, 0)
    assert np.abs(back - expected).max() <= 3 / 510 + 1e-6


@pytest.mark.slow
def test_a_tile_in_its_photo_has_the_features_of_the_whole_pass(tiles: list[LabelledTile], tmp_path: Path) -> None:
    backbone, pixels = int8_backbone(), mosaic(tiles)
    peaks = channel_peaks(tiles[:3], backbone)
    some = [tiles[0], tiles[20]]
    found = cells_in_photos(some, tiles, backbone, peaks=peaks, file=tmp_path / "cells.npy")
    windows = plan_windows(HW)
    (whole,) = stitch(
        ([cell_maps(backbone.feature_maps(cut(pixels, window)[np.newaxis]))[0]] for window in windows),
        windows,
        photo_hw=HW,
    )
    assert [tile.file for tile in found.tiles] == [tile.file for tile in some]
    for tile, steps, (row, col) in zip(found.tiles, found.steps, [(0, 0), (1, 2)], strict=True):
        expected = to_steps(whole[:, row * 8 : row * 8 + 8, col * 8 : col * 8 + 8], peaks)
        apart = np.abs(steps.astype(int) - expected)
        assert np.corrcoef(steps.ravel(), expected.ravel())[0, 1] > 0.98, tile.file  # other windows, other INT8 halo
        assert np.median(apart) <= 1


def test_single_tiles_are_read_with_a_mirror_for_a_neighbour(tiles: list[LabelledTile], tmp_path: Path) -> None:
    backbone = int8_backbone()
    peaks, told = channel_peaks(tiles[:3], backbone), []
    found = single_cells(
        tiles[:18], backbone, peaks=peaks, file=tmp_path / "a" / "cells.npy", on_progress=lambda *at: told.append(at)
    )
    assert found.steps.shape == (18, 8, 8, 3072)
    assert told == [(16, 18), (18, 18)]
    assert found.labels.tolist() == [1] * 18
    assert np.array_equal(np.load(tmp_path / "a" / "cells.npy"), found.steps)


def test_batches_are_one_pass_over_the_named_tiles_the_rest_among_them() -> None:
    sets = [
        (CellSet([], np.empty(0, np.uint8)), np.arange(10)),
        (CellSet([], np.empty(0, np.uint8)), np.arange(50, 61)),
    ]
    seen = [(i, at) for batch in batches(sets, size=4, draw=np.random.default_rng(0)) for i, of in batch for at in of]
    assert len(seen) == len(set(seen)) == 21
    assert {at for i, at in seen if i == 1} <= set(range(50, 61))
