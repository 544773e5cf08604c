"""Takes labelled tiles and a detector; gives each tile's score as a user would get it. Knows no metrics."""

from __future__ import annotations

import hashlib
import math
import re
from collections.abc import Callable, Container, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from cracklens.detector import Detector, photo_logits
from cracklens.errors import CheckpointError, DataError, OutputError, PhotoError
from cracklens.figures import ScoredTile
from cracklens.models import Card, head_sha256
from cracklens.network import calibrated
from cracklens.photo import file_sha256, read_photo
from cracklens.values import Backbone, Head, LeftOut, Note, Photo

SCORING_VERSION = 2
"""Raised when the same detector gives the same photo another logit."""

WHOLE_LINE = re.compile(r"(?P<sha256>[0-9a-f]{64}) (?P<logit>-?\d+(?:\.\d+)?(?:e[-+]?\d+)?);")
"""Of a cache of logits: without its semicolon a line was cut off."""

BATCH, BATCH_BYTES = 16, 20_000_000
"""Pictures that are read before they are scored together; fewer of large ones, so that whole photos need no memory."""

LEARNT_FROM = {"train": "The detector was fitted on these tiles", "val": "Threshold and calibration were chosen here"}
Progress = Callable[[int, int], None]


class Labelled(Protocol):
    """A labelled picture, whoever read it."""

    @property
    def path(self) -> Path:
        """Where it lies."""

    @property
    def file(self) -> str:
        """Its name inside the data, with "/"."""

    @property
    def label(self) -> int:
        """1 cracked, 0 intact."""

    @property
    def group(self) -> str:
        """What it belongs to, e.g. the photo it was cut from."""


@dataclass(frozen=True)
class LogitCache:
    """Peak logits on disk, a line a tile, a file a network and head; what a killed run has is there for the next.

    Attributes:
        folder: where.
    """

    folder: Path

    def read(self, key: str) -> dict[str, float]:
        """Give the known logits of a network and head by the SHA-256 of the file; a damaged line is left out."""
        try:
            lines = self._of(key).read_text(encoding="ascii", errors="replace").splitlines()
        except OSError:
            return {}
        whole = (match for line in lines if (match := WHOLE_LINE.fullmatch(line)))
        found = {match["sha256"]: float(match["logit"]) for match in whole}
        return {sha256: logit for sha256, logit in found.items() if math.isfinite(logit)}

    def add(self, key: str, sha256: str, logit: float) -> None:
        """Add one logit.

        Raises:
            OutputError: the folder cannot be written.
        """
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            with self._of(key).open("a", encoding="ascii") as file:
                file.write(f"\n{sha256} {logit!r};\n")  # begins and ends with marks: a killed run may leave half a line
        except OSError as error:
            raise OutputError(f"{self.folder}: scores cannot be kept ({error.strerror}). Free some space.") from error

    def _of(self, key: str) -> Path:
        return self.folder / f"{key[:16]}-{SCORING_VERSION}.txt"


def scoring_key(backbone: Backbone, head: Head) -> str:
    """Give a hash of all that a logit depends on besides the photo; calibration comes after it.

    A head that reads the crack map fits the one it was fitted with alone, as `map_of` holds, and its weight tells it.
    """
    return hashlib.sha256(f"{backbone.name} {backbone.hash} {head_sha256(head)}".encode()).hexdigest()


def peak_logits(
    paths: Sequence[Path],
    backbone: Backbone,
    head: Head,
    *,
    cache: LogitCache | None = None,
    on_progress: Progress | None = None,
) -> list[float | PhotoError]:
    """Give the uncalibrated logit of each file as the detector scores it, or why it has none.

    Fit, threshold, card and evaluation all take a picture's score from here.

    Args:
        paths: of pictures, N.
        backbone: gives feature maps.
        head: its calibration does not count.
        cache: is read first and added to; None computes all.
        on_progress: called with (done, of all).

    Raises:
        CheckpointError: the head gives what is no logit.
        OutputError: the cache cannot be written.
    """
    key = scoring_key(backbone, head)
    known: dict[str, float | PhotoError] = {**cache.read(key)} if cache else {}
    found: list[float | PhotoError] = []
    for names, photos in _readings(paths, known):
        for (sha256, photo), logit in zip(
            photos.items(), photo_logits([*photos.values()], backbone, head), strict=True
        ):
            known[sha256] = logit if isinstance(logit, PhotoError) else _finite(logit, photo.name)
            if cache and not isinstance(logit, PhotoError):
                cache.add(key, sha256, logit)
        found += [name if isinstance(name, PhotoError) else known[name] for name in names]
        if on_progress:
            on_progress(len(found), len(paths))
    return found


def _readings(
    paths: Sequence[Path], known: Container[str]
) -> Iterator[tuple[list[str | PhotoError], dict[str, Photo]]]:
    """Give files in batches: the SHA-256 of each, or why it cannot be read, and by it the photos that are not known."""
    names, photos = list[str | PhotoError](), dict[str, Photo]()
    for path in paths:
        try:
            sha256 = file_sha256(path)
            if sha256 not in known and sha256 not in photos:
                photos[sha256] = read_photo(path)
            names.append(sha256)
        except PhotoError as error:
            names.append(error)
        if len(names) >= BATCH or sum(photo.pixels.size for photo in photos.values()) >= BATCH_BYTES:
            yield names, photos
            names, photos = [], {}
    if names:
        yield names, photos


def all_logits(found: Sequence[float | PhotoError]) -> NDArray[np.float64]:
    """Give logits (N,), where all pictures must have one.

    Raises:
        PhotoError: the first that could not be read.
    """
    for one in found:
        if isinstance(one, PhotoError):
            raise one
    return np.array(found, np.float64)


def _finite(logit: float, name: str) -> float:
    """Refuse what is no logit, so that no metric ever meets one."""
    if not math.isfinite(logit):
        raise CheckpointError(f"{name}: expected a score 0-1; got {logit}. Train the checkpoint again.")
    return logit


def score_tiles(
    tiles: Sequence[Labelled],
    detector: Detector,
    *,
    cache: LogitCache | None = None,
    on_progress: Progress | None = None,
) -> tuple[tuple[ScoredTile, ...], tuple[LeftOut, ...]]:
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
    paths = [tile.path for tile in tiles]
    found = peak_logits(paths, detector.scorer, detector.head, cache=cache, on_progress=on_progress)
    scored, failures = [], []
    for tile, logit in zip(tiles, found, strict=True):
        if isinstance(logit, PhotoError):
            failures.append(LeftOut(tile.file, Note("because", {"reason": str(logit)})))
        else:
            score = float(calibrated(np.array(logit), detector.head))
            scored.append(ScoredTile(tile.path, tile.file, tile.label, tile.group, score))
    return tuple(scored), tuple(failures)


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


def check_split(card: Card, *, data: str, split: str, split_sha256: str | None) -> None:
    """Refuse to measure on test what was fitted by another split of the same data: it may have learnt these tiles.

    Args:
        card: of the detector.
        data: the data's name.
        split: that is to be measured.
        split_sha256: of the data's split; None where it has none.

    Raises:
        DataError: the card names another split of this data, or none.
    """
    fitted = [source for source in card.data if _same_data(source.name, data)]
    others = [source for source in fitted if source.split_sha256 != split_sha256]
    if split == "test" and split_sha256 and others:
        by = (others[0].split_sha256 or "none known")[:12]
        expected = f"{data}: expected a detector fitted by the split that these test tiles are of, {split_sha256[:12]}"
        raise DataError(
            f"{expected}; {card.name} was fitted by {others[0].split}, {by}, and may have learnt from them. "
            "Train it again by this split, or measure it on other data."
        )


def _same_data(fitted: str, data: str) -> bool:
    """Tell whether a card's name of data is this data, or a part of it: "SDNET2018 Walls, cells" is of sdnet2018."""
    first, name = fitted.lower().replace(",", " ").split(), data.lower().split()
    return bool(name) and first[: len(name)] == name
