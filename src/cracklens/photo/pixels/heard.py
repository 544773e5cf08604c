"""Takes nothing; gives what Pillow and libtiff say while a photo is read, instead of printing it. Reads none itself."""

from __future__ import annotations

import os
import re
import tempfile
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from PIL import Image

from cracklens.values import Note

_STDERR = 2
_BY_LIBTIFF = re.compile(r"[\w.]+: (.+)\.\s*")
_pillow_alone = threading.Lock()


@contextmanager
def heard() -> Iterator[list[Note]]:
    """Let one thread alone read a header, and give what Pillow warns of meanwhile as notes, instead of printing it.

    Pillow's own limit of size, which stands below a 200-megapixel photo, is lifted meanwhile.
    """
    notes: list[Note] = []
    with _pillow_alone:
        before, Image.MAX_IMAGE_PIXELS = Image.MAX_IMAGE_PIXELS, None
        try:
            with warnings.catch_warnings(record=True) as all_warned:
                warnings.simplefilter("always")
                yield notes
        finally:
            Image.MAX_IMAGE_PIXELS = before
        for warned in all_warned:
            if "PIL" in Path(warned.filename).parts:
                said = " ".join(str(warned.message).split()).rstrip(". ")
                notes.append(Note("odd_header", {"said": said}))
            else:  # of another thread
                warnings.warn_explicit(warned.message, warned.category, warned.filename, warned.lineno)


@contextmanager
def libtiff_heard() -> Iterator[None]:
    """Let one thread alone decode a TIFF: libtiff writes to the process's stderr, where Pillow only gives a number.

    Raises:
        OSError: the decoder fails, in libtiff's words where it has some.
    """
    said: list[str] = []
    try:
        with _pillow_alone, _stderr_read(said):
            yield
    except OSError as error:
        if said:
            raise OSError("; ".join(said)) from error
        raise


@contextmanager
def _stderr_read(said: list[str]) -> Iterator[None]:
    """Add what libtiff writes to stderr to a list; what anybody else writes meanwhile is written again afterwards."""
    try:
        usual = os.dup(_STDERR)
    except OSError:  # a program without a console
        yield
        return
    with tempfile.TemporaryFile() as file:
        os.dup2(file.fileno(), _STDERR)
        try:
            yield
        finally:
            os.dup2(usual, _STDERR)
            os.close(usual)
            file.seek(0)
            for line in file:
                found = _BY_LIBTIFF.fullmatch(line.decode(errors="replace"))
                if found:
                    said.append(found[1])
                else:
                    os.write(_STDERR, line)
