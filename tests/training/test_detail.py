"""Takes made-up cells; gives faults of the net that is fitted on them and of the form it ships in."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy.special import expit

from cracklens.figures.metrics import auroc
from cracklens.labels.dataset import LabelledTile
from cracklens.network.scores import halve, local_maps, soft_maximum
from cracklens.training.features.cells import CellSet
from cracklens.training.features.neighbourhoods import N_FEATURES
from cracklens.values import FeatureMaps, Head

pytest.importorskip("torch")

from cracklens.training.detail import (
    DetailSettings,
    Part,
    as_detail,
    detail_logits,
    fit_detail,
)

SETTINGS = DetailSettings(hidden=8, epochs=6, batch=16, averaging=0.9, learning_rate=3e-3)
PEAKS = np.linspace(0.5, 3, N_FEATURES).astype(np.float32)


def made_cells(n: int = 160, *, seed: int = 0, side: int = 8) -> CellSet:
    """Give tiles of which every other one has ONE cell with a mark in 40 features; the rest is noise."""
    draw = np.random.default_rng(seed)
    steps = draw.integers(0, 120, (n, side, side, N_FEATURES), dtype=np.uint8)
    for i in range(0, n, 2):
        y, x = draw.integers(0, side, 2)
        steps[i, y, x, :40] = 230
    tiles = [LabelledTile(Path(f"{i}"), f"{i}.jpg", int(i % 2 == 0), str(i), "train") for i in range(n)]
    return CellSet(tiles, steps)


@pytest.fixture(scope="module")
def cells() -> CellSet:
    return made_cells()


def test_one_cell_in_sixty_four_is_found(cells: CellSet) -> None:
    net = fit_detail([Part(cells, np.arange(160))], settings=SETTINGS)
    fresh = made_cells(80, seed=1)
    found = detail_logits(net, fresh, np.arange(80), batch=32)
    assert found.shape == (80, 4)
    assert auroc(found.max(1).astype(np.float64), fresh.labels, np.ones(80)) > 0.97


def test_fewer_tiles_than_a_batch_are_learnt_from(cells: CellSet) -> None:
    few = Part(cells, np.arange(6))
    nets = [fit_detail([few], settings=replace(SETTINGS, epochs=epochs)) for epochs in (1, 6)]
    logits = [detail_logits(net, cells, np.arange(6)) for net in nets]
    assert not np.allclose(logits[0], logits[1])


def test_same_seed_same_net(cells: CellSet) -> None:
    part, short = [Part(cells, np.arange(64))], replace(SETTINGS, epochs=1)
    one, same, other = (fit_detail(part, settings=of) for of in (short, short, replace(short, seed=1)))
    logits = [detail_logits(net, cells, np.arange(20)) for net in (one, same, other)]
    assert np.array_equal(logits[0], logits[1])
    assert not np.allclose(logits[0], logits[2])


def test_parts_and_classes_weigh_as_they_should(cells: CellSet) -> None:
    part = Part(cells, np.array([0, 1, 3, 5]), weight=2.0)
    assert part.tile_weights.sum() == pytest.approx(2)
    assert part.tile_weights[0] == pytest.approx(1)


def test_progress_counts_steps(cells: CellSet) -> None:
    told: list[tuple[int, int]] = []
    fit_detail(
        [Part(cells, np.arange(40)), Part(cells, np.arange(100, 140))],
        settings=replace(SETTINGS, epochs=2),
        on_progress=lambda *at: told.append(at),
    )
    assert told == [(i, 10) for i in range(1, 11)]


def test_what_ships_gives_the_logits_that_were_fitted(cells: CellSet) -> None:
    net = fit_detail([Part(cells, np.arange(64))], settings=replace(SETTINGS, epochs=2))
    expected = detail_logits(net, cells, np.arange(3)) * 0.5
    shipped = as_detail(net, PEAKS, gain=0.5)
    features = (cells.steps[:3].astype(np.float32) / 255) ** 2 * PEAKS  # (3, h, w, D)
    maps = features.transpose(0, 3, 1, 2)
    fine = np.repeat(np.repeat(maps[:, :1024], 2, 2), 2, 3)
    head = Head(np.zeros((2, N_FEATURES), np.float32), np.zeros(2, np.float32), detail=shipped)
    for i in range(3):
        one = FeatureMaps(np.ascontiguousarray(fine[i : i + 1]), np.ascontiguousarray(maps[i : i + 1, 1024:]))
        np.testing.assert_allclose(halve(one.layer3)[0], maps[i, :1024], rtol=1e-5)
        pooled = soft_maximum(local_maps(one, head)[1], sharpness=shipped.sharpness)[3:-3, 3:-3]  # (2, 2)
        np.testing.assert_allclose(
            expit(pooled.ravel()), expit(expected[i]), atol=0.02
        )  # bfloat16 against single precision
