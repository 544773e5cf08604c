"""Takes ten 16-megapixel photos; gives the time of a whole `inspect` run, all files written, over bare passes."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import get_args

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from benchmarks.clock import median_seconds
from benchmarks.data import PHOTO_HW, find
from benchmarks.result import Bar, Benchmark, DataKind, Result, Settings
from cracklens import Detector, draw_wall, inspect_photos, read_photo
from cracklens.errors import DataError
from cracklens.network.windows import cut, plan_windows
from cracklens.report.report import Format
from cracklens.survey import SurveySettings

TIMES = Bar("inspect over bare network", "≤", 2.2, "times")
PHOTOS, ROUNDS = 10, 3
FORMATS: tuple[Format, ...] = get_args(Format)


def run(settings: Settings) -> Sequence[Result]:
    """Time `inspect_photos` with every format into a fresh folder, and the network on windows already cut, in turns."""
    detector, n = Detector.load(settings.detector), min(settings.limit or PHOTOS, PHOTOS)
    with tempfile.TemporaryDirectory() as folder:
        paths, name = photos(Path(folder), n)
        windows = [window for path in paths for window in cut_windows(path)]
        sides = {
            "inspect": lambda: inspect(paths, detector),
            "network": lambda: [detector.backbone.feature_maps(window) for window in windows],
        }
        found = median_seconds(sides, rounds=ROUNDS)
    note = f"{n} of {name}, {len(windows)} windows; formats {', '.join(FORMATS)}; median of n rounds in turns"
    seconds = {"inspect, s": found["inspect"], "network, s": found["network"]}
    data: DataKind = "none" if n == PHOTOS else "limited"
    return [TIMES.result(found["inspect"] / found["network"], n=ROUNDS, sides=seconds, note=note, data=data)]


def photos(folder: Path, n: int) -> tuple[list[Path], str]:
    """Give files of n different photos of 16 megapixels, and what they are; files that are made go into a folder."""
    try:
        real = sorted(find("photos").glob("*.jpg"))
    except DataError:
        walls = (draw_wall(PHOTO_HW, widths_px=(2.0, 4.0, 8.0), seed=seed) for seed in range(n))
        return [_save(folder / f"wall-{i}.jpg", wall.pixels) for i, wall in enumerate(walls)], "drawn walls"
    turned = (
        _save(folder / f"turned-{path.name}", read_photo(path).pixels[::-1, ::-1]) for path in real[: n - len(real)]
    )
    return [*real, *(turned if n > len(real) else ())][:n], "the six photos and four of them turned"


def _save(path: Path, pixels: NDArray[np.uint8]) -> Path:
    Image.fromarray(pixels).save(path, quality=92)
    return path


def cut_windows(path: Path) -> list[NDArray[np.uint8]]:
    """Give the windows (1, h, w, 3) of a photo as the detector reads them."""
    photo = read_photo(path)
    return [cut(photo.pixels, window)[np.newaxis] for window in plan_windows(photo.hw)]


def inspect(paths: Sequence[Path], detector: Detector) -> None:
    """Inspect photos into a folder that is thrown away."""
    with tempfile.TemporaryDirectory() as out:
        inspect_photos(paths, out=out, detector=detector, settings=SurveySettings(formats=FORMATS))


BENCHMARK = Benchmark("inspect_speed", "whole inspect of ten 16 MP photos over ten bare passes", (TIMES,), run)
