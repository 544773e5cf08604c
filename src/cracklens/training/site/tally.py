"""Takes labels and scores of photos' neighbourhoods; gives missed cracks and false alarms, with intervals. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from scipy.stats import chi2

from cracklens.training.site.places import Labels

PHOTOS = 10
"""Rates are of so many photos."""

LEVEL = 0.95
DRAWS = 2000
EIGHT = np.ones((3, 3), np.int8)


@dataclass(frozen=True)
class Tally:
    """What a threshold makes of one photo.

    Attributes:
        cracks: that people confirmed or drew.
        missed: of them, those of which no neighbourhood reaches the threshold.
        false: places that reach it and show no crack; neighbourhoods beside each other are one.
    """

    cracks: int
    missed: int
    false: int


@dataclass(frozen=True)
class Rate:
    """How many in ten photos, with a 95 % interval for other photos of the site."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class SiteFigures:
    """How good a detector is on the photos of a site.

    Attributes:
        missed, false: cracks and alarms in ten photos.
        recall: share of the cracks that is found; 1 where there are none.
        photos, cracks: how many it rests on.
    """

    missed: Rate
    false: Rate
    recall: float
    photos: int
    cracks: int


def tally_of(labels: Labels, scores: NDArray[np.floating], grid: tuple[int, int], *, threshold: float) -> Tally:
    """Give what a threshold makes of a photo.

    Args:
        labels: of its neighbourhoods.
        scores: (K,) 0-1.
        grid: rows and columns of neighbourhoods, K together.
        threshold: score from which a neighbourhood is called cracked.
    """
    over = scores >= threshold
    shown = np.zeros(len(scores), np.bool_)
    for places in labels.cracks:
        shown[places] = True
    regions, count = ndimage.label(over.reshape(grid), EIGHT)
    groups = regions.ravel()
    right = np.unique(groups[shown | ~labels.known])
    missed = sum(not over[places].any() for places in labels.cracks)
    return Tally(len(labels.cracks), missed, len(np.setdiff1d(np.arange(1, count + 1), right)))


def figures_of(tallies: Sequence[Tally]) -> SiteFigures:
    """Give the figures of several photos together."""
    cracks, missed = (sum(getattr(one, name) for one in tallies) for name in ("cracks", "missed"))
    recall = 1 - missed / cracks if cracks else 1.0
    rates = [rate_of([getattr(one, name) for one in tallies]) for name in ("missed", "false")]
    return SiteFigures(rates[0], rates[1], recall, len(tallies), cracks)


def rate_of(counts: Sequence[int]) -> Rate:
    """Give how many in ten photos, from the counts of some.

    The interval is the wider one at either end of two: that of a Poisson rate, which is right where little or nothing
    was counted, and that of photos drawn with replacement (seed 0), which is where some photos hold most of it.

    Source: Garwood 1936 (exact Poisson limits); Efron and Tibshirani 1993, chapter 13.

    Example:
        >>> rate = rate_of([0, 1, 0, 0, 2, 0, 0, 0])
        >>> round(rate.value, 2), round(rate.low, 2), round(rate.high, 2)
        (3.75, 0.0, 10.96)
    """
    of = np.asarray(counts, np.float64)
    n, total = len(of), float(of.sum())
    tail = (1 - LEVEL) / 2
    exact = (chi2.ppf(tail, 2 * total) / 2 if total else 0.0, chi2.ppf(1 - tail, 2 * total + 2) / 2)
    drawn = np.random.default_rng(0).integers(n, size=(DRAWS, n))
    around = np.quantile(of[drawn].sum(1), (tail, 1 - tail))
    low, high = min(exact[0], around[0]), max(exact[1], around[1])
    return Rate(PHOTOS * total / n, PHOTOS * float(low) / n, PHOTOS * float(high) / n)
