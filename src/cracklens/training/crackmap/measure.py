"""Takes photos with masks and detectors; gives how their masks fit, and the edge at which they fit best."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cracklens.detector import Detector
from cracklens.errors import DataError
from cracklens.figures import (
    LEAST_GROUPS,
    dice,
    mean_interval,
    nearest_edge,
    reach_of,
    tolerant_f1,
    unbiased_edge,
    width_ratio,
)
from cracklens.labels import LabelledTile
from cracklens.models import Metric
from cracklens.network import FULL, read_crack_map
from cracklens.photo import read_photo
from cracklens.tracing.mask import crack_shares
from cracklens.training.crackmap.photos import Kept, Stage
from cracklens.training.crackmap.source import CRACK
from cracklens.values import Backbone

CROP_PX = 1536
"""Side of what is compared between INT8 and float, around the cracks of a photo."""

Bytes = NDArray[np.uint8]


@dataclass(frozen=True)
class MaskFit:
    """How a detector's mask fits the true one of a photo.

    Attributes:
        tile: the photo.
        dice: 0-1.
        tolerant_f1: F1 within 2 px.
        found: whether any px is found.
    """

    tile: LabelledTile
    dice: float
    tolerant_f1: float
    found: bool


def keep_weights(detector: Detector, kept: Kept, split: str, tell: Stage, *, what: str) -> None:
    """Keep, as "weights" of each photo of a split, what a detector holds against the edge: 0 beside its cracks."""
    tiles = kept.part(split)
    for number, tile in enumerate(tiles, start=1):
        scores, crack_map = detector.maps(read_photo(tile.path))
        kept.write(tile, "weights", crack_shares(crack_map, scores, detector.map_settings))
        tell(what, number, len(tiles))


def found_mask(kept: Kept, tile: LabelledTile, edge: float) -> NDArray[np.bool_]:
    """Give the mask (H, W) of a photo by its weights, as `crack_mask` gives it."""
    return np.asarray(kept.read(tile, "weights") >= edge * FULL)


def best_edge(kept: Kept, *, otherwise: float) -> tuple[float, tuple[Metric, ...]]:
    """Give the edge at which masks of cracked val photos are as wide as their cracks, and how wide they are there.

    Args:
        kept: with weights of val.
        otherwise: given where nothing is found.
    """
    tiles = [tile for tile in kept.part("val") if tile.label]
    reaches = [reach_of(kept.read(tile, "weights"), true_mask(kept, tile)) for tile in tiles]
    try:
        (edge, _), said = unbiased_edge(reaches), "the edge was chosen on them"
    except DataError:
        nearest = nearest_edge(reaches)
        if nearest is None:
            return otherwise, ()
        edge, said = nearest, "at no edge as wide as their cracks: this is the nearest"
    ratio = round(width_ratio(reaches, edge), 5)
    return edge, (Metric("width_ratio", ratio, len(tiles), f"{kept.labelled.name}, val; {said}"),)


def fits(kept: Kept, split: str, edge: float) -> list[MaskFit]:
    """Give how the masks of the kept weights fit, a photo of the split each."""
    found = []
    for tile in kept.part(split):
        mask, true = found_mask(kept, tile, edge), true_mask(kept, tile)
        found.append(MaskFit(tile, dice(mask, true), tolerant_f1(mask, true), bool(mask.any())))
    return found


def true_mask(kept: Kept, tile: LabelledTile) -> NDArray[np.bool_]:
    """Give the true mask (H, W) of a photo."""
    return np.asarray(kept.read(tile, "labels") == CRACK)


def agreement(kept: Kept, one: Backbone, other: Backbone) -> list[float]:
    """Give the Dice of the masks of two networks at a half, on a part of each val photo with a crack."""
    found = []
    for tile in kept.part("val"):
        if tile.label:
            part = np.ascontiguousarray(kept.read(tile, "pixels")[_around(true_mask(kept, tile))])
            masks = [read_crack_map(part, network).crack >= FULL / 2 for network in (one, other)]
            found.append(dice(masks[0], masks[1]))
    return found


def _around(mask: NDArray[np.bool_]) -> tuple[slice, slice]:
    """Give rows and columns of a part of a photo that has some of its crack, near the middle one of its px."""
    places = np.argwhere(mask)
    middle = places[len(places) // 2]
    starts = [
        int(np.clip(at - CROP_PX // 2, 0, max(most - CROP_PX, 0))) for at, most in zip(middle, mask.shape, strict=True)
    ]
    return slice(starts[0], starts[0] + CROP_PX), slice(starts[1], starts[1] + CROP_PX)


def metrics_of(found: Sequence[MaskFit], *, data: str, suffix: str = "") -> tuple[Metric, ...]:
    """Give the figures of a card: overlap where cracks are, and how many photos without one have one found in them."""
    cracked, free = ([one for one in found if one.tile.label == label] for label in (1, 0))
    rows = [("dice", cracked, [one.dice for one in cracked])]
    rows += [("f1_within_2px", cracked, [one.tolerant_f1 for one in cracked])]
    if free:
        rows.append(("false_alarm_rate", free, [float(one.found) for one in free]))
    return tuple(metric(f"{name}{suffix}", values, [one.tile.group for one in of], data) for name, of, values in rows)


def metric(name: str, values: Sequence[float], groups: Sequence[str], data: str) -> Metric:
    """Give the mean of a figure of photos, with its interval where there are enough groups of them."""
    low, high = mean_interval(values, groups, least=LEAST_GROUPS) or (None, None)
    ends = (None if one is None else round(one, 5) for one in (low, high))
    return Metric(name, round(float(np.mean(values)), 5), len(values), data, *ends)
