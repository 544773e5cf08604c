"""Takes labelled tiles; gives a checkpoint with a head on frozen INT8 features. Needs no torch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from cracklens.errors import SettingError
from cracklens.evaluation import LogitCache, all_logits, peak_logits
from cracklens.labels import LabelledSet, LabelledTile, of_split, read_labelled, with_splits
from cracklens.models import Card, Checkpoint, DataSource, read_map, write_checkpoint
from cracklens.network import calibrated, open_backbone
from cracklens.training.features import FeatureCache, Progress, default_cache, tile_features
from cracklens.training.fit import FitSettings, calibrate, fit_bags
from cracklens.training.measured import labels_of
from cracklens.training.on_card import KNOWN_DATA, chosen_threshold, made_of, measure_scores, threshold_rule
from cracklens.training.run_folder import own_folder
from cracklens.values import Backbone, Head


@dataclass(frozen=True)
class FrozenSettings:
    """How the recipe `frozen` runs.

    Attributes:
        fit: of the head.
        least_recall: the default threshold is the highest up to .5 that reaches this recall on val, 0-1; .95 because a
            missed crack counts more than a false alarm.
        seed: of the split, where the data gives none; the fit itself draws nothing.
        name: of the checkpoint; None takes the data's.
    """

    fit: FitSettings = field(default_factory=FitSettings)
    least_recall: float = 0.95
    seed: int = 0
    name: str | None = None

    def __post_init__(self) -> None:
        """Refuse a recall that no threshold can promise."""
        if not 0 < self.least_recall <= 1:
            raise SettingError(
                f"least_recall must be above 0 and at most 1; got {self.least_recall}. Leave it out for .95."
            )


def train_frozen(
    data: str | Path,
    *,
    out: str | Path,
    settings: FrozenSettings | None = None,
    cache: str | Path | None = None,
    on_progress: Progress | None = None,
) -> Checkpoint:
    """Fit a head on the features of the frozen INT8 network, calibrate it, measure it and write the checkpoint.

    A crack map that stands in the folder stays.

    Args:
        data: folder with one subfolder a class, or a CSV with the columns file, label and, if known, split and group.
        out: folder of the checkpoint.
        settings: of the recipe; None takes the defaults.
        cache: folder of features; None takes the user's own.
        on_progress: called with (done, of all) tiles.

    Raises:
        DataError: data that cannot be trained on; the sentence says why.
        PhotoError: a tile that cannot be read.
        OutputError: checkpoint or cache cannot be written, or another run trains into the folder.
    """
    settings = settings or FrozenSettings()
    labelled = with_splits(read_labelled(Path(data)), seed=settings.seed)
    features = FeatureCache(Path(cache)) if cache else default_cache()
    with own_folder(Path(out)):
        run, crack_map = _Run(labelled, open_backbone(), features, on_progress), read_map(Path(out))
        checkpoint = replace(_fitted(run, settings), crack_map=crack_map)
        write_checkpoint(checkpoint, Path(out))
    return checkpoint


@dataclass(frozen=True)
class _Run:
    """What stays the same from the first tile of a training to the last."""

    labelled: LabelledSet
    backbone: Backbone
    features: FeatureCache
    on_progress: Progress | None

    def part(self, split: str) -> Sequence[LabelledTile]:
        return of_split(self.labelled, split)

    def step(self, before: int) -> Progress | None:
        """Give what is called with the progress on one split, where `before` tiles are done."""
        tell, n = self.on_progress, len(self.labelled.tiles)
        return None if tell is None else lambda done, _: tell(before + done, n)

    def logits(self, split: str, head: Head, before: int) -> NDArray[np.float64]:
        """Give the logits of a split's tiles as the detector will score them."""
        paths, cache = [tile.path for tile in self.part(split)], LogitCache(self.features.folder / "scores")
        return all_logits(peak_logits(paths, self.backbone, head, cache=cache, on_progress=self.step(before)))


def _fitted(run: _Run, settings: FrozenSettings) -> Checkpoint:
    """Fit on the features of train; score val and test through the detector's own door, each once."""
    train, val, test = (run.part(split) for split in ("train", "val", "test"))
    paths = [tile.path for tile in train]
    bags = tile_features(paths, run.backbone, cache=run.features, on_progress=run.step(0))
    settings = replace(settings, fit=settings.fit.on(len(train)))  # so that the card has the strength that was used
    head = fit_bags(bags, labels_of(train), settings=settings.fit)
    on_val = run.logits("val", head, len(train))
    head = calibrate(head, on_val, labels_of(val), weights=np.ones(len(val)))
    threshold = chosen_threshold(calibrated(on_val, head), labels_of(val), least=settings.least_recall)
    on_test = run.logits("test", head, len(train) + len(val))
    measured = "test" if len({tile.label for tile in test}) == 2 else "val"
    scores = calibrated(on_test if measured == "test" else on_val, head)
    return Checkpoint(head, _card(run, head, settings, threshold, (measured, scores)))


def _card(
    run: _Run, head: Head, settings: FrozenSettings, threshold: float, measured: tuple[str, NDArray[np.float32]]
) -> Card:
    labelled, (split, scores) = run.labelled, measured
    doi, licence = KNOWN_DATA.get(labelled.name, (None, None))
    rule = labelled.split_rule or "given"
    on = f"{labelled.name}, {split if split == 'test' else 'val, no test split'}, {rule}"
    told = labelled.with_left_out(rule)
    source = DataSource(labelled.name, len(run.part("train")), told, doi, licence, labelled.split_sha256)
    return Card(
        name=settings.name or f"{labelled.name}-frozen",
        recipe={**asdict(settings), "name": "frozen"},
        threshold=threshold,
        threshold_rule=threshold_rule(settings.least_recall),
        data=(source,),
        metrics=measure_scores(run.part(split), scores, threshold=threshold, data=on),
        limits=(
            "This is a screening aid: it misses cracks, and calls marks cracks that are none.",
            f"Its figures are of {on}; on another structure expect worse.",
        ),
        **made_of(run.backbone, head),
    )
