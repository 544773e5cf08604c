"""Takes grounds and a seed; gives shards of samples on disk, each of one origin, and batches. Knows no network."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from io import BytesIO
from multiprocessing import get_context
from pathlib import Path

import cv2
import numpy as np
from makers.crackmap.origins import ORIGINS, PLAIN, in_turns
from makers.crackmap.samples import DRAWING, Drawing, Grounds, Sample, draw_sample
from numpy.typing import NDArray

from cracklens.files import write_whole
from cracklens.training.crackmap.source import Batch, Shards

SHARD = 100
"""Samples in a file: 59 MB. Two files of each origin are in memory together."""


def read_grounds(folder: Path, origin: str) -> Grounds:
    """Give the grounds of an origin that lie in a folder as ORIGIN.npy."""
    return Grounds(np.load(folder / f"{origin}.npy", mmap_mode="r"), origin in PLAIN)


def draw_shards(
    folder: Path,
    counts: Mapping[str, int],
    *,
    seed: int,
    on_done: Callable[[int], None],
    crops: int = SHARD,
    drawing: Drawing = DRAWING,
) -> None:
    """Draw the shards that are not there yet, in as many processes as there are cores.

    Args:
        folder: of the grounds, for `read_grounds`; the shards go to a folder in it for each origin.
        counts: shards of each origin.
        seed: of all shards together; each has its own from it, whatever other shards are drawn.
        on_done: called with the number of shards that are there.
        crops: samples in a shard.
        drawing: what is drawn on the grounds.
    """
    todo = [
        (origin, number)
        for origin, count in counts.items()
        for number in range(count)
        if not shard_path(folder / origin, number).exists()
    ]
    there = sum(counts.values()) - len(todo)
    for origin in counts:
        (folder / origin).mkdir(parents=True, exist_ok=True)
    with ProcessPoolExecutor(mp_context=get_context("spawn")) as workers:
        for done, _ in enumerate(workers.map(partial(_draw, folder, seed, crops, drawing), todo)):
            on_done(there + done + 1)


def shard_path(folder: Path, number: int) -> Path:
    """Give the file of a shard: `pixels` (N, H, W, 3) and `labels` (N, H, W), uint8."""
    return folder / f"{number:04d}.npz"


def _draw(folder: Path, seed: int, crops: int, drawing: Drawing, shard: tuple[str, int]) -> None:
    cv2.setNumThreads(1)
    origin, number = shard
    rng = np.random.default_rng([seed, ORIGINS.index(origin), number])
    grounds = read_grounds(folder, origin)
    write_shard(shard_path(folder / origin, number), [draw_sample(rng, grounds, drawing) for _ in range(crops)])


def write_array(path: Path, array: NDArray[np.uint8]) -> None:
    """Write an array to a file that can be read in part."""
    packed = BytesIO()
    np.save(packed, array)
    write_whole(path, packed.getvalue())


def write_shard(path: Path, samples: Sequence[Sample]) -> None:
    """Write samples to one file."""
    packed = BytesIO()
    np.savez(
        packed,
        pixels=np.stack([sample.pixels for sample in samples]),
        labels=np.stack([sample.labels for sample in samples]),
    )
    write_whole(path, packed.getvalue())


@dataclass(frozen=True)
class InTurns:
    """Samples of several origins in each batch, as many of each as its share says.

    Attributes:
        parts: shards of each origin.
        shares: of each, together 1.
    """

    parts: Sequence[Shards]
    shares: Sequence[float]

    def batch(self, number: int, size: int, rng: np.random.Generator) -> Batch:
        """Give the batch of a number; of each origin all samples come before one comes again."""
        turns = in_turns(self.shares, (number + 1) * size)
        taken = np.bincount(turns[: number * size], minlength=len(self.parts))
        found = []
        for origin in turns[number * size :]:
            found.append(self.parts[origin].batch(int(taken[origin]), 1, rng))
            taken[origin] += 1
        pixels, labels = (np.concatenate(arrays) for arrays in zip(*found, strict=True))
        return pixels, labels
