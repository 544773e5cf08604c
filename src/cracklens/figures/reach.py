"""Takes how far a crack map reaches in photos whose cracks are known; gives the edge of masks as wide as the cracks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from cracklens.errors import DataError

Floats = NDArray[np.float64]

FULL = 255

EDGES = np.linspace(0.05, 0.95, 37)
DRAWS = 1000
MOST_OFF = 0.1
"""Masks of few photos may be wider than their cracks by much, and nobody could tell; this is the most."""

NEAR_PX = 3
"""A mask's width is compared where the other has a crack within so many px."""

_REACH = np.arange(-NEAR_PX, NEAR_PX + 1)
_DISC = np.hypot(_REACH[:, np.newaxis], _REACH) <= NEAR_PX


@dataclass(frozen=True)
class Reach:
    """Px of a photo whose share of the highest value near by is at least so much, 0-255: (256,) each.

    Attributes:
        found: of those near a known crack.
        known: of the known crack, near what reaches so far.
        hits: of those on a known crack.
        mask: of all.
        crack: px of the known crack.
    """

    found: Floats
    known: Floats
    hits: Floats
    mask: Floats
    crack: float

    def dice(self, edge: float) -> float:
        """Give the overlap, 0-1, of the mask of an edge."""
        at = level(edge)
        both = float(self.mask[at]) + self.crack
        return float(2 * self.hits[at] / both) if both else 1.0


def level(edge: float) -> int:
    """Give the least share of 255 that is within an edge."""
    return int(np.ceil(edge * FULL - 1e-9))


def reach_of(shares: NDArray[np.uint8], crack: NDArray[np.bool_] | NDArray[np.floating]) -> Reach:
    """Count how far a map reaches.

    Args:
        shares: (H, W) 255 times each value over the highest near by; 0 of what is no crack.
        crack: (H, W) which px are crack, or how much of each is, 0-1.
    """
    known = np.asarray(crack >= 0.5)
    near = ndimage.binary_dilation(known, _DISC)
    spread = ndimage.maximum_filter(shares, footprint=_DISC, mode="constant")
    return Reach(
        _at_least(shares[near]),
        _at_least(spread, np.asarray(crack, np.float64)),
        _at_least(shares[known]),
        _at_least(shares),
        float(known.sum()),
    )


def _at_least(values: NDArray[np.uint8], weights: Floats | None = None) -> Floats:
    counts = np.bincount(values.ravel(), None if weights is None else weights.ravel(), minlength=FULL + 1)
    return np.asarray(counts[::-1].cumsum()[::-1], np.float64)


def width_ratio(reaches: Sequence[Reach], edge: float) -> float:
    """Give the px of masks over those of the known cracks, where both have one: 1 for masks of unbiased width."""
    return _ratio(_widths(reaches, edge))


def _widths(reaches: Sequence[Reach], edge: float) -> Floats:
    at = level(edge)
    return np.array([(one.found[at], one.known[at]) for one in reaches])


def _ratio(widths: Floats) -> float:
    found, known = widths.sum(axis=0)
    return float(found / known) if known else float("nan")


def nearest_edge(reaches: Sequence[Reach]) -> float | None:
    """Give the edge at which masks are most nearly as wide as the cracks; None where they meet at none."""
    ratios = np.array([width_ratio(reaches, edge) for edge in EDGES])
    off = np.where(ratios > 0, np.abs(np.log(np.where(ratios > 0, ratios, 1))), np.inf)
    return round(float(EDGES[int(np.argmin(off))]), 3) if np.isfinite(off).any() else None


def unbiased_edge(reaches: Sequence[Reach]) -> tuple[float, Floats]:
    """Give the share of the highest value near by at which masks are as wide as the cracks, and each one's Dice there.

    Of the edges at which the photos cannot tell the masks' width from that of the cracks (the 95 % interval of their
    ratio, photos drawn with replacement, holds 1) it is the one with the highest mean Dice.

    Raises:
        DataError: masks are wider than the cracks, or narrower, at any value.
    """
    widths = np.array([_widths(reaches, edge) for edge in EDGES])
    whole = np.array([_ratio(of) for of in widths])
    finite = np.flatnonzero(np.isfinite(whole))
    if not len(finite):
        raise DataError("The value at a crack's edge needs pictures in which the map sees a crack; it sees none.")
    draws = np.random.default_rng(0).integers(len(reaches), size=(DRAWS, len(reaches)))
    ratios = [[_ratio(widths[at, places]) for places in draws] for at in finite]
    low, high = np.nanquantile(ratios, (0.025, 0.975), axis=1)
    fit = finite[(low <= 1) & (high >= 1) & (np.abs(whole[finite] - 1) <= MOST_OFF)]
    if not len(fit) and whole[finite].min() <= 1 <= whole[finite].max():  # the edges are tried in steps
        fit = finite[[int(np.argmin(np.abs(whole[finite] - 1)))]]
    if not len(fit):
        came = f"have {whole[finite].min():.2f} to {whole[finite].max():.2f} times the px of the cracks"
        raise DataError(f"At no value of the crack map are masks as wide as cracks: they {came}. Fit it longer.")
    overlaps = np.array([[one.dice(EDGES[at]) for one in reaches] for at in fit])
    best = int(np.argmax(overlaps.mean(axis=1)))
    return round(float(EDGES[fit[best]]), 3), overlaps[best]
