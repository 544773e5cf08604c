"""Takes SDNET2018 and UAV-315; gives how much of what a site's own data would give its reviewed photos give back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from makers.concrete.cells import BundledCells
from makers.concrete.detail import Fitted, fit_both
from makers.concrete.figures import SURFACES
from numpy.typing import NDArray

from benchmarks.labelled_photos import LabelledPhoto, rebuilt_photos
from benchmarks.photos_dense import cell_scores
from benchmarks.result import Bar, Benchmark, DataKind, Result, Settings
from benchmarks.site_photos import FEW, NEIGHBOURHOODS, read_few
from benchmarks.taught_mask import GAIN, gain
from cracklens.cli.talk import progress
from cracklens.figures import metrics
from cracklens.labels import LabelledTile
from cracklens.network import calibrated, local_maps, open_backbone, score_map
from cracklens.network.dense import dense
from cracklens.training import Domain, detail_logits, logits
from cracklens.training.site import CRACK, NO_CRACK, SitePhoto, fit_to_site
from cracklens.values import Backbone, Head

SHARE = Bar("of the F1 that a surface's own photos add, taught by 24", "≥", 0.4)
WORST = Bar("F1 of the surface that gains least", "≥", -0.01)
REVIEWED, DRAWS = 24, 10

SEEN = 0.7
"""Share of the cracks that are not shown which a reviewer finds."""


@dataclass(frozen=True)
class Way:
    """A head, and the score from which it calls a cell cracked."""

    head: Head
    threshold: float


@dataclass(frozen=True)
class Scored:
    """F1 of the cells of a surface's photos: by the detector without it, by that fitted on all, and by each taught."""

    left_out: float
    whole: float
    taught: list[float]
    n: int


def run(settings: Settings) -> Sequence[Result]:
    """Fit without each surface and on all, teach the first by reviewed photos of it, and measure on other photos.

    The crack map is measured on UAV-315 (`taught_mask`). A limit takes so many photos to measure on, and two draws.
    """
    return [*_head(settings), gain(settings)]


def _head(settings: Settings) -> list[Result]:
    backbone = open_backbone()
    domains, cells = read_few(backbone)
    whole = fit_both(domains, cells)
    ways = {of: _ways(of, domains, cells, whole, settings) for of in SURFACES}
    return rows(*_measured(ways, backbone, settings), settings)


def rows(scored: dict[str, Scored], data: DataKind, settings: Settings) -> list[Result]:
    """Give both rows of the head from the F1 of every surface, with the middle 95 % of the draws."""
    gains = {of: np.array(one.taught) - one.left_out for of, one in scored.items()}  # each (draws,)
    room = sum(one.whole - one.left_out for one in scored.values())
    draws = np.sum(list(gains.values()), 0) / room
    means = {of: float(of_draws.mean()) for of, of_draws in gains.items()}
    worst = gains[min(means, key=lambda of: means[of])]
    sides = {f"{of}: {name}": value for of, one in scored.items() for name, value in _sides(one).items()}
    note = (
        f"linear head and detail net, no crack map in the score, fitted on {FEW} photos of each surface; {REVIEWED} of "
        f"the {FEW} train photos of the one left out are reviewed: a reviewer sees the cracks that are shown and "
        f"{SEEN:.0%} of the others; measured on the {settings.split} photos of it, both classes alike; mean of "
        f"{len(draws)} draws, the interval is of the draws"
    )
    shared: dict[str, Any] = {"n": sum(one.n for one in scored.values()), "data": data, "split": settings.split}
    return [
        SHARE.result(float(draws.mean()), interval=_middle(draws), sides=sides, note=note, **shared),
        WORST.result(
            float(worst.mean()),
            interval=_middle(worst),
            sides=means,
            note="taught minus left out, mean of the draws, of which the interval is",
            **shared,
        ),
    ]


def _middle(draws: NDArray[np.float64]) -> tuple[float, float]:
    """Give between which values 95 % of draws lie."""
    low, high = np.quantile(draws, (0.025, 0.975))
    return float(low), float(high)


def _sides(one: Scored) -> dict[str, float]:
    return {"left out": one.left_out, "taught": float(np.mean(one.taught)), "on all": one.whole}


def _ways(of: str, domains: Sequence[Domain], cells: BundledCells, whole: Fitted, settings: Settings) -> list[Way]:
    """Give the detector without a surface, that on all, and the first taught by each draw of reviewed photos."""
    fitted = fit_both(domains, cells, left_out=of)
    photos = _reviewable(of, domains, cells, fitted)
    draws = DRAWS if settings.limit is None else 2
    taught = [Way(one.head, one.threshold) for one in (_taught(photos, fitted, draw) for draw in range(draws))]
    return [Way(fitted.head, fitted.threshold), Way(whole.head, whole.threshold), *taught]


@dataclass(frozen=True)
class Reviewable:
    """The cells of a train photo: features (N * 4, 3072), detail logits (N * 4,), labels (N,), and scores (N,)."""

    features: NDArray[np.float16]
    rest: NDArray[np.float32]
    labels: NDArray[np.int64]
    scores: NDArray[np.float64]

    def reviewed(self, threshold: float, draw: np.random.Generator) -> SitePhoto:
        """Give what a reviewer says of them: a crack that is not shown, and not seen, counts as none."""
        shown = self.scores >= threshold
        seen = (self.labels == 1) & (shown | (draw.random(len(shown)) < SEEN))
        labels = np.where(seen, CRACK, NO_CRACK).astype(np.int8).repeat(NEIGHBOURHOODS)
        return SitePhoto(self.features, self.rest, labels, (shown & ~seen).repeat(NEIGHBOURHOODS))


def _reviewable(of: str, domains: Sequence[Domain], cells: BundledCells, fitted: Fitted) -> list[Reviewable]:
    """Give the train photos of a surface, as its detector without it reads them."""
    ((_, kept),) = cells.sets.items()
    (domain,) = (one for one in domains if one.surface == of)
    train = domain.of("train")
    rows = {tile.file: i for i, tile in enumerate(train.tiles)}
    places: dict[str, list[int]] = {}
    for place, tile in enumerate(kept.tiles):
        if tile.file in rows:
            places.setdefault(tile.group, []).append(place)
    found = []
    for few in places.values():
        tiles: list[LabelledTile] = [kept.tiles[place] for place in few]
        features = train.bags.some(np.array([rows[tile.file] for tile in tiles])).features
        rest = (fitted.gains[1] * detail_logits(fitted.net, kept, np.array(few))).ravel().astype(np.float32)
        linear = logits(features, fitted.linear) * fitted.gains[0]
        scores = calibrated(linear + rest, fitted.head).reshape(-1, NEIGHBOURHOODS).mean(1)
        labels = np.array([tile.label for tile in tiles])
        found.append(Reviewable(features.astype(np.float16), rest, labels, scores.astype(np.float64)))
    return found


def _taught(photos: Sequence[Reviewable], fitted: Fitted, number: int) -> Way:
    draw = np.random.default_rng(number)
    drawn = [photos[i] for i in draw.permutation(len(photos))[:REVIEWED]]
    found = fit_to_site([one.reviewed(fitted.threshold, draw) for one in drawn], fitted.head)
    return Way(found.head, found.threshold)


def _measured(ways: dict[str, list[Way]], backbone: Backbone, settings: Settings) -> tuple[dict[str, Scored], DataKind]:
    """Give the F1 of every way on the photos of its surface; each photo is read once."""
    photos = rebuilt_photos(settings.split, settings.limit)
    labels: dict[str, list[NDArray[np.int64]]] = {of: [] for of in ways}
    scores: dict[str, list[NDArray[np.float64]]] = {of: [] for of in ways}
    with progress(f"photos of {settings.split}") as step:
        for i, one in enumerate(photos.photos):
            of = next(of for of in ways if one.photo.name.startswith(of))
            labels[of].append(one.labels)
            scores[of].append(_scores(one, ways[of], backbone))
            step(i + 1, photos.n, one.photo.name)
    found = {of: _f1s(np.concatenate(labels[of]), np.concatenate(scores[of], 1), ways[of]) for of in ways}
    return {of: Scored(f1s[0], f1s[1], f1s[2:], sum(map(len, labels[of]))) for of, f1s in found.items()}, photos.data


def _scores(one: LabelledPhoto, ways: Sequence[Way], backbone: Backbone) -> NDArray[np.float64]:
    """Give the scores (W, N) of a photo's labelled cells by all ways, by one pass."""
    heads = [way.head for way in ways]
    (whole,) = dense([one.photo.pixels], backbone, lambda maps: np.stack([local_maps(maps, head) for head in heads]))
    hw = one.photo.hw
    return np.stack(
        [
            cell_scores(score_map(maps, head, photo_hw=hw).values, one.places)
            for maps, head in zip(whole, heads, strict=True)
        ]
    )


def _f1s(labels: NDArray[np.int64], scores: NDArray[np.float64], ways: Sequence[Way]) -> list[float]:
    weights = metrics.balanced_weights(labels)
    return [
        metrics.f1((of >= way.threshold).astype(np.int64), labels, weights)
        for of, way in zip(scores, ways, strict=True)
    ]


BENCHMARK = Benchmark(
    "teach_site",
    "a surface left out, 24 of its photos reviewed and the detector fitted to them; F1 on its other photos; and masks",
    (SHARE, WORST, GAIN),
    run,
)
