"""Takes tiles of METU; gives pictures as if taken from farther away and in softer light. Reads no other set."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from makers.concrete.masses import single_log_masses
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from cracklens.cli.talk import progress
from cracklens.labels import LabelledTile
from cracklens.network import open_backbone
from cracklens.photo import read_photo
from cracklens.training import Measured
from cracklens.training.features import Bags, batched
from cracklens.training.features.neighbourhoods import pixels_features
from cracklens.training.features.tiles import BATCH_TILES
from cracklens.values import Backbone

TIMES = (2, 3)
"""Each picture holds so many tiles along a side: one tile, and intact ones of its split around it."""

EVERY = {"train": 5, "val": 4}
"""Of the tiles of a split one in so many is taken: 15,000 pictures, some three minutes on 2 cores."""

CONTRAST, BLUR_PX, BRIGHTER, NOISE = (0.2, 0.7), (0.0, 1.2), (-40.0, 40.0), (0.0, 3.0)
"""Drawn evenly for each picture: METU's cracks are bold and sharp, those of walls and decks are not."""

INTACT = 1000


def far_pictures(metu: Measured, *, seed: int = 0) -> Measured:
    """Give the features of pictures of train and val, each under the tile whose label it has."""
    tiles, pictures = _taken(metu), _pictures(metu, seed)
    backbone, found = open_backbone(), list[NDArray[np.float16]]()
    with progress("METU from afar") as step:
        for some in batched(pictures, BATCH_TILES):
            found += pixels_features(some, backbone)
            step(len(found), len(TIMES) * len(tiles))
    return Measured([tile for tile in tiles for _ in TIMES], Bags.of(found))


def far_log_masses(metu: Measured, mapper: Backbone, *, seed: int = 0) -> NDArray[np.float64]:
    """Give log1p of a crack map's mass (M,) in the neighbourhoods of the same pictures, those of val alone."""
    found = single_log_masses(_pictures(metu, seed, split="val"), mapper)
    return np.concatenate(found)


def _taken(metu: Measured) -> list[LabelledTile]:
    return [tile for split, every in EVERY.items() for tile in _of(metu, split)[::every]]


def _of(metu: Measured, split: str) -> Sequence[LabelledTile]:
    return [tile for tile in metu.tiles if tile.split == split]


def _pictures(metu: Measured, seed: int, *, split: str = "") -> Iterator[NDArray[np.uint8]]:
    """Give the pictures (H, W, 3) of each tile in turn, as large as the tile; "" takes both splits."""
    wanted = [of for of in EVERY if split in ("", of)]
    intact = {of: [tile for tile in _of(metu, of) if not tile.label][:INTACT] for of in wanted}
    around = {of: [read_photo(tile.path).pixels for tile in some] for of, some in intact.items()}
    for i, tile in enumerate(_taken(metu)):
        if tile.split not in wanted:
            continue
        draw, own = np.random.default_rng([seed, i]), read_photo(tile.path).pixels
        others = around[str(tile.split)]
        for times in TIMES:
            few = [own, *(others[of] for of in draw.integers(len(others), size=times**2 - 1))]
            yield dimmed(put_together([few[of] for of in draw.permutation(times**2)], own.shape[:2]), draw)


def put_together(tiles: Sequence[NDArray[np.uint8]], hw: tuple[int, ...]) -> NDArray[np.uint8]:
    """Give a square number of tiles side by side in a picture of one tile's size (H, W, 3)."""
    times = round(len(tiles) ** 0.5)
    height, width = (-(-side // times) for side in hw)
    small = [np.asarray(Image.fromarray(tile).resize((width, height), Image.Resampling.LANCZOS)) for tile in tiles]
    rows = [np.hstack(small[at : at + times]) for at in range(0, len(small), times)]
    return np.ascontiguousarray(np.vstack(rows)[: hw[0], : hw[1]])


def dimmed(pixels: NDArray[np.uint8], draw: np.random.Generator) -> NDArray[np.uint8]:
    """Give a picture with less contrast, softer, brighter or darker, and with noise."""
    contrast, blur_px, brighter, noise = (draw.uniform(*of) for of in (CONTRAST, BLUR_PX, BRIGHTER, NOISE))
    soft = np.asarray(Image.fromarray(pixels).filter(ImageFilter.GaussianBlur(blur_px)), np.float32)
    mean = soft.mean(axis=(0, 1))
    grain = draw.normal(0, noise, soft.shape[:2])[..., np.newaxis]
    return np.asarray(np.clip(mean + contrast * (soft - mean) + brighter + grain, 0, 255), np.uint8)
