"""Takes a photo; gives it as a small JPEG for reports. Knows no files."""

from __future__ import annotations

import io

import numpy as np
from PIL import Image

from cracklens.values import Photo


def preview_jpeg(photo: Photo, *, long_side_px: int = 1280, quality: int = 80) -> bytes:
    """Give a photo as a small JPEG for reports; a photo that is smaller keeps its size."""
    step = max(1, max(photo.hw) // (4 * long_side_px))  # thins out huge photos first: no second copy of 200 MP
    small = Image.fromarray(np.ascontiguousarray(photo.pixels[::step, ::step]))
    small.thumbnail((long_side_px, long_side_px), Image.Resampling.BOX)
    stream = io.BytesIO()
    small.save(stream, "JPEG", quality=quality)
    return stream.getvalue()
