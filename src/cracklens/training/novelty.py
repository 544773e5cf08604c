"""Takes pooled features of known surfaces; gives what tells unlike photos from them. Pure: knows no files."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray
from sklearn.covariance import ledoit_wolf

from cracklens.values.head import KnownFeatures

DIRECTIONS = 64
"""So many directions of the largest spread within surfaces are kept; chosen on val."""

KEPT = 0.99


def fit_known(
    train: Mapping[str, NDArray[np.float32]], val: Mapping[str, NDArray[np.float32]], *, directions: int = DIRECTIONS
) -> KnownFeatures:
    """Fit one centre a surface and one covariance for all.

    Args:
        train: features (N, D) by surface.
        val: the same of val tiles; a surface's limit is the distance to its centre that 99 of 100 of them keep.
        directions: K, how many are kept.

    Source: Lee et al. 2018, "A simple unified framework for detecting out-of-distribution samples", section 2.1;
    Ledoit and Wolf 2004 (covariance).
    """
    means = {name: of.mean(0, dtype=np.float64) for name, of in train.items()}
    within = np.concatenate([of - means[name] for name, of in train.items()])  # (N, D)
    basis = _basis(within, directions)  # (D, K)
    covariance, _ = ledoit_wolf(within @ basis, assume_centered=True)
    values, vectors = np.linalg.eigh(covariance)
    projection = (basis @ vectors / np.sqrt(values)).T  # (K, D)
    centres = np.stack([projection @ mean for mean in means.values()])
    limits = [
        np.quantile(np.linalg.norm(val[name] @ projection.T - centre, axis=1), KEPT)
        for name, centre in zip(means, centres, strict=True)
    ]
    return KnownFeatures(*(np.asarray(part, np.float32) for part in (projection, centres, limits)))


def _basis(within: NDArray[np.floating], directions: int) -> NDArray[np.float64]:
    """Give the directions (D, K) of the largest spread of standardised features."""
    spread = within.std(0) + 1e-6
    scaled = (within / spread).astype(np.float32)
    _, vectors = np.linalg.eigh((scaled.T @ scaled / len(scaled)).astype(np.float64))
    basis: NDArray[np.float64] = vectors[:, ::-1][:, :directions] / spread[:, np.newaxis]
    return basis
