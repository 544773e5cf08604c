"""Takes crack maps of photos whose cracks are known; gives the settings that make masks and confidences of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import product

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import expit

from cracklens.errors import DataError
from cracklens.figures import Reach, metrics, reach_of, tolerant_f1
from cracklens.network import FULL
from cracklens.tracing.mask import crack_mask, crack_shares, half_mask, shares, weighed
from cracklens.tracing.thin import thin
from cracklens.tracing.trace import LEAST_CONFIDENCE, seen_cracks
from cracklens.training.features.mosaic import TILE_PX
from cracklens.values import CrackMap, MapSettings, ScoreMap

LOWS, HIGHS, POWERS = (0.03, 0.05, 0.1, 0.2), (0.2, 0.3, 0.45, 0.6), (0.0, 0.25, 0.5)
"""Powers above find more at the same precision on val's photos, whose like the score has learnt from, and lose drawn
cracks there: .88 of their length at 1, .82 at 1.5, .92 at .5."""

LEAST_PRECISION = 0.86
"""Share of a mask's length that lies in cracked cells; the confidences of traces take most of the rest out."""

WARM = 0.1
"""Nearly all px of a photo are sure to be none; what matters is how far those are right that may be crack."""

LEAST = 0.1
"""What has less of the crack map is no crack, whatever is near by."""

FADING = 0.1

STRENGTH = 1.0
"""Of the penalty of the confidence's weights."""

ROUNDS, LEAST_OF_A_KIND = 4, 5
"""How often the confidence's weights are fitted to the lines that they show, if so many are cracks and are none."""

SIGNS = (1, 1, -1)
"""Whether each of the confidence's facts speaks for a crack or against one."""


@dataclass(frozen=True)
class Read:
    """A val photo with what the networks say of it.

    Attributes:
        pixels: (H, W, 3).
        crack_map, score_map: of the photo.
        cracked: (rows, cols) of 256 px cells: 1 cracked, 0 intact, -1 not there.
    """

    pixels: NDArray[np.uint8]
    crack_map: CrackMap
    score_map: ScoreMap
    cracked: NDArray[np.int8]


@dataclass(frozen=True)
class Marked:
    """A photo unlike those of val, with what the networks say of it and which px (H, W) are crack, drawn by hand."""

    crack_map: CrackMap
    score_map: ScoreMap
    crack: NDArray[np.bool_]

    def reach(self, settings: MapSettings) -> Reach:
        """Give how far its mask reaches by settings, whatever their edge."""
        return reach_of(crack_shares(self.crack_map, self.score_map, settings), self.crack)


@dataclass(frozen=True)
class Way:
    """What one choice of settings finds.

    Attributes:
        settings: chosen.
        lengths: (N, 2) px of middle lines in cracked and in intact cells of each val photo.
        overlaps: (M,) F1 within 2 px of its masks of photos of other kinds, 0-1; none without these.
    """

    settings: MapSettings
    lengths: NDArray[np.float64]
    overlaps: NDArray[np.float64]

    @property
    def in_cracked(self) -> float:
        """Length in cracked cells of all photos."""
        return float(self.lengths[:, 0].sum())

    @property
    def precision(self) -> float:
        """Share of the length that lies in cracked cells."""
        return self.in_cracked / max(float(self.lengths.sum()), 1.0)

    def worth(self) -> float:
        """Give the index of Fowlkes and Mallows in val, up to a constant, times the mean F1 in other photos."""
        return float(np.sqrt(self.in_cracked * self.precision)) * float(
            self.overlaps.mean() if len(self.overlaps) else 1
        )


def ways(photos: Sequence[Read], start: MapSettings, marked: Sequence[Marked] = ()) -> Iterator[Way]:
    """Give what each choice finds, its scales and edge as they are at the start."""
    for power in POWERS:
        weights = [weighed(one.crack_map, one.score_map, replace(start, evidence_power=power)) for one in photos]
        for low, high in product(LOWS, HIGHS):
            if low < high:
                settings = replace(start, low=low, high=high, evidence_power=power)
                found = [
                    _lengths(half_mask(of, settings), one.cracked) for of, one in zip(weights, photos, strict=True)
                ]
                overlap = [tolerant_f1(crack_mask(of.crack_map, of.score_map, settings), of.crack) for of in marked]
                yield Way(settings, np.array(found, np.float64), np.array(overlap, np.float64))


def _lengths(mask: NDArray[np.bool_], cracked: NDArray[np.int8]) -> tuple[float, float]:
    places = np.argwhere(thin(mask)) // (TILE_PX // 2)
    rows, cols = np.minimum(places.T, np.array(cracked.shape)[:, np.newaxis] - 1)
    labels = cracked[rows, cols]
    return float((labels == 1).sum()), float((labels == 0).sum())


def best(found: Sequence[Way]) -> Way:
    """Give the way that finds most with fewest false lines, at the least precision.

    On val alone the score tells cracks from other lines, and high thresholds cost nothing; in other photos, where it
    does not count, they cost whole cracks. So both count alike: the geometric mean of recall (up to a constant) and
    precision of middle lines in cells of val, and the F1 in other photos. Where none is precise enough, the most
    precise one. Source: Fowlkes and Mallows 1983, "A method for comparing two hierarchical clusterings".
    """
    fit = [way for way in found if way.precision >= LEAST_PRECISION]
    return max(fit, key=Way.worth) if fit else max(found, key=lambda way: way.precision)


@dataclass(frozen=True)
class Known:
    """A picture's crack map (H, W), 0-1, and which of its px are crack, or how much of each is, 0-1."""

    values: NDArray[np.float32]
    crack: NDArray[np.bool_] | NDArray[np.float32]

    @cached_property
    def reach(self) -> Reach:
        """How far the map reaches beside and beyond the crack."""
        values = np.rint(FULL * self.values).astype(np.uint8)
        return reach_of(np.where(self.values >= LEAST, shares(values), 0).astype(np.uint8), self.crack)


def calibration_error(known: Sequence[Known], *, least: float = 0.0) -> float:
    """Give the expected calibration error, 0-1, of all px whose value is at least so high; half a crack is left out."""
    chosen = [(one.values >= least) & (one.crack != 0.5) for one in known]
    values = np.concatenate([one.values[of] for one, of in zip(known, chosen, strict=True)]).astype(np.float64)
    crack = np.concatenate([one.crack[of] > 0.5 for one, of in zip(known, chosen, strict=True)]).astype(np.int64)
    return metrics.ece(values, crack, np.ones(len(values)))


def least_of_the_best(overlaps: Sequence[NDArray[np.float64]]) -> int:
    """Give the first of some ways whose Dice of each picture is, in the mean, within one standard error of the best.

    Source: the one-standard-error rule of Breiman and others 1984, *Classification and Regression Trees*, 3.4.3.

    Args:
        overlaps: (N,) of each way, those that call least a crack first.
    """
    highest = max(overlaps, key=lambda of: float(of.mean()))
    lost = [highest - of for of in overlaps]
    return next(way for way, of in enumerate(lost) if of.mean() <= of.std(ddof=1) / np.sqrt(len(of)) or not of.any())


def with_familiar(photos: Sequence[Read], settings: MapSettings) -> MapSettings:
    """Give the settings with how unlike a photo may be for its score to count: as unlike as photos of known surfaces.

    It counts less and less up to FADING above; a detector that does not know its training data changes nothing.
    """
    novelties = [one.score_map.novelty for one in photos if one.score_map.novelty is not None]
    return replace(settings, familiar=(max(novelties), max(novelties) + FADING)) if novelties else settings


def with_confidence(photos: Sequence[Read], settings: MapSettings) -> MapSettings:
    """Give the settings with the weights of the confidence: how likely a trace has half its length in cracked cells."""
    facts, true = [], []
    for one in photos:
        for points, numbers in seen_cracks(one.pixels, one.crack_map, one.score_map, settings):
            cells = np.minimum((points // TILE_PX).astype(int), np.array(one.cracked.shape[::-1]) - 1)
            labels = one.cracked[cells[:, 1], cells[:, 0]]
            if (labels >= 0).any():
                facts.append(numbers)
                true.append(bool((labels[labels >= 0] == 1).mean() >= 0.5))
    if len(set(true)) < 2:
        raise DataError(f"Confidences need lines that are cracks and lines that are none; got {len(true)} of one kind.")
    return replace(settings, confidence=signed_weights(np.stack(facts), np.array(true)))


def signed_weights(facts: NDArray[np.float64], true: NDArray[np.bool_]) -> tuple[float, ...]:
    """Give intercept and weights of a logistic regression in which no fact speaks against what it stands for.

    Only lines that map and score together call cracks are there to learn from, few of which are none. What is too
    unlikely to be shown teaches nothing once that is known: how far its confidence is right is never read.

    Args:
        facts: (N, 3), as of `doubts.facts`.
        true: (N,).
    """
    known = np.column_stack([np.ones(len(facts)), facts])
    penalty = STRENGTH * np.array([0.0, *np.ones(len(SIGNS))])
    bounds = [(None, None), *((0, None) if sign > 0 else (None, 0) for sign in SIGNS)]
    shown, weights = np.ones(len(facts), np.bool_), np.zeros(len(bounds))

    def loss(weights: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        logits = known[shown] @ weights
        value = np.logaddexp(0, logits).sum() - logits[true[shown]].sum() + (penalty * weights**2).sum() / 2
        return float(value), known[shown].T @ (expit(logits) - true[shown]) + penalty * weights

    for _ in range(ROUNDS):
        weights = minimize(loss, weights, jac=True, bounds=bounds, method="L-BFGS-B").x
        shown = expit(known @ weights) >= LEAST_CONFIDENCE
        if min(true[shown].sum(), (~true[shown]).sum()) < LEAST_OF_A_KIND:
            break  # nothing is left to tell apart
    return tuple(map(float, weights))
