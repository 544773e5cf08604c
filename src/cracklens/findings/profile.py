"""Takes the darkness across a crack; gives how wide it is and between what bounds. Knows no photo and no line.

What a camera shows of a crack is its own profile, blurred. Where the crack is much wider than the blur the profile's
flanks tell the width; where it is not, only width times depth is seen, and the width lies between the one of the deepest
crack and the one that the profile's own breadth allows. Both are one thing: the widths whose profile fits what is seen,
whatever depth, blur and shape make it fit.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy import special

Floats = NDArray[np.float64]

DEEPEST = 0.97
"""No crack swallows more of the light: its own walls, and the air before it, send some back."""

SHAPES = (1.0, 0.0)
"""Share of its width over which a crack is as dark as in its middle: 1 with upright walls, 0 for a V."""

BLURS = 12
LEAST_BLUR_PX = 0.55
MOST_BLUR_PX = 4.5
"""Standard deviations of blur that are tried: lens, sensor, and how the profile was read and averaged."""

WIDTHS = 80
LEAST_WIDTH_PX = 0.4
import os
NOISE=float(os.environ.get("NOISE","1"))
TEMPER=float(os.environ.get("TEMPER","1"))
FLOOR=float(os.environ.get("FLOOR",".3"))
FLOORW=float(os.environ.get("FLOORW",".03"))
NARROW=float(os.environ.get("NARROW","2"))
MOSTW=float(os.environ.get("MOSTW","4"))
MODEL=float(os.environ.get("MODEL","0"))
FAR = 3.84
"""A width is within the bounds where its best fit is not worse by this: 95 % for one unknown. Source: Wilks, 1938."""


@dataclass(frozen=True)
class Fitted:
    """What profiles tell of the widths behind them.

    Attributes:
        width_px, low_px, high_px: (N,) the likeliest width, and the bounds of its 95 % interval.
    """

    width_px: Floats
    low_px: Floats
    high_px: Floats


@dataclass(frozen=True)
class _Table:
    """Profiles of depth 1, without mean and slope: (W, B, S) each of so many places across."""

    shown: Floats
    widths_px: Floats
    flat: Floats


def fit(dark: Floats, across_px: Floats, *, rough_px: float, overlap: float) -> Fitted:
    """Give widths with their bounds; blur and shape are the same for all profiles of a line, depth and ground are not.

    Args:
        dark: (N, S) darkness as a share of the ground, from one line.
        across_px: (S,) places across, evenly apart, 0 in the middle.
        rough_px: about how wide it is.
        overlap: how often each px of the line is in a profile: neighbours share what they saw.
    """
    table = _table(rough_px, len(across_px), float(across_px[1] - across_px[0]))
    level = dark @ table.flat.T
    plain = dark - level @ table.flat
    worse, best = _misfits(plain, table)
    scatter = _scatter(plain - best, free=len(across_px) - 6) * NOISE + (MODEL * np.abs(best).max(axis=1)) ** 2
    worse = worse / scatter[:, np.newaxis, np.newaxis]  # (N, W, K)
    own = worse.min(axis=1)  # (N, K)
    common = own.sum(axis=0) / overlap / TEMPER
    others = common - own / overlap / TEMPER
    worse = worse + (others - others.min(axis=1, keepdims=True))[:, np.newaxis]
    found = _bounds(worse, table.widths_px)
    blur = np.tile(np.geomspace(LEAST_BLUR_PX, max(MOST_BLUR_PX, 0.25 * rough_px), BLURS), len(SHAPES))
    at = worse.reshape(len(worse), -1).argmin(axis=1)
    s = blur[at % worse.shape[2]]
    area = best.sum(axis=1) * (across_px[1] - across_px[0])
    shown = table.shown.reshape(-1, table.shown.shape[-1])
    first = at
    along = (plain * shown[first]).sum(axis=1)
    depth = np.clip(along / (shown[first] ** 2).sum(axis=1), 0, DEEPEST)
    w0 = table.widths_px[at // worse.shape[2]]
    shape = np.repeat(SHAPES, BLURS)[at % worse.shape[2]]
    area = depth * w0 * (1 + shape) / 2
    low = np.where(w0 * (1 + shape) / 2 < NARROW * s, np.minimum(found.low_px, 0.95 * area / DEEPEST), found.low_px)
    floor = np.hypot(FLOOR, FLOORW * found.width_px)
    return Fitted(found.width_px, found.width_px - np.hypot(found.width_px - low, floor), found.width_px + np.hypot(found.high_px - found.width_px, floor))


def _misfits(plain: Floats, table: _Table) -> tuple[Floats, Floats]:
    """Give the squares left by each width and kind (N, W, K), and the best fit (N, S) of each profile."""
    shown = table.shown.reshape(-1, table.shown.shape[-1])
    size = (shown**2).sum(axis=1)
    along = plain @ shown.T
    depth = np.clip(along / size, 0, DEEPEST)
    left = (plain**2).sum(axis=1)[:, np.newaxis] - 2 * depth * along + depth**2 * size
    first = left.argmin(axis=1)
    rows = np.arange(len(plain))
    return left.reshape(len(plain), *table.shown.shape[:2]), depth[rows, first][:, np.newaxis] * shown[first]


def _scatter(rest: Floats, *, free: int) -> Floats:
    """Give the variance (N,) that one independent place would have: noise of neighbouring places is alike."""
    square = (rest**2).sum(axis=1)
    lags = np.array([(rest[:, lag:] * rest[:, :-lag]).sum() for lag in range(1, rest.shape[1] // 3)]) / square.sum()
    ends = np.flatnonzero(lags <= 0)
    alike = 1 + 2 * lags[: ends[0] if len(ends) else len(lags)].sum()
    own = square / free
    return np.maximum(np.maximum(own, np.median(own)) * alike, 1e-9)


def _bounds(worse: Floats, widths_px: Floats) -> Fitted:
    """Give from how much worse each width and kind fits (N, W, K) the median of the likely widths and their bounds."""
    worse = worse - worse.min(axis=(1, 2), keepdims=True)
    likely = np.exp(-worse / 2).sum(axis=2)
    share = (np.cumsum(likely, axis=1) - likely / 2) / likely.sum(axis=1, keepdims=True)
    middle = np.exp([np.interp(0.5, row, np.log(widths_px)) for row in share])
    best = worse.min(axis=2)
    low, high = _first(best, widths_px), _first(best[:, ::-1], widths_px[::-1])
    return Fitted(np.clip(middle, low, high), low, high)


def _first(best: Floats, widths_px: Floats) -> Floats:
    """Give the width (N,) at which a fit becomes good enough, between the last that is too bad and the first that is not."""
    inside = (best <= FAR).argmax(axis=1)
    before = np.maximum(inside - 1, 0)
    rows = np.arange(len(best))
    there, bad = best[rows, inside], best[rows, before]
    share = np.clip((bad - FAR) / np.maximum(bad - there, 1e-12), 0, 1)
    return np.asarray(widths_px[before] + share * (widths_px[inside] - widths_px[before]))


@lru_cache(maxsize=16)
def _table(rough_px: float, places: int, step_px: float) -> _Table:
    """Give the profiles that are tried for lines of about a width."""
    across = (np.arange(places) - places // 2) * step_px
    widths = np.geomspace(LEAST_WIDTH_PX * max(rough_px / 5, 1), MOSTW * rough_px, WIDTHS)
    blurs = np.geomspace(LEAST_BLUR_PX, max(MOST_BLUR_PX, 0.25 * rough_px), BLURS)
    kinds = [(blur, shape) for shape in SHAPES for blur in blurs]
    shown = np.array([[blurred(across, width, blur, shape) for blur, shape in kinds] for width in widths])
    flat = np.linalg.qr(np.stack([np.ones(places), across], axis=1))[0].T
    return _Table(shown - (shown @ flat.T) @ flat, widths, flat)


def blurred(across_px: Floats, width_px: float, blur_px: float, shape: float) -> Floats:
    """Give the darkness across a crack of depth 1 behind a blur.

    Args:
        across_px: places.
        width_px: at the surface.
        blur_px: standard deviation.
        shape: share of the width that is as dark as the middle, 0-1.
    """
    half, inner = width_px / 2, shape * width_px / 2
    if half - inner < 1e-6:
        return np.asarray(special.ndtr((across_px + half) / blur_px) - special.ndtr((across_px - half) / blur_px))
    ramps = [_ramp((across_px + place) / blur_px) for place in (half, inner, -inner, -half)]
    return np.asarray((ramps[0] - ramps[1] - ramps[2] + ramps[3]) * blur_px / (half - inner))


def _ramp(at: Floats) -> Floats:
    """Give the integral of the normal distribution."""
    return np.asarray(at * special.ndtr(at) + np.exp(-(at**2) / 2) / np.sqrt(2 * np.pi))
