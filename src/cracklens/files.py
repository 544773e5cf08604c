"""Takes a path and bytes; gives a file that is written whole or not at all. Knows nothing of what it holds."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable
from pathlib import Path

BUFFER_BYTES = 1 << 20
"""Template engines give pieces of a few bytes; one write to disk per megabyte."""


def write_whole(path: Path, content: bytes) -> None:
    """Replace a file in one step, so that who is killed while writing leaves the old one whole."""
    write_pieces(path, (content,))


def write_pieces(path: Path, pieces: Iterable[bytes]) -> None:
    """Replace a file in one step by pieces that need not stand in memory together."""
    handle, part = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb", buffering=BUFFER_BYTES) as file:
            for piece in pieces:
                file.write(piece)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(part, 0o644)  # mkstemp makes it private; a report is to be read by others
        os.replace(part, path)
    except BaseException:
        Path(part).unlink(missing_ok=True)
        raise
