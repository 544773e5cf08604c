"""Takes METU and SDNET2018; gives F1 on whole photos of each surface by the default recipe fitted without it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from makers.concrete.cells import read_cells
from makers.concrete.detail import cells_folder, fit_both
from makers.concrete.figures import SURFACES
from numpy.typing import NDArray

from benchmarks.head_strength import read_parts
from benchmarks.labelled_photos import rebuilt_photos
from benchmarks.photos_dense import cell_scores
from benchmarks.result import Bar, DataKind, Result, Settings
from benchmarks.sdnet_by_photo import Cells, f1_row
from benchmarks.sdnet_tiles import surface_weights
from cracklens import Photo
from cracklens.cli.talk import progress
from cracklens.figures import metrics
from cracklens.network import local_maps, open_backbone, score_map
from cracklens.network.dense import dense
from cracklens.values import Backbone, FeatureMaps, Head

BARS = {
    "Decks": Bar("F1 on decks, left out", "≥", 0.82),
    "Pavements": Bar("F1 on pavements, left out", "≥", 0.88),
    "Walls": Bar("F1 on walls, left out", "≥", 0.8),
}


@dataclass(frozen=True)
class ScoredPhotos:
    """Cells of the photos of a split: labels (N,), photo (N,), and scores (N,) by the head without each surface."""

    labels: NDArray[np.int64]
    photos: NDArray[np.str_]
    scores: dict[str, NDArray[np.float64]]
    data: DataKind

    def cells(self, left_out: str, *, seen: bool) -> Cells:
        """Give the cells of the surface that was left out, or of those that were seen, by the head without it."""
        inside = np.array([name.startswith(left_out) is not seen for name in self.photos])
        return Cells(self.labels[inside], self.scores[left_out][inside], self.photos[inside], self.data)


def default_rows(settings: Settings) -> list[Result]:
    """Fit linear head and detail net without each surface in turn and measure them on whole photos of it."""
    backbone = open_backbone()
    heads = fitted_heads(backbone, settings)
    val = score_photos("val", heads, backbone, settings)
    on = val if settings.split == "val" else score_photos(settings.split, heads, backbone, settings)
    return [_row(surface, val, on, settings) for surface in SURFACES]


def fitted_heads(backbone: Backbone, settings: Settings) -> dict[str, Head]:
    """Give the head that was fitted and calibrated without each surface."""
    domains = read_parts(replace(settings, limit=None))
    with progress("cells") as step:
        cells = read_cells(domains, backbone, folder=cells_folder(backbone), on_progress=step)
    return {surface: fit_both(domains, cells, left_out=surface).head for surface in SURFACES}


def score_photos(split: str, heads: dict[str, Head], backbone: Backbone, settings: Settings) -> ScoredPhotos:
    """Give the scores of every labelled cell by every head; the network reads each photo once."""
    photos = rebuilt_photos(split, settings.limit)
    parts: list[tuple[NDArray[Any], ...]] = []
    with progress(f"photos of {split}") as step:
        for i, one in enumerate(photos.photos):
            maps = _maps(one.photo, heads, backbone)
            scores = [
                cell_scores(score_map(maps[name], head, photo_hw=one.photo.hw).values, one.places)
                for name, head in heads.items()
            ]
            parts.append((one.labels, np.full(len(one.labels), one.photo.name), *scores))
            step(i + 1, photos.n, one.photo.name)
    labels, names, *columns = (np.concatenate(column) for column in zip(*parts, strict=True))
    return ScoredPhotos(labels, names, dict(zip(heads, columns, strict=True)), photos.data)


def _maps(photo: Photo, heads: dict[str, Head], backbone: Backbone) -> dict[str, NDArray[np.float32]]:
    """Give the stitched local maps of a photo by every head."""

    def read(maps: FeatureMaps) -> NDArray[np.float32]:
        return np.stack([local_maps(maps, head) for head in heads.values()])  # (heads, C, h, w)

    (found,) = dense([photo.pixels], backbone, read)
    return dict(zip(heads, found, strict=True))


def _row(surface: str, val: ScoredPhotos, on: ScoredPhotos, settings: Settings) -> Result:
    seen = val.cells(surface, seen=True)
    threshold = metrics.threshold_for_f1(seen.scores, seen.labels, surface_weights(seen.labels, seen.surfaces))
    others = ", ".join(one for one in SURFACES if one != surface)
    note = (
        f"recipe of the default detector fitted on METU, {others}; whole photos, score of a cell is the mean of its "
        f"values; classes weighted to be equal; threshold {threshold:.4f} by the best F1 on val photos of {others}; "
        "interval by photo"
    )
    return BARS[surface].result(**f1_row(on.cells(surface, seen=False), threshold), split=settings.split, note=note)
