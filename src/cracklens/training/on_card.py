"""Takes scores of tiles and a head; gives what a card says of them in every recipe. Knows no files."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cracklens.figures import Columns, Figure, measure_all, metrics
from cracklens.labels import LabelledTile
from cracklens.models import Metric
from cracklens.training.measured import labels_of
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
    figures = measure_all(Columns(scores.astype(np.float64), labels_of(tiles), groups), thresholds=[threshold])
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
