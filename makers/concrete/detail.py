"""Takes the whole METU and SDNET2018 sets; gives the default detector: a linear head and a detail net, added."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np
from makers.concrete.cells import BundledCells, read_cells
from makers.concrete.figures import METU, PHOTOS, SINGLE, SURFACES, seen_metrics, surface, unseen_metrics
from makers.concrete.head import METU_WEIGHT, card_limits, card_sources, read_domains
from makers.concrete.masses import fit_map_weight, with_masses
from makers.concrete.val import ValLogits
from makers.crackmap.card import settle
from makers.crackmap.without import map_without
from numpy.typing import NDArray

from cracklens import Detector
from cracklens.figures import metrics
from cracklens.labels import LabelledTile
from cracklens.models import (
    CRACK_MAP,
    DEFAULT_DETECTOR,
    FITTED_WITH,
    WEIGHTS,
    Card,
    Checkpoint,
    Metric,
    bundled_map,
    write_checkpoint,
    write_map,
)
from cracklens.network import calibrated, open_backbone
from cracklens.training import (
    STRENGTH,
    CellNet,
    DetailSettings,
    Domain,
    FitSettings,
    Part,
    as_detail,
    calibrate,
    detail_logits,
    fit_detail,
    fit_domains,
    fit_known,
    joined,
    logits,
    made_of,
)
from cracklens.training.features import Bags, CellSet, Progress, default_cache
from cracklens.values import Backbone, Head

METU_PART = 6.0
"""METU's weight in the fit of the net, against 1 for each surface of SDNET2018 in each form; chosen on val."""

SHARE = 0.5
"""Of the detail net in the sum, both logits having the same spread on val; chosen on val, surfaces left out."""

LEAST_RECALL = 0.90
"""With .95 half of the intact places of val's decks would be called cracked, and nobody would look any more."""
RULE = (
    f"highest score that reaches {LEAST_RECALL:.0%} recall on val, METU and each surface in each form weighing the same"
)


@dataclass(frozen=True)
class Fitted:
    """A head with its detail net, the threshold chosen for it, what it was made from, and its val tiles."""

    head: Head
    threshold: float
    linear: Head
    net: CellNet
    gains: tuple[float, float]
    val: ValLogits

    def scores(self) -> NDArray[np.float32]:
        """Give the calibrated scores of val."""
        return calibrated(self.val.peaks(self.gains, self.head.map_weight), self.head)


def fit_both(
    domains: Sequence[Domain], cells: BundledCells, *, left_out: str = "", settings: DetailSettings | None = None
) -> Fitted:
    """Fit linear head and detail net on train, add them, calibrate the sum and choose a threshold on val.

    Args:
        domains: features of train and val, METU among them.
        cells: of the same sets.
        left_out: surface that neither fit nor calibration sees, e.g. "Walls".
        settings: of the net; None takes the chosen ones.
    """
    settings = settings or DetailSettings()
    seen = [one for one in domains if one.surface != left_out]
    linear, _ = fit_domains(seen, settings=FitSettings(strength=STRENGTH))
    net = fit_detail(_parts(cells.sets, left_out), settings=settings)
    val = val_logits(domains, cells, linear, net, without=left_out)
    gains = (1 - SHARE) / float(val.peaks((1.0, 0.0)).std()), SHARE / float(val.peaks((0.0, 1.0)).std())
    whole = Head(linear.weight * np.float32(gains[0]), linear.bias * np.float32(gains[0]))
    whole = replace(whole, detail=as_detail(net, cells.peaks, gain=gains[1]))
    return _calibrated(Fitted(whole, 0.0, linear, net, gains, val))


def _calibrated(fitted: Fitted) -> Fitted:
    """Give it with temperature, offset and threshold chosen on its val."""
    val, peaks = fitted.val, fitted.val.peaks(fitted.gains, fitted.head.map_weight)
    head = calibrate(fitted.head, peaks, val.labels, weights=np.ones(len(val.tiles)))
    scores = calibrated(peaks, head)
    threshold = threshold_for_even_recall(scores, val.labels, val.even_weights(), least=LEAST_RECALL)
    return replace(fitted, head=head, threshold=threshold)


def with_map(fitted: Fitted, mapper: Backbone, *, on_progress: Progress | None = None) -> Fitted:
    """Give a fitted detector whose score reads the crack map, too; only weight, calibration and threshold are new.

    Args:
        fitted: linear head and detail net.
        mapper: the network with a crack map that saw no surface that the detector was fitted without.
        on_progress: called with (done, of all) val tiles.
    """
    val = with_masses(fitted.val, mapper, on_progress=on_progress)
    weight = fit_map_weight(val.both(fitted.gains), val.log_mass, val.counts, val.labels)
    return _calibrated(replace(fitted, head=replace(fitted.head, map_weight=weight), val=val))


def threshold_for_even_recall(
    scores: NDArray[np.floating], labels: NDArray[np.integer], weights: NDArray[np.floating], *, least: float
) -> float:
    """Give the highest threshold, halfway between two scores, at which the weighted recall is at least `least`."""
    order = np.argsort(-scores[labels == 1], kind="stable")
    found, of = scores[labels == 1][order], np.cumsum(weights[labels == 1][order])
    last = int(np.searchsorted(of / of[-1], least))
    below = scores[scores < found[last]]
    return float((found[last] + (below.max() if len(below) else 0.0)) / 2)


def _parts(sets: Mapping[str, CellSet], left_out: str) -> list[Part]:
    """Give the train tiles of each surface in each form as a part of the fit."""
    found = []
    for form, cells in sets.items():
        surfaces = np.array([surface(tile) if tile.split == "train" else "" for tile in cells.tiles])
        for one in (*SURFACES, METU):
            places = np.flatnonzero(surfaces == one)
            if len(places) and one != left_out:
                found.append(Part(cells, places, METU_PART if form == METU else 1.0))
    return found


def val_logits(
    domains: Sequence[Domain], cells: BundledCells, linear: Head, net: CellNet, *, without: str = "", only: str = ""
) -> ValLogits:
    """Give val's tiles with the logits of their neighbourhoods by head and net, form by form.

    Args:
        domains: features.
        cells: of the same tiles.
        linear: head on the mean features of a neighbourhood.
        net: on cells.
        without: a surface to leave out.
        only: a surface to take alone; "" takes all others.
    """
    parts: list[tuple[list[LabelledTile], str, Bags, NDArray[np.float32]]] = []
    for form, of in cells.sets.items():
        wanted = [tile.split == "val" and surface(tile) != without and only in ("", surface(tile)) for tile in of.tiles]
        places = np.flatnonzero(np.array(wanted))
        if len(places):
            tiles = [of.tiles[int(place)] for place in places]
            parts.append((tiles, form, _bags_of(domains, form, tiles), detail_logits(net, of, places)))
    return ValLogits(
        [tile for part in parts for tile in part[0]],
        np.concatenate([np.full(len(part[0]), part[1]) for part in parts]),
        np.concatenate([part[2].counts for part in parts]),
        np.concatenate([logits(part[2].features, linear) for part in parts]),
        np.concatenate([part[3].ravel() for part in parts]).astype(np.float64),
    )


def _bags_of(domains: Sequence[Domain], form: str, tiles: Sequence[LabelledTile]) -> Bags:
    """Give the neighbourhoods of tiles in one form."""
    of = joined([one.of("val") for one in domains if one.name.endswith(form)])
    rows = {tile.file: i for i, tile in enumerate(of.tiles)}
    return of.bags.some(np.array([rows[tile.file] for tile in tiles]))


def recall_unseen(
    domains: Sequence[Domain], cells: BundledCells, maps: Callable[[str], Backbone] | None = None
) -> tuple[Metric, ...]:
    """Fit without each SDNET2018 surface in turn; give figures of the cells of its val photos.

    Args:
        domains: features of train and val.
        cells: of the same sets.
        maps: gives the network with a crack map made without a surface; None leaves crack maps out of the score.
    """
    found: list[Metric] = []
    for one in SURFACES:
        fitted = fit_both(domains, cells, left_out=one)
        val = val_logits(domains, cells, fitted.linear, fitted.net, only=one)
        if maps is not None:
            mapper = maps(one)
            fitted, val = with_map(fitted, mapper), with_masses(val, mapper)
        inside = np.flatnonzero(val.forms == PHOTOS)
        peaks = val.peaks(fitted.gains, fitted.head.map_weight)
        scores, tiles = calibrated(peaks[inside], fitted.head), [val.tiles[at] for at in inside]
        found += unseen_metrics(tiles, scores, threshold=fitted.threshold, surface=one)
    return tuple(found)


def cells_folder(backbone: Backbone) -> Path:
    """Give where the cells of a backbone are kept, 8 GB: beside the user's feature cache."""
    return default_cache().folder.parent / "cells" / backbone.hash[:12]


def build(data: Path, *, crack_map: bool = False, on_progress: Progress | None = None) -> Checkpoint:
    """Give the default detector; its card's figures are of val, test is left to the benchmarks.

    Args:
        data: folder with `metu/`, `sdnet2018/` and `splits/`, whole; with a crack map `sut/`, too.
        crack_map: let the score read the bundled one; for surfaces left out, hours make crack maps without them.
        on_progress: called with (done, of all) tiles of each step.
    """
    part = bundled_map() if crack_map else None
    backbone = open_backbone(crack_map=part.network if part else None)
    domains = read_domains(data, backbone, splits=("train", "val"), cache=default_cache(), on_progress=on_progress)
    cells = read_cells(domains, backbone, folder=cells_folder(backbone), on_progress=on_progress)
    unseen = recall_unseen(domains, cells, partial(map_without, data=data) if part else None)
    fitted = fit_both(domains, cells)
    fitted = with_map(fitted, backbone, on_progress=on_progress) if part else fitted
    features = {split: {one.name: one.of(split).bags.means() for one in domains} for split in ("train", "val")}
    head = replace(fitted.head, known=fit_known(features["train"], features["val"]))
    seen = seen_metrics(head, backbone, data, threshold=fitted.threshold, split="val", on_progress=on_progress)
    recipe = {"name": "bundled detail", "strength": STRENGTH, "metu_weight": METU_WEIGHT, "metu_part": METU_PART}
    recipe |= {FITTED_WITH: part.card.sha256} if part else {}
    card = Card(
        name=DEFAULT_DETECTOR,
        recipe=recipe | {**asdict(DetailSettings()), "share": SHARE, **operating_points(fitted)},
        threshold=fitted.threshold,
        threshold_rule=RULE,
        data=card_sources(domains, data),
        metrics=(*unseen, *seen),
        limits=card_limits(unseen),
        **made_of(backbone, head),
    )
    return Checkpoint(head, card)


def operating_points(fitted: Fitted) -> dict[str, float]:
    """Give two thresholds for data with as many cracked as intact tiles, as `bundled` explains them."""
    single = fitted.val.forms == SINGLE
    labels = fitted.val.labels
    best = metrics.threshold_for_f1(fitted.scores()[single], labels[single], metrics.balanced_weights(labels[single]))
    return {"threshold_f1": best, "prevalence": float(labels.mean())}


def main() -> None:
    """Build the default detector: `python -m makers.concrete.detail DATA`; the cache keeps 8 GB of cells."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("data", type=Path, help="folder with metu/, sdnet2018/ and splits/, whole")
    parser.add_argument("--crack-map", action="store_true", help="let the score read the bundled crack map, too")
    words = parser.parse_args()
    checkpoint = build(words.data, crack_map=words.crack_map)
    print(write_checkpoint(checkpoint, WEIGHTS / "detectors" / DEFAULT_DETECTOR))
    if words.crack_map:  # its masks and confidences read the score, which has changed
        print(write_map(settle(bundled_map(), Detector.load(), words.data), CRACK_MAP))


if __name__ == "__main__":
    main()
