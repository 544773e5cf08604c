"""Takes a few drawn walls; gives a folder laid out as the train sets are, grey or in a colour for each origin."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from tests.conftest import Once

from cracklens import draw_wall

COLUMNS, ROWS = 18, 4
"""Cells of a photo of SDNET2018."""

ROAD_HW = (440, 640)

TINTS = {"Decks": (1.0, 0.4, 0.4), "Pavements": (0.4, 1.0, 0.4), "Walls": (0.4, 0.4, 1.0), "SUT-Crack": (1.0, 1.0, 0.4)}
"""Of the coloured walls of each origin; METU's are grey."""

GREY = dict.fromkeys(TINTS, (1.0, 1.0, 1.0))
Tint = tuple[float, float, float]


def tinted(pixels: NDArray[np.uint8], tint: Tint) -> NDArray[np.uint8]:
    return np.asarray(np.rint(pixels * np.array(tint)), np.uint8)


def saved(path: Path, pixels: NDArray[np.uint8]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels).save(path, quality=95, subsampling=0)


def split(path: Path, columns: str, rows: list[str]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join([columns, *rows]) + "\n", encoding="utf-8")


def sdnet_photo(folder: Path, surface: str, number: int, of: str, tint: Tint) -> list[str]:
    """Write the tiles of a photo, whose lower half shows a crack in val that nobody has labelled; give their rows."""
    walls = [draw_wall((ROWS * 128, COLUMNS * 256), widths_px=(6.0,), seed=number + half) for half in range(2)]
    pixels = tinted(np.concatenate([wall.pixels for wall in walls]), tint)
    mask = np.concatenate([wall.true_mask for wall in walls])
    if of == "val":
        mask[ROWS * 128 :] = False
    named = []
    for place in range(ROWS * COLUMNS):
        top, left = (256 * at for at in divmod(place, COLUMNS))
        here = (slice(top, top + 256), slice(left, left + 256))
        name = f"{surface}/{'Cracked' if mask[here].any() else 'Non-cracked'}/{number}-{place + 1}.jpg"
        saved(folder / name, pixels[here])
        named.append(f"{name},{surface}/{number},{of}")
    return named


def draw_sets(folder: Path, tints: dict[str, Tint]) -> None:
    photos = [("Decks", 0, "train"), ("Decks", 2, "val"), ("Pavements", 4, "train"), ("Walls", 6, "train")]
    rows = [row for photo in photos for row in sdnet_photo(folder / "sdnet2018", *photo, tints[photo[0]])]
    split(folder / "splits" / "sdnet2018.csv", "file,photo,split", rows)
    tiles = {f"{name}/{i}.jpg": widths for i in range(6) for name, widths in (("Negative", ()), ("Positive", (7.0,)))}
    for number, (name, widths) in enumerate(tiles.items()):
        saved(folder / "metu" / name, draw_wall((227, 227), widths_px=widths, seed=number).pixels)
    split(folder / "splits" / "metu.csv", "file,group,split", [f"{name},{name},train" for name in tiles])
    for number in range(3):
        wall = draw_wall((512, 512), widths_px=(8.0,), seed=20 + number)
        saved(folder / "sut" / "images" / f"{number}.png", tinted(wall.pixels, tints["SUT-Crack"]))
        saved(folder / "sut" / "masks" / f"{number}.png", (wall.true_mask * 255).astype(np.uint8))


@pytest.fixture
def data(request: pytest.FixtureRequest, once: Once, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give METU, SDNET2018 and SUT-Crack, each with a few pictures; in the colours of TINTS where a test asks so."""
    tints = getattr(request, "param", GREY)
    whole = once("grey sets" if tints == GREY else "coloured sets", lambda into: draw_sets(into, tints))
    folder = Path(shutil.copytree(whole, tmp_path / "data"))
    split(
        tmp_path / "sut.csv",
        "file,group,split",
        [f"images/{i}.png,{i},{'train' if i < 2 else 'val'}" for i in range(3)],
    )
    monkeypatch.setattr("makers.crackmap.plan.SUT_SPLIT", tmp_path / "sut.csv")
    monkeypatch.setattr("makers.crackmap.build.EDGE_SAMPLES", 24)
    monkeypatch.setattr("makers.crackmap.build.RANGE_CROPS", 4)
    return folder


def draw_roads(folder: Path) -> None:
    for number, widths in enumerate(((), (6.0,))):
        wall = draw_wall(ROAD_HW, widths_px=widths, seed=30 + number)
        masks = {"CRACK": wall.true_mask, "POTHOLE": np.zeros(ROAD_HW), "LANE": np.ones(ROAD_HW)}
        saved(folder / f"{number}" / f"{number}_RAW.jpg", wall.pixels)
        for kind, mask in masks.items():
            saved(folder / f"{number}" / f"{number}_{kind}.png", (mask * 255).astype(np.uint8))


@pytest.fixture
def roads(once: Once, tmp_path: Path) -> Path:
    """Give two photos of roads as Cracks-and-Potholes has them: grounds are cut from one, crops from the other."""
    return Path(shutil.copytree(once("roads", draw_roads), tmp_path / "roads"))
