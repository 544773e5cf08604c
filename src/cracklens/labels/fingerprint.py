"""Takes pictures; gives what tells them apart: checksum, size, a small grey picture. Compares nothing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from cracklens.errors import PhotoError
from cracklens.photo import read_photo

THUMB_PX = 24
FINE = 8
"""A thumbnail's px is the mean of so many squared, since whole grey levels would hide what a faint picture shows."""

WORKERS = 2
"""Threads that read: decoding leaves Python's lock, and a third one gains nothing on two cores."""

Stage = Callable[[str, int, int], None]
"""Called with what is done, how many are done and how many there are."""


@dataclass(frozen=True)
class Fingerprint:
    """What is kept of a picture, about 2.4 kB.

    Attributes:
        sha256: of the file.
        hw: height and width in px, upright.
        thumb: (24, 24) float32, grey 0-255; a picture that is no square is squeezed into it.
    """

    sha256: str
    hw: tuple[int, int]
    thumb: NDArray[np.float32]


def fingerprint(path: Path) -> Fingerprint:
    """Read a picture and give its fingerprint.

    Raises:
        PhotoError: it cannot be read.
    """
    photo = read_photo(path)
    grey = Image.fromarray(photo.pixels).convert("L")
    fine = np.asarray(grey.resize((THUMB_PX * FINE, THUMB_PX * FINE), Image.Resampling.BOX), np.float32)
    thumb = fine.reshape(THUMB_PX, FINE, THUMB_PX, FINE).mean((1, 3))
    return Fingerprint(photo.sha256, photo.hw, thumb)


def fingerprints(paths: Sequence[Path], *, on_progress: Stage | None = None) -> list[Fingerprint | str]:
    """Give the fingerprint of each picture in order, or the reason why it cannot be read."""
    found: list[Fingerprint | str] = []
    with ThreadPoolExecutor(WORKERS) as pool:
        for done, print_or_reason in enumerate(pool.map(_fingerprint_or_reason, paths), start=1):
            found.append(print_or_reason)
            if on_progress:
                on_progress("reading", done, len(paths))
    return found


def _fingerprint_or_reason(path: Path) -> Fingerprint | str:
    try:
        return fingerprint(path)
    except PhotoError as error:
        return str(error).removeprefix(f"{path}: ")
