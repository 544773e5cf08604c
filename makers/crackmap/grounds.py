"""Takes the train splits; gives crack-free grounds of concrete, masonry and asphalt with their names. Draws nothing."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from pathlib import Path

import cv2
import numpy as np
from makers.crackmap.scene import log_uniform
from numpy.typing import NDArray

from cracklens.labels import LabelledTile, read_labelled
from cracklens.photo import read_photo
from cracklens.training.features import photos_of, position
from cracklens.training.features.mosaic import TILE_PX, mosaic

GROUND_PX = 448
"""Side at which a window is kept; a sample is cut from it."""

WINDOWS = {"Decks": 34, "Pavements": 17, "Walls": 26}
"""Windows of a photo of SDNET2018, so that each surface has about as many."""

LEAST_PX, MOST_PX = 256, 1536
"""Sides of these windows in the photo: over many cells a joint is seen to be one."""

METU_TILES = 1500
SUT_WINDOWS = 14
ROAD_EVERY = 2
ROAD_WINDOWS = 2

Pixels = NDArray[np.uint8]
Ground = tuple[str, Pixels]
"""What a window was cut from, by its name in the set, and the window."""


def train_photos(data: Path, surface: str) -> list[list[LabelledTile]]:
    """Give the tiles of each of SDNET2018's train photos of one surface.

    Args:
        data: folder with `sdnet2018/` and `splits/`.
        surface: one of SURFACES.
    """
    tiles = read_labelled(data / "sdnet2018").tiles
    here = [tile for tile in tiles if tile.split == "train" and tile.file.split("/")[0] == surface]
    return list(photos_of([tile for tile in here if position(tile.file)]))


def sdnet_grounds(
    data: Path, surface: str, rng: np.random.Generator, *, share: float = 1.0, most_px: int = MOST_PX
) -> Iterator[Ground]:
    """Give windows of the train photos of a surface, put together again, that touch no cell labelled as cracked.

    Args:
        data: folder with `sdnet2018/` and `splits/`.
        surface: one of SURFACES.
        rng: chooses the windows.
        share: of the windows of each photo.
        most_px: side of a window in the photo.
    """
    for photo in train_photos(data, surface):
        pixels, free = mosaic(photo), _free_cells(photo)
        for _ in range(max(round(WINDOWS[surface] * share), 1)):
            window = _free_window(rng, free, most_px)
            if window is not None:
                top, left, side = window
                yield photo[0].group, _as_ground(pixels[top : top + side, left : left + side])


def _free_cells(photo: Sequence[LabelledTile]) -> NDArray[np.bool_]:
    """Give (rows, cols): cells that are there and not cracked."""
    rows = 1 + max(place[0] for tile in photo if (place := position(tile.file)))
    cols = 1 + max(place[1] for tile in photo if (place := position(tile.file)))
    free = np.zeros((rows, cols), np.bool_)
    for tile in photo:
        place = position(tile.file)
        if place is not None:
            free[place] = tile.label == 0
    return free


def _free_window(rng: np.random.Generator, free: NDArray[np.bool_], most_px: int) -> tuple[int, int, int] | None:
    """Give top, left and side in px of a window on free cells; None where none was found in forty tries."""
    for _ in range(40):
        side = int(log_uniform(rng, LEAST_PX, most_px))
        room = [max(cells * TILE_PX - side, 0) for cells in free.shape]
        top, left = (int(rng.integers(0, most + 1)) for most in room)
        rows, cols = (slice(start // TILE_PX, -(-(start + side) // TILE_PX)) for start in (top, left))
        if free[rows, cols].all() and min(room) > 0:
            return top, left, side
    return None


def metu_grounds(data: Path, rng: np.random.Generator) -> Iterator[Ground]:
    """Give intact train tiles of METU as they are, 227 px."""
    tiles = [tile for tile in read_labelled(data / "metu").tiles if tile.split == "train" and tile.label == 0]
    for number in rng.permutation(len(tiles))[:METU_TILES]:
        yield tiles[number].file, read_photo(tiles[number].path).pixels


def sut_names(split: str, splits: Path) -> list[str]:
    """Give the photos of SUT-Crack of one split by their names in `splits`."""
    with splits.open(newline="", encoding="utf-8") as file:
        return [row["file"] for row in csv.DictReader(file) if row["split"] == split]


def sut_photos(data: Path, split: str, splits: Path) -> list[tuple[Pixels, NDArray[np.bool_]]]:
    """Give the photos of SUT-Crack of one split with their masks.

    Args:
        data: folder with `sut/`.
        split: "train", "val" or "test".
        splits: `benchmarks/splits/sut.csv`.
    """
    found = []
    for name in sut_names(split, splits):
        stem = Path(name).stem
        mask = read_photo(data / "sut" / "masks" / f"{stem}.png").pixels[..., 0] > 127
        found.append((read_photo(next((data / "sut" / "images").glob(f"{stem}.*"))).pixels, mask))
    return found


def sut_grounds(photos: Sequence[tuple[Pixels, NDArray[np.bool_]]], rng: np.random.Generator) -> Iterator[Ground]:
    """Give windows of pavement without a px of crack, nor one near by."""
    for number, (pixels, mask) in enumerate(photos):
        near = cv2.dilate(mask.astype(np.uint8), np.ones((9, 9), np.uint8)) > 0
        for _ in range(SUT_WINDOWS):
            side = int(rng.uniform(128, 384))
            top, left = (int(rng.integers(0, most - side + 1)) for most in mask.shape)
            if not near[top : top + side, left : left + side].any():
                yield f"{number}", _as_ground(pixels[top : top + side, left : left + side])


def road_grounds(folder: Path, rng: np.random.Generator) -> Iterator[Ground]:
    """Give windows of asphalt from Cracks-and-Potholes (MIT) within the lane, where neither is labelled.

    Args:
        folder: its `Dataset/`.
        rng: chooses the windows.
    """
    for case in sorted(folder.iterdir())[::ROAD_EVERY]:
        pixels = read_photo(next(case.glob("*_RAW.jpg"))).pixels
        crack, hole, lane = (
            read_photo(next(case.glob(f"*_{kind}.png"))).pixels[..., 0] > 0 for kind in ("CRACK", "POTHOLE", "LANE")
        )
        for _ in range(ROAD_WINDOWS):
            side = int(rng.uniform(192, 288))
            top = int(rng.integers(lane.shape[0] // 3, lane.shape[0] - side + 1))
            left = int(rng.integers(0, lane.shape[1] - side + 1))
            here = (slice(top, top + side), slice(left, left + side))
            if not (crack | hole)[here].any() and lane[here].mean() > 0.9:
                yield case.name, _as_ground(pixels[here])


def _as_ground(window: Pixels) -> Pixels:
    way = cv2.INTER_AREA if window.shape[0] > GROUND_PX else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(window, (GROUND_PX, GROUND_PX), interpolation=way), np.uint8)
