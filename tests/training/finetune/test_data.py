"""Takes drawn tiles; gives faults of their order, of their batches and of what a batch depends on."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

pytest.importorskip("torch")
pytest.importorskip("lightning")

import torch
from tests.stand_ins import save_wall

from cracklens.errors import DataError
from cracklens.labels.dataset import read_labelled
from cracklens.network.windows import CORE_CELLS
from cracklens.training.finetune.data import SeededBatches, TileBatches, tile_sizes
from cracklens.training.finetune.transforms import AugmentSettings

pytestmark = pytest.mark.slow  # minutes of torch; the fast suite stays under 90 s


def order(epoch: int, *, seed: int | None = 0, n: int = 20) -> list[tuple[int, ...]]:
    batches = SeededBatches([(64, 64)] * n + [(96, 64)] * 5, batch=8, seed=seed)
    batches.set_epoch(epoch)
    assert len(list(batches)) == len(batches)
    return [places for _, places in batches]


def test_seed_and_epoch_alone_decide_the_order() -> None:
    assert order(1) == order(1)
    assert len({str(order(epoch, seed=seed)) for epoch in range(3) for seed in range(3)}) == 9
    assert (
        order(0, seed=None)
        == order(5, seed=None)
        == [(*range(8),), (*range(8, 16),), (*range(16, 20),), (*range(20, 25),)]
    )


def test_every_tile_comes_once_with_others_of_its_size() -> None:
    batches = order(3)
    assert sorted(place for places in batches for place in places) == list(range(25))
    assert all(len({place < 20 for place in places}) == 1 for places in batches)


@pytest.mark.parametrize("count", [2, 3])
def test_processes_share_the_batches(monkeypatch: pytest.MonkeyPatch, count: int) -> None:
    whole = order(2)
    monkeypatch.setattr(torch.distributed, "is_initialized", lambda: True)
    monkeypatch.setattr(torch.distributed, "get_world_size", lambda: count)
    shares = []
    for rank in range(count):
        monkeypatch.setattr(torch.distributed, "get_rank", lambda rank=rank: rank)
        shares.append(order(2))
        assert order(2, seed=None) == order(2, seed=None)
        assert len(order(2, seed=None)) == len(whole)  # val is whole in every process: its figures need no exchange
    assert len({len(share) for share in shares}) == 1
    assert {places for share in shares for places in share} == set(whole)


def test_a_batch_depends_on_nothing_but_its_key(tiles_dir: Path) -> None:
    tiles = read_labelled(tiles_dir).tiles
    varied = TileBatches(tiles, 0, AugmentSettings())
    windows, labels = varied[(1, (3, 40))]
    assert windows.shape == (2, 3, 288, 288)
    assert windows.dtype == torch.uint8
    assert labels.tolist() == [tiles[3].label, tiles[40].label]
    torch.rand(5)
    assert torch.equal(varied[(1, (3, 40))][0], windows)
    assert not torch.equal(varied[(2, (3, 40))][0], windows)
    assert torch.equal(varied[(1, (40,))][0][0], windows[1])


def test_sizes_are_upright_and_of_one_window(tiles_dir: Path, tmp_path: Path) -> None:
    tiles = read_labelled(tiles_dir).tiles
    assert set(tile_sizes(tiles)) == {(64, 64)}
    large = replace(tiles[0], path=save_wall(tmp_path / "large.png", hw=(64, 32 * CORE_CELLS + 32)))
    with pytest.raises(DataError, match=r"expected tiles of at most \d+ px a side; got 64 x \d+\. Cut it into tiles"):
        tile_sizes([large])
    (tmp_path / "no.png").write_bytes(b"no picture")
    with pytest.raises(DataError, match=r"no\.png: expected a picture"):
        tile_sizes([replace(tiles[0], path=tmp_path / "no.png")])
