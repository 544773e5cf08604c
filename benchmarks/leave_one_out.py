"""Takes METU and SDNET2018; gives F1 on each surface by heads that were fitted, and thresholds chosen, without it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, cast

import numpy as np
from makers.concrete.figures import PHOTOS, SINGLE, SURFACES

from benchmarks.head_strength import read_parts
from benchmarks.left_out import BARS, default_rows
from benchmarks.measured_tiles import data_kind
from benchmarks.result import Benchmark, Result, Settings
from benchmarks.sdnet_tiles import surface_weights
from cracklens.figures import metrics
from cracklens.training import STRENGTH, Domain, FitSettings, Measured, fit_domains, head_scores, joined
from cracklens.values import Head


def run(settings: Settings) -> Sequence[Result]:
    """Measure F1 on each surface by the recipe of the default detector, on whole photos; the linear head beside it."""
    splits = ("train", "val") if settings.split == "val" else ("train", "val", "test")
    found = read_parts(settings, splits)
    linear = [row for surface in SURFACES for row in _rows(found, surface, settings)]
    return [*default_rows(settings), *linear]


def _rows(found: Sequence[Domain], surface: str, settings: Settings) -> Iterator[Result]:
    seen = [one for one in found if one.surface != surface]
    head, _ = fit_domains(seen, settings=FitSettings(strength=STRENGTH))
    shared: dict[str, Any] = {"data": _kind(settings), "split": settings.split}
    for form in (PHOTOS, SINGLE):
        (on,) = (one.of(settings.split) for one in found if one.surface == surface and one.name.endswith(form))
        threshold = seen_threshold(head, seen, form)
        row = _f1(head, threshold, on) | {"note": _note(seen, form, threshold)} | shared
        yield Result(f"{BARS[surface].row}, linear head, {form}", **row)


def seen_threshold(head: Head, seen: Sequence[Domain], form: str) -> float:
    """Give the threshold with the best F1 on the val tiles of the surfaces in the fit, read in the same form.

    Every surface weighs the same and, in it, both classes. METU is left out: its tiles are so easy that most thresholds
    serve them, and it has one form only.
    """
    val = joined([one.of("val") for one in seen if one.name.endswith(form)])
    weights = surface_weights(val.labels, np.array([tile.file[0] for tile in val.tiles]))
    return metrics.threshold_for_f1(head_scores(val, head), val.labels, weights)


def _f1(head: Head, threshold: float, on: Measured) -> dict[str, Any]:
    """Give value, n, interval and sides of F1 with both classes weighing the same."""
    scores, labels = head_scores(on, head), on.labels
    preds, weights = (scores >= threshold).astype(np.int64), metrics.balanced_weights(on.labels)
    function = cast("metrics.MetricFunction", metrics.f1)
    parts = {"recall": metrics.recall, "precision": metrics.precision}
    sides = {name: metric(preds, labels, weights) for name, metric in parts.items()}
    return {
        "value": metrics.f1(preds, labels, weights),
        "n": len(labels),
        "interval": metrics.bootstrap_interval(function, preds, labels, weights, groups=on.groups),
        "sides": sides | {"AUROC": metrics.auroc(scores, labels, weights), "best F1": _best_f1(scores, on)},
    }


def _best_f1(scores: metrics.Floats, on: Measured) -> float:
    """Give the F1 at the threshold that these very labels would choose: what a better threshold could gain."""
    weights = metrics.balanced_weights(on.labels)
    best = metrics.threshold_for_f1(scores, on.labels, weights)
    return metrics.f1((scores >= best).astype(np.int64), on.labels, weights)


def _kind(settings: Settings) -> Any:
    kinds = [data_kind(name, ("train", "val", settings.split), settings) for name in ("metu", "sdnet2018")]
    return next((of for of in ("limited", "sample") if of in kinds), "whole")


def _note(seen: Sequence[Domain], form: str, threshold: float) -> str:
    fitted = ", ".join(dict.fromkeys(one.surface for one in seen))
    chosen = f"threshold {threshold:.4f} by the best F1 on val of the surfaces in the fit, {form}"
    return f"classes weighted to be equal; fitted on {fitted}; {chosen}; tiles without a place left out; by photo"


BENCHMARK = Benchmark(
    "leave_one_out",
    "SDNET2018, one surface left out of the fit in turn, F1 at balanced classes on the cells of its photos",
    (*BARS.values(),),
    run,
)
