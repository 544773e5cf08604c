"""Takes maps of photos labelled by cell or roughly; gives masks that all agree on, and crops. Reads no files."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np
from makers.crackmap.samples import Sample
from makers.crackmap.scene import SIDE
from numpy.typing import NDArray
from scipy import ndimage
from skimage.filters import apply_hysteresis_threshold

from cracklens.labels import LabelledTile
from cracklens.tracing.mask import shares
from cracklens.training.crackmap.source import CRACK, LINE, OTHER, UNSURE
from cracklens.training.features import position
from cracklens.training.features.mosaic import TILE_PX
from cracklens.values import STRIDE_PX

LOW, HIGH, HALF = 0.2, 0.7, 0.5
"""Of the crack map: a crack in a cracked cell is what hangs together over the first and half of what is highest near
by, and reaches the second."""

MAYBE, EDGE = 0.08, 0.4
"""What is over this and has so much of what is highest near by, in a cracked cell, and is no crack for certain, is not
learnt from."""

LEAST_PX, LEAST_TIMES = 60, 2.2
"""Of a crack: fewer px are a speck; what reaches less far than so many times the root of its px, a pore or a spall."""

LONG_PX, COLD, STRAIGHT = 250, 0.25, 0.005
"""What reaches so far in cells labelled as intact is a joint or an edge where the score, too, is under the second on
the mean, or where it strays from a straight line by no more than so much of its reach; where neither, it may be a crack
that nobody has labelled, and is not learnt from."""

A_PHOTO, HOT_A_PHOTO = 22, 22
"""Crops around cracked cells of a photo, and around intact ones where the map is wrong."""

FAR, FAR_A_PHOTO = 4, 8
"""How many times smaller a photo is seen from afar, where a joint is known by its length, and crops of it."""

HOT_PX = 40

Bools = NDArray[np.bool_]


@dataclass(frozen=True)
class Seen:
    """A photo with what the crack map says of it.

    Attributes:
        pixels: (H, W, 3) uint8.
        crack: (H, W) float32 0-1.
        score: (h, w) float32 0-1 of cells of 32 px.
        cracked: (rows, cols) of 256 px cells: 1 cracked, 0 intact, -1 not there.
    """

    pixels: NDArray[np.uint8]
    crack: NDArray[np.float32]
    score: NDArray[np.float32]
    cracked: NDArray[np.int8]


@dataclass(frozen=True)
class Pieces:
    """What hangs together in a crack map within its edges and reaches HIGH.

    Attributes:
        numbers: (H, W) of the piece of each px, 0 of none.
        count: pieces.
        shares: (H, W) 0-1 of the crack map, over the highest near by.
    """

    numbers: NDArray[np.int32]
    count: int
    shares: NDArray[np.float32]

    @classmethod
    def of(cls, crack: NDArray[np.float32]) -> Pieces:
        """Give the pieces of a crack map (H, W) 0-1."""
        of_highest = np.asarray(shares(np.rint(255 * crack).astype(np.uint8)) / np.float32(255), np.float32)
        within = np.where(of_highest >= HALF, crack, 0)
        numbers, count = ndimage.label(apply_hysteresis_threshold(within, LOW, HIGH), np.ones((3, 3)))
        return cls(numbers, count, of_highest)

    @cached_property
    def sizes(self) -> NDArray[np.intp]:
        """Px of each, from 0."""
        return np.bincount(self.numbers.ravel(), minlength=self.count + 1)

    @cached_property
    def reach(self) -> NDArray[np.float64]:
        """Diagonal in px of the box around each, from 0."""
        boxes = ndimage.find_objects(self.numbers)
        return np.array([0, *(np.hypot(b[0].stop - b[0].start, b[1].stop - b[1].start) for b in boxes)])

    @cached_property
    def straight(self) -> Bools:
        """Which, from 0, are straight: the spread of their px aside is that of their width, and hardly more."""
        found = np.zeros(self.count + 1, np.bool_)
        boxes = ndimage.find_objects(self.numbers)
        for number in np.flatnonzero(self.reach >= LONG_PX):
            places = np.argwhere(self.numbers[boxes[number - 1]] == number)
            aside = float(np.linalg.eigvalsh(np.cov(places.T))[0])
            width = self.sizes[number] / self.reach[number]
            found[number] = aside <= width**2 / 12 + (STRAIGHT * self.reach[number]) ** 2
        return found

    def mean(self, values: NDArray[np.float32] | Bools) -> NDArray[np.float64]:
        """Give the mean of values (H, W) over each, from 0."""
        return np.bincount(self.numbers.ravel(), values.ravel(), self.count + 1) / np.maximum(self.sizes, 1)

    def inside(self, share: NDArray[np.float64]) -> Bools:
        """Give which pieces, from 0, are large and long enough and over a half of this share."""
        long = self.reach >= LEAST_TIMES * np.sqrt(self.sizes)
        return long & (self.sizes >= LEAST_PX) & (share > 0.5) & (np.arange(self.count + 1) > 0)


def cell_labels(photo: Sequence[LabelledTile], shape: tuple[int, ...]) -> NDArray[np.int8]:
    """Give (rows, cols) of a photo's 256 px cells: 1 cracked, 0 intact, -1 not there."""
    cells = np.full((shape[0] // TILE_PX, shape[1] // TILE_PX), -1, np.int8)
    for tile in photo:
        place = position(tile.file)
        if place is not None:
            cells[place] = tile.label
    return cells


def agreed(seen: Seen) -> NDArray[np.uint8]:
    """Give the label map (H, W) that crack map, score and cell labels agree on; see the constants for the rules."""
    in_cracked, unknown = (np.kron(seen.cracked == of, np.ones((TILE_PX, TILE_PX), np.bool_)) for of in (1, -1))
    score = seen.score.repeat(STRIDE_PX, axis=0).repeat(STRIDE_PX, axis=1)[: len(seen.crack), : seen.crack.shape[1]]
    pieces = Pieces.of(seen.crack)
    true = pieces.inside(pieces.mean(in_cracked)) & ~pieces.straight
    long, line = pieces.reach >= LONG_PX, (pieces.mean(score) < COLD) | pieces.straight
    is_crack = true[pieces.numbers] & in_cracked
    is_line = (long & line & ~true)[pieces.numbers] & ~in_cracked
    maybe = (
        (seen.crack > MAYBE) & (pieces.shares >= EDGE) & in_cracked
        | (true | (long & ~line))[pieces.numbers] & ~in_cracked
        | unknown
    )
    return _labels(is_crack, maybe, np.where(is_line, LINE, OTHER))


def _labels(is_crack: Bools, maybe: Bools, rest: NDArray[np.integer]) -> NDArray[np.uint8]:
    """Give the label map of what is a crack, what may be one, and what all else is."""
    return np.where(is_crack, CRACK, np.where(maybe, UNSURE, rest)).astype(np.uint8)


def photo_crops(seen: Seen, rng: np.random.Generator) -> Iterator[Sample]:
    """Give crops around cracked cells that have a mask, and around intact ones where the map sees a crack."""
    labels = agreed(seen)
    wrong = ((labels == OTHER) | (labels == LINE)) & (seen.crack > 0.5)
    for of, least, most in ((labels == CRACK, LEAST_PX, A_PHOTO), (wrong, HOT_PX, HOT_A_PHOTO)):
        counts = of.reshape(seen.cracked.shape[0], TILE_PX, -1, TILE_PX).sum(axis=(1, 3))
        cells = np.argwhere(counts >= least)
        for row, col in cells[rng.permutation(len(cells))[:most]].tolist():
            yield _around(seen.pixels, labels, row, col, rng)


def far_crops(seen: Seen, rng: np.random.Generator) -> Iterator[Sample]:
    """Give crops of the photo seen from afar, around cracks and around lines that are none, in turns."""
    height, width = (side // FAR * FAR for side in seen.crack.shape)
    labels = agreed(seen)[:height, :width].reshape(height // FAR, FAR, width // FAR, FAR).max(axis=(1, 3))
    small = cv2.resize(seen.pixels[:height, :width], labels.shape[::-1], interpolation=cv2.INTER_AREA)
    spots = [found for found in (np.argwhere(labels == of) for of in (CRACK, LINE)) if len(found)]
    most = [side - SIDE for side in labels.shape]
    for number in range(FAR_A_PHOTO if spots and min(most) >= 0 else 0):
        among = spots[number % len(spots)]
        moved = among[int(rng.integers(len(among)))] - rng.integers(0, SIDE, 2)
        yield cut(np.asarray(small, np.uint8), labels, tuple(np.clip(moved, 0, most).tolist()), SIDE)


def _around(
    pixels: NDArray[np.uint8], labels: NDArray[np.uint8], row: int, col: int, rng: np.random.Generator
) -> Sample:
    """Give a crop that holds most of a cell."""
    room = (SIDE - TILE_PX) // 2
    corners = [cell * TILE_PX - room + int(rng.integers(-room, room + 1)) for cell in (row, col)]
    top, left = (min(max(at, 0), side - SIDE) for at, side in zip(corners, labels.shape, strict=True))
    here = (slice(top, top + SIDE), slice(left, left + SIDE))
    return Sample(pixels[here].copy(), labels[here].copy())


def roughly(crack: NDArray[np.float32], near: Bools | None) -> NDArray[np.uint8]:
    """Give the label map (H, W) of a picture labelled roughly.

    Args:
        crack: (H, W) 0-1, what the map sees.
        near: (H, W) where the rough label has a crack near by; None for anywhere. Away from it a long crack may be one
            that was left out, and is not learnt from; all else is none.
    """
    pieces = Pieces.of(crack)
    here = np.ones(crack.shape, np.bool_) if near is None else near
    true = pieces.inside(pieces.mean(here))
    maybe = (crack > MAYBE) & (pieces.shares >= EDGE) & here | (true | (pieces.reach >= LONG_PX / 2))[pieces.numbers]
    return _labels(true[pieces.numbers] & here, maybe, np.full(crack.shape, OTHER))


def cut(pixels: NDArray[np.uint8], labels: NDArray[np.uint8], corner: tuple[int, int], side: int) -> Sample:
    """Give a square of a picture, brought to the side of a sample."""
    here = tuple(slice(start, start + side) for start in corner)
    large = cv2.resize(pixels[here], (SIDE, SIDE), interpolation=cv2.INTER_CUBIC)
    known = cv2.resize(labels[here], (SIDE, SIDE), interpolation=cv2.INTER_NEAREST)
    return Sample(np.asarray(large, np.uint8), np.asarray(known, np.uint8))
