"""Takes METU and its cached features; gives the seconds of a second run of recipe `frozen`."""

from __future__ import annotations

import csv
import os
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from benchmarks.clock import seconds
from benchmarks.data import find, split_tiles
from benchmarks.measured_tiles import data_kind
from benchmarks.result import Bar, Benchmark, Result, Settings
from cracklens.cli.talk import progress
from cracklens.labels import LabelledTile
from cracklens.training import FitSettings, FrozenSettings, train_frozen

SECONDS = Bar("second frozen run", "≤", 60, "s")
OTHER = "second frozen run, at another strength"
SPLITS = ("train", "val", "test")


def run(settings: Settings) -> Sequence[Result]:
    """Train twice from the user's cache and time the second run, from the files of METU to the written checkpoint."""
    n = sum(len(split_tiles("metu", split, limit=settings.limit).tiles) for split in SPLITS)
    with _data(settings) as data, tempfile.TemporaryDirectory() as out:
        with progress("first run") as step:
            train_frozen(data, out=out, on_progress=step)
        value = seconds(lambda: train_frozen(data, out=out))
        other = FrozenSettings(fit=FitSettings(strength=1e-3))
        anew = seconds(lambda: train_frozen(data, out=out, settings=other))
    kind = data_kind("metu", SPLITS, settings)
    note = f"absolute, on {os.cpu_count()} cores: hashes of {n:,} files, cached features, fit, intervals of the card"
    shared: dict[str, Any] = {"n": n, "data": kind, "split": settings.split}
    return [
        SECONDS.result(value, note=f"{note}; scores of val and test cached too", **shared),
        Result(OTHER, anew, sense="≤", unit="s", note=f"{note}; val and test are scored by the new head", **shared),
    ]


@contextmanager
def _data(settings: Settings) -> Iterator[Path]:
    """Give METU's folder, or for a limited run a CSV of some of its tiles."""
    if settings.limit is None:
        yield find("metu")
        return
    tiles = [tile for split in SPLITS for tile in split_tiles("metu", split, limit=settings.limit).tiles]
    with tempfile.TemporaryDirectory() as folder:
        yield tiles_csv(tiles, Path(folder) / "metu.csv")


def tiles_csv(tiles: Sequence[LabelledTile], path: Path) -> Path:
    """Write a CSV that names tiles by their full path, with their labels, splits and groups."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["file", "label", "split", "group"])
        writer.writerows([tile.path, tile.label, tile.split, tile.group] for tile in tiles)
    return path


BENCHMARK = Benchmark("cached_refit", "a second run of recipe frozen on cached features of METU", (SECONDS,), run)
