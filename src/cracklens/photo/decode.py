"""Takes an opened image; gives its pixels as 8-bit RGB, turned upright, and what was converted. Knows no EXIF."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from cracklens.photo.heard import heard

STRIP_ROWS = 512


def decode(image: Image.Image) -> tuple[NDArray[np.uint8], tuple[str, ...]]:
    """Give the pixels (H, W, 3) uint8 as stored and what was converted; strip by strip, to hold few copies."""
    notes = _pages(image)
    image.load()
    if image.mode != "RGB":
        notes.append(f"converted from {_mode_name(image)} to 8-bit RGB")
    width, height = image.size
    pixels = np.empty((height, width, 3), np.uint8)
    for top in range(0, height, STRIP_ROWS):
        strip = image.crop((0, top, width, min(top + STRIP_ROWS, height)))
        pixels[top : top + STRIP_ROWS] = _rgb(strip)
    return pixels, tuple(notes)


def _pages(image: Image.Image) -> list[str]:
    """Say that there are more pages than the first, which is read; a later one that is broken takes nothing from it."""
    if image.format == "MPO":
        return []
    with heard():  # what is odd in later pages is no matter
        try:
            pages = getattr(image, "n_frames", 1)
        except MemoryError:
            raise
        except Exception:  # noqa: BLE001 a broken directory raises anything
            image.seek(0)
            return ["first page read; what follows it is broken"]
    return [f"first of {pages} pages read"] if pages > 1 else []


def _mode_name(image: Image.Image) -> str:
    names = {"L": "grey", "LA": "grey with transparency", "P": "palette", "RGBA": "RGB with transparency", "1": "1-bit"}
    return names.get(image.mode, "16-bit grey" if image.mode.startswith("I") else image.mode)


def _rgb(image: Image.Image) -> NDArray[np.uint8]:
    """Give one strip as (H, W, 3) uint8: 16-bit values divided by 257, transparency laid on white."""
    if image.mode == "F":
        raise ValueError("32-bit float pixels have no known white; save it with 8 or 16 bit")
    if image.mode.startswith("I"):
        grey = np.asarray(image).astype(np.int64)
        if grey.min() < 0 or grey.max() > 65_535:
            raise ValueError("grey values outside 0-65,535; save it with 8 or 16 bit")
        return np.repeat((grey // 257).astype(np.uint8)[..., np.newaxis], 3, axis=2)
    if image.has_transparency_data:
        white = Image.new("RGBA", image.size, "white")
        image = Image.alpha_composite(white, image.convert("RGBA"))
    return np.asarray(image.convert("RGB"))


def upright(pixels: NDArray[np.uint8], orientation: object) -> NDArray[np.uint8]:
    """Turn stored pixels upright, as a view. Source: EXIF 2.32, tag 0x0112."""
    if orientation in (5, 6, 7, 8):
        pixels = pixels.transpose(1, 0, 2)
    if orientation in (2, 3, 6, 7):
        pixels = pixels[:, ::-1]
    if orientation in (3, 4, 7, 8):
        pixels = pixels[::-1]
    return pixels
