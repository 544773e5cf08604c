"""Takes features and labels as arrays; gives a calibrated linear head. Pure: knows no files and needs no torch."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from cracklens.errors import DataError
from cracklens.figures import balanced_weights
from cracklens.training.features import Bags
from cracklens.values import Head

ROUNDS = 2
"""So often the neighbourhoods that speak for their pictures are chosen again; more changed nothing on val."""

CHUNK_ROWS = 16_384

EVIDENCE = 5.0
"""Measured on the val splits by `python -m benchmarks evidence_tries`, on METU and whole photos of SDNET2018."""


@dataclass(frozen=True)
class FitSettings:
    """How a head is fitted.

    Attributes:
        strength: inverse of the L2 penalty on standardised features; None takes EVIDENCE over the number of pictures,
            so that the penalty weighs the same against the mean loss of few as of many.
        max_steps: of L-BFGS; the problem is convex, so it ends where it converges.
    """

    strength: float | None = None
    max_steps: int = 1000

    def on(self, n: int) -> FitSettings:
        """Give the settings with the strength that n pictures are fitted at."""
        return self if self.strength is not None else replace(self, strength=EVIDENCE / n)


def fit_head(
    features: NDArray[np.float32],
    labels: NDArray[np.integer],
    *,
    settings: FitSettings,
    weights: NDArray[np.floating] | None = None,
) -> Head:
    """Fit `Linear(3072, 2)` with cross-entropy: softmax over two classes is logistic regression on their difference.

    Args:
        features: (N, 3072).
        labels: (N,) 1 cracked, 0 intact.
        settings: of the fit.
        weights: (N,) of the tiles; None weighs both classes the same.

    Raises:
        DataError: features that are not finite.
    """
    if not np.isfinite(features).all():
        bad = int((~np.isfinite(features)).any(1).sum())
        raise DataError(
            f"Features must be finite; {bad} of {len(features)} tiles have others. Clear the feature cache."
        )
    mean, spread = features.mean(0, dtype=np.float64), features.std(0, dtype=np.float64) + 1e-6
    weights = balanced_weights(labels) if weights is None else weights
    model = LogisticRegression(C=settings.on(len(features)).strength, max_iter=settings.max_steps)
    standard = (features - mean.astype(np.float32)) / spread.astype(np.float32)
    model.fit(standard, labels, sample_weight=weights.astype(np.float32))
    weight = model.coef_[0].astype(np.float64) / spread
    bias = float(model.intercept_[0]) - float(weight @ mean)
    halves = np.array([[-0.5], [0.5]])
    return Head((halves * weight).astype(np.float32), (halves[:, 0] * bias).astype(np.float32))


def fit_bags(
    bags: Bags,
    labels: NDArray[np.integer],
    *,
    settings: FitSettings,
    weights: NDArray[np.floating] | None = None,
) -> Head:
    """Fit a head on what the detector scores a picture by: the neighbourhood with its highest logit.

    It is fitted on the mean of each picture, then on the neighbourhood that the last head finds highest, cracked
    pictures and intact ones alike.

    Args:
        bags: of N pictures.
        labels: (N,) 1 cracked, 0 intact.
        settings: of the fit.
        weights: (N,) of the pictures; None weighs both classes the same.

    Raises:
        DataError: features that are not finite.

    Source: Andrews, Tsochantaridis, Hofmann 2002, "Support vector machines for multiple-instance learning", section 4
    (MI-SVM).
    """
    head = fit_head(bags.means(), labels, settings=settings, weights=weights)
    for _ in range(ROUNDS if bags.counts.max() > 1 else 0):
        rows = bags.peak_rows(logits(bags.features, head))
        head = fit_head(bags.features[rows].astype(np.float32), labels, settings=settings, weights=weights)
    return head


def bag_logits(bags: Bags, head: Head) -> NDArray[np.float64]:
    """Give the uncalibrated logit of a crack (N,) of pictures: the peak of their neighbourhoods'."""
    return np.asarray(bags.peaks(logits(bags.features, head)), np.float64)


def logits(features: NDArray[np.floating], head: Head) -> NDArray[np.float64]:
    """Give the uncalibrated logit of a crack (N,) for pooled features (N, 3072)."""
    if head.detail is not None:
        raise DataError(
            "A head with a detail net reads every cell; pooled features do not hold that. Use Detector.score."
        )
    difference = (head.weight[1] - head.weight[0]).astype(np.float64)
    chunks = (features[at : at + CHUNK_ROWS] for at in range(0, len(features), CHUNK_ROWS))
    parts = [np.empty(0), *(chunk.astype(np.float64) @ difference for chunk in chunks)]
    return np.concatenate(parts) + float(head.bias[1] - head.bias[0])


def calibrate(
    head: Head, crack_logits: NDArray[np.floating], labels: NDArray[np.integer], *, weights: NDArray[np.floating]
) -> Head:
    """Give the head with temperature and offset fitted on logits of val tiles; the order of scores stays.

    The offset is the step from the balanced classes of the fit to the prevalence that the weights give val. Targets
    are drawn in from 0 and 1 by one tile a class: on a small val without a mistake every score would else be 0 or 1.

    Source: Platt 1999, section 2.2 (targets); temperature as in Guo et al. 2017, section 4.2.
    """
    (slope,), offset = fit_slopes(crack_logits[:, np.newaxis], labels, weights=weights)
    if slope <= 0:
        raise DataError("Calibration needs scores that rise with cracks; on val they fall. Check the labels of val.")
    return replace(head, temperature=1 / slope, offset=offset)


def fit_slopes(
    columns: NDArray[np.floating], labels: NDArray[np.integer], *, weights: NDArray[np.floating]
) -> tuple[tuple[float, ...], float]:
    """Give the slopes (F,) and the constant of a logistic regression on columns (N, F), with `calibrate`'s targets."""
    model = LogisticRegression(C=np.inf, max_iter=1000)
    scales = np.array([float(np.std(column)) or 1.0 for column in columns.T])
    cracked, intact = (weights[labels == label].sum() for label in (1, 0))
    soft = np.where(labels == 1, (cracked + 1) / (cracked + 2), 1 / (intact + 2))
    both = np.concatenate([weights * soft, weights * (1 - soft)])  # (2N,): each tile counts for both classes
    model.fit(np.tile(columns / scales, (2, 1)), np.repeat([1, 0], len(labels)), sample_weight=both)
    return tuple((model.coef_[0] / scales).tolist()), float(model.intercept_[0])
