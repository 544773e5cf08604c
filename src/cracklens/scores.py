"""Takes feature maps and a head; gives a calibrated score map on an absolute scale. Knows no photos or files."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from cracklens.errors import CheckpointError
from cracklens.values import NEIGHBOURHOOD_PX, STRIDE_PX, FeatureMaps, Head, ScoreMap


def local_logits(maps: FeatureMaps, head: Head) -> NDArray[np.float32]:
    """Run the head as a 1x1 convolution: the logit of a crack at every cell, before averaging and calibration.

    The head is linear on averaged features, so its value on any box is the mean of these logits over the box.

    Args:
        maps: of a batch of windows, N.
        head: its columns are layer3, then layer4.

    Returns:
        (N, h, w) float32, h and w as in layer4.

    Raises:
        CheckpointError: the head was made for another number of features.
    """
    depth3, depth4 = maps.layer3.shape[1], maps.layer4.shape[1]
    if head.weight.shape[1] != depth3 + depth4:
        came = f"the head reads {head.weight.shape[1]} features, the backbone gives {depth3 + depth4}"
        raise CheckpointError(f"Head and backbone must fit; {came}. Use the backbone it was fitted on.")
    weight = head.weight[1] - head.weight[0]  # (D,)
    fine = np.stack([np.tensordot(weight[:depth3], one, 1) for one in maps.layer3])  # (N, 2h, 2w)
    coarse = np.stack([np.tensordot(weight[depth3:], one, 1) for one in maps.layer4])  # (N, h, w)
    joined: NDArray[np.float32] = halve(fine) + coarse + (head.bias[1] - head.bias[0])
    return joined


def halve(fine: NDArray[np.float32]) -> NDArray[np.float32]:
    """Give the mean of every 2x2 block of the last two axes."""
    rows = fine[..., 0::2, :] + fine[..., 1::2, :]
    means: NDArray[np.float32] = np.multiply(rows[..., 0::2] + rows[..., 1::2], 0.25, dtype=np.float32)
    return means


def neighbourhood_mean(cells: NDArray[np.float32], *, side: int = NEIGHBOURHOOD_PX // STRIDE_PX) -> NDArray[np.float32]:
    """Give, for every cell, the mean over the side x side cells around it, moved inwards at the map's edge.

    Args:
        cells: (h, w), h and w ≥ side.
        side: odd number of cells.
    """
    sums = np.pad(cells.astype(np.float64).cumsum(0).cumsum(1), ((1, 0), (1, 0)))  # (h + 1, w + 1)
    boxes = sums[side:, side:] - sums[:-side, side:] - sums[side:, :-side] + sums[:-side, :-side]
    return np.pad(boxes / side**2, side // 2, mode="edge").astype(np.float32)


def calibrated(logits: NDArray[np.floating], head: Head) -> NDArray[np.float32]:
    """Give probabilities 0-1 of logits. Source: Platt 1999; Guo et al. 2017, section 4.2 (temperature)."""
    scaled = logits.astype(np.float64) / head.temperature + head.offset
    return (0.5 * (1 + np.tanh(scaled / 2))).astype(np.float32)


def score_map(logits: NDArray[np.float32], head: Head, *, photo_hw: tuple[int, int]) -> ScoreMap:
    """Give the score map of a photo from its local logits (h, w)."""
    return ScoreMap(calibrated(neighbourhood_mean(logits), head), photo_hw)
