"""Takes labelled tiles and a detector; gives each tile's score as a user would get it. Knows no metrics."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from cracklens.detector import Detector
from cracklens.errors import CheckpointError, OutputError, PhotoError
from cracklens.models.card import Card
from cracklens.models.checkpoint import head_sha256
from cracklens.photo import file_sha256
from cracklens.values import Failure

SCORING_VERSION = 1
"""Raised when the same detector gives the same photo another score."""

WHOLE_LINE = re.compile(r"(?P<sha256>[0-9a-f]{64}) (?P<score>\d[.\d]*(?:e-\d+)?);")
"""Of a score cache: without its semicolon a line was cut off."""

LEARNT_FROM = {"train": "The detector was fitted on these tiles", "val": "Threshold and calibration were chosen here"}
Progress = Callable[[int, int], None]


class Labelled(Protocol):
    """A labelled picture, whoever read it."""

    @property
    def path(self) -> Path:
        """Where it lies."""
        ...

    @property
    def file(self) -> str:
        """Its name inside the data, with "/"."""
        ...

    @property
    def label(self) -> int:
        """1 cracked, 0 intact."""
        ...

    @property
    def group(self) -> str:
        """What it belongs to, e.g. the photo it was cut from."""
        ...


@dataclass(frozen=True)
class ScoredTile:
    """A labelled tile and what the detector says of it.

    Attributes:
        path, file, label, group: as in `Labelled`.
        score: peak of its score map, 0-1.
    """

    path: Path
    file: str
    label: int
    group: str
    score: float

    def __post_init__(self) -> None:
        """Refuse what is no score, so that no metric ever meets one."""
        if not 0 <= self.score <= 1:
            raise CheckpointError(f"{self.file}: expected a score 0-1; got {self.score}. Train the checkpoint again.")


@dataclass(frozen=True)
class ScoreCache:
    """Scores on disk, a line a tile, a file a detector; what a killed run scored is there for the next.

    Attributes:
        folder: where.
    """

    folder: Path

    def read(self, key: str) -> dict[str, float]:
        """Give the known scores of a detector by the SHA-256 of the file; a damaged line is left out."""
        try:
            lines = self._of(key).read_text(encoding="ascii", errors="replace").splitlines()
        except OSError:
            return {}
        whole = (match for line in lines if (match := WHOLE_LINE.fullmatch(line)))
        found = {match["sha256"]: float(match["score"]) for match in whole}
        return {sha256: score for sha256, score in found.items() if 0 <= score <= 1}

    def add(self, key: str, sha256: str, score: float) -> None:
        """Add one score.

        Raises:
            OutputError: the folder cannot be written.
        """
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            with self._of(key).open("a", encoding="ascii") as file:
                file.write(f"\n{sha256} {score!r};\n")  # begins and ends with marks: a killed run may leave half a line
        except OSError as error:
            raise OutputError(f"{self.folder}: scores cannot be kept ({error.strerror}). Free some space.") from error

    def _of(self, key: str) -> Path:
        return self.folder / f"{key[:16]}-{SCORING_VERSION}.txt"


def detector_key(detector: Detector) -> str:
    """Give a hash of all that a score depends on besides the photo."""
    head = detector.head
    network = f"{detector.backbone.name} {detector.backbone.hash}"
    return hashlib.sha256(f"{network} {head_sha256(head)} {head.temperature!r} {head.offset!r}".encode()).hexdigest()


def score_tiles(
    tiles: Sequence[Labelled],
    detector: Detector,
    *,
    cache: ScoreCache | None = None,
    on_progress: Progress | None = None,
) -> tuple[tuple[ScoredTile, ...], tuple[Failure, ...]]:
    """Give the score of every tile, through the same door as a user's photo, and a reason for each that has none.

    Args:
        tiles: labelled pictures.
        detector: gives the score maps.
        cache: is read first and added to; None computes all.
        on_progress: called with (done, of all).

    Raises:
        CheckpointError: the detector gives what is no score.
        OutputError: the cache cannot be written.
    """
    key = detector_key(detector)
    known = cache.read(key) if cache else {}
    scored: list[ScoredTile] = []
    failures: list[Failure] = []
    for done, tile in enumerate(tiles, 1):
        try:
            sha256 = file_sha256(tile.path)
            score = known[sha256] if sha256 in known else detector.score(tile.path).peak
            scored.append(ScoredTile(tile.path, tile.file, tile.label, tile.group, score))
        except PhotoError as error:
            failures.append(Failure(tile.file, str(error)))
        else:
            if cache and sha256 not in known:
                cache.add(key, sha256, score)
            known[sha256] = score
        if on_progress:
            on_progress(done, len(tiles))
    return tuple(scored), tuple(failures)


@dataclass(frozen=True)
class Columns:
    """Scored tiles as arrays of N.

    Attributes:
        scores: float64, 0-1.
        labels: 1 cracked, 0 intact.
        groups: what belongs together.
    """

    scores: NDArray[np.float64]
    labels: NDArray[np.int64]
    groups: NDArray[np.str_]

    @classmethod
    def of(cls, tiles: Sequence[ScoredTile]) -> Columns:
        """Give the columns of tiles, in their order."""
        scores = np.array([tile.score for tile in tiles], np.float64)
        labels = np.array([tile.label for tile in tiles], np.int64)
        return cls(scores, labels, np.array([tile.group for tile in tiles], np.str_))


def cautions(card: Card, *, data: str, split: str, split_rule: str | None) -> tuple[str, ...]:
    """Give a sentence for each reason why figures on this data say less than they seem to.

    Args:
        card: of the detector.
        data: the data's name.
        split: which part was scored; "all" where the data has none.
        split_rule: how the splits were made.
    """
    found = []
    known = [source for source in card.data if _same_data(source.name, data)]
    if known:
        how = LEARNT_FROM.get(split) if split != "all" else "Some or all of these tiles may have been learnt from"
        why = "The detector was fitted on other tiles of the same set"
        names = " and ".join(dict.fromkeys(source.name.split()[0].rstrip(",") for source in known))
        flattering = "the figures flatter" if how else "on another structure expect worse"
        found.append(f"{how or why} (its card names {names}): {flattering}.")
    if split_rule and "leak" in split_rule.lower():
        found.append(f"The split leaks: {split_rule}. The figures flatter.")
    leaking = sorted({source.split for source in known if "leak" in source.split.lower()})
    return (*found, *(f"The detector was fitted on a split that leaks: {rule}." for rule in leaking))


def _same_data(fitted: str, data: str) -> bool:
    """Tell whether a card's name of data is this data, or a part of it: "SDNET2018 Walls, cells" is of sdnet2018."""
    first, name = fitted.lower().replace(",", " ").split(), data.lower().split()
    return bool(name) and first[: len(name)] == name
