"""Takes labelled tiles; gives a checkpoint with a head on frozen INT8 features. Needs no torch."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cracklens.errors import SettingError
from cracklens.evaluation.protocol import LogitCache, all_logits, peak_logits
from cracklens.figures import metrics
from cracklens.figures.measured import Figure, measure_all
from cracklens.figures.tiles import Columns
from cracklens.labels.dataset import LabelledSet, LabelledTile, read_labelled
from cracklens.labels.splits import of_split, with_splits
from cracklens.models.card import Card, DataSource, Metric
from cracklens.models.checkpoint import Checkpoint, write_checkpoint
from cracklens.network.backbone import open_backbone
from cracklens.network.scores import calibrated
from cracklens.training.bags import Bags
from cracklens.training.features import FeatureCache, Progress, default_cache, tile_features
from cracklens.training.fit import FitSettings, bag_logits, calibrate, fit_bags
from cracklens.training.run_folder import own_folder
from cracklens.values import Backbone, Head

CLASSES = ("Non-cracked", "Cracked")
LAYERS = ("layer3", "layer4")
PREPROCESSING = (
    "upright 8-bit RGB at full resolution; windows of at most 2,304 px with 128 px of their surroundings; reflection "
    "beyond the photo's edge; ImageNet mean and spread inside the network; features averaged over 224 px at 32 px steps"
)
MOST_THRESHOLD = 0.5
LEAST_THRESHOLD = 0.001
"""Below this nearly every place would be called cracked, and none where the threshold is 0."""

ON_CARD = ("accuracy", "recall", "false_alarm_rate", "precision", "f1", "f1_balanced", "auroc", "ece")
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
    """Tiles with the features of their neighbourhoods.

    Attributes:
        tiles: N of them.
        bags: a bag of neighbourhoods a tile.
    """

    tiles: Sequence[LabelledTile]
    bags: Bags

    @property
    def labels(self) -> NDArray[np.int64]:
        """Labels (N,) 1 cracked, 0 intact."""
        return np.array([tile.label for tile in self.tiles])

    @property
    def groups(self) -> NDArray[np.str_]:
        """Groups (N,)."""
        return np.array([tile.group for tile in self.tiles])

    def where(self, wanted: Callable[[LabelledTile], object]) -> Measured:
        """Give the tiles that are wanted."""
        inside = np.array([bool(wanted(tile)) for tile in self.tiles], np.bool_)
        return Measured([tile for tile, kept in zip(self.tiles, inside, strict=True) if kept], self.bags.some(inside))


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
    features = FeatureCache(Path(cache)) if cache else default_cache()
    with own_folder(Path(out)):
        run = _Run(labelled, open_backbone(), features, on_progress)
        checkpoint = _fitted(run, settings)
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
    head = fit_bags(bags, _labels(train), settings=settings.fit)
    on_val = run.logits("val", head, len(train))
    head = calibrate(head, on_val, _labels(val), weights=np.ones(len(val)))
    threshold = chosen_threshold(calibrated(on_val, head), _labels(val), least=settings.least_recall)
    on_test = run.logits("test", head, len(train) + len(val))
    measured = "test" if len({tile.label for tile in test}) == 2 else "val"
    scores = calibrated(on_test if measured == "test" else on_val, head)
    return Checkpoint(head, _card(run, head, settings, threshold, (measured, scores)))


def _labels(tiles: Sequence[LabelledTile]) -> NDArray[np.int64]:
    return np.array([tile.label for tile in tiles], np.int64)


def head_scores(measured: Measured, head: Head) -> NDArray[np.float32]:
    """Give the calibrated scores (N,) of tiles from their features."""
    return calibrated(bag_logits(measured.bags, head), head)


def chosen_threshold(scores: NDArray[np.float32], labels: NDArray[np.int64], *, least: float) -> float:
    """Give the threshold of a card from scores and labels (N,) of val.

    It lies halfway from the highest score that reaches the recall down to the next one, so that no tile stands on it:
    the same network on another machine gives scores that differ in the last digits. Above .5 it is .5: on easy tiles
    the recall is reached far higher, and a threshold there would call places intact that are more likely cracked.
    """
    highest = metrics.threshold_for_recall(scores, labels, least=least)
    below = scores[scores < highest]
    next_one = float(below.max()) if len(below) else 0.0
    return min(MOST_THRESHOLD, max(LEAST_THRESHOLD, (highest + next_one) / 2))


def threshold_rule(least_recall: float) -> str:
    """Say on a card how `chosen_threshold` chooses."""
    return (
        f"reaches {least_recall:.0%} recall on val: halfway from the highest score that does to the next lower one, "
        f"at most {MOST_THRESHOLD}, at least {LEAST_THRESHOLD}"
    )


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


def measure_scores(
    tiles: Sequence[LabelledTile], scores: NDArray[np.floating], *, threshold: float, data: str
) -> tuple[Metric, ...]:
    """Give the card's metrics of scored tiles: figures and intervals are those that `cracklens evaluate` gives.

    Args:
        tiles: N of one split.
        scores: (N,) calibrated.
        threshold: of the decisions.
        data: how the card calls these tiles.
    """
    groups = np.array([tile.group for tile in tiles], np.str_)
    figures = measure_all(Columns(scores.astype(np.float64), _labels(tiles), groups), thresholds=[threshold])
    return tuple(_metric(pick_any(figures, name), name, data) for name in ON_CARD)


def _metric(figure: Figure, name: str, data: str) -> Metric:
    low, high = (None if one is None else round(one, 5) for one in (figure.low, figure.high))
    how = ", classes weighted to be equal" if figure.prevalence == "balanced" else ""
    return Metric(name, round(figure.value, 5), figure.n, data + how, low, high)


def pick_any(figures: Sequence[Figure], name: str) -> Figure:
    """Give a figure by its name on a card: "f1_balanced" is that of equal classes."""
    prevalence = "balanced" if name.endswith("_balanced") else "natural"
    wanted = name.removesuffix("_balanced")
    return next(figure for figure in figures if (figure.name, figure.prevalence) == (wanted, prevalence))
