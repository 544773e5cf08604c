"""Takes drone photos with drawn masks; gives what nine of them add to the shipped mask. No part of the product has it.

Of the ways that were tried on val (0023) it is the best that was never worse there. It does not reach its bar, so the
product leaves the crack map as it is. What nine photos choose are two numbers; nothing is written.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy import ndimage
from scipy.special import expit

from benchmarks.mask_scores import DRAWS, Bools, read_mask
from benchmarks.result import Bar, Result, Settings
from benchmarks.uav315 import listed
from cracklens import Detector, Photo, read_photo
from cracklens.cli.talk import progress
from cracklens.figures import dice
from cracklens.network import FULL, at_scales, read_crack_map
from cracklens.network.crack_maps import LOGITS
from cracklens.tracing.mask import crack_mask, photo_mask
from cracklens.values import CrackMap, MapSettings, ScoreMap

GAIN = Bar("Dice of the crack map on UAV-315, nine train photos taught", "≥", 0.03)
TAUGHT, NINES = 9, 3

TIMES = 1.5
"""The photo is read in so many times its size, too, and the mean of both logits is taken. Chosen on val."""

SHIFTS = (-1.0, -0.5, 0.0, 0.5, 1.0)
"""Px down, and to the right, by which drawn masks may lie beside what is read."""

NOTE = (
    "mean Dice of photos, taught minus shipped, mean of the draws; the interval is of the photos. Not in the product: "
    f"each photo is read once more, {TIMES:g} times as large, the mask is cut where the highest Dice is expected, and "
    "moved as the nine choose; nothing is written; crack maps that were fitted to nine were worse (0023)"
)

Floats = NDArray[np.float32]

Shift = tuple[float, float]
"""Px down and to the right by which a mask is moved, of SHIFTS."""


@dataclass(frozen=True)
class Seen:
    """A photo as it is read, beside its drawn mask.

    Attributes:
        drawn: the mask.
        shipped: the product's.
        sure: probabilities (H, W) of crack.
        area: px that are crack to the product's thresholds.
    """

    drawn: Bools
    shipped: Bools
    sure: Floats
    area: Bools

    def mask(self, shift: Shift = (0.0, 0.0)) -> Bools:
        """Give the px of which the Dice is expected to be highest, among those that hang together as cracks do.

        Source: Lipton, Elkan and Naryanaswamy 2014, "Optimal thresholding of classifiers to maximize F1", section 3.
        """
        moved = ndimage.shift(self.sure, shift, order=1, mode="nearest")
        area = ndimage.shift(self.area.astype(np.float32), shift, order=1, mode="nearest") > 0
        return np.asarray((moved >= least_of(moved)) & area)


def gain(settings: Settings) -> Result:
    """Choose by each draw of nine train photos, and measure on a split; a limit takes so many photos, and one draw.

    Raises:
        DataError: the set is not there, or not all of it.
    """
    detector, train, measured = Detector.load(settings.detector), listed("train"), listed(settings.split)
    draws = range(NINES if settings.limit is None else 1)
    nines = [np.random.default_rng(draw).permutation(len(train))[:TAUGHT].tolist() for draw in draws]
    places = sorted({place for nine in nines for place in nine})
    known = dict(zip(places, seen_by(detector, [train[place] for place in places]), strict=True))
    chosen = [best([known[place] for place in nine]) for nine in nines]
    of = seen_by(detector, measured[: settings.limit])
    shipped = np.array([dice(one.shipped, one.drawn) for one in of])
    taught = np.array([[dice(one.mask(shift), one.drawn) for shift in chosen] for one in of])  # (N, draws)
    untaught = [dice(one.mask(), one.drawn) for one in of]
    gains = taught.mean(1) - shipped
    drawn = np.random.default_rng(0).integers(len(gains), size=(DRAWS, len(gains)))
    low, high = np.quantile(gains[drawn].mean(1), (0.025, 0.975))
    sides = {f"taught, draw {draw}": float(one) for draw, one in enumerate(taught.mean(0))}
    return GAIN.result(
        float(gains.mean()),
        n=len(gains),
        interval=(float(low), float(high)),
        sides={"shipped": float(shipped.mean()), "not moved": float(np.mean(untaught)), **sides},
        data="limited" if settings.limit else "whole",
        split=settings.split,
        note=f"{NOTE}; the nine choose {'; '.join(f'{down:+g} px down, {right:+g} right' for down, right in chosen)}",
    )


def best(nine: Sequence[Seen]) -> Shift:
    """Give what makes the mean Dice of photos highest; among equals the first, which moves least."""
    ways = sorted(((down, right) for down in SHIFTS for right in SHIFTS), key=lambda of: abs(of[0]) + abs(of[1]))
    fits = [float(np.mean([dice(one.mask(way), one.drawn) for one in nine])) for way in ways]
    return ways[int(np.argmax(fits))]


def least_of(probabilities: Floats) -> float:
    """Give from which probability on a px belongs to the mask of the highest expected Dice; 1 where all are 0.

    Example:
        >>> round(least_of(np.array([[0.9, 0.8, 0.3, 0.1]], np.float32)), 1)
        0.8
    """
    sorted_p = np.sort(probabilities, axis=None)[::-1].astype(np.float64)
    right = np.cumsum(sorted_p)
    if not right[-1]:
        return 1.0
    expected = 2 * right / (np.arange(1, len(right) + 1) + right[-1])
    return float(sorted_p[int(np.argmax(expected))])


def seen_by(detector: Detector, pairs: Sequence[tuple[Path, Path]]) -> list[Seen]:
    """Read photos twice; five seconds a photo of 448 px on two cores."""
    found = []
    with progress("photos of UAV-315") as step:
        for number, (path, drawn) in enumerate(pairs):
            found.append(_seen(detector, read_photo(path), read_mask(drawn)))
            step(number + 1, len(pairs), path.name)
    return found


def _seen(detector: Detector, photo: Photo, drawn: Bools) -> Seen:
    scores, own = detector.maps(photo)
    crack = np.rint(expit((LOGITS[own.crack] + _larger(detector, photo)) / 2) * FULL).astype(np.uint8)
    area = _area(replace(own, crack=crack), scores, detector.map_settings)
    shipped = crack_mask(own, scores, detector.map_settings)
    return Seen(drawn, shipped, np.asarray(crack / np.float32(FULL), np.float32), area)


def _larger(detector: Detector, photo: Photo) -> Floats:
    """Give the logits (H, W) of a photo as they are read in TIMES its size."""
    height, width = photo.hw
    size = (round(width * TIMES), round(height * TIMES))
    pixels = np.asarray(Image.fromarray(photo.pixels).resize(size, Image.Resampling.LANCZOS))
    mapper = detector.mapper
    assert mapper is not None  # `detector.maps` has said so
    once = at_scales(pixels, read_crack_map(pixels, mapper), mapper, replace(detector.map_settings, scales=(1,)))
    logits = Image.fromarray(LOGITS[once.crack])
    return np.asarray(logits.resize((width, height), Image.Resampling.BICUBIC))


def _area(crack_map: CrackMap, scores: ScoreMap, settings: MapSettings) -> Bools:
    """Give the px (H, W) that hang together over the low threshold and reach the high one; scores have no say."""
    half = photo_mask(crack_map, scores, replace(settings, evidence_power=0.0))
    height, width = crack_map.crack.shape
    return np.asarray(half.repeat(2, axis=0).repeat(2, axis=1)[:height, :width])
