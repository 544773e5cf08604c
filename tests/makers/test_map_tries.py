"""Takes drawn walls; gives what each short fit of a crack map learns from, and the rows it is told by."""

from __future__ import annotations

from collections.abc import Iterator
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

from cracklens import draw_wall
from cracklens.training.crackmap import Decoder, Mixed
from cracklens.training.features import FeatureCache

WALL = draw_wall((512, 512), widths_px=(6.0,), seed=3)


@pytest.fixture
def learnt(data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[Mixed]:
    """Give a list of what every fit is given; it takes no step."""
    found: list[Mixed] = []

    def fit(source: Mixed, *_: Any, state: Path, **__: Any) -> Decoder:
        found.append(source)
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
    return cache / "map_tries" / f"{[*map_tries.TRIES].index(name)}"


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
        "nothing enlarged",
        map_tries.UNAVERAGED,
        "cross-entropy alone",
    ]
    assert all(0 <= row.value <= 1 and row.n == 2 and row.bar is None for row in rows)
    assert all(0 <= side <= 1 for row in rows for side in row.sides.values())
