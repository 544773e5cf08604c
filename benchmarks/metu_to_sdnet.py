"""Takes a head fitted on METU alone; gives how it does on SDNET2018, which it has never seen: F1 and AUROC, pooled."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import Any, cast

import numpy as np
from makers.concrete.figures import SINGLE, SURFACES, surface
from makers.concrete.masses import fit_map_weight, log_masses
from makers.crackmap.origins import SDNET
from makers.crackmap.without import MAP_ROUNDS, QUICK, map_without
from numpy.typing import NDArray

from benchmarks.data import find
from benchmarks.measured_tiles import data_kind, measured_tiles, part
from benchmarks.metu_far import far_log_masses, far_pictures
from benchmarks.result import Bar, Benchmark, Result, Settings
from cracklens.cli.talk import progress
from cracklens.figures import metrics
from cracklens.network import calibrated
from cracklens.training import (
    Domain,
    FitSettings,
    Measured,
    calibrate,
    fit_domains,
    head_scores,
    joined,
    logits,
)
from cracklens.values import Backbone, Head

F1 = Bar("F1 on SDNET2018", "≥", 0.55)
AUROC = Bar("AUROC on SDNET2018", "≥", 0.80)
STRENGTHS = (1e-4, 1e-3, 3e-3, 1e-2, 3e-2)
STRENGTH = 1e-2
"""Chosen on SDNET2018's val tiles, see the rows of `--split val`."""

PARTS = {"recall": metrics.recall, "precision": metrics.precision}
Rule = Callable[[NDArray[np.float64], NDArray[np.int64]], float]
"""Scores and labels (N,) of METU's val in, a threshold out."""

RULES: dict[str, Rule] = {
    "best balanced F1": lambda scores, labels: metrics.threshold_for_f1(
        scores, labels, metrics.balanced_weights(labels)
    ),
    "95 % recall": lambda scores, labels: metrics.threshold_for_recall(scores, labels, least=0.95),
    "99 % recall": lambda scores, labels: metrics.threshold_for_recall(scores, labels, least=0.99),
    "99.9 % recall": lambda scores, labels: metrics.threshold_for_recall(scores, labels, least=0.999),
    "1 % false alarms": lambda scores, labels: float(np.quantile(scores[labels == 0], 0.99)),
    "5 % false alarms": lambda scores, labels: float(np.quantile(scores[labels == 0], 0.95)),
    "10 % false alarms": lambda scores, labels: float(np.quantile(scores[labels == 0], 0.90)),
    "a score of 0.5": lambda _scores, _labels: 0.5,
}
"""Ways to choose a threshold that look at METU's val alone."""

MAPPED = (
    f"in the score a crack map made of METU alone, by {QUICK:g} of the bundled one's steps, fewer samples and "
    f"{MAP_ROUNDS} of its rounds; its weight by METU's val"
)
FORM, RULE = "from afar", "10 % false alarms"
"""Chosen on SDNET2018's val tiles, see the rows of `--split val`."""


def run(settings: Settings) -> Sequence[Result]:
    """Measure F1 at METU's own threshold and AUROC, both classes weighing the same; on val with all that was tried."""
    metu = measured_tiles("metu", ("train", "val"), settings)
    sdnet = measured_tiles("sdnet2018", (settings.split,), settings)
    forms = {"from afar": far_pictures(metu), "as they are": metu}
    shared = _shared(settings)
    own = f"strength {STRENGTH:g}, threshold by {RULE} on METU's val; form, strength and rule chosen on SDNET2018's val"
    scored, plain = (Scored.by(fitted(of, STRENGTH), of, sdnet) for of in (forms[FORM], metu))
    mapped = fused(metu, forms[FORM], sdnet, map_without(SDNET, find("sdnet2018").parent))
    said = "single tiles, pooled, classes weighted to be equal; fitted on METU's train"
    note = f"{said}, {FORM}: {len(part(forms[FORM], 'train').tiles):,} pictures; {own}; interval by photo"
    with_map = f"{note}; {MAPPED}"
    rows = [
        F1.result(**_f1(mapped, RULES[RULE]), note=with_map, **shared),
        AUROC.result(**_auroc(mapped), note=with_map, **shared),
        Result(f"{F1.row}, without crack map", **_f1(scored, RULES[RULE]), note=note, **shared),
        Result(f"{AUROC.row}, without crack map", **_auroc(scored), note=note, **shared),
        Result(
            "AUROC on SDNET2018, tiles as they are",
            **_auroc(plain),
            note=f"{said}, as they are; interval by photo",
            **shared,
        ),
        Result(
            "AUROC on SDNET2018, less the median logit of each photo",
            **_auroc(replace(scored, sdnet=beside_their_photo(scored.sdnet, sdnet.groups))),
            note="no bar: a tile is held against its photo, most of which is intact; no label is used",
            **shared,
        ),
        _always(sdnet, shared),
    ]
    forms["both"] = joined(list(forms.values()))
    return rows if settings.split == "test" else [*rows, *_tries(forms, sdnet, shared)]


def fitted(metu: Measured, strength: float) -> Head:
    """Give the head that `fit_domains` fits on METU's train tiles alone and calibrates on its val."""
    return fit_domains([Domain("METU", "METU", 1.0, metu)], settings=FitSettings(strength=strength))[0]


def fused(metu: Measured, far: Measured, sdnet: Measured, mapper: Backbone) -> Scored:
    """Score both sets with the crack map in the score; its weight and calibration are fitted on METU's val alone.

    Args:
        metu: its tiles.
        far: the pictures of `far_pictures`, which the head is fitted on.
        sdnet: tiles, read singly.
        mapper: the network with a crack map made of METU alone.
    """
    head, val = fitted(far, STRENGTH), part(far, "val")
    with progress("crack map of SDNET2018") as step:
        on_sdnet = log_masses(sdnet.tiles, [SINGLE] * len(sdnet.tiles), mapper, on_progress=step)
    on_val, by_head = far_log_masses(metu, mapper), logits(val.bags.features, head)
    weight = fit_map_weight(by_head, on_val, val.bags.counts, val.labels)
    peaks = np.asarray(val.bags.peaks(by_head + weight * on_val), np.float64)
    head = calibrate(head, peaks, val.labels, weights=np.ones(len(val.tiles)))
    others = sdnet.bags.peaks(logits(sdnet.bags.features, head) + weight * on_sdnet)
    scores, of_sdnet = (calibrated(of, head).astype(np.float64) for of in (peaks, others))
    return Scored(scores, val.labels, of_sdnet, sdnet)


def _shared(settings: Settings) -> dict[str, Any]:
    on = data_kind("sdnet2018", (settings.split,), settings)
    kinds = (data_kind("metu", ("train", "val"), settings), on)
    kind = next((of for of in ("limited", "sample") if of in kinds), "whole")
    return {"data": kind, "split": settings.split}


@dataclass(frozen=True)
class Scored:
    """Scores (N,) by one head: of METU's val, with its labels, and of tiles of SDNET2018."""

    val: NDArray[np.float64]
    val_labels: NDArray[np.int64]
    sdnet: NDArray[np.float64]
    on: Measured

    @classmethod
    def by(cls, head: Head, metu: Measured, sdnet: Measured) -> Scored:
        """Score both with a head."""
        val = part(metu, "val")
        found, scores = (head_scores(of, head).astype(np.float64) for of in (val, sdnet))
        return cls(found, val.labels, scores, sdnet)


def _f1(scored: Scored, rule: Rule) -> dict[str, Any]:
    """Give value, n, interval and sides of F1 at the threshold that a rule chooses on METU's val."""
    threshold = rule(scored.val, scored.val_labels)
    preds, labels = (scored.sdnet >= threshold).astype(np.int64), scored.on.labels
    weights = metrics.balanced_weights(labels)
    interval = metrics.bootstrap_interval(
        cast("metrics.MetricFunction", metrics.f1), preds, labels, weights, groups=scored.on.groups
    )
    sides = {name: of(preds, labels, weights) for name, of in PARTS.items()} | {"threshold": threshold}
    sides["F1 at natural prevalence"] = metrics.f1(preds, labels, np.ones(len(labels)))
    return {"value": metrics.f1(preds, labels, weights), "n": len(labels), "interval": interval, "sides": sides}


def _auroc(scored: Scored) -> dict[str, Any]:
    labels, ones = scored.on.labels, np.ones(len(scored.sdnet))
    interval = metrics.bootstrap_interval(metrics.auroc, scored.sdnet, labels, ones, groups=scored.on.groups)
    surfaces = np.array([surface(tile) for tile in scored.on.tiles])
    on = {of: surfaces == of for of in SURFACES}
    sides = {of: metrics.auroc(scored.sdnet[at], labels[at], ones[at]) for of, at in on.items()}
    return {"value": metrics.auroc(scored.sdnet, labels, ones), "n": len(labels), "interval": interval, "sides": sides}


def beside_their_photo(scores: NDArray[np.float64], photos: NDArray[np.str_]) -> NDArray[np.float64]:
    """Give logits (N,) of scores less the median logit of their photo."""
    logits = np.log(scores) - np.log1p(-scores)
    _, of = np.unique(photos, return_inverse=True)
    medians = np.array([np.median(logits[of == photo]) for photo in range(of.max() + 1)])
    return np.asarray(logits - medians[of])


def _always(sdnet: Measured, shared: dict[str, Any]) -> Result:
    """Give the F1 of a detector that calls every tile cracked: at equal classes two thirds, above the bar."""
    labels = sdnet.labels
    value = metrics.f1(np.ones_like(labels), labels, metrics.balanced_weights(labels))
    return Result("F1 of calling every tile cracked", value, len(labels), note="trivial baseline", **shared)


def _tries(forms: dict[str, Measured], sdnet: Measured, shared: dict[str, Any]) -> list[Result]:
    """Give F1 of every rule at every strength in every form; what form, strength and rule were chosen by."""
    found = []
    for (form, metu), strength in product(forms.items(), STRENGTHS):
        scored = Scored.by(fitted(metu, strength), metu, sdnet)
        auroc = metrics.auroc(scored.sdnet, sdnet.labels, np.ones(len(sdnet.tiles)))
        for name, rule in RULES.items():
            row = _f1(scored, rule)
            row["sides"] = row["sides"] | {"AUROC": auroc}
            found.append(Result(f"try: {form}, strength {strength:g}, {name}", **row, **shared))
    return found


BENCHMARK = Benchmark("metu_to_sdnet", "a head fitted on METU alone, on SDNET2018 tile by tile", (F1, AUROC), run)
