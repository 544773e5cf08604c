"""Takes pieces of text; gives a whole file or, with a sentence why not, none. Knows nothing of what they say."""

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


def make_folder(folder: Path) -> Path:
    """Make a folder, with its parents, where it is absent.

    Raises:
        OutputError: it cannot be made, or a file stands in its place.
    """
    with output_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)
    return folder


def write_text(path: Path, pieces: Iterable[str]) -> None:
    """Replace a file by the pieces in one step, holding one piece at a time; who is killed leaves the old one whole.

    Text is UTF-8. Bytes of file names that are no UTF-8 (lone surrogates in Python) are written as backslash escapes,
    which JSON reads back as they were.

    Raises:
        OutputError: it cannot be written; nothing is left behind.
    """
    with output_errors(path):
        handle, part = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        try:
            with os.fdopen(handle, "wb", buffering=BUFFER_BYTES) as file:
                for piece in pieces:
                    file.write(piece.encode("utf-8", "backslashreplace"))
                file.flush()
                os.fsync(file.fileno())
            os.chmod(part, 0o644)  # mkstemp makes it private; a report is to be read by others
            os.replace(part, path)
        except BaseException:
            Path(part).unlink(missing_ok=True)
            raise


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
