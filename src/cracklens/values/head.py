"""Takes nothing; gives the frozen values that turn feature maps into scores. Knows nothing of how they are fitted."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class DetailNet:
    """A small network that looks at every cell by itself: `Linear(D, H)`, GELU, `Linear(H, 1)`.

    Its logits are pooled over a neighbourhood by a soft maximum, so that a short crack counts as much as a long one.
    It reads the square roots of the features: few cells have large ones, and they would outweigh the rest.

    Attributes:
        weight_in: (H, D) float32, on square roots of the features.
        bias_in: (H,) float32.
        weight_out: (H,) float32.
        bias_out: of the cell's logit.
        sharpness: > 0; the soft maximum is log(mean(exp(sharpness * logits))) / sharpness.
    """

    weight_in: NDArray[np.float32]
    bias_in: NDArray[np.float32]
    weight_out: NDArray[np.float32]
    bias_out: float
    sharpness: float


@dataclass(frozen=True)
class KnownFeatures:
    """What the features of the training data look like, to tell what is unlike them.

    Attributes:
        projection: (K, D) float32; projected features of one kind of surface have unit covariance.
        centres: (S, K) float32: the mean of each kind of surface.
        limit: (S,) float32: the distance to its own centre that 99 of 100 val tiles of each kind keep; one number for
            all kinds in checkpoints made before.
    """

    projection: NDArray[np.float32]
    centres: NDArray[np.float32]
    limit: NDArray[np.float32] | float


@dataclass(frozen=True)
class Head:
    """A linear classifier on pooled features, `nn.Linear(D, 2)`, with what makes its output a probability.

    Attributes:
        weight: (2, D) float32; rows are Non-cracked, Cracked; columns are layer3, then layer4.
        bias: (2,) float32.
        temperature: the logit of a crack is divided by it.
        offset: then added to the logit: the step from balanced classes to the prevalence of the calibration data.
        detail: its pooled logit is added to the linear one; None for a linear head.
        known: None where a checkpoint cannot tell what is unlike its training data.
    """

    weight: NDArray[np.float32]
    bias: NDArray[np.float32]
    temperature: float = 1.0
    offset: float = 0.0
    detail: DetailNet | None = None
    known: KnownFeatures | None = None
