"""Takes a few drawn walls laid out as the train sets are; gives faults in the stages of the crack map's maker."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
from makers.crackmap import build as module
from makers.crackmap import pseudo
from makers.crackmap.build import Build, build_map
from PIL import Image

from cracklens import Detector, draw_wall
from cracklens.errors import DataError
from cracklens.models import SMALL_DETECTOR, bundled_map, read_map

COLUMNS, ROWS = 18, 4
"""Cells of a photo of SDNET2018."""


def saved(path: Path, pixels: np.ndarray) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels).save(path)


def split(path: Path, columns: str, rows: list[str]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join([columns, *rows]) + "\n", encoding="utf-8")


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give METU, SDNET2018 and SUT-Crack, each with a handful of pictures."""
    folder, rows = tmp_path / "data", []
    for number, (photo, of) in enumerate((("7001", "train"), ("7002", "val"))):
        walls = [draw_wall((ROWS * 128, COLUMNS * 256), widths_px=(6.0,), seed=2 * number + of) for of in range(2)]
        pixels = np.concatenate([wall.pixels for wall in walls])
        mask = np.concatenate([wall.true_mask for wall in walls])
        if photo == "7002":
            mask[ROWS * 128 :] = False  # a crack that nobody has labelled: what it is like is no crack
        for place in range(ROWS * COLUMNS):
            top, left = (256 * of for of in divmod(place, COLUMNS))
            here = (slice(top, top + 256), slice(left, left + 256))
            name = f"Decks/{'Cracked' if mask[here].any() else 'Non-cracked'}/{photo}-{place + 1}.jpg"
            saved(folder / "sdnet2018" / name, pixels[here])
            rows.append(f"{name},Decks/{photo},{of}")
    split(folder / "splits" / "sdnet2018.csv", "file,photo,split", rows)
    tiles = {f"{name}/{i}.jpg": widths for i in range(6) for name, widths in (("Negative", ()), ("Positive", (7.0,)))}
    for number, (name, widths) in enumerate(tiles.items()):
        saved(folder / "metu" / name, draw_wall((227, 227), widths_px=widths, seed=number).pixels)
    split(folder / "splits" / "metu.csv", "file,group,split", [f"{name},{name},train" for name in tiles])
    for number in range(2):
        wall = draw_wall((512, 512), widths_px=(8.0,), seed=20 + number)
        saved(folder / "sut" / "images" / f"{number}.png", wall.pixels)
        saved(folder / "sut" / "masks" / f"{number}.png", (wall.true_mask * 255).astype(np.uint8))
    split(tmp_path / "sut.csv", "file,group,split", [f"images/{number}.png,{number},train" for number in range(2)])
    monkeypatch.setattr(module, "SUT_SPLIT", tmp_path / "sut.csv")
    monkeypatch.setattr(module, "EDGE_SAMPLES", 24)
    monkeypatch.setattr(module, "RANGE_CROPS", 4)
    return folder


@pytest.mark.slow
def test_all_stages_give_a_crack_map_and_are_not_done_twice(data: Path, tmp_path: Path) -> None:
    build = Build(data, None, tmp_path / "work", quick=0.001, rounds=2, crops=8)
    build.work.mkdir()
    shutil.copy(bundled_map().weights, build.work / "decoder0.safetensors")  # a first round that has learnt something
    out = build_map(build)
    part = read_map(out)
    assert part is not None
    assert part.card.recipe["rounds"] == 2
    assert 0.05 <= part.card.settings.edge <= 0.8
    assert {weight for _, weight in part.card.settings.scales} != {1.0}, "fitted on the photos with masks"
    before = {path: path.stat().st_mtime_ns for path in build.work.rglob("*") if path.is_file()}
    assert build_map(build) == out
    assert {path: path.stat().st_mtime_ns for path in build.work.rglob("*") if path.is_file()} == before


def test_a_decoder_that_sees_no_crack_teaches_nothing(data: Path, tmp_path: Path) -> None:
    build = Build(data, None, tmp_path / "work", quick=0.001, rounds=2, crops=5000)
    build.work.mkdir()
    shutil.copy(bundled_map().weights, build.work / "decoder0.safetensors")
    with pytest.raises(DataError, match="expected photos with cracks"):
        module.make_pseudo(build, build.work / "decoder0.safetensors", build.work / "pseudo1")


def test_the_score_that_teaches_holds_no_crack_map(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Detector] = []

    def nothing(_: Path, detector: Detector, *__: object, **___: object) -> list[object]:
        asked.append(detector)
        return []

    monkeypatch.setattr(pseudo, "sdnet_photos", nothing)
    monkeypatch.setattr(pseudo, "metu_crops", nothing)
    monkeypatch.setattr(module, "int8_form", lambda *_: bundled_map().network)
    with pytest.raises(DataError, match="saw 0 crops"):
        module.make_pseudo(Build(tmp_path, None, tmp_path), tmp_path, tmp_path / "pseudo1")
    assert {(of.card.name, of.head.map_weight) for of in asked} == {(SMALL_DETECTOR, None)}
    assert asked[0].mapper is not None
