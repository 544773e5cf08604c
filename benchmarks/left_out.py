"""Takes METU, SDNET2018 and SUT-Crack; gives F1 on whole photos of each surface by the recipe fitted without it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from makers.concrete.cells import read_cells
from makers.concrete.detail import cells_folder, fit_both, with_map
from makers.concrete.figures import SURFACES
from makers.crackmap.without import MAP_ROUNDS, QUICK, map_without
from numpy.typing import NDArray

from benchmarks.data import find
from benchmarks.head_strength import read_parts
from benchmarks.labelled_photos import LabelledPhoto, rebuilt_photos
from benchmarks.photos_dense import cell_scores
from benchmarks.result import Bar, DataKind, Result, Settings
from benchmarks.sdnet_by_photo import Cells, f1_row
from cracklens.cli.talk import progress
from cracklens.detector import photo_maps
from cracklens.network import open_backbone, score_map
from cracklens.values import Backbone, Head

BARS = {
    "Decks": Bar("F1 on decks, left out", "≥", 0.82),
    "Pavements": Bar("F1 on pavements, left out", "≥", 0.88),
    "Walls": Bar("F1 on walls, left out", "≥", 0.8),
}
FUSED = (
    f"in the score a crack map made without the surface, by {QUICK:g} of the bundled one's steps and fewer samples, "
    f"{MAP_ROUNDS} of its rounds and no asphalt of Cracks-and-Potholes"
)
PLAIN = "no crack map in the score"


@dataclass(frozen=True)
class ScoredPhotos:
    """Cells of the photos of a split: labels (N,), photo (N,), and scores (N,) by the head without each surface."""

    labels: NDArray[np.int64]
    photos: NDArray[np.str_]
    scores: dict[str, NDArray[np.float64]]
    data: DataKind

    def cells(self, left_out: str) -> Cells:
        """Give the cells of the surface that was left out, by the head without it."""
        inside = np.array([name.startswith(left_out) for name in self.photos])
        return Cells(self.labels[inside], self.scores[left_out][inside], self.photos[inside], self.data)


@dataclass(frozen=True)
class Fit:
    """The recipe without one surface.

    Attributes:
        plain: linear head and detail net, and the threshold that was chosen for it.
        fused: the same with the crack map in its score.
        mapper: the network with a crack map made without the surface.
    """

    plain: tuple[Head, float]
    fused: tuple[Head, float]
    mapper: Backbone


@dataclass(frozen=True)
class BothWays:
    """Cells of the photos of a split, scored with the crack map in the score and without it."""

    fused: ScoredPhotos
    plain: ScoredPhotos


def default_rows(settings: Settings) -> list[Result]:
    """Fit the recipe without each surface in turn and measure it on whole photos of it; without crack map beside it."""
    fits = fitted_without(open_backbone(), settings)
    on = score_photos(settings.split, fits, settings)
    rows = [BARS[of].result(**_row(of, on.fused, fits[of].fused[1], settings, how=FUSED)) for of in SURFACES]
    plain = [
        Result(f"{BARS[of].row}, without crack map", **_row(of, on.plain, fits[of].plain[1], settings, how=PLAIN))
        for of in SURFACES
    ]
    return [*rows, *plain]


def fitted_without(backbone: Backbone, settings: Settings) -> dict[str, Fit]:
    """Give the fit without each surface; crack maps that were not made yet take up to an hour each on two cores."""
    domains = read_parts(replace(settings, limit=None))
    with progress("cells") as step:
        cells = read_cells(domains, backbone, folder=cells_folder(backbone), on_progress=step)
    found = {}
    for surface in SURFACES:
        fitted, mapper = fit_both(domains, cells, left_out=surface), map_without(surface, find("sdnet2018").parent)
        with progress(f"crack map of val without {surface}") as step:
            fused = with_map(fitted, mapper, on_progress=step)
        found[surface] = Fit((fitted.head, fitted.threshold), (fused.head, fused.threshold), mapper)
    return found


def score_photos(split: str, fits: dict[str, Fit], settings: Settings) -> BothWays:
    """Give the scores of every labelled cell by every fit; each photo is read once by every network."""
    photos = rebuilt_photos(split, settings.limit)
    parts: list[tuple[NDArray[Any], ...]] = []
    with progress(f"photos of {split}") as step:
        for i, one in enumerate(photos.photos):
            scores = [of for fit in fits.values() for of in cells_both_ways(one, fit)]
            parts.append((one.labels, np.full(len(one.labels), one.photo.name), *scores))
            step(i + 1, photos.n, one.photo.name)
    labels, names, *columns = (np.concatenate(column) for column in zip(*parts, strict=True))
    fused, plain = (
        ScoredPhotos(labels, names, dict(zip(fits, columns[way::2], strict=True)), photos.data) for way in (0, 1)
    )
    return BothWays(fused, plain)


def cells_both_ways(one: LabelledPhoto, fit: Fit) -> list[NDArray[np.float64]]:
    """Give the scores (N,) of a photo's labelled cells with the crack map in the score, and without it, by one pass."""
    maps = photo_maps(one.photo, fit.mapper, fit.fused[0])  # linear, detail, mass
    ways = ((maps, fit.fused[0]), (maps[:2], fit.plain[0]))
    return [cell_scores(score_map(of, head, photo_hw=one.photo.hw).values, one.places) for of, head in ways]


def _row(surface: str, on: ScoredPhotos, threshold: float, settings: Settings, *, how: str) -> dict[str, Any]:
    others = ", ".join(one for one in SURFACES if one != surface)
    note = (
        f"recipe of the default detector fitted on METU, {others}; {how}; whole photos, score of a cell is the mean of "
        f"its values; both classes weigh the same; threshold {threshold:.4f} as the recipe chooses it, on val of "
        f"METU, {others}; interval by photo"
    )
    return f1_row(on.cells(surface), threshold) | {"split": settings.split, "note": note}
