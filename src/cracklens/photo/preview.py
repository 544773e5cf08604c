"""Takes a photo; gives it as a small JPEG for reports, or a part of it at full resolution. Knows no files."""

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


def cut_jpeg(photo: Photo, box_xyxy: tuple[int, int, int, int], *, quality: int = 88) -> bytes:
    """Give a part of a photo as a JPEG, px by px."""
    x0, y0, x1, y1 = box_xyxy
    stream = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(photo.pixels[y0:y1, x0:x1])).save(stream, "JPEG", quality=quality)
    return stream.getvalue()
