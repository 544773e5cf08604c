"""Takes the shape of a picture or map; gives room for it, on disk where it is large. Knows no photos."""

from __future__ import annotations

import math
import mmap
import os
import tempfile

import numpy as np
from numpy.typing import NDArray

LARGE_BYTES = 192_000_000
"""Of 64 megapixels: a smaller photo in memory takes no more, with maps and network, than these alone do at 200."""


class _Scratch(mmap.mmap):
    """A file without a name, gone with the last array that reads it."""


def room(shape: tuple[int, ...]) -> NDArray[np.uint8]:
    """Give an array of undefined content that can be written, in memory or in a scratch file.

    The file is made in `$TMPDIR`, without one in /var/tmp, which other than /tmp is a disk. Where there is no room for
    it, or the system cannot set its room aside (Windows, macOS), any size stands in memory.
    """
    size = math.prod(shape)
    if size < LARGE_BYTES or not hasattr(os, "posix_fallocate"):
        return np.empty(shape, np.uint8)
    try:
        with tempfile.TemporaryFile(dir=os.environ.get("TMPDIR", "/var/tmp")) as file:  # noqa: S108 it has no name
            os.posix_fallocate(file.fileno(), 0, size)  # a full disk is an error here, and a crash at the first write
            return np.ndarray(shape, np.uint8, _Scratch(file.fileno(), size))
    except OSError:
        return np.empty(shape, np.uint8)


def let_go(pixels: NDArray[np.uint8]) -> None:
    """Take pixels that were read or written out of memory, where they stand in a scratch file; their values stay."""
    base: object = pixels
    while isinstance(base, np.ndarray):
        base = base.base
    if isinstance(base, _Scratch):
        base.madvise(mmap.MADV_DONTNEED)
