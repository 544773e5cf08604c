"""Takes METU by its group-safe split, and by a random one; gives the errors of recipe `frozen` fitted on METU alone."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.data import split_tiles
from benchmarks.measured_tiles import data_kind, measured_tiles, part
from benchmarks.result import Bar, Benchmark, Result, Settings
from cracklens.cli.talk import progress
from cracklens.figures import metrics
from cracklens.labels import LabelledSet, with_splits
from cracklens.labels.duplicates import duplicate_groups
from cracklens.labels.fingerprint import Fingerprint, fingerprints
from cracklens.training import FitSettings, Measured, bag_logits, calibrate, fit_bags, head_scores
from cracklens.values import Head

TILES = 3983
"""Of the test split; errors on more or fewer tiles are given for so many."""

ERRORS = Bar("errors in 3,983, group-safe split", "≤", 10)
STRENGTHS = (1e-4, 1e-3, 3e-3, 1e-2, 3e-2, 1e-1)


@dataclass(frozen=True)
class Fitted:
    """A head, its threshold, and how both came about.

    Attributes:
        head: calibrated on val.
        threshold: with the fewest errors on val.
        strength: of the L2 penalty, chosen on val.
        val_errors: at the threshold.
    """

    head: Head
    threshold: float
    strength: float
    val_errors: int


def run(settings: Settings) -> Sequence[Result]:
    """Count the errors on the group-safe split, and as information on a random 80/20 split of the same tiles.

    On val, the random split is drawn from train and val, so that test stays unread.
    """
    splits = ("train", "val") if settings.split == "val" else ("train", "val", "test")
    found = measured_tiles("metu", splits, settings)
    shared: dict[str, Any] = {"data": data_kind("metu", splits, settings), "split": settings.split}
    return [_clean(found, settings, shared), _upright(found, splits, shared), _random(found, splits, shared)]


def _clean(found: Measured, settings: Settings, shared: dict[str, Any]) -> Result:
    fitted, on = fit_chosen(part(found, "train"), part(found, "val")), part(found, settings.split)
    coverage = split_tiles("metu", settings.split, limit=settings.limit).coverage()
    note = f"fitted on METU's train split alone; {told(fitted, found, 'val')}; {coverage}; interval by group"
    return ERRORS.result(**measured_errors(fitted, on), note=note, **shared)


def _upright(found: Measured, splits: Sequence[str], shared: dict[str, Any]) -> Result:
    """Measure on a split that knows copies in one position only, as the first version of METU's split did."""
    drawn = split_upright(found)
    fitted, on = fit_chosen(part(drawn, "train"), part(drawn, "val")), part(drawn, "test")
    sides = {tile.file: tile.split == "test" for tile in drawn.tiles}
    learnt = {tile.group for tile in found.tiles if not sides[tile.file]}
    leaking = sum(tile.group in learnt for tile in found.tiles if sides[tile.file])
    why = (
        f"drawn by groups of duplicates in one position; {leaking:,} of {len(on.tiles):,} test tiles have a turned or "
    )
    note = f"{why}mirrored copy in train or val, by the official groups; {told(fitted, drawn, 'that val')}"
    name = "errors in 3,983, split that knows no turned copies"
    note = f"{note}; of the tiles of {', '.join(splits)}; interval by these groups"
    return Result(name, **measured_errors(fitted, on), sense="≤", note=note, **shared)


def split_upright(found: Measured) -> Measured:
    """Give the tiles with splits drawn with seed 0 by groups of duplicates that stand alike: 80 % train, 10 % val."""
    with progress("upright duplicates") as step:
        prints = fingerprints([tile.path for tile in found.tiles], on_progress=lambda _, *done: step(*done))
        known = [one for one in prints if isinstance(one, Fingerprint)]
        groups = duplicate_groups(known, turns=1, on_progress=lambda _, *done: step(*done))
    tiles = [replace(tile, group=str(of), split=None) for tile, of in zip(found.tiles, groups.tolist(), strict=True)]
    drawn = with_splits(LabelledSet("metu", tuple(tiles), None), val_share=0.1, test_share=0.1)
    return Measured(drawn.tiles, found.bags)


def _random(found: Measured, splits: Sequence[str], shared: dict[str, Any]) -> Result:
    drawn = randomly_split(found)
    fitted, on = fit_chosen(part(drawn, "train"), part(drawn, "val")), part(drawn, "test")
    leaking = "random 80/20 by tile, an eighth of the 80 % as val: copies of a tile are on both sides, so it flatters"
    note = f"{leaking}; {told(fitted, drawn, 'that val')}; of the tiles of {', '.join(splits)}; interval by group"
    return Result("errors in 3,983, random split", **measured_errors(fitted, on), sense="≤", note=note, **shared)


def randomly_split(found: Measured) -> Measured:
    """Give the tiles with splits drawn by tile with seed 0: 70 % train, 10 % val, 20 % test."""
    n = len(found.tiles)
    places = random.Random(0).sample(range(n), n)  # noqa: S311 no secret
    names = {place: "test" if i < 0.2 * n else "val" if i < 0.3 * n else "train" for i, place in enumerate(places)}
    return Measured([replace(tile, split=names[i]) for i, tile in enumerate(found.tiles)], found.bags)


def fit_chosen(train: Measured, val: Measured) -> Fitted:
    """Fit as recipe `frozen` does at every strength; keep the one with the fewest errors on val, then least loss."""
    tries = [fit_at(strength, train, val) for strength in STRENGTHS]
    return min(tries, key=lambda one: (one.val_errors, _loss(one.head, val)))


def fit_at(strength: float, train: Measured, val: Measured) -> Fitted:
    """Fit and calibrate a head at one strength and set its threshold on val."""
    head = fit_bags(train.bags, train.labels, settings=FitSettings(strength=strength))
    head = calibrate(head, bag_logits(val.bags, head), val.labels, weights=np.ones(len(val.tiles)))
    scores = head_scores(val, head).astype(np.float64)
    threshold = middle_threshold(scores, val.labels)
    return Fitted(head, threshold, strength, int(((scores >= threshold) != val.labels).sum()))


def middle_threshold(scores: NDArray[np.float64], labels: NDArray[np.int64]) -> float:
    """Give the threshold with the fewest errors, halfway between two scores; of several the one in the middle."""
    values = np.unique(scores)
    cuts = np.concatenate([[values[0] / 2], (values[1:] + values[:-1]) / 2, [(values[-1] + 1) / 2]])
    intact, cracked = (np.sort(scores[labels == label]) for label in (0, 1))
    errors = np.searchsorted(cracked, cuts) + len(intact) - np.searchsorted(intact, cuts)
    best = np.flatnonzero(errors == errors.min())
    return float(cuts[best[(len(best) - 1) // 2]])


def _loss(head: Head, val: Measured) -> float:
    scores = np.clip(head_scores(val, head).astype(np.float64), 1e-12, 1 - 1e-12)
    return float(-np.log(np.where(val.labels == 1, scores, 1 - scores)).mean())


def measured_errors(fitted: Fitted, on: Measured) -> dict[str, Any]:
    """Give value, n, interval and sides of a row of errors."""
    preds = (head_scores(on, fitted.head).astype(np.float64) >= fitted.threshold).astype(np.int64)
    ones = np.ones(len(preds))
    _, fp, fn, _ = metrics.confusion(preds, on.labels, ones)

    def scaled(preds: metrics.Ints, target: metrics.Ints, weights: metrics.Floats) -> float:
        return TILES * (1 - metrics.accuracy(preds, target, weights))

    interval = metrics.bootstrap_interval(scaled, preds, on.labels, ones, groups=on.groups)
    sides = {"missed cracks": fn, "false alarms": fp}
    return {"value": TILES * (fp + fn) / len(preds), "n": len(preds), "interval": interval, "sides": sides}


def told(fitted: Fitted, found: Measured, on: str) -> str:
    """Say how a head and its threshold were chosen."""
    n = sum(tile.split == "val" for tile in found.tiles)
    chosen = f"strength {fitted.strength:g} and threshold {fitted.threshold:.3f} by the fewest errors on {on}"
    return f"{chosen} ({fitted.val_errors} of {n:,})"


BENCHMARK = Benchmark(
    "metu_clean", "METU by its group-safe split, a head of recipe frozen fitted on METU alone", (ERRORS,), run
)
