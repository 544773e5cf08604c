"""Takes tiles of several surfaces with their features; gives one head fitted on all. Knows no files."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from cracklens.figures import metrics
from cracklens.training.features import joined as joined_bags
from cracklens.training.fit import FitSettings, bag_logits, calibrate, fit_bags
from cracklens.training.measured import Measured, head_scores
from cracklens.values import Head

STRENGTH = 3e-3
"""Of the L2 penalty; chosen on the val splits, see `python -m benchmarks head_strength`."""

LEAST_RECALL = 0.95


@dataclass(frozen=True)
class Domain:
    """Tiles of one surface in one form, with their features.

    Attributes:
        name: e.g. "SDNET2018 Walls, single tiles".
        surface: e.g. "Walls"; forms of one surface are left out together.
        weight: of the domain in the fit.
        measured: tiles of all splits asked for.
    """

    name: str
    surface: str
    weight: float
    measured: Measured

    def of(self, split: str) -> Measured:
        """Give the part of one split."""
        return self.measured.where(lambda tile: tile.split == split)


def joined(parts: Sequence[Measured]) -> Measured:
    """Give the tiles of several parts as one."""
    return Measured([tile for part in parts for tile in part.tiles], joined_bags([part.bags for part in parts]))


def fit_domains(domains: Sequence[Domain], *, settings: FitSettings) -> tuple[Head, float]:
    """Fit one head on the train splits, both classes weighing the same in each domain, and calibrate it on val.

    Returns:
        The head, and the threshold that reaches 95 % recall on the val tiles of all domains together.
    """
    train, val = joined([one.of("train") for one in domains]), joined([one.of("val") for one in domains])
    shares = [(one.weight, one.of("train").labels) for one in domains]
    weights = np.concatenate([weight * metrics.balanced_weights(labels) / len(labels) for weight, labels in shares])
    head = fit_bags(train.bags, train.labels, settings=settings, weights=weights * len(weights) / weights.sum())
    head = calibrate(head, bag_logits(val.bags, head), val.labels, weights=np.ones(len(val.tiles)))
    return head, metrics.threshold_for_recall(head_scores(val, head), val.labels, least=LEAST_RECALL)
