"""Takes grounds and a seed; gives shards of samples on disk, each drawn whole or not at all. Knows no network."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from io import BytesIO
from multiprocessing import get_context
from pathlib import Path

import cv2
import numpy as np
from makers.crackmap.samples import Grounds, Sample, draw_sample

from cracklens.files import write_whole

SHARD = 500
"""Samples in a file: 0.3 GB."""

SHARES = {"metu": (0.22, True), "road": (0.12, True), "sut": (0.12, True), "sdnet": (0.54, False)}
"""Of the samples, and whether the pictures show no joints of their own, by the name of the grounds' file."""


def read_grounds(folder: Path) -> list[Grounds]:
    """Give the grounds that lie in a folder as NAME.npy."""
    return [
        Grounds(np.load(folder / f"{name}.npy", mmap_mode="r"), share, plain)
        for name, (share, plain) in SHARES.items()
        if (folder / f"{name}.npy").exists()
    ]


def draw_shards(
    grounds: Path, out: Path, *, seed: int, count: int, on_done: Callable[[int], None], crops: int = SHARD
) -> None:
    """Draw the shards that are not there yet, in as many processes as there are cores.

    Args:
        grounds: folder for `read_grounds`.
        out: folder of the shards.
        seed: of all shards together; each has its own from it.
        count: shards.
        on_done: called with the number of shards that are there.
        crops: samples in a shard.
    """
    todo = [number for number in range(count) if not shard_path(out, number).exists()]
    out.mkdir(parents=True, exist_ok=True)
    with ProcessPoolExecutor(mp_context=get_context("spawn")) as workers:
        for done, _ in enumerate(workers.map(partial(_draw, grounds, out, seed, crops), todo)):
            on_done(count - len(todo) + done + 1)


def shard_path(folder: Path, number: int) -> Path:
    """Give the file of a shard: `pixels` (N, H, W, 3) and `labels` (N, H, W), uint8."""
    return folder / f"{number:04d}.npz"


def _draw(grounds: Path, out: Path, seed: int, crops: int, number: int) -> None:
    cv2.setNumThreads(1)
    rng = np.random.default_rng([seed, number])
    read = read_grounds(grounds)
    samples = [draw_sample(rng, read) for _ in range(crops)]
    write_shard(shard_path(out, number), samples)


def write_shard(path: Path, samples: Sequence[Sample]) -> None:
    """Write samples to one file."""
    packed = BytesIO()
    np.savez(
        packed,
        pixels=np.stack([sample.pixels for sample in samples]),
        labels=np.stack([sample.labels for sample in samples]),
    )
    write_whole(path, packed.getvalue())
