"""Takes features of a site's neighbourhoods with labels; gives a head moved towards them. Pure: knows no photos."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import expit

from cracklens.errors import DataError
from cracklens.figures import balanced_weights, metrics
from cracklens.training.fit import CHUNK_ROWS, fit_slopes
from cracklens.training.site.places import CRACK, NO_CRACK, UNKNOWN
from cracklens.values import Head

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]

STEADY = 1e-2
"""Penalty on a slope other than 1: of all numbers that move it is the one that few labels tell best."""

LEAST_SLOPE = 0.05
MEMORY = 12
"""Earlier steps that L-BFGS remembers."""


@dataclass(frozen=True)
class SiteSettings:
    """How a head is fitted to a site; chosen on val, see `docs/decisions/0023-teaching.md`.

    Attributes:
        strengths: penalties on how far the weights move, on standardised features; photos that a fit has not seen say
            which is taken.
        folds: so many fits, each without its share of the photos, tell how good the last one is.
        most_rows: neighbourhoods in a fit; of the easy ones without a crack only so many are taken that it stays below.
        max_steps: of L-BFGS.
        seed: of what is left out of a fit.
    """

    strengths: tuple[float, ...] = (3.0, 1.0, 0.3)
    folds: int = 4
    most_rows: int = 12_000
    max_steps: int = 60
    seed: int = 0


@dataclass(frozen=True)
class SitePhoto:
    """The neighbourhoods of one photo that was gone through.

    Attributes:
        features: (K, D) float16.
        rest: (K,) float32: what else the head adds to its linear logit.
        labels: (K,) CRACK, NO_CRACK or UNKNOWN.
        hard: (K,) those without a crack that are always learnt from: rejected lines.
    """

    features: NDArray[np.float16]
    rest: NDArray[np.float32]
    labels: NDArray[np.int8]
    hard: NDArray[np.bool_]


@dataclass(frozen=True)
class FittedHead:
    """A head fitted to a site, and what fits that had not seen a photo say of it.

    Attributes:
        head: calibrated, fitted on all photos.
        threshold: chosen for it.
        strength: that was taken.
        unseen: scores (K,) of each photo by a fit that had not seen it.
        thresholds: chosen by the scores of the other photos, for each.
    """

    head: Head
    threshold: float
    strength: float
    unseen: tuple[Floats, ...]
    thresholds: tuple[float, ...]


@dataclass(frozen=True)
class Moved:
    """How far a head's logit moves: slope times the calibrated one, a constant, and a step (D,) of the weights."""

    step: Floats
    slope: float
    constant: float

    def logits(self, features: NDArray[np.floating], before: Floats) -> Floats:
        """Give logits (N,) of features (N, D) whose calibrated logits were `before`."""
        return self.slope * before + self.constant + _times(features, self.step)

    def of(self, head: Head, slope: float, constant: float) -> Head:
        """Give the head that has these logits, times a slope and with a constant added."""
        whole = self.slope * slope
        weight = np.array([[-0.5], [0.5]]) * (self.step * head.temperature / self.slope)
        offset = slope * (self.slope * head.offset + self.constant) + constant
        moved = (head.weight + weight).astype(np.float32)
        return replace(head, weight=moved, temperature=head.temperature / whole, offset=float(offset))


def fit_to_site(
    photos: Sequence[SitePhoto],
    head: Head,
    *,
    settings: SiteSettings | None = None,
    on_step: Callable[[int, int], None] = lambda *_: None,
) -> FittedHead:
    """Give a head moved towards the labels of a site, and honest scores of its photos.

    Its linear part is fitted again with a penalty on how far it goes from where it was; detail net and crack map stay.
    Photos are parted into folds. Each is scored by a fit to the other folds. Strength, slope, constant and threshold
    are chosen by the scores of the other folds, too; those are of fits that had seen it: four numbers of thousands.

    Args:
        photos: gone through; some with cracks, in at least two of them.
        head: to start from.
        settings: of the fit; None takes the chosen ones.
        on_step: called with (done, of all) fits.

    Raises:
        DataError: cracks in fewer than two photos, or no place without one.

    Source: Evgeniou and Pontil 2004, "Regularized multi-task learning", section 2 (the penalty towards a common start).
    """
    settings = settings or SiteSettings()
    rows = _Rows.of(photos, head, settings)
    held = _held_out(rows, settings, on_step)
    unseen, thresholds = _unseen(rows, held, settings)
    best = _best(held, rows.labels)
    slope, constant, threshold = _calibration(held[best], rows.labels)
    strength = settings.strengths[best]
    fitted = rows.moved(np.ones(len(rows.labels), np.bool_), strength, settings).of(head, slope, constant)
    of_photo = tuple(float(thresholds[rows.folds[start]]) for start in rows.starts)
    return FittedHead(fitted, threshold, strength, tuple(np.split(unseen, rows.starts[1:])), of_photo)


def _held_out(rows: _Rows, settings: SiteSettings, on_step: Callable[[int, int], None]) -> Floats:
    """Give the logits (S, N) of every row by a fit to the other folds, at every strength."""
    held = np.empty((len(settings.strengths), len(rows.labels)))
    for number, strength in enumerate(settings.strengths):
        for fold in range(settings.folds):
            out = rows.folds == fold
            held[number, out] = rows.moved(~out, strength, settings).logits(rows.features[out], rows.before[out])
            on_step(number * settings.folds + fold + 1, held.shape[0] * settings.folds)
    return held


def _unseen(rows: _Rows, held: Floats, settings: SiteSettings) -> tuple[Floats, Floats]:
    """Give the score of every row (N,) and the threshold of every fold, as the other folds choose them."""
    unseen, thresholds = np.empty(len(rows.labels)), np.empty(settings.folds)
    for fold in range(settings.folds):
        out = rows.folds == fold
        best = _best(held[:, ~out], rows.labels[~out])
        slope, constant, thresholds[fold] = _calibration(held[best, ~out], rows.labels[~out])
        unseen[out] = expit(slope * held[best, out] + constant)
    return unseen, thresholds


@dataclass(frozen=True)
class _Rows:
    """All neighbourhoods (N) of all photos, one photo after the other."""

    features: NDArray[np.float16]
    before: Floats
    labels: NDArray[np.int8]
    folds: Ints
    starts: Ints
    learnt: NDArray[np.bool_]
    weights: Floats

    @classmethod
    def of(cls, photos: Sequence[SitePhoto], head: Head, settings: SiteSettings) -> _Rows:
        labels = np.concatenate([one.labels for one in photos])
        cracked = np.array([(one.labels == CRACK).any() for one in photos])
        if cracked.sum() < 2 or not (labels == NO_CRACK).any():
            came = f"{cracked.sum()} photos have cracks, and {(labels == NO_CRACK).sum()} places have none"
            raise DataError(f"A fit needs cracks in two photos and places without one; {came}. Go through more photos.")
        features = np.concatenate([one.features for one in photos])
        linear = _times(features, (head.weight[1] - head.weight[0]).astype(np.float64))
        logits = linear + float(head.bias[1] - head.bias[0]) + np.concatenate([one.rest for one in photos])
        counts = [len(one.labels) for one in photos]
        order = np.argsort(~cracked, kind="stable")  # photos with cracks first, so that every fold has some
        fold = np.empty(len(photos), np.intp)
        fold[order] = np.arange(len(photos)) % settings.folds
        hard = np.concatenate([one.hard for one in photos])
        learnt, weights = _thinned(labels, hard, settings)
        before = logits / head.temperature + head.offset
        return cls(features, before, labels, np.repeat(fold, counts), np.cumsum([0, *counts[:-1]]), learnt, weights)

    def moved(self, of: NDArray[np.bool_], strength: float, settings: SiteSettings) -> Moved:
        """Give how far the head moves by some of the rows."""
        kept = of & self.learnt
        labels = self.labels[kept].astype(np.int64)
        weights = self.weights[kept] * _even(labels, self.weights[kept])
        return moved(self.features[kept], self.before[kept], labels, weights, strength=strength, settings=settings)


def moved(
    features: NDArray[np.floating],
    before: Floats,
    labels: NDArray[np.int64],
    weights: Floats,
    *,
    strength: float,
    settings: SiteSettings,
) -> Moved:
    """Fit slope, constant and step of the weights with a penalty on the step.

    Args:
        features: (N, D).
        before: (N,) calibrated logits by the head as it was.
        labels: (N,) 1 or 0, both there.
        weights: (N,).
        strength: of the penalty on the step, on standardised features.
        settings: of the fit.
    """
    plain = features.astype(np.float32)
    mean, spread = plain.mean(0), plain.std(0)
    spread += 1e-3 * spread.mean() + 1e-9
    standard = (plain - mean) / spread
    shares = weights / weights.sum()
    depth = standard.shape[1]

    def loss(at: Floats) -> tuple[float, Floats]:
        step, slope, constant = at[:depth], at[depth], at[depth + 1]
        logits = slope * before + constant + standard @ step.astype(np.float32)
        wrong = shares * (expit(logits) - labels)
        entropy = float(shares @ (np.logaddexp(0, logits) - labels * logits))
        penalty = strength / 2 * float(step @ step) + STEADY / 2 * (slope - 1) ** 2
        down = standard.T @ wrong.astype(np.float32) + strength * step
        return entropy + penalty, np.append(down, [wrong @ before + STEADY * (slope - 1), wrong.sum()])

    bounds = [(None, None)] * depth + [(LEAST_SLOPE, None), (None, None)]
    start = np.append(np.zeros(depth), [1.0, 0.0])
    options = {"maxiter": settings.max_steps, "maxcor": MEMORY}
    found = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=bounds, options=options).x
    step = found[:depth] / spread
    return Moved(step, float(found[depth]), float(found[depth + 1] - mean.astype(np.float64) @ step))


def _thinned(
    labels: NDArray[np.int8], hard: NDArray[np.bool_], settings: SiteSettings
) -> tuple[NDArray[np.bool_], Floats]:
    """Give which rows are learnt from, and their weights: of the easy ones those that are left stand for the rest."""
    kept, weights = labels != UNKNOWN, np.ones(len(labels))
    easy = np.flatnonzero((labels == NO_CRACK) & ~hard)
    room = max(settings.most_rows - (int(kept.sum()) - len(easy)), settings.most_rows // 4)
    if len(easy) > room:
        kept[easy] = False
        some = np.random.default_rng(settings.seed).choice(easy, room, replace=False)
        kept[some], weights[some] = True, len(easy) / room
    return kept, weights


def _even(labels: NDArray[np.int64], weights: Floats) -> Floats:
    """Give factors (N,) under which both classes weigh the same."""
    sums = np.array([weights[labels == 0].sum(), weights[labels == 1].sum()])
    return np.asarray((weights.sum() / 2 / sums)[labels])


def _best(held: Floats, labels: NDArray[np.int8]) -> int:
    """Give the number of the strength (S) whose logits (S, N) of unseen photos fit best, both classes alike."""
    known = labels != UNKNOWN
    target = labels[known].astype(np.int64)
    weights = balanced_weights(target)
    losses = [float(weights @ (np.logaddexp(0, of) - target * of)) for of in held[:, known]]
    return int(np.argmin(losses))


def _calibration(logits: Floats, labels: NDArray[np.int8]) -> tuple[float, float, float]:
    """Give slope and constant that make scores of logits (N,) as common as cracks are here, and the threshold.

    It is that of the best F1 with both classes alike, on scores of photos that the fit had not seen: a recall of labels
    would count on the cracks that nobody saw. It lies halfway down to the next lower score, so that no place stands on
    it.
    """
    known = labels != UNKNOWN
    target = labels[known].astype(np.int64)
    (slope,), constant = fit_slopes(logits[known, np.newaxis], target, weights=np.ones(len(target)))
    scores = expit(slope * logits[known] + constant)
    best = metrics.threshold_for_f1(scores, target, balanced_weights(target))
    below = scores[scores < best]
    return slope, constant, (best + (float(below.max()) if len(below) else 0.0)) / 2


def _times(features: NDArray[np.floating], step: Floats) -> Floats:
    """Give the products (N,) of features (N, D) and a step (D,), some rows at a time."""
    parts = (features[at : at + CHUNK_ROWS].astype(np.float32) for at in range(0, len(features), CHUNK_ROWS))
    return np.concatenate([np.asarray(part @ step.astype(np.float32), np.float64) for part in parts])
