"""Takes the train sets; gives the photos that pseudo-masks are made of, and how the crops of each are made."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TypeVar

import cv2
import numpy as np
from makers.crackmap.grounds import train_photos
from makers.crackmap.origins import METU, ROADS
from makers.crackmap.pseudo import LEAST_PX, Seen, cell_labels, cut, far_crops, photo_crops, roughly
from makers.crackmap.samples import Sample
from numpy.typing import NDArray

from cracklens import Detector, Photo
from cracklens.labels import LabelledTile, read_labelled
from cracklens.photo import read_photo
from cracklens.tracing.mask import evidence
from cracklens.training.crackmap.source import CRACK, OTHER, UNSURE
from cracklens.training.features.mosaic import mosaic

NEAR_PX = 12
"""Around a rough label of a crack: what the map sees there is the crack."""

ROAD_EVERY, A_ROAD = 3, 3
"""Of the photos of roads, and crops of one."""

ROAD_REACH = (160, 385)
"""Sides of these crops in the photo, enlarged to a sample's."""

METU_TILES = 2400

Item = TypeVar("Item")


@dataclass(frozen=True)
class TrainPhoto:
    """A photo, or a tile, that pseudo-masks are made of.

    Attributes:
        origin: one of ORIGINS.
        name: of the photo in its set.
        crops: gives its crops with their masks, of a detector with a crack map and of random numbers.
    """

    origin: str
    name: str
    crops: Callable[[Detector, np.random.Generator], Iterator[Sample]]


def evenly(items: Sequence[Item], share: float) -> list[Item]:
    """Give a share of some items, one at least where there are any, spread evenly over them."""
    count = min(max(round(len(items) * share), 1), len(items))
    return [items[i * len(items) // count] for i in range(count)]


def sdnet_photos(data: Path, surfaces: Sequence[str], *, share: float = 1.0, scored: bool = True) -> list[TrainPhoto]:
    """Give SDNET2018's train photos of some surfaces.

    Args:
        data: folder with `sdnet2018/` and `splits/`.
        surfaces: of SURFACES.
        share: of the photos of each surface.
        scored: whether the score has a say; its head has seen every surface.
    """
    return [
        TrainPhoto(surface, photo[0].group, partial(_sdnet_crops, photo, scored))
        for surface in surfaces
        for photo in evenly(train_photos(data, surface), share)
    ]


def _sdnet_crops(
    photo: Sequence[LabelledTile], scored: bool, detector: Detector, rng: np.random.Generator
) -> Iterator[Sample]:
    pixels = mosaic(photo)
    scores, found = detector.maps(Photo(pixels, name=photo[0].file, sha256=""))
    score = evidence(scores) if scored else np.ones(scores.values.shape, np.float32)
    seen = Seen(pixels, _share(found.crack), score, cell_labels(photo, pixels.shape))
    yield from photo_crops(seen, rng)
    yield from far_crops(seen, rng)


def _share(crack: NDArray[np.uint8]) -> NDArray[np.float32]:
    return np.asarray(crack / np.float32(255), np.float32)


def metu_photos(data: Path, rng: np.random.Generator, *, share: float = 1.0) -> list[TrainPhoto]:
    """Give a share of METU's cracked train tiles.

    Args:
        data: folder with `metu/` and `splits/`.
        rng: chooses them.
        share: of METU_TILES.
    """
    tiles = [tile for tile in read_labelled(data / "metu").tiles if tile.split == "train" and tile.label == 1]
    chosen = rng.permutation(len(tiles))[: max(round(METU_TILES * share), 1)].tolist()
    return [TrainPhoto(METU, tiles[number].file, partial(_metu_crops, tiles[number])) for number in chosen]


def _metu_crops(tile: LabelledTile, detector: Detector, rng: np.random.Generator) -> Iterator[Sample]:  # noqa: ARG001
    """Give the tile enlarged, where the map sees a crack in it."""
    pixels = read_photo(tile.path).pixels
    labels = roughly(_share(detector.maps(Photo(pixels, name="", sha256=""))[1].crack), None)
    if (labels == CRACK).sum() >= LEAST_PX:
        yield cut(pixels, labels, (0, 0), min(labels.shape))


def road_photos(folder: Path, *, share: float = 1.0) -> list[TrainPhoto]:
    """Give photos of Cracks-and-Potholes (MIT): roads with kerbs, markings and trees, their cracks labelled by hand.

    Args:
        folder: its `Dataset/`.
        share: of every ROAD_EVERY-th.
    """
    cases = evenly(sorted(folder.iterdir())[1::ROAD_EVERY], share)
    return [TrainPhoto(ROADS, case.name, partial(_road_crops, case)) for case in cases]


def _road_crops(case: Path, detector: Detector, rng: np.random.Generator) -> Iterator[Sample]:
    """Give crops around cracks and around what the map wrongly takes for one, in turns."""
    pixels = read_photo(next(case.glob("*_RAW.jpg"))).pixels
    drawn = read_photo(next(case.glob("*_CRACK.png"))).pixels[..., 0] > 0
    near = cv2.dilate(drawn.astype(np.uint8), np.ones((2 * NEAR_PX + 1,) * 2, np.uint8)) > 0
    crack = _share(detector.maps(Photo(pixels, name=case.name, sha256=""))[1].crack)
    labels = roughly(crack, near)
    labels[drawn & (labels != CRACK)] = UNSURE
    spots = [np.argwhere(of) for of in (labels == CRACK, (labels == OTHER) & (crack > 0.5))]
    for number in range(A_ROAD):
        side = int(rng.integers(*ROAD_REACH))
        most = [length - side for length in drawn.shape]
        among = spots[number % 2]
        middle = among[int(rng.integers(len(among)))] if len(among) else rng.integers(0, drawn.shape)
        moved = middle - rng.integers(side // 4, 3 * side // 4, 2)
        yield cut(pixels, labels, tuple(np.clip(moved, 0, most).tolist()), side)
