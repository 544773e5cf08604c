"""Takes drawn walls; gives what each short fit of a crack map learns from, and the rows it is told by."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("torch")

import torch
from benchmarks import map_tries
from benchmarks.areas import Area
from benchmarks.result import Settings
from makers.crackmap import grounds
from makers.crackmap.grounds import MOST_PX
from makers.crackmap.samples import Grounds, draw_sample
from scipy import ndimage

from cracklens import draw_wall
from cracklens.training.crackmap import Decoder, MapFit, Mixed
from cracklens.training.crackmap.source import CRACK
from cracklens.training.features import FeatureCache

WALL = draw_wall((512, 512), widths_px=(6.0,), seed=3)


shares: list[float] = []
"""Of the overlap, in each fit."""


@pytest.fixture
def learnt(data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[Mixed]:
    """Give a list of what every fit is given; it takes no step."""
    found: list[Mixed] = []
    shares.clear()

    def fit(source: Mixed, *_: Any, state: Path, settings: MapFit, **__: Any) -> Decoder:
        found.append(source)
        shares.append(settings.dice_share)
        torch.save(
            {"step": 1, "smooth": 0.0, "averaged": {}, "optimiser": {}, "decoder": Decoder().state_dict()}, state
        )
        return Decoder()

    def one_area(_: Settings) -> Iterator[tuple[Area, np.ndarray[Any, Any]]]:
        yield Area("Walls/6", (0, 0, 4, 4), joints=False), draw_wall((1024, 1024), seed=8).pixels

    for name, of in {
        "fit_decoder": fit,
        "areas": one_area,
        "find": lambda part: data / part,
        "hand_drawn": lambda _: [(WALL.pixels, WALL.true_mask)],
        "SUT_SPLIT": tmp_path / "sut.csv",
        "DRAWN": 10,
        "CROPS": 2,
        "default_cache": lambda: FeatureCache(tmp_path / "cache" / "features"),
    }.items():
        monkeypatch.setattr(map_tries, name, of)
    return found


def folder_of(name: str, cache: Path) -> Path:
    return cache / "map_tries" / map_tries.TRIES[name].sha256


def test_a_fit_is_without_what_it_is_to_be_without(learnt: list[Mixed], tmp_path: Path) -> None:
    for name in ("the recipe", "no grounds of asphalt", "no photos of asphalt with masks", "no brickwork"):
        map_tries.fitted(map_tries.TRIES[name], folder_of(name, tmp_path), folder_of("the recipe", tmp_path))
    whole, bare, unmasked, plain = learnt
    assert [size for _, size in whole.parts] == [13, 3]
    assert [size for _, size in unmasked.parts] == [16]
    assert len(bare.parts[0][0].parts) == len(whole.parts[0][0].parts) - 1  # type: ignore[attr-defined]
    assert not (folder_of("no grounds of asphalt", tmp_path) / "SUT-Crack.npy").exists()
    assert not list(folder_of("no photos of asphalt with masks", tmp_path).glob("*.npy"))
    assert (folder_of("no brickwork", tmp_path) / "METU.npy").is_symlink()
    pixels, _ = plain.batch(0)
    assert pixels.shape == (16, 384, 384, 3)


def test_grounds_of_single_tiles_are_cut_anew(learnt: list[Mixed], tmp_path: Path) -> None:
    name = "grounds of one tile, not of whole photos"
    tried = map_tries.TRIES[name]
    assert tried.most_px < MOST_PX
    map_tries.fitted(
        map_tries.TRIES["the recipe"], folder_of("the recipe", tmp_path), folder_of("the recipe", tmp_path)
    )
    map_tries.fitted(tried, folder_of(name, tmp_path), folder_of("the recipe", tmp_path))
    assert not (folder_of(name, tmp_path) / "Walls.npy").is_symlink()


def test_every_fit_has_a_row_and_the_first_one_more(learnt: list[Mixed], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(map_tries, "TRIES", dict(list(map_tries.TRIES.items())[-2:]))
    monkeypatch.setattr(grounds, "sut_photos", lambda *_: [(WALL.pixels, WALL.true_mask)] * 2)
    rows = map_tries.run(Settings(split="val", limit=1))
    assert [row.name.split(": ", 1)[1] for row in rows] == [
        "no sample drawn small and enlarged, no ground from nearer",
        map_tries.UNAVERAGED,
        "cross-entropy alone",
    ]
    assert shares == [0.5, 0.0]
    assert all(0 <= row.value <= 1 and row.n == 2 and row.bar is None for row in rows)
    assert all(0 <= side <= 1 for row in rows for side in row.sides.values())


def test_each_try_differs_in_one_thing_and_has_a_folder_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    tries, whole = map_tries.TRIES, map_tries.Try()
    differing = {
        name: [of.name for of in fields(tried) if getattr(tried, of.name) != getattr(whole, of.name)]
        for name, tried in tries.items()
    }
    assert differing.pop("the recipe") == []
    assert all(len(names) == 1 for names in differing.values())
    assert "brickwork" not in {of.__name__ for of in tries["no brickwork"].drawing.below}
    before = [tried.sha256 for tried in tries.values()]
    assert len(set(before)) == len(tries)
    monkeypatch.setattr(map_tries, "STEPS", 7)
    assert not {*before} & {tried.sha256 for tried in tries.values()}


def test_no_crack_is_wider_than_it_may_be_enlarged_or_not() -> None:
    narrow = replace(map_tries.TRIES["no crack wider than 12 px"].drawing, below={}, above={}, magnified=0.5, near=0.0)
    plain = Grounds(np.full((1, 448, 448, 3), 180, np.uint8), plain=True)
    rng = np.random.default_rng(2)
    samples = [draw_sample(rng, plain, narrow).labels == CRACK for _ in range(30)]
    widest = [2 * ndimage.distance_transform_edt(np.pad(mask, 1)).max() for mask in samples if mask.any()]
    assert np.quantile(widest, 0.9) < 24  # strands may swell, and meet
    assert max(widest) > 6
