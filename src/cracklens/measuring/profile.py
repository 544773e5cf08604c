"""Takes the darkness across a crack; gives how wide it is and between what bounds. Knows no photo and no line.

A camera shows a crack's own profile, blurred. Where the crack is much wider than the blur, the flanks tell its width;
where it is not, only width times depth is seen: the width lies between that of the deepest crack there can be and the
one at which the profile would be broader than it is. Both are one rule: a width is possible where some depth, blur and
shape of a crack so wide make a profile that is seen nearly as well as the best.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy import special

Floats = NDArray[np.float64]

DEEPEST = 0.97
"""No crack swallows more of the light: its walls and the air before it send some back."""

SHAPES = (1.0, 0.0)
"""Share of its width at the surface over which a crack is as dark as in its middle: upright walls, and a V."""

BLURS = 28
BLUR_PX = (0.55, 4.5)
"""Standard deviations of the blur that are tried: lens, sensor, and how the profile was read and averaged."""

BLUR_SHARE = 0.25
"""Of a coarse line, followed at a lower resolution, blurs up to this share of its width are tried."""

WIDTHS = 80
LEAST_WIDTH_PX = 0.4
LEAST_SHARE = 0.08
MOST_SHARE = 4.0
"""Widths that are tried: from 0.4 px, or this share of the rough width where that is more, to so many times it."""

MODEL = 0.015
"""Share of its darkness by which a crack's profile differs from all that are tried; chosen on drawn cracks."""

EDGE_PX, EDGE_SHARE = 0.2, 0.03
"""What every bound is off at least by, in px and as a share of the width: ragged edges, and the grid of pixels."""

MOST_STRETCHES = 6
"""However long a line is, its stretches tell no more of blur and shape than so many: all are off in the same way."""

USUAL_DEPTH = 0.7, 0.2
UNUSUAL_V = 2.0
"""Depth of most cracks with its spread, and twice the log of how much rarer a V is: they choose the likely width among
those that fit equally well. The bounds know nothing of them."""

NARROW = 2.0
"""Below so many standard deviations of the blur a crack's breadth is not told from the blur's."""

FAR = 3.84
"""How much worse a width's best fit may be: 95 % for one unknown. Source: Wilks, Ann. Math. Stat. 9 (1938), 60-62."""


@dataclass(frozen=True)
class Fitted:
    """What profiles tell of the widths at the surface behind them.

    Attributes:
        width_px: (N,) the likely width.
        low_px, high_px: (N,) its 95 % interval.
        bounded: (N,) whether the widest that was tried fits worse: where it does not, nothing bounds the width.
    """

    width_px: Floats
    low_px: Floats
    high_px: Floats
    bounded: NDArray[np.bool_]


@dataclass(frozen=True)
class _Table:
    """What is tried: widths (W,), kinds (K,) of blur and shape, and their profiles (W, K, S) of depth 1 and mean 0."""

    widths_px: Floats
    blurs_px: Floats
    shapes: Floats
    shown: Floats
    flat: Floats


def fit(dark: Floats, across_px: Floats, *, rough_px: float, overlap: float) -> Fitted:
    """Give widths with their bounds; blur and shape are the same all along a line, depth and ground are not.

    Args:
        dark: (N, S) darkness as a share of the ground, from stretches of one line.
        across_px: (S,) places across, evenly apart, 0 in the middle.
        rough_px: about how wide it is.
        overlap: how many stretches each px of the line is in.
    """
    table = _table(rough_px, len(across_px), float(across_px[1] - across_px[0]))
    plain = dark - (dark @ table.flat.T) @ table.flat  # without ground and its slope
    left, best, depth = _misfits(plain, table)
    scatter = _scatter(plain - best, free=len(across_px) - 6) + (MODEL * np.abs(best).max(axis=1)) ** 2
    worse = left / scatter[:, np.newaxis, np.newaxis]  # (N, W, K)
    own = worse.min(axis=1)
    others = (own.sum(axis=0) - own) / max(overlap, len(dark) / MOST_STRETCHES)  # (N, K): what they say of each kind
    worse += (others - others.min(axis=1, keepdims=True))[:, np.newaxis]
    worse -= worse.min(axis=(1, 2), keepdims=True)
    unusual = ((depth - USUAL_DEPTH[0]) / USUAL_DEPTH[1]) ** 2 + UNUSUAL_V * (1 - table.shapes)
    width, low, high = _bounds(worse, unusual, table.widths_px)
    low = np.minimum(low, _least(plain, worse, table))
    edge = np.hypot(EDGE_PX, EDGE_SHARE * width)
    low, high = width - np.hypot(width - low, edge), width + np.hypot(high - width, edge)
    return Fitted(width, np.maximum(low, 0), high, worse[:, -1].min(axis=1) > FAR)


def _misfits(plain: Floats, table: _Table) -> tuple[Floats, Floats, Floats]:
    """Give the squares left by each width and kind (N, W, K), the best fit (N, S) of each profile, and the depths."""
    shown = table.shown.reshape(-1, table.shown.shape[-1])
    size = (shown**2).sum(axis=1)
    along = plain @ shown.T
    depth = np.clip(along / size, 0, DEEPEST)
    left = (plain**2).sum(axis=1)[:, np.newaxis] - 2 * depth * along + depth**2 * size
    first = left.argmin(axis=1)
    best = depth[np.arange(len(plain)), first][:, np.newaxis] * shown[first]
    each = (len(plain), *table.shown.shape[:2])
    return left.reshape(each), best, depth.reshape(each)


def _scatter(rest: Floats, *, free: int) -> Floats:
    """Give the variance (N,) that one independent place would have: noise of neighbouring places is alike."""
    square = (rest**2).sum(axis=1)
    lags = np.array([(rest[:, lag:] * rest[:, :-lag]).sum() for lag in range(1, rest.shape[1] // 3)])
    lags /= max(float(square.sum()), 1e-12)
    ends = np.flatnonzero(lags <= 0)
    alike = 1 + 2 * lags[: ends[0] if len(ends) else len(lags)].sum()
    own = square / free
    return np.asarray(np.maximum(np.maximum(own, np.median(own)) * alike, 1e-9))


def _bounds(worse: Floats, unusual: Floats, widths_px: Floats) -> tuple[Floats, Floats, Floats]:
    """Give from how much worse each width and kind fits (N, W, K) the median of the likely widths and their bounds."""
    likely = np.exp(-(worse + unusual) / 2).sum(axis=2)
    share = (np.cumsum(likely, axis=1) - likely / 2) / likely.sum(axis=1, keepdims=True)
    middle = np.exp([np.interp(0.5, row, np.log(widths_px)) for row in share])
    best = worse.min(axis=2)
    low, high = _first(best, widths_px), _first(best[:, ::-1], widths_px[::-1])
    return np.clip(middle, low, high), low, high


def _first(best: Floats, widths_px: Floats) -> Floats:
    """Give the width (N,) at which fits become good enough, between the last that is not and the first that is."""
    inside = (best <= FAR).argmax(axis=1)
    before, rows = np.maximum(inside - 1, 0), np.arange(len(best))
    good, bad = best[rows, inside], best[rows, before]
    share = np.clip((bad - FAR) / np.maximum(bad - good, 1e-12), 0, 1)
    return np.asarray(widths_px[before] + share * (widths_px[inside] - widths_px[before]))


def _least(plain: Floats, worse: Floats, table: _Table) -> Floats:
    """Give the width (N,) that the deepest crack would have where breadth tells nothing; elsewhere no bound."""
    width, kind = np.unravel_index(worse.reshape(len(worse), -1).argmin(axis=1), worse.shape[1:])
    shown = table.shown[width, kind]
    depth = np.clip((plain * shown).sum(axis=1) / (shown**2).sum(axis=1), 0, DEEPEST)
    full = table.widths_px[width] * (1 + table.shapes[kind]) / 2
    return np.where(full < NARROW * table.blurs_px[kind], depth * full / DEEPEST, np.inf)


@lru_cache(maxsize=16)
def _table(rough_px: float, places: int, step_px: float) -> _Table:
    """Give the profiles that are tried for lines of about a width."""
    across = np.asarray((np.arange(places) - places // 2) * step_px, np.float64)
    widths = np.geomspace(max(LEAST_WIDTH_PX, LEAST_SHARE * rough_px), MOST_SHARE * rough_px, WIDTHS)
    blurs = np.geomspace(BLUR_PX[0], max(BLUR_PX[1], BLUR_SHARE * rough_px), BLURS)
    kinds = [(blur, shape) for shape in SHAPES for blur in blurs]
    shown = np.array([[blurred(across, width, blur, shape) for blur, shape in kinds] for width in widths])
    flat = np.linalg.qr(np.stack([np.ones(places), across], axis=1))[0].T
    tried_blurs, shapes = np.array(kinds).T
    return _Table(widths, tried_blurs, shapes, shown - (shown @ flat.T) @ flat, flat)


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
    """Give the integral of the normal distribution up to places."""
    return np.asarray(at * special.ndtr(at) + np.exp(-(at**2) / 2) / np.sqrt(2 * np.pi))
