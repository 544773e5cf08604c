"""Takes nothing; gives what Pillow warns of while a header is read, as notes. Reads none itself."""

from __future__ import annotations

import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from PIL import Image

_pillow_alone = threading.Lock()


@contextmanager
def heard() -> Iterator[list[str]]:
    """Let one thread alone read a header, and give what Pillow warns of meanwhile as notes, instead of printing it.

    Pillow's own limit of size, which stands below a 200-megapixel photo, is lifted meanwhile.
    """
    notes: list[str] = []
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
                notes.append(f"its header is odd: {' '.join(str(warned.message).split()).rstrip('. ')}")
            else:  # of another thread
                warnings.warn_explicit(warned.message, warned.category, warned.filename, warned.lineno)
