"""Takes labelled tiles; gives a checkpoint with a head on frozen INT8 features. Needs no torch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cracklens.backbone import open_backbone
from cracklens.errors import SettingError
from cracklens.evaluation import metrics
from cracklens.models.card import Card, DataSource, Metric
from cracklens.models.checkpoint import Checkpoint, write_checkpoint
from cracklens.scores import calibrated
from cracklens.training.dataset import LabelledSet, LabelledTile, read_labelled
from cracklens.training.features import FeatureCache, Progress, default_cache, tile_features
from cracklens.training.fit import FitSettings, calibrate, fit_head, logits
from cracklens.training.run_folder import own_folder
from cracklens.training.splits import of_split, with_splits
from cracklens.values import Backbone, Head

CLASSES = ("Non-cracked", "Cracked")
LAYERS = ("layer3", "layer4")
PREPROCESSING = (
    "upright 8-bit RGB at full resolution; windows of at most 2,304 px with 128 px of their surroundings; reflection "
    "beyond the photo's edge; ImageNet mean and spread inside the network; features averaged over 224 px at 32 px steps"
)
MOST_THRESHOLD = 0.5
KNOWN_DATA = {
    "metu": ("10.17632/5y9wdsg2zt", "CC BY 4.0"),
    "sdnet2018": ("10.15142/T3TD19", "CC BY 4.0"),
}


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


@dataclass(frozen=True)
class Measured:
    """Tiles with their features.

    Attributes:
        tiles: N of them.
        features: (N, 3072) float32.
    """

    tiles: Sequence[LabelledTile]
    features: NDArray[np.float32]

    @property
    def labels(self) -> NDArray[np.int64]:
        """Labels (N,) 1 cracked, 0 intact."""
        return np.array([tile.label for tile in self.tiles])

    @property
    def groups(self) -> NDArray[np.str_]:
        """Groups (N,)."""
        return np.array([tile.group for tile in self.tiles])


def train_frozen(
    data: str | Path,
    *,
    out: str | Path,
    settings: FrozenSettings | None = None,
    cache: str | Path | None = None,
    on_progress: Progress | None = None,
) -> Checkpoint:
    """Fit a head on the features of the frozen INT8 network, calibrate it, measure it and write the checkpoint.

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
    with own_folder(Path(out)):
        features_cache = FeatureCache(Path(cache)) if cache else default_cache()
        checkpoint = _fitted(labelled, open_backbone(), features_cache, settings, on_progress)
        write_checkpoint(checkpoint, Path(out))
    return checkpoint


def _fitted(
    labelled: LabelledSet,
    backbone: Backbone,
    cache: FeatureCache,
    settings: FrozenSettings,
    on_progress: Progress | None,
) -> Checkpoint:
    features = tile_features([tile.path for tile in labelled.tiles], backbone, cache=cache, on_progress=on_progress)
    parts = {split: _part(labelled, features, split) for split in ("train", "val", "test")}
    head = fit_head(parts["train"].features, parts["train"].labels, settings=settings.fit)
    val = parts["val"]
    head = calibrate(head, logits(val.features, head), val.labels, weights=np.ones(len(val.tiles)))
    return Checkpoint(head, _card(labelled, parts, head, settings, backbone))


def _part(labelled: LabelledSet, features: NDArray[np.float32], split: str) -> Measured:
    inside = np.array([tile.split == split for tile in labelled.tiles])
    return Measured(of_split(labelled, split), features[inside])


def head_scores(measured: Measured, head: Head) -> NDArray[np.float32]:
    """Give the calibrated scores (N,) of tiles."""
    return calibrated(logits(measured.features, head), head)


def chosen_threshold(scores: NDArray[np.float32], labels: NDArray[np.int64], *, least: float) -> float:
    """Give the threshold of a card from scores and labels (N,) of val.

    It lies halfway from the highest score that reaches the recall down to the next one, so that no tile stands on it:
    the same network on another machine gives scores that differ in the last digits. Above .5 it is .5: on easy tiles
    the recall is reached far higher, and a threshold there would call places intact that are more likely cracked.
    """
    highest = metrics.threshold_for_recall(scores, labels, least=least)
    below = scores[scores < highest]
    next_one = float(below.max()) if len(below) else 0.0
    return min(MOST_THRESHOLD, (highest + next_one) / 2)


def threshold_rule(least_recall: float) -> str:
    """Say on a card how `chosen_threshold` chooses."""
    return (
        f"reaches {least_recall:.0%} recall on val: halfway from the highest score that does to the next lower one, "
        f"at most {MOST_THRESHOLD}"
    )


def _card(
    labelled: LabelledSet, parts: dict[str, Measured], head: Head, settings: FrozenSettings, backbone: Backbone
) -> Card:
    threshold = chosen_threshold(head_scores(parts["val"], head), parts["val"].labels, least=settings.least_recall)
    doi, licence = KNOWN_DATA.get(labelled.name, (None, None))
    split_rule = labelled.split_rule or "given"
    test = parts["test"] if len(set(parts["test"].labels.tolist())) == 2 else parts["val"]
    on = f"{labelled.name}, {'test' if test is parts['test'] else 'val, no test split'}, {split_rule}"
    return Card(
        name=settings.name or f"{labelled.name}-frozen",
        recipe={**asdict(settings), "name": "frozen"},
        threshold=threshold,
        threshold_rule=threshold_rule(settings.least_recall),
        data=(DataSource(labelled.name, len(parts["train"].tiles), labelled.with_left_out(split_rule), doi, licence),),
        metrics=measure(test, head, threshold=threshold, data=on),
        limits=(
            "This is a screening aid: it misses cracks, and calls marks cracks that are none.",
            f"Its figures are of {on}; on another structure expect worse.",
        ),
        **made_of(backbone, head),
    )


def made_of(backbone: Backbone, head: Head) -> dict[str, Any]:
    """Give the fields of a card that a head on a frozen network has in every recipe."""
    return {
        "classes": CLASSES,
        "preprocessing": PREPROCESSING,
        "backbone": backbone.name,
        "backbone_hash": backbone.hash,
        "layers": LAYERS,
        "temperature": head.temperature,
        "offset": head.offset,
        "versions": versions(),
        "created": datetime.now(UTC).date().isoformat(),
    }


def versions() -> dict[str, str]:
    """Give the versions of what a fit depends on."""
    return {name: version(name) for name in ("cracklens", "openvino", "numpy", "scikit-learn", "pillow")}


def measure(measured: Measured, head: Head, *, threshold: float, data: str) -> tuple[Metric, ...]:
    """Give the card's metrics of tiles with 95 % intervals by group, as they are and with equal classes.

    Args:
        measured: tiles of one split.
        head: calibrated.
        threshold: of the decisions.
        data: how the card calls these tiles.
    """
    return measure_scores(measured.tiles, head_scores(measured, head), threshold=threshold, data=data)


def measure_scores(
    tiles: Sequence[LabelledTile], scores: NDArray[np.floating], *, threshold: float, data: str
) -> tuple[Metric, ...]:
    """Give the card's metrics of scored tiles, as `measure` does."""
    labels = np.array([tile.label for tile in tiles])
    groups = np.array([tile.group for tile in tiles])
    preds = (scores >= threshold).astype(np.int64)
    natural, balanced = np.ones(len(labels)), metrics.balanced_weights(labels)
    wanted: list[tuple[str, metrics.MetricFunction, NDArray[Any], NDArray[np.floating], str]] = [
        ("accuracy", metrics.accuracy, preds, natural, ""),
        ("recall", metrics.recall, preds, natural, ""),
        ("precision", metrics.precision, preds, natural, ""),
        ("f1", metrics.f1, preds, natural, ""),
        ("f1_balanced", metrics.f1, preds, balanced, ", classes weighted to be equal"),
        ("auroc", metrics.auroc, scores, natural, ""),
        ("ece", metrics.ece, scores, natural, ""),
    ]
    found = []
    for name, metric, values, weights, how in wanted:
        low, high = metrics.bootstrap_interval(metric, values, labels, weights, groups=groups)
        value, n = metric(values, labels, weights), int(labels.sum()) if name == "recall" else len(labels)
        found.append(Metric(name, round(value, 5), n, data + how, round(low, 5), round(high, 5)))
    return tuple(found)
