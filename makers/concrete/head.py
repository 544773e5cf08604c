"""Takes the whole METU and SDNET2018 sets; gives the detector that comes with the package. Run once per backbone."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import asdict
from functools import partial
from pathlib import Path

from makers.concrete.figures import METU, PHOTOS, SINGLE, SURFACES, seen_metrics, surface, unseen_metrics

from cracklens.evaluation import of_ten
from cracklens.figures import metrics
from cracklens.labels import LabelledTile, read_labelled
from cracklens.models import SMALL_DETECTOR, WEIGHTS, Card, Checkpoint, DataSource, Metric, write_checkpoint
from cracklens.network import open_backbone
from cracklens.photo import file_sha256
from cracklens.training import (
    KNOWN_DATA,
    LEAST_RECALL,
    STRENGTH,
    Domain,
    FitSettings,
    Measured,
    fit_domains,
    head_scores,
    joined,
    made_of,
)
from cracklens.training.features import FeatureCache, Progress, context_features, default_cache, position, tile_features
from cracklens.values import Backbone, Head

METU_WEIGHT = 24
"""Against 1 for each surface of SDNET2018 in each form, whose labels are noisier: on val 4 errors in 4,003 METU tiles
instead of 10 with weight 4, for .003 of SDNET2018's AUROC, see `python -m benchmarks head_tries`."""


def read_domains(
    data: Path, backbone: Backbone, *, splits: Sequence[str], cache: FeatureCache, on_progress: Progress | None = None
) -> list[Domain]:
    """Give METU's tiles, and SDNET2018's by surface in two forms: as cells of their photos and as single tiles.

    Single tiles have a mirror for a neighbour, and a head fitted on cells alone scores them too low; with both forms it
    is calibrated on both, and on val the cells gain too (AUROC .943 to .948).

    Args:
        data: folder with `metu/`, `sdnet2018/` and `splits/`.
        backbone: computes the features.
        splits: which to read; test stays untouched unless it is named.
        cache: is read first and added to.
        on_progress: called with (done, of all) tiles of each step.
    """
    metu = [tile for tile in read_labelled(data / "metu").tiles if tile.split in splits]
    sdnet = [tile for tile in read_labelled(data / "sdnet2018").tiles if tile.split in splits and position(tile.file)]

    def singly(tiles: Sequence[LabelledTile]) -> Measured:
        paths = [tile.path for tile in tiles]
        return Measured(tiles, tile_features(paths, backbone, cache=cache, on_progress=on_progress))

    cells = Measured(sdnet, context_features(sdnet, backbone, cache=cache, on_progress=on_progress))
    forms = ((PHOTOS, cells), (SINGLE, singly(sdnet)))
    found = [Domain(METU, METU, METU_WEIGHT, singly(metu))]
    return found + [
        Domain(f"SDNET2018 {of}, {form}", of, 1.0, measured.where(partial(_is_of, of)))
        for form, measured in forms
        for of in SURFACES
    ]


def _is_of(name: str, tile: LabelledTile) -> bool:
    return surface(tile) == name


def recall_unseen(domains: Sequence[Domain], *, settings: FitSettings) -> tuple[Metric, ...]:
    """Fit without each SDNET2018 surface in turn and give figures of its val photos: what to expect elsewhere."""
    found: list[Metric] = []
    for of in SURFACES:
        head, threshold = fit_domains([one for one in domains if one.surface != of], settings=settings)
        (cells,) = (one for one in domains if one.surface == of and one.name.endswith(PHOTOS))
        val = cells.of("val")
        found += unseen_metrics(val.tiles, head_scores(val, head), threshold=threshold, surface=of)
    return tuple(found)


def build(
    data: Path, *, cache: FeatureCache, with_test: bool = False, on_progress: Progress | None = None
) -> Checkpoint:
    """Give the bundled detector.

    Args:
        data: folder with `metu/`, `sdnet2018/` and `splits/`, whole.
        cache: of features; 25 minutes on 2 cores where it is empty.
        with_test: measure the test splits too, once, when all is chosen.
        on_progress: called with (done, of all) tiles of each step.
    """
    backbone = open_backbone()
    splits = ("train", "val", "test") if with_test else ("train", "val")
    domains = read_domains(data, backbone, splits=splits, cache=cache, on_progress=on_progress)
    settings = FitSettings(strength=STRENGTH)
    head, threshold = fit_domains(domains, settings=settings)
    unseen = recall_unseen(domains, settings=settings)
    seen = seen_metrics(
        head, backbone, data, threshold=threshold, split="test" if with_test else "val", on_progress=on_progress
    )
    card = Card(
        name=SMALL_DETECTOR,
        recipe={"name": "bundled", **asdict(settings), "metu_weight": METU_WEIGHT, **_operating_points(domains, head)},
        threshold=threshold,
        threshold_rule=f"highest score that reaches {LEAST_RECALL:.0%} recall on all val tiles together",
        data=card_sources(domains, data),
        metrics=(*unseen, *seen),
        limits=card_limits(unseen),
        **made_of(backbone, head),
    )
    return Checkpoint(head, card)


def _operating_points(domains: Sequence[Domain], head: Head) -> dict[str, float]:
    """Give two thresholds for data with as many cracked as intact tiles.

    `threshold_f1` has the best F1 on SDNET2018's single val tiles, both classes weighing the same. `prevalence` is the
    share of cracked tiles in val: a score calibrated there means even odds where both classes are equally common.

    Source: Saerens et al. 2002, "Adjusting the outputs of a classifier to new a priori probabilities", equation 2.4.
    """
    labels = joined([one.of("val") for one in domains]).labels
    val = joined([one.of("val") for one in domains if one.name.endswith(SINGLE)])
    best = metrics.threshold_for_f1(head_scores(val, head), val.labels, metrics.balanced_weights(val.labels))
    return {"threshold_f1": best, "prevalence": float(labels.mean())}


def card_sources(domains: Sequence[Domain], data: Path) -> tuple[DataSource, ...]:
    """Give the two sets; SDNET2018's tiles count once, though they are fitted in two forms."""
    counts = {"METU": 0, "SDNET2018": 0}
    for one in domains:
        if not one.name.endswith(PHOTOS):
            counts["METU" if one.surface == METU else "SDNET2018"] += len(one.of("train").tiles)
    names = {name: f"splits/{name.lower()}.csv" for name in counts}
    return tuple(
        DataSource(name, n, names[name], *KNOWN_DATA[name.lower()], file_sha256(data / names[name]))
        for name, n in counts.items()
    )


LIMITS = (
    "It was fitted on concrete decks, pavements and walls seen from about 1 m; masonry and asphalt are new to it.",
    "Joints, formwork edges, cables, shadows and stains can score high; hairlines under about 2 px can score low.",
    "A score is the probability of a crack in the 224 px around a place, where cracks are as common as in val.",
)


def card_limits(unseen: Sequence[Metric]) -> tuple[str, ...]:
    """Give the sentences for who signs the report, from what was measured on each surface left out."""
    recalls = sorted(metric.value for metric in unseen if metric.name == "recall_unseen")
    alarms = [metric.value for metric in unseen if metric.name == "false_alarm_rate_unseen"]
    missed = of_ten([1 - recall for recall in recalls], "cracked places")
    called = f", and to be called for nothing to {of_ten(alarms, 'intact places')}" if alarms else ""
    aid = f"This is a screening aid: on structures it has not seen, expect to miss {missed}{called}."
    found = f"Fitted without one kind of surface, it found {recalls[0]:.0%} to {recalls[-1]:.0%} of its cracked places."
    return (f"{aid} {found}", *LIMITS)


def main() -> None:
    """Build the bundled detector: `python -m makers.concrete.head DATA [--test]`."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("data", type=Path, help="folder with metu/, sdnet2018/ and splits/, whole")
    parser.add_argument("--test", action="store_true", help="measure the test splits too, once, when all is chosen")
    words = parser.parse_args()
    checkpoint = build(words.data, cache=default_cache(), with_test=words.test)
    print(write_checkpoint(checkpoint, WEIGHTS / "detectors" / SMALL_DETECTOR))


if __name__ == "__main__":
    main()
