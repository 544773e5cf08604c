"""Takes whole photos with labelled cells; gives the traced length in crack-free cells against that in cracked ones."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from benchmarks.labelled_photos import LabelledPhoto, labelled_photos
from benchmarks.result import Bar, Benchmark, Result, Settings
from cracklens import Detector
from cracklens.training.features.mosaic import TILE_PX
from cracklens.values import SURE

SHARE = Bar("traced length per megapixel, crack-free over cracked cells", "≤", 0.02)


def run(settings: Settings) -> Sequence[Result]:
    """Trace every photo at the detector's own threshold; a trace counts in each cell by its length in it."""
    detector = Detector.load(settings.detector)
    photos = labelled_photos(settings)
    lengths, labels, sides = [], [], {}
    for labelled in photos.photos:
        found = _lengths(labelled, detector)
        lengths.append(found)
        labels.append(labelled.labels)
        sides[f"{labelled.photo.name.rsplit('/', 1)[-1]}, crack-free, px/MP"] = _per_megapixel(
            found[labelled.labels == 0]
        )
    length, label = np.concatenate(lengths), np.concatenate(labels)
    cracked, free = (_per_megapixel(length[label == kind]) for kind in (1, 0))
    note = f"{photos.n} photos, {len(label):,} cells; branches' points, one a px, of traces of confidence ≥ {SURE:g}"
    whole = {"cracked, px/MP": cracked, "crack-free, px/MP": free, **sides}
    return [
        SHARE.result(
            free / cracked if cracked else np.inf,
            n=len(label),
            sides=whole,
            note=note,
            data=photos.data,
            split=settings.split,
        )
    ]


def _lengths(labelled: LabelledPhoto, detector: Detector) -> NDArray[np.float64]:
    """Give the length (N,) in each labelled cell, in px, of traces that are rather a crack than not."""
    place = {cell: i for i, cell in enumerate(labelled.places)}
    lengths = np.zeros(len(place))
    sure = [trace for trace in detector.inspect(labelled.photo).traces if trace.confidence >= SURE]
    for trace in sure:
        for branch in trace.branches:
            cells = (branch.points_xy[:-1] // TILE_PX).astype(int)
            steps = np.hypot(*np.diff(branch.points_xy, axis=0).T)
            for (col, row), step in zip(cells.tolist(), steps.tolist(), strict=True):
                if (row, col) in place:
                    lengths[place[row, col]] += step
    return lengths


def _per_megapixel(lengths: NDArray[np.float64]) -> float:
    return float(lengths.mean() / TILE_PX**2 * 1e6) if len(lengths) else 0.0


BENCHMARK = Benchmark("false_traces", "traced length in crack-free cells of whole photos", (SHARE,), run)
