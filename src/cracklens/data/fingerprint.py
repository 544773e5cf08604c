"""Takes pictures; gives what tells them apart: checksum, size, perceptual hash in eight turns. Compares nothing."""

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

HASH_SIDE = 16
THUMB_PX = 32
WORKERS = 2
"""Threads that read: decoding leaves Python's lock, and a third one gains nothing on two cores."""


@dataclass(frozen=True)
class Fingerprint:
    """What is kept of a picture, about 1.5 kB.

    Attributes:
        sha256: of the file.
        hw: height and width in px, upright.
        words: (8, 16) uint16: 256 bits of perceptual hash for each of the eight turns of the picture.
        thumb: (32, 32) uint8, grey.
    """

    sha256: str
    hw: tuple[int, int]
    words: NDArray[np.uint16]
    thumb: NDArray[np.uint8]


def turned(grey: NDArray[np.uint8], turn: int) -> NDArray[np.uint8]:
    """Give pictures (..., S, S) turned: 0 to 3 by so many right angles, 4 to 7 mirrored before.

    Example:
        >>> turned(np.array([[1, 2], [3, 4]], np.uint8), 4).tolist()
        [[2, 1], [4, 3]]
    """
    mirrored = grey[..., ::-1] if turn >= 4 else grey
    return np.rot90(mirrored, turn % 4, axes=(-2, -1))


def fingerprint(path: Path) -> Fingerprint:
    """Read a picture and give its fingerprint.

    Raises:
        PhotoError: it cannot be read.

    Source:
        Perceptual hash: imagehash.phash, signs of the lowest 16 x 16 frequencies against their median.
    """
    import imagehash

    photo = read_photo(path)
    grey = Image.fromarray(photo.pixels).convert("L")
    side_px = 4 * HASH_SIDE
    small = np.asarray(grey.resize((side_px, side_px), Image.Resampling.LANCZOS))
    hashes = [imagehash.phash(Image.fromarray(turned(small, turn)), hash_size=HASH_SIDE).hash for turn in range(8)]
    words = np.packbits(np.array(hashes).reshape(8, -1), axis=1).view(np.uint16)  # (8, 16)
    thumb = np.asarray(grey.resize((THUMB_PX, THUMB_PX), Image.Resampling.BOX))
    return Fingerprint(photo.sha256, photo.hw, words, thumb)


def fingerprints(
    paths: Sequence[Path], *, on_progress: Callable[[int, int], None] | None = None
) -> list[Fingerprint | str]:
    """Give the fingerprint of each picture in order, or the reason why it cannot be read."""
    found: list[Fingerprint | str] = []
    with ThreadPoolExecutor(WORKERS) as pool:
        for done, print_or_reason in enumerate(pool.map(_fingerprint_or_reason, paths), start=1):
            found.append(print_or_reason)
            if on_progress:
                on_progress(done, len(paths))
    return found


def _fingerprint_or_reason(path: Path) -> Fingerprint | str:
    try:
        return fingerprint(path)
    except PhotoError as error:
        return str(error).removeprefix(f"{path}: ")
