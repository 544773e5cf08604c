"""Takes one 16-megapixel photo; gives the time of a whole `inspect` run over that of the network on its windows."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from benchmarks.clock import median_seconds
from benchmarks.data import one_photo
from benchmarks.result import Bar, Benchmark, Result, Settings
from cracklens import Detector, inspect_photos, read_photo
from cracklens.network import cut, plan_windows

TIMES = Bar("inspect over bare network", "≤", 3, "times")
ROUNDS = 5


def run(settings: Settings) -> Sequence[Result]:
    """Time `inspect_photos` into a fresh folder and the network alone on windows that are already cut, in turns."""
    detector = Detector.load(settings.detector)
    with one_photo() as (path, name):
        photo = read_photo(path)
        windows = [cut(photo.pixels, window)[np.newaxis] for window in plan_windows(photo.hw)]
        sides = {
            "inspect": lambda: _inspect(path, detector),
            "network": lambda: [detector.backbone.feature_maps(window) for window in windows],
        }
        found = median_seconds(sides, rounds=ROUNDS)
    note = (
        f"{name}, {photo.hw[0] * photo.hw[1] / 1e6:.1f} megapixels, {len(windows)} windows; median of n rounds in turns"
    )
    seconds = {"inspect, s": found["inspect"], "network, s": found["network"]}
    return [TIMES.result(found["inspect"] / found["network"], n=ROUNDS, sides=seconds, note=note)]


def _inspect(path: Path, detector: Detector) -> None:
    with tempfile.TemporaryDirectory() as out:
        inspect_photos([path], out=out, detector=detector)


BENCHMARK = Benchmark(
    "inspect_overhead", "whole inspect run of a 16 MP photo over the bare network time", (TIMES,), run
)
