"""Takes one photo; gives how many times faster a dense pass is than a sliding window at the same stride, same run."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product

import numpy as np
from numpy.typing import NDArray

from benchmarks.clock import median_seconds
from benchmarks.data import one_photo
from benchmarks.result import Bar, Benchmark, Result, Settings
from cracklens import Detector, read_photo
from cracklens.network import local_maps, pooled_logits
from cracklens.training.features import batched
from cracklens.training.features.tiles import BATCH_TILES
from cracklens.values import NEIGHBOURHOOD_PX, STRIDE_PX

TIMES = Bar("dense pass over sliding window", "≥", 30, "times")
SAMPLED = 480
ROUNDS = 3


def run(settings: Settings) -> Sequence[Result]:
    """Time both, from decoded pixels to scores; the sliding window on a random sample of its positions."""
    detector = Detector.load(settings.detector)
    with one_photo() as (path, name):
        photo = read_photo(path)
    places = positions(photo.hw)
    drawn = [places[i] for i in np.random.default_rng(0).choice(len(places), min(SAMPLED, len(places)), replace=False)]
    sides = {"dense": lambda: detector.score(photo), "sliding": lambda: slide(photo.pixels, drawn, detector)}
    found = median_seconds(sides, rounds=ROUNDS)
    sliding = found["sliding"] * len(places) / len(drawn)
    note = (
        f"{name}; sliding: {len(drawn)} random positions of {len(places):,} timed in batches of {BATCH_TILES} and "
        f"scaled by their count; median of n rounds in turns, both from decoded pixels to scores"
    )
    seconds = {"sliding window, s": sliding, "dense, s": found["dense"]}
    return [TIMES.result(sliding / found["dense"], n=ROUNDS, sides=seconds, note=note)]


def positions(photo_hw: tuple[int, int]) -> list[tuple[int, int]]:
    """Give the top left corners, in px, of every 224 px window at a stride of 32 px."""
    tops, lefts = (range(0, side - NEIGHBOURHOOD_PX + 1, STRIDE_PX) for side in photo_hw)
    return list(product(tops, lefts))


def slide(pixels: NDArray[np.uint8], places: Sequence[tuple[int, int]], detector: Detector) -> NDArray[np.float64]:
    """Give the logit (N,) of the window at every place, by the same backbone and head, detail net included."""
    found: list[np.float32] = []
    for some in batched(places, BATCH_TILES):
        windows = np.stack([pixels[y : y + NEIGHBOURHOOD_PX, x : x + NEIGHBOURHOOD_PX] for y, x in some])
        maps = detector.scorer.feature_maps(windows)
        each = [maps.one(i) for i in range(len(some))]
        found += [pooled_logits(local_maps(one, detector.head), detector.head).max() for one in each]
    return np.array(found, np.float64)


BENCHMARK = Benchmark("dense_speed", "dense pass against a sliding window at the same stride of 32 px", (TIMES,), run)
