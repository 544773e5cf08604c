"""Takes a photo and a detector; gives features of its neighbourhoods and what else its head adds. Knows no labels."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cracklens.detector import Detector
from cracklens.network import SIDE, local_maps, neighbourhood_mean, pooled_logits
from cracklens.network.dense import dense
from cracklens.training.features.neighbourhoods import cell_maps, evenly, neighbourhoods
from cracklens.values import FeatureMaps, Photo


@dataclass(frozen=True)
class Read:
    """A photo as a head reads it, at neighbourhoods that lie evenly in it, row by row.

    Attributes:
        features: (K, D) float16: what the linear part of the head reads.
        rest: (K,) float32: what detail net and crack map add to its logit.
        starts: rows and columns of cells at which the neighbourhoods begin.
        hw: size of the photo in px.
    """

    features: NDArray[np.float16]
    rest: NDArray[np.float32]
    starts: tuple[list[int], list[int]]
    hw: tuple[int, int]


def read_photo_for(detector: Detector, photo: Photo) -> Read:
    """Read a photo by one pass over its windows, by the network that scores it.

    Raises:
        CheckpointError: the head does not fit the network.
    """
    head = detector.head

    def both(maps: FeatureMaps) -> NDArray[np.float32]:
        return np.concatenate([cell_maps(maps)[0], local_maps(maps, head)])

    (whole,) = dense([photo.pixels], detector.scorer, both)  # (D + C, rows, cols)
    depth = head.weight.shape[1]
    starts = evenly(whole.shape[1]), evenly(whole.shape[2])
    middles = np.ix_(*(np.array(of) + SIDE // 2 for of in starts))
    rest = pooled_logits(whole[depth:], head) - neighbourhood_mean(whole[depth])
    return Read(neighbourhoods(whole[:depth]), rest[middles].ravel(), starts, photo.hw)
