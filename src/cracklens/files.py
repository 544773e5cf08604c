"""Takes a path and bytes; gives a file that is written whole or not at all. Knows nothing of what it holds."""

from __future__ import annotations

import errno
import os
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from cracklens.errors import OutputError

BUFFER_BYTES = 1 << 20
"""Template engines give pieces of a few bytes; one write to disk per megabyte."""


def write_whole(path: Path, content: bytes) -> None:
    """Replace a file in one step, so that who is killed while writing leaves the old one whole."""
    write_pieces(path, (content,))


def write_pieces(path: Path, pieces: Iterable[bytes]) -> None:
    """Replace a file in one step by pieces that need not stand in memory together."""
    with replaced(path) as part, part.open("wb", buffering=BUFFER_BYTES) as file:
        for piece in pieces:
            file.write(piece)


@contextmanager
def replaced(path: Path) -> Iterator[Path]:
    """Give a place beside a file to write to; what was written there takes its place, or nothing does."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    part = Path(name)
    try:
        with os.fdopen(handle, "r+b") as file:
            yield part
            os.fsync(file.fileno())
        os.chmod(part, 0o644)  # mkstemp makes it private; a report is to be read by others
        os.replace(part, path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise


def make_folder(folder: Path) -> Path:
    """Make a folder, with its parents, where it is absent.

    Raises:
        OutputError: it cannot be made, or a file stands in its place.
    """
    with output_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)
    return folder


@contextmanager
def output_errors(path: Path) -> Iterator[None]:
    """Give errors of the file system as one sentence: what was expected, what came, what to do."""
    try:
        yield
    except OSError as error:
        full = error.errno in (errno.ENOSPC, errno.EDQUOT)
        advice = "Free some space or choose another folder." if full else "Choose another folder."
        came = (error.strerror or str(error)).lower()
        raise OutputError(f"{path}: expected a place that can be written; the system says: {came}. {advice}") from error
