"""Takes feature maps and a head; gives a calibrated score map on an absolute scale. Knows no photos or files."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray
from scipy.special import erf, expit, logsumexp
from threadpoolctl import ThreadpoolController

from cracklens.errors import CheckpointError
from cracklens.network.taps import FULL
from cracklens.values import LEAST_SEEN, NEIGHBOURHOOD_PX, STRIDE_PX, FeatureMaps, Head, ScoreMap
from cracklens.values.head import DetailNet, KnownFeatures

SIDE = NEIGHBOURHOOD_PX // STRIDE_PX


def local_logits(maps: FeatureMaps, head: Head) -> NDArray[np.float32]:
    """Run the linear part of a head as a 1x1 convolution: the logit of a crack at every cell, before averaging.

    It is linear on averaged features, so its value on any box is the mean of these logits over the box.

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


def local_maps(maps: FeatureMaps, head: Head) -> NDArray[np.float32]:
    """Give all that a head reads at every cell of one window; maps of windows are stitched before they are pooled.

    Returns:
        (C, h, w) float32: the linear logit, then the detail net's logit if the head has one, then the crack map's mass
        if the head weighs it, then the K projected features if it knows its training data.

    Raises:
        CheckpointError: the head was made for another number of features, or reads a crack map that is not there.
    """
    found, known = [local_logits(maps, head)], list[NDArray[np.float32]]()  # (1, h, w)
    if head.detail is not None or head.known is not None:
        parts = halve(maps.layer3[0]), maps.layer4[0]  # (D3, h, w), (D4, h, w)
        with _blas().limit(limits=1):  # its threads would spin beside those of the network: 9 ms more a tile
            if head.detail is not None:
                found.append(_detail(parts, head.detail)[np.newaxis])
            if head.known is not None:
                known.append(_projected(parts, head.known.projection))
    if head.map_weight is not None:
        found.append(crack_mass(maps)[np.newaxis])
    return np.concatenate([*found, *known])


def crack_mass(maps: FeatureMaps) -> NDArray[np.float32]:
    """Give the crack map's mass (h, w) in every cell of one window: the sum of its px' squared probabilities, 0-1,024.

    Raises:
        CheckpointError: the network gives no crack map.
    """
    if maps.crack is None:
        came = "The score of this head reads the crack map, too; the network gives none"
        raise CheckpointError(f"{came}. Take the network of Detector.scorer, or open it with the decoder of one.")
    height, width = (side // STRIDE_PX for side in maps.crack.shape[1:])
    squares = np.square(maps.crack[0], dtype=np.uint32).reshape(height, STRIDE_PX, width, STRIDE_PX)
    return np.asarray(squares.sum((1, 3)) / FULL**2, np.float32)


@cache
def _blas() -> ThreadpoolController:
    """Give what holds the number of threads of NumPy's matrix products."""
    return ThreadpoolController().select(user_api="blas")


def _detail(parts: tuple[NDArray[np.float32], ...], net: DetailNet) -> NDArray[np.float32]:
    """Give the net's logit (h, w) of every cell."""
    roots = tuple(_root(part) for part in parts)
    hidden = _projected(roots, net.weight_in) + net.bias_in[:, np.newaxis, np.newaxis]  # (H, h, w)
    active = 0.5 * hidden * (1 + erf(hidden / np.float32(np.sqrt(2))))  # GELU
    return np.asarray(np.tensordot(net.weight_out, active, 1) + np.float32(net.bias_out), np.float32)


def _root(part: NDArray[np.float32]) -> NDArray[np.float32]:
    found = np.maximum(part, 0)
    return np.sqrt(found, out=found)


def _projected(parts: tuple[NDArray[np.float32], ...], weight: NDArray[np.float32]) -> NDArray[np.float32]:
    """Give weight (K, D) times the features of every cell: (K, h, w)."""
    depth = parts[0].shape[0]
    found: NDArray[np.float32] = np.tensordot(weight[:, :depth], parts[0], 1) + np.tensordot(
        weight[:, depth:], parts[1], 1
    )
    return found


def halve(fine: NDArray[np.float32]) -> NDArray[np.float32]:
    """Give the mean of every 2x2 block of the last two axes."""
    rows = fine[..., 0::2, :] + fine[..., 1::2, :]
    means: NDArray[np.float32] = np.multiply(rows[..., 0::2] + rows[..., 1::2], 0.25, dtype=np.float32)
    return means


def neighbourhood_mean(cells: NDArray[np.floating], *, side: int = SIDE) -> NDArray[np.float32]:
    """Give, for every cell, the mean over the side x side cells around it, moved inwards at the map's edge.

    Args:
        cells: (h, w), h and w ≥ side.
        side: odd number of cells.
    """
    sums = np.pad(cells.astype(np.float64).cumsum(0).cumsum(1), ((1, 0), (1, 0)))  # (h + 1, w + 1)
    boxes = sums[side:, side:] - sums[:-side, side:] - sums[side:, :-side] + sums[:-side, :-side]
    return np.pad(boxes / side**2, side // 2, mode="edge").astype(np.float32)


def soft_maximum(cells: NDArray[np.float32], *, sharpness: float, side: int = SIDE) -> NDArray[np.float32]:
    """Give, for every cell, log(mean(exp(sharpness * cells))) / sharpness over the cells around it.

    Between the mean (sharpness near 0) and the maximum (large); neighbourhoods as in `neighbourhood_mean`. No cell
    outside a neighbourhood changes its value.

    Source: Pinheiro and Collobert 2015, "From image-level to pixel-level labeling with convolutional networks", eq. 4.
    """
    sums = sharpness * cells.astype(np.float64)
    for axis in (0, 1):
        sums = logsumexp(sliding_window_view(sums, side, axis=axis), axis=-1)  # (h, w), then one side less on each
    return np.pad((sums - np.log(side**2)) / sharpness, side // 2, mode="edge").astype(np.float32)


def calibrated(logits: NDArray[np.floating], head: Head) -> NDArray[np.float32]:
    """Give probabilities 0-1 of logits. Source: Platt 1999; Guo et al. 2017, section 4.2 (temperature)."""
    return np.asarray(expit(logits.astype(np.float64) / head.temperature + head.offset), np.float32)


def pooled_logits(maps: NDArray[np.float32], head: Head) -> NDArray[np.float32]:
    """Give the uncalibrated logit of a crack (h, w) in the neighbourhood of every cell, from `local_maps`."""
    found = neighbourhood_mean(maps[0])
    if head.detail is not None:
        found = found + soft_maximum(maps[1], sharpness=head.detail.sharpness)
    if head.map_weight is not None:
        found = found + _of_map(neighbourhood_mean(_mass(maps, head)) * SIDE**2, head.map_weight)
    return found


def _mass(maps: NDArray[np.float32], head: Head) -> NDArray[np.float32]:
    """Give the channel (h, w) of `local_maps` that is the crack map's mass."""
    mass: NDArray[np.float32] = maps[1 if head.detail is None else 2]
    return mass


def _of_map(mass: NDArray[np.float32], weight: float) -> NDArray[np.float32]:
    """Give what the mass in a neighbourhood adds to its logit."""
    return np.asarray(np.float32(weight) * np.log1p(mass), np.float32)


def score_map(
    maps: NDArray[np.float32], head: Head, *, photo_hw: tuple[int, int], seen: NDArray[np.float32] | None = None
) -> ScoreMap:
    """Give the score map of a photo from its stitched `local_maps` (C, h, w).

    Args:
        maps: of the whole photo.
        head: what they were made by.
        photo_hw: size of the photo in px.
        seen: (h, w) share of each cell that has a picture; None where all have. What is not inspected has the score 0.
    """
    whole = ScoreMap(calibrated(pooled_logits(maps, head), head), photo_hw, cells=_by_cell(maps, head), seen=seen)
    new = None if head.known is None else novelty(maps, head.known, whole.inspected)
    if seen is None:
        return replace(whole, novelty=new)
    cells = None if whole.cells is None else whole.cells * whole.inspected
    return replace(whole, values=whole.values * whole.inspected, cells=cells, novelty=new)


def _by_cell(maps: NDArray[np.float32], head: Head) -> NDArray[np.float32] | None:
    """Give the scores that neighbourhoods would have by their middle cell alone; None where nothing looks at cells."""
    if head.detail is None and head.map_weight is None:
        return None
    found = neighbourhood_mean(maps[0])
    if head.detail is not None:  # a soft maximum with one large term
        found = found + (maps[1] - np.float32(np.log(SIDE**2) / head.detail.sharpness))
    if head.map_weight is not None:
        found = found + _of_map(_mass(maps, head), head.map_weight)
    return calibrated(found, head)


def novelty(maps: NDArray[np.float32], known: KnownFeatures, inspected: NDArray[np.bool_] | None = None) -> float:
    """Give how unlike the training data a photo looks: the median over its neighbourhoods, in units of the limit.

    Args:
        maps: stitched `local_maps`; the last K are the projected features.
        known: of the head.
        inspected: (h, w) cells that have a picture; the others are left out. None for all.

    Source: Lee et al. 2018, "A simple unified framework for detecting out-of-distribution samples", section 2.1.
    """
    features = np.stack([neighbourhood_mean(one) for one in maps[-len(known.projection) :]])  # (K, h, w)
    step = SIDE // 2
    places = features[:, step::SIDE, step::SIDE].reshape(len(features), -1).T  # (P, K): neighbourhoods side by side
    if inspected is not None:
        kept = neighbourhood_mean(inspected.astype(np.float32))[step::SIDE, step::SIDE].reshape(-1) >= LEAST_SEEN
        places = places[kept] if kept.any() else places
    return float(np.median(distances(places, known)))


def distances(projected: NDArray[np.floating], known: KnownFeatures) -> NDArray[np.float64]:
    """Give the distance (P,) of projected features (P, K) to the nearest centre, each in units of its own limit."""
    apart = projected[:, np.newaxis].astype(np.float64) - known.centres  # (P, S, K)
    found: NDArray[np.float64] = (np.sqrt((apart**2).sum(2)) / known.limit).min(1)
    return found
