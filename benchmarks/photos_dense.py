"""Takes whole photos with labelled cells; gives AUROC of the dense map, and of a head fitted and run tile by tile."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.data import split_tiles
from benchmarks.labelled_photos import LabelledPhoto, PhotoSet, labelled_photos
from benchmarks.result import Bar, Benchmark, DataKind, Result, Settings
from cracklens import Detector
from cracklens.cli.talk import progress
from cracklens.figures import metrics
from cracklens.training import FitSettings, bag_logits, fit_bags
from cracklens.training.features import Bags, batched, default_cache, tile_features
from cracklens.training.features.mosaic import TILE_CELLS
from cracklens.training.features.neighbourhoods import pixels_features
from cracklens.training.features.tiles import BATCH_TILES
from cracklens.values import Backbone, Head

POOLED = Bar("AUROC dense", "≥", 0.89)
GAIN = Bar("AUROC dense minus tile by tile", "≥", 0.0)
STRENGTHS = (3e-4, 1e-3, 3e-3)


@dataclass(frozen=True)
class Cells:
    """Labelled cells of photos, scored in both ways: labels, dense and single (N,), photo (N,) is the group."""

    labels: NDArray[np.int64]
    dense: NDArray[np.float64]
    single: NDArray[np.float64]
    photo: NDArray[np.str_]


def run(settings: Settings) -> Sequence[Result]:
    """Measure AUROC pooled over the cells of all photos.

    A limit takes so many photos, and 200 times as many tiles for the head that runs tile by tile.
    """
    detector = Detector.load(settings.detector)
    single, how = _single_head(detector.backbone, settings)
    photos = labelled_photos(settings)
    cells = _score(photos, detector, single)
    dense, alone = _auroc(cells, cells.dense), _auroc(cells, cells.single)
    shared: dict[str, Any] = {"n": len(cells.labels), "data": _data(photos, settings), "split": settings.split}
    sides = {"dense": dense, "tile by tile": alone}
    note = (
        f"{photos.n} photos, score of a cell is the mean of its {TILE_CELLS} x {TILE_CELLS} values; interval by photo"
    )
    return [
        POOLED.result(dense, interval=_interval(cells, cells.dense), note=note, **shared),
        GAIN.result(
            dense - alone, interval=_gain_interval(cells), sides=sides, note=f"{how}; interval by photo", **shared
        ),
    ]


def _data(photos: PhotoSet, settings: Settings) -> DataKind:
    """Say sample, though all photos are there, where the head that runs tile by tile saw a sample only."""
    train = [split_tiles(name, "train").data for name in ("sdnet2018", "metu")]
    return "sample" if "sample" in train and settings.limit is None else photos.data


def cell_scores(values: NDArray[np.float32], places: Sequence[tuple[int, int]]) -> NDArray[np.float64]:
    """Give the score of each 256 px cell (N,): the mean of the 8 x 8 values of the map (h, w) that lie in it."""
    rows, cols = values.shape[0] // TILE_CELLS, values.shape[1] // TILE_CELLS
    inside = values[: rows * TILE_CELLS, : cols * TILE_CELLS].astype(np.float64)
    means = inside.reshape(rows, TILE_CELLS, cols, TILE_CELLS).mean((1, 3))
    return np.array([means[place] for place in places])


def _score(photos: PhotoSet, detector: Detector, single: Head) -> Cells:
    parts: list[tuple[NDArray[Any], ...]] = []
    with progress("photos") as step:
        for i, one in enumerate(photos.photos):
            dense = cell_scores(detector.score(one.photo).values, one.places)
            alone = _alone(one, detector.backbone, single)
            parts.append((one.labels, dense, alone, np.full(len(dense), one.photo.name)))
            step(i + 1, photos.n, one.photo.name)
    return Cells(*(np.concatenate(column) for column in zip(*parts, strict=True)))


def _alone(one: LabelledPhoto, backbone: Backbone, head: Head) -> NDArray[np.float64]:
    pictures = [picture for some in batched(one.cells(), BATCH_TILES) for picture in pixels_features(some, backbone)]
    return bag_logits(Bags.of(pictures), head)


def _single_head(backbone: Backbone, settings: Settings) -> tuple[Head, str]:
    """Give a head fitted on single train tiles of both sets, its strength chosen on SDNET2018's val; and say so."""
    few = settings.limit and 200 * settings.limit
    train = [split_tiles(name, "train", limit=few) for name in ("sdnet2018", "metu")]
    val = split_tiles("sdnet2018", "val", limit=few)
    tiles = [tile for part in (*train, val) for tile in part.tiles]
    with progress("features of single tiles") as step:
        bags = tile_features([tile.path for tile in tiles], backbone, cache=default_cache(), on_progress=step)
    labels = np.array([tile.label for tile in tiles])
    count = len(tiles) - len(val.tiles)
    train_bags, val_bags = bags.some(np.arange(count)), bags.some(np.arange(count, len(tiles)))
    heads = {of: fit_bags(train_bags, labels[:count], settings=FitSettings(strength=of)) for of in STRENGTHS}
    ones = np.ones(len(val.tiles))
    best = max(heads, key=lambda of: metrics.auroc(bag_logits(val_bags, heads[of]), labels[count:], ones))
    whole = "all" if all(part.data == "whole" for part in train) else "a sample"
    how = (
        f"tile by tile: same backbone, head fitted on {count:,} single train tiles ({whole}), strength {best:g} by val"
    )
    return heads[best], how


def _auroc(cells: Cells, scores: NDArray[np.float64]) -> float:
    return metrics.auroc(scores, cells.labels, np.ones(len(scores)))


def _interval(cells: Cells, scores: NDArray[np.float64]) -> tuple[float, float]:
    return metrics.bootstrap_interval(metrics.auroc, scores, cells.labels, np.ones(len(scores)), groups=cells.photo)


def _gain_interval(cells: Cells) -> tuple[float, float]:
    """Give the interval of the difference, both ways measured on the same drawn photos."""

    def gain(index: metrics.Floats, target: metrics.Ints, weights: metrics.Floats) -> float:
        drawn = index.astype(np.int64)
        return metrics.auroc(cells.dense[drawn], target, weights) - metrics.auroc(cells.single[drawn], target, weights)

    n = len(cells.labels)
    return metrics.bootstrap_interval(gain, np.arange(n), cells.labels, np.ones(n), groups=cells.photo)


BENCHMARK = Benchmark(
    "photos_dense", "whole photos: AUROC of the dense map by 256 px cell, and against tile by tile", (POOLED, GAIN), run
)
