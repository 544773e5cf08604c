"""Takes a set and a split; gives the score of every tile by the public API, kept for the next benchmark that asks."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

import cracklens
from benchmarks.data import SplitTiles, split_tiles
from benchmarks.result import Settings
from cracklens import Detector
from cracklens.cli.talk import progress
from cracklens.evaluation import check_split
from cracklens.files import write_whole
from cracklens.training.features import default_cache
from cracklens.training.features.tiles import file_hashes

SCORING = ("photo", "values", "network", "detector")
"""Modules that a score depends on: kept scores hold only for the same source."""


@dataclass(frozen=True)
class Scored:
    """Tiles of a split and their scores.

    Attributes:
        of: the tiles.
        scores: (N,) float64, 0-1.
    """

    of: SplitTiles
    scores: NDArray[np.float64]


def score_split(name: str, settings: Settings, *, detector: Detector, split: str | None = None) -> Scored:
    """Give the score of every tile of a split: the peak of its score map, one tile at a time through `Detector.score`.

    Args:
        name: "metu" or "sdnet2018".
        settings: its limit and, if `split` is None, split.
        detector: scores; opened once by a benchmark, so that threshold and scores are of one head.
        split: another split than that of the settings.
    """
    of = split_tiles(name, split or settings.split, limit=settings.limit)
    check_split(detector.card, data=name, split=split or settings.split, split_sha256=of.split_sha256)
    paths = [tile.path for tile in of.tiles]
    kept = default_cache().folder.parent / "scores" / f"{_key(detector, file_hashes(paths))}.npy"
    if not kept.is_file():
        stream = io.BytesIO()
        np.save(stream, _score(paths, detector, f"{name} {split or settings.split}"))
        kept.parent.mkdir(parents=True, exist_ok=True)
        write_whole(kept, stream.getvalue())
    return Scored(of, np.load(kept, allow_pickle=False))


def _score(paths: Sequence[Path], detector: Detector, what: str) -> NDArray[np.float64]:
    scores = np.empty(len(paths))
    with progress(what) as step:
        for i, path in enumerate(paths):
            scores[i] = detector.score(path).peak
            step(i + 1, len(paths))
    return scores


def _key(detector: Detector, hashes: Sequence[str]) -> str:
    """Give the name of kept scores: tiles by content, head, calibration, backbone and the source that scores."""
    card = detector.card
    parts = [card.head_file, str(card.temperature), str(card.offset), detector.backbone.hash, _source(), *hashes]
    return hashlib.sha256("|".join(parts).encode()).hexdigest()


def _source() -> str:
    rooms = Path(cracklens.__file__).parent
    files = [file for room in SCORING for file in (sorted((rooms / room).glob("*.py")) or [rooms / f"{room}.py"])]
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()
