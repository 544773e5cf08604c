"""Takes labelled crops on disk; gives batches by number, turned, mirrored, in another light. Knows no network."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

CRACK, UNSURE, LINE, OTHER = 255, 128, 64, 32
"""Values of a label map: crack; may be one, not learnt from; a line and no crack; no crack, maybe a line. 0 is none."""

LINE_RIM_PX = 3
"""Px around a line that are not learnt from: it is drawn beside its crack as often as on it."""

AIMS = 4096
"""Px of the cracks of a picture that crops are laid around."""

POOL = 2
"""Shards in memory together, that a batch is drawn from: 0.6 GB."""

Batch = tuple[NDArray[np.uint8], NDArray[np.uint8]]
"""Pixels (N, H, W, 3) and labels (N, H, W)."""


def mask_labels(mask: NDArray[np.bool_], lines: NDArray[np.bool_] | None = None) -> NDArray[np.uint8]:
    """Give the label map (H, W) of a mask drawn by hand; its edge is learnt, or the map's would lie farther out.

    Args:
        mask: (H, W) px that are crack.
        lines: (H, W) px on lines, more roughly so; None where there are none.
    """
    rim = np.zeros_like(mask)
    if lines is not None and lines.any():
        rim = ndimage.binary_dilation(lines, np.ones((3, 3)), LINE_RIM_PX)
        mask = mask | lines
    return np.where(mask, CRACK, np.where(rim, UNSURE, OTHER)).astype(np.uint8)


class Source(Protocol):
    """Crops that batches are made of."""

    def batch(self, number: int, size: int, rng: np.random.Generator) -> Batch:
        """Give the batch of a number."""
        ...


@dataclass
class Shards:
    """Crops in files of one size, read a few files at a time, each crop once before any comes again.

    Attributes:
        paths: `.npz` with `pixels` and `labels`.
        crops: in each file.
        seed: of their order.
    """

    paths: Sequence[Path]
    crops: int
    seed: int = 0

    def __post_init__(self) -> None:
        self._pool: tuple[int, Batch] | None = None

    def batch(self, number: int, size: int, rng: np.random.Generator) -> Batch:  # noqa: ARG002 of the protocol
        """Give the batch of a number."""
        a_pool = min(POOL, len(self.paths)) * self.crops // size
        which, place = divmod(number, a_pool)
        pixels, labels = self._pooled(which)
        chosen = np.random.default_rng([self.seed, which]).permutation(len(pixels))[place * size : (place + 1) * size]
        return pixels[chosen], labels[chosen]

    def _pooled(self, which: int) -> Batch:
        if self._pool is None or self._pool[0] != which:
            few = min(POOL, len(self.paths))
            a_round = len(self.paths) // few
            turn, part = divmod(which, a_round)
            order = np.random.default_rng([self.seed, 1, turn]).permutation(len(self.paths))
            read = [np.load(self.paths[i]) for i in order[part * few : (part + 1) * few]]
            self._pool = (
                which,
                (
                    np.concatenate([one["pixels"] for one in read]),
                    np.concatenate([one["labels"] for one in read]),
                ),
            )
        return self._pool[1]


@dataclass(frozen=True)
class Pictures:
    """Whole pictures with labels, that crops of random place and size are cut from.

    Attributes:
        pictures: (h, w, 3) uint8 each.
        labels: (h, w) uint8 each.
        side: px of a crop.
        reach: smallest and largest side of what is cut, before it is brought to `side`.
        aimed: share of the crops that are laid around a px of a crack, 0-1: in large photos few others meet one.
    """

    pictures: Sequence[NDArray[np.uint8]]
    labels: Sequence[NDArray[np.uint8]]
    side: int
    reach: tuple[float, float]
    aimed: float = 0.0

    def batch(self, number: int, size: int, rng: np.random.Generator) -> Batch:  # noqa: ARG002 of the protocol
        """Give a batch of random crops; the number does not matter, `rng` does."""
        crops = [self._crop(rng) for _ in range(size)]
        return np.stack([crop[0] for crop in crops]), np.stack([crop[1] for crop in crops])

    def _crop(self, rng: np.random.Generator) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
        from PIL import Image

        aim = self.aimed > 0 and rng.random() < self.aimed and bool(self._aims)
        which = int(rng.choice(list(self._aims)) if aim else rng.integers(len(self.pictures)))
        pixels, labels = self.pictures[which], self.labels[which]
        low, high = np.log(self.reach)
        cut = min(round(float(np.exp(rng.uniform(low, high)))), *pixels.shape[:2])
        if aim:
            place = self._aims[which][int(rng.integers(len(self._aims[which])))] - rng.integers(0, cut, 2)
            top, left = (int(np.clip(at, 0, most - cut)) for at, most in zip(place, pixels.shape[:2], strict=True))
        else:
            top, left = (int(rng.integers(0, most - cut + 1)) for most in pixels.shape[:2])
        box, hw = (slice(top, top + cut), slice(left, left + cut)), (self.side, self.side)
        seen = Image.fromarray(np.ascontiguousarray(pixels[box])).resize(hw, Image.Resampling.BICUBIC)
        known = Image.fromarray(np.ascontiguousarray(labels[box])).resize(hw, Image.Resampling.NEAREST)
        return np.asarray(seen), np.asarray(known)

    @cached_property
    def _aims(self) -> dict[int, NDArray[np.int64]]:
        """Places (N, 2) of crack in each picture that has any, evenly chosen."""
        found = {}
        for which, labels in enumerate(self.labels):
            inside = np.flatnonzero(labels == CRACK)
            if len(inside):
                some = inside[:: -(-len(inside) // AIMS)]
                found[which] = np.stack(np.unravel_index(some, labels.shape), axis=1)
        return found


def varied(batch: Batch, rng: np.random.Generator) -> Batch:
    """Give a batch turned and mirrored, each crop in its own way and in another light."""
    pixels, labels = (array.copy() for array in batch)
    for i in range(len(pixels)):
        turn, flip = int(rng.integers(4)), rng.random() < 0.5
        seen, known = (np.rot90(array[i], turn) for array in batch)
        pixels[i], labels[i] = (seen[:, ::-1], known[:, ::-1]) if flip else (seen, known)
        gain, shift = rng.uniform(0.8, 1.2) * (1 + rng.normal(0, 0.03, 3)), rng.uniform(-20, 20)
        curve = np.clip(np.arange(256)[:, np.newaxis] * gain + shift, 0, 255).astype(np.uint8)  # (256, 3)
        for channel in range(3):
            pixels[i, ..., channel] = curve[pixels[i, ..., channel], channel]
    return pixels, labels


@dataclass(frozen=True)
class Mixed:
    """Several sources in each batch.

    Attributes:
        parts: each with its number of crops in a batch.
        seed: of places and light.
    """

    parts: Sequence[tuple[Source, int]]
    seed: int

    def batch(self, number: int) -> Batch:
        """Give the batch of a number; the same number gives the same batch."""
        rng = np.random.default_rng([self.seed, number])
        found = [source.batch(number, size, rng) for source, size in self.parts]
        pixels, labels = (np.concatenate([part[i] for part in found]) for i in (0, 1))
        return varied((pixels, labels), rng)
