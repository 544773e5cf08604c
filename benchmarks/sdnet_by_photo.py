"""Takes whole SDNET2018 photos with cell labels; gives F1 per surface by the detector, on cells where they stand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from benchmarks.labelled_photos import rebuilt_photos
from benchmarks.photos_dense import cell_scores
from benchmarks.result import Bar, Benchmark, DataKind, Result, Settings
from benchmarks.scored import score_split
from benchmarks.sdnet_tiles import balanced_threshold, surface_weights
from cracklens import Detector
from cracklens.cli.talk import progress
from cracklens.figures import metrics

BARS = {
    "D": Bar("F1 decks, cells in their photos", "≥", 0.84),
    "P": Bar("F1 pavements, cells in their photos", "≥", 0.88),
    "W": Bar("F1 walls, cells in their photos", "≥", 0.84),
}
NAMES = {"D": "decks", "P": "pavements", "W": "walls"}


@dataclass(frozen=True)
class Cells:
    """Labelled cells and their scores.

    Attributes:
        labels: (N,) 1 cracked, 0 intact.
        scores: (N,) float64, 0-1.
        photos: (N,) names, the groups; the first letter is the surface.
        data: whether these are all.
    """

    labels: NDArray[np.int64]
    scores: NDArray[np.float64]
    photos: NDArray[np.str_]
    data: DataKind

    @property
    def surfaces(self) -> NDArray[np.str_]:
        """First letter of each cell's photo (N,): D, P or W."""
        return np.array([photo[0] for photo in self.photos])

    def of(self, surface: str) -> Cells:
        """Give those of one surface."""
        inside = self.surfaces == surface
        return Cells(self.labels[inside], self.scores[inside], self.photos[inside], self.data)


def run(settings: Settings) -> Sequence[Result]:
    """Measure F1 on decks, pavements and walls at one threshold, chosen on val for balanced classes; tiles beside."""
    detector = Detector.load(settings.detector)
    val = score_photos("val", detector, settings)
    cells = val if settings.split == "val" else score_photos(settings.split, detector, settings)
    threshold = metrics.threshold_for_f1(val.scores, val.labels, surface_weights(val.labels, val.surfaces))
    how = f"whole photos, score of a cell is the mean of its values; {_chosen(threshold, settings)}"
    rows = [BARS[of].result(**f1_row(cells.of(of), threshold), split=settings.split, note=how) for of in BARS]
    return [*rows, *_single(detector, settings)]


def score_photos(split: str, detector: Detector, settings: Settings) -> Cells:
    """Give the score of every labelled cell of the photos of a split, each photo scored whole."""
    photos = rebuilt_photos(split, settings.limit)
    parts: list[tuple[NDArray[Any], ...]] = []
    with progress(f"photos of {split}") as step:
        for i, one in enumerate(photos.photos):
            scores = cell_scores(detector.score(one.photo).values, one.places)
            parts.append((one.labels, scores, np.full(len(scores), one.photo.name)))
            step(i + 1, photos.n, one.photo.name)
    labels, scores, names = (np.concatenate(column) for column in zip(*parts, strict=True))
    return Cells(labels, scores, names, photos.data)


def f1_row(cells: Cells, threshold: float) -> dict[str, Any]:
    """Give value, n, interval, sides and data of F1 with both classes weighing the same."""
    preds, weights = (cells.scores >= threshold).astype(np.int64), metrics.balanced_weights(cells.labels)
    function = cast("metrics.MetricFunction", metrics.f1)
    parts = {"recall": metrics.recall, "precision": metrics.precision}
    sides = {name: metric(preds, cells.labels, weights) for name, metric in parts.items()}
    return {
        "value": metrics.f1(preds, cells.labels, weights),
        "n": len(cells.labels),
        "interval": metrics.bootstrap_interval(function, preds, cells.labels, weights, groups=cells.photos),
        "sides": sides | {"AUROC": metrics.auroc(cells.scores, cells.labels, weights)},
        "data": cells.data,
    }


def _single(detector: Detector, settings: Settings) -> list[Result]:
    """Give the rows of the same tiles scored one by one, at a threshold of their own."""
    threshold = balanced_threshold(score_split("sdnet2018", settings, detector=detector, split="val"))
    scored = score_split("sdnet2018", settings, detector=detector)
    cells = Cells(scored.of.labels, scored.scores, scored.of.groups, scored.of.data)
    note = f"tile by tile through the public API; {_chosen(threshold, settings)}"
    return [
        Result(f"F1 {NAMES[of]}, single tiles", **f1_row(cells.of(of), threshold), split=settings.split, note=note)
        for of in BARS
    ]


def _chosen(threshold: float, settings: Settings) -> str:
    on = "val, the measured split itself" if settings.split == "val" else "val"
    return f"classes weighted to be equal; one threshold for all surfaces, {threshold:.4f}, chosen on {on}; by photo"


BENCHMARK = Benchmark(
    "sdnet_by_photo",
    "SDNET2018 by photo, whole photos through the public API, F1 at balanced classes",
    (*BARS.values(),),
    run,
)
