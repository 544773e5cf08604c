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
from makers.crackmap import build, grounds
from makers.crackmap.crops import crops_path, write_index
from makers.crackmap.plan import RECIPE, Build
from makers.crackmap.samples import Grounds, draw_sample
from makers.crackmap.shards import write_array
from scipy import ndimage

from cracklens import draw_wall
from cracklens.training.crackmap import Decoder, MapFit, Mixed
from cracklens.training.crackmap.source import CRACK
from cracklens.training.features import FeatureCache

WALL = draw_wall((400, 400), widths_px=(6.0,), seed=3)
AREA = draw_wall((832, 832), seed=8).pixels


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
        yield Area("Walls/6", (0, 0, 4, 4), joints=False), AREA

    for name, of in {
        "areas": one_area,
        "find": lambda part: data / part,
        "hand_drawn": lambda _: [(WALL.pixels, WALL.true_mask)],
        "SUT_SPLIT": tmp_path / "sut.csv",
        "DRAWN": 10,
        "CROPS": 2,
        "default_cache": lambda: FeatureCache(tmp_path / "cache" / "features"),
    }.items():
        monkeypatch.setattr(map_tries, name, of)
    monkeypatch.setattr(build, "fit_decoder", fit)
    return found


def made(name: str) -> Build:
    """Give a try that is fitted."""
    found = map_tries.build_of(map_tries.TRIES[name])
    map_tries.fitted(found)
    return found


def test_a_fit_is_without_what_it_is_to_be_without(learnt: list[Mixed]) -> None:
    names = ("the recipe", "no grounds of asphalt", "no photos of asphalt with masks", "no brickwork")
    first, grounds_less, maskless, brickless = (made(name) for name in names)
    whole, bare, unmasked, plain = learnt
    assert [size for _, size in whole.parts] == [13, 3]
    assert [size for _, size in unmasked.parts] == [16]
    assert len(bare.parts[0][0].parts) == len(whole.parts[0][0].parts) - 1  # type: ignore[attr-defined]
    assert not (grounds_less.shards / "SUT-Crack.npy").exists()
    assert maskless.shards == first.shards
    assert (brickless.shards / "METU.npy").is_symlink()
    pixels, _ = plain.batch(0)
    assert pixels.shape == (16, 384, 384, 3)


def test_a_second_round_takes_what_its_recipe_lets_it(learnt: list[Mixed], monkeypatch: pytest.MonkeyPatch) -> None:
    crops = np.zeros((3, 384, 384, 4), np.uint8)
    crops[1, ..., 3] = CRACK

    def pseudo(of: Build, number: int) -> None:
        of.agreed(number).mkdir(exist_ok=True)
        write_array(crops_path(of.agreed(number), 0), crops)
        write_index(of.agreed(number), [{"origin": "METU", "photo": "1.jpg", "crops": 3}])

    monkeypatch.setattr(map_tries, "make_pseudo", pseudo)
    first = made("the recipe")
    builds = [map_tries.build_of(recipe, rounds=2) for recipe in map_tries.SECOND.values()]
    for of in builds:
        map_tries.fitted(of)
    _, whole, cracked, none = learnt
    assert [[size for _, size in source.parts] for source in (whole, cracked, none)] == [[7, 3, 6], [7, 3, 6], [13, 3]]
    seen = [source.parts[2][0].batch(0, 3, np.random.default_rng())[1] for source in (whole, cracked)]
    assert [sorted(int(of.max()) for of in labels) for labels in seen] == [[0, 0, CRACK], [CRACK] * 3]
    assert builds[0].work == first.work
    assert len({of.work for of in builds}) == 3
    assert {of.decoder(0).read_bytes() for of in builds} == {first.decoder(0).read_bytes()}
    assert {of.shards for of in builds} == {first.shards}


@pytest.mark.usefixtures("learnt")
def test_grounds_of_single_tiles_are_cut_anew() -> None:
    made("the recipe")
    anew = made("grounds of one tile, not of whole photos")
    assert anew.recipe.most_px < grounds.MOST_PX
    assert not (anew.shards / "Walls.npy").is_symlink()


def test_every_fit_has_a_row_and_the_first_one_more(learnt: list[Mixed], monkeypatch: pytest.MonkeyPatch) -> None:
    some = ("the recipe", "cross-entropy alone")
    monkeypatch.setattr(map_tries, "TRIES", {name: map_tries.TRIES[name] for name in some})
    monkeypatch.setattr(map_tries, "SECOND", {})
    monkeypatch.setattr(grounds, "sut_photos", lambda *_: [(WALL.pixels, WALL.true_mask)] * 2)
    whole = map_tries.run(Settings(split="val"))
    names = [some[0], map_tries.UNAVERAGED, map_tries.AGAIN, some[1]]
    assert [row.name.split(": ", 1)[1] for row in whole] == names
    assert shares == [0.5, 0.5, 0.0]
    assert learnt[1].seed != learnt[0].seed
    assert all(0 <= row.value <= 1 and row.n == 3 and row.bar is None for row in whole)
    assert all(0 <= side <= 1 for row in whole for side in row.sides.values())
    monkeypatch.setattr(map_tries, "TRIES", {some[0]: map_tries.TRIES[some[0]]})
    few = map_tries.run(Settings(split="val", limit=1))
    assert [row.name for row in few] == [row.name for row in whole[:3]]
    assert [(row.n, row.data) for row in few] == [(2, "limited")] * 3, "a limited one is measured anew"
    assert all(0 <= row.value <= 1 and row.bar is None for row in few)
    monkeypatch.setattr(map_tries, "_row", lambda *_: pytest.fail("a whole measurement is made once"))
    assert map_tries.run(Settings(split="val")) == whole[:3]


def test_each_try_differs_in_one_thing_and_has_a_folder_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    tries = map_tries.TRIES
    differing = {
        name: [of.name for of in fields(tried) if getattr(tried, of.name) != getattr(RECIPE, of.name)]
        for name, tried in tries.items()
    }
    assert differing.pop("the recipe") == []
    assert all(len(names) == 1 for names in differing.values())
    assert "brickwork" not in {of.__name__ for of in tries["no brickwork"].drawing.below}
    before = [map_tries.key(tried) for tried in tries.values()]
    assert len(set(before)) == len(tries)
    monkeypatch.setattr(map_tries, "DRAWN", 7)
    assert not {*before} & {map_tries.key(tried) for tried in tries.values()}


def test_no_crack_is_wider_than_it_may_be_enlarged_or_not() -> None:
    narrow = replace(map_tries.TRIES["no crack wider than 12 px"].drawing, below={}, above={}, magnified=0.5, near=0.0)
    plain = Grounds(np.full((1, 448, 448, 3), 180, np.uint8), plain=True)
    rng = np.random.default_rng(2)
    samples = [draw_sample(rng, plain, narrow).labels == CRACK for _ in range(30)]
    widest = [2 * ndimage.distance_transform_edt(np.pad(mask, 1)).max() for mask in samples if mask.any()]
    assert np.quantile(widest, 0.9) < 24  # strands may swell, and meet
    assert max(widest) > 6
