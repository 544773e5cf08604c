"""Takes train tiles labelled as cracked or intact and a crack map; gives masks that both agree on. Fits nothing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from makers.crackmap.samples import Sample
from makers.crackmap.scene import SIDE
from numpy.typing import NDArray
from scipy import ndimage
from skimage.filters import apply_hysteresis_threshold

from cracklens.labels import LabelledTile, read_labelled
from cracklens.network import read_crack_map
from cracklens.photo import read_photo
from cracklens.training.crackmap.source import CRACK, OTHER, UNSURE
from cracklens.training.features import photos_of, position
from cracklens.training.features.mosaic import TILE_PX, mosaic
from cracklens.values import Backbone

LOW, HIGH = 0.35, 0.7
"""Of the crack map: a crack in a cracked cell is what hangs together over the first and reaches the second."""

MAYBE = 0.08
"""What is over this in a cracked cell, and no crack for certain, is not learnt from."""

LEAST_PX = 60
"""Of a crack: less is a speck."""

LONG_PX = 250
"""What reaches so far in cells labelled as intact may be a crack that nobody has labelled; it is not learnt from."""

A_PHOTO, HOT_A_PHOTO = 22, 8
"""Crops around cracked cells of a photo, and around intact ones where the map is wrong."""

HOT_PX = 40
METU_TILES = 2400

Bools = NDArray[np.bool_]


@dataclass(frozen=True)
class Seen:
    """A photo with what the crack map says of it.

    Attributes:
        pixels: (H, W, 3) uint8.
        crack: (H, W) float32 0-1.
        cracked: (rows, cols) of 256 px cells: 1 cracked, 0 intact, -1 not there.
    """

    pixels: NDArray[np.uint8]
    crack: NDArray[np.float32]
    cracked: NDArray[np.int8]


def crack_of(pixels: NDArray[np.uint8], backbone: Backbone) -> NDArray[np.float32]:
    """Give the crack map (H, W) 0-1 of a picture by a network that has one."""
    return np.asarray(read_crack_map(pixels, backbone).crack / 255, np.float32)


def sdnet_photos(data: Path, backbone: Backbone, *, without: str | None = None) -> Iterator[Seen]:
    """Give SDNET2018's train photos, put together again and read; `without` leaves a surface out."""
    tiles = [tile for tile in read_labelled(data / "sdnet2018").tiles if tile.split == "train" and position(tile.file)]
    for photo in photos_of([tile for tile in tiles if tile.file.split("/")[0] != without]):
        pixels = mosaic(photo)
        yield Seen(pixels, crack_of(pixels, backbone), cell_labels(photo, pixels.shape))


def cell_labels(photo: Sequence[LabelledTile], shape: tuple[int, ...]) -> NDArray[np.int8]:
    """Give (rows, cols) of a photo's 256 px cells: 1 cracked, 0 intact, -1 not there."""
    cells = np.full((shape[0] // TILE_PX, shape[1] // TILE_PX), -1, np.int8)
    for tile in photo:
        place = position(tile.file)
        if place is not None:
            cells[place] = tile.label
    return cells


def agreed(seen: Seen) -> NDArray[np.uint8]:
    """Give the label map (H, W) that crack map and cell labels agree on; see the constants for the rules."""
    in_cracked = np.kron(seen.cracked == 1, np.ones((TILE_PX, TILE_PX), np.bool_))
    unknown = np.kron(seen.cracked == -1, np.ones((TILE_PX, TILE_PX), np.bool_))
    pieces = np.asarray(apply_hysteresis_threshold(seen.crack, LOW, HIGH))
    numbers, count = ndimage.label(pieces, np.ones((3, 3)))
    size = np.bincount(numbers.ravel(), minlength=count + 1)
    within = np.bincount(numbers.ravel(), in_cracked.ravel(), count + 1)
    reach = np.array(
        [0, *(np.hypot(b[0].stop - b[0].start, b[1].stop - b[1].start) for b in ndimage.find_objects(numbers))]
    )
    true = (size >= LEAST_PX) & (within > 0.5 * size) & (np.arange(count + 1) > 0)
    is_crack = true[numbers] & in_cracked
    maybe = (seen.crack > MAYBE) & in_cracked | (true | (reach >= LONG_PX))[numbers] & pieces & ~in_cracked | unknown
    found = np.where(maybe & ~is_crack, UNSURE, OTHER)
    return np.where(is_crack, CRACK, found).astype(np.uint8)


def photo_crops(seen: Seen, rng: np.random.Generator) -> Iterator[Sample]:
    """Give crops around cracked cells that have a mask, and around intact ones where the map sees a crack."""
    labels = agreed(seen)
    wrong = (labels == OTHER) & (seen.crack > 0.5)
    for of, least, most in ((labels == CRACK, LEAST_PX, A_PHOTO), (wrong, HOT_PX, HOT_A_PHOTO)):
        counts = of.reshape(seen.cracked.shape[0], TILE_PX, -1, TILE_PX).sum(axis=(1, 3))
        cells = np.argwhere(counts >= least)
        for row, col in cells[rng.permutation(len(cells))[:most]].tolist():
            yield _around(seen.pixels, labels, row, col, rng)


def _around(
    pixels: NDArray[np.uint8], labels: NDArray[np.uint8], row: int, col: int, rng: np.random.Generator
) -> Sample:
    """Give a crop that holds most of a cell."""
    room = (SIDE - TILE_PX) // 2
    corners = [cell * TILE_PX - room + int(rng.integers(-room, room + 1)) for cell in (row, col)]
    top, left = (min(max(at, 0), side - SIDE) for at, side in zip(corners, labels.shape, strict=True))
    here = (slice(top, top + SIDE), slice(left, left + SIDE))
    return Sample(pixels[here].copy(), labels[here].copy())


def metu_crops(data: Path, backbone: Backbone, rng: np.random.Generator) -> Iterator[Sample]:
    """Give cracked train tiles of METU, enlarged, with the crack that the map sees in them."""
    tiles = [tile for tile in read_labelled(data / "metu").tiles if tile.split == "train" and tile.label == 1]
    for number in rng.permutation(len(tiles))[:METU_TILES]:
        pixels = read_photo(tiles[number].path).pixels
        crack = crack_of(pixels, backbone)
        labels = _tile_labels(crack)
        if (labels == CRACK).sum() >= LEAST_PX:
            large = cv2.resize(pixels, (SIDE, SIDE), interpolation=cv2.INTER_CUBIC)
            known = cv2.resize(labels, (SIDE, SIDE), interpolation=cv2.INTER_NEAREST)
            yield Sample(np.asarray(large, np.uint8), np.asarray(known, np.uint8))


def _tile_labels(crack: NDArray[np.float32]) -> NDArray[np.uint8]:
    is_crack = np.asarray(apply_hysteresis_threshold(crack, LOW, HIGH))
    numbers, count = ndimage.label(is_crack, np.ones((3, 3)))
    is_crack &= (np.bincount(numbers.ravel(), minlength=count + 1) >= LEAST_PX)[numbers]
    return np.where(is_crack, CRACK, np.where(crack > MAYBE, UNSURE, OTHER)).astype(np.uint8)
