"""Takes an opened image; gives its pixels as 8-bit sRGB, what was converted and what has no picture. Knows no EXIF."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray
from PIL import Image, PngImagePlugin, TiffImagePlugin

from cracklens.photo.pixels.colour import to_srgb
from cracklens.photo.pixels.depth import Band, Bools, Deep, check_tone, read_as
from cracklens.photo.pixels.empty import areas, fill
from cracklens.photo.pixels.heard import libtiff_heard
from cracklens.photo.pixels.png import deep_png
from cracklens.photo.pixels.scratch import let_go, room
from cracklens.photo.pixels.tiff import deep_tiff, mask_of, nodata_of, pages
from cracklens.values import Note, Source

STRIP_ROWS = 512
MODES = {1: "L", 3: "RGB", 4: "CMYK"}
NAMES = {
    "1": "1-bit",
    "L": "grey",
    "LA": "grey with transparency",
    "La": "grey with transparency",
    "P": "palette",
    "PA": "palette with transparency",
    "RGBA": "RGB with transparency",
    "RGBa": "RGB with transparency",
}
SOLID = 128
"""A px that is covered by less than this of 255 has no picture; another has the colour that is stored."""

Turned = TypeVar("Turned", bound=np.generic)


@dataclass(frozen=True)
class Decoded:
    """What an image shows.

    Attributes:
        pixels: RGB (H, W, 3) uint8 in sRGB, as stored, not turned.
        notes: what was converted.
        empty: (H, W) px without a picture, which are filled with the colour nearby; None where all have one.
    """

    pixels: NDArray[np.uint8]
    notes: tuple[Note, ...] = ()
    empty: Bools | None = None


@dataclass(frozen=True)
class _Strips:
    """An image as bands of bytes from the top, with what there is to say of them."""

    hw: tuple[int, int]
    mode: str
    bands: Iterator[Band]
    notes: tuple[Note, ...]
    empty_by_value: bool


def decode(image: Image.Image, source: Source, whole: NDArray[np.uint8] | None = None) -> Decoded:
    """Give the pixels of an image; strip by strip, to hold few copies.

    Args:
        image: opened.
        source: the same file, which some forms are read from.
        whole: its pixels (H, W, 1 or 3), grey or RGB, where another decoder gave them already.

    Raises:
        ValueError: its samples cannot be read for what they are, or nothing of it has a picture.
        OSError: the file is damaged.
    """
    notes = _pages(image)
    deep = _deep(image, source)
    reading = read_as(deep) if deep else None
    if deep and reading:
        bands = (Band(reading.turn(band.samples), band.empty) for band in deep.bands())
        strips = _Strips(deep.hw, MODES[deep.colours], bands, (*reading.notes, *deep.notes), deep.empty_by_value)
    else:
        strips = _by_pillow(image, whole)
    has_mask = isinstance(image, TiffImagePlugin.TiffImageFile) and bool(notes)
    found = _in_srgb(image, strips, mask_of(source, strips.hw) if has_mask else None)
    if deep and reading and not reading.known:
        check_tone(found.pixels, deep.name)
    return Decoded(found.pixels, (*notes, *found.notes), found.empty)


def _pages(image: Image.Image) -> tuple[Note, ...]:
    if image.format == "MPO":
        return ()
    count = pages(image) if isinstance(image, TiffImagePlugin.TiffImageFile) else getattr(image, "n_frames", 1)
    return (Note("pages", {"pages": count}),) if count > 1 else ()


def _deep(image: Image.Image, source: Source) -> Deep | None:
    """Give the samples that Pillow would cut to eight bits, or cannot read; None where its own reading is right."""
    if isinstance(image, TiffImagePlugin.TiffImageFile):
        return deep_tiff(image)
    if isinstance(image, PngImagePlugin.PngImageFile):
        return deep_png(image, source)
    if not image.mode.startswith("I"):
        return None
    samples = np.asarray(image)[..., np.newaxis]  # JPEG 2000: libopenjpeg scales what it reads to 16 bit
    return Deep(samples.shape[:2], lambda: iter((Band(samples),)), 1, 16, white_is_zero=False, name="16-bit grey")


def _by_pillow(image: Image.Image, whole: NDArray[np.uint8] | None) -> _Strips:
    if whole is None:
        with libtiff_heard() if image.format == "TIFF" else nullcontext():
            image.load()
    width, height = image.size
    mode = image.mode if image.mode in ("L", "RGB", "CMYK", "LAB") and not image.has_transparency_data else "RGB"
    mode = "L" if image.mode in ("1", "LA", "La") else mode
    notes = () if image.mode == "RGB" else (Note("converted", {"mode": NAMES.get(image.mode, image.mode)}),)
    nodata = nodata_of(image.tag_v2) if isinstance(image, TiffImagePlugin.TiffImageFile) else None
    tops = range(0, height, STRIP_ROWS)
    boxes = ((0, top, width, min(top + STRIP_ROWS, height)) for top in tops)
    bands = (_band(image.crop(box), mode, nodata) for box in boxes)
    if whole is not None:
        bands = (Band(whole[top : top + STRIP_ROWS]) for top in tops)
    return _Strips((height, width), mode, bands, notes, empty_by_value=not image.has_transparency_data)


def _band(strip: Image.Image, mode: str, nodata: float | None) -> Band:
    if strip.has_transparency_data or strip.mode in ("La", "RGBa"):
        rgba = np.asarray(strip.convert("LA" if strip.mode == "La" else "RGBA").convert("RGBA"))
        colours = rgba[..., :1] if mode == "L" else rgba[..., :3]
        return Band(colours, rgba[..., 3] < SOLID)
    samples = np.atleast_3d(np.asarray(strip if strip.mode == mode else strip.convert(mode)))
    return Band(samples, None if nodata is None else (samples == nodata).all(axis=-1))


def _in_srgb(image: Image.Image, strips: _Strips, mask: Bools | None) -> Decoded:
    """Give bands as one picture in sRGB, its empty areas filled; a mask goes before areas by value."""
    turn, notes = to_srgb(image, strips.mode)
    pixels = room((*strips.hw, 3))
    bare: Bools | None = None
    top = 0
    for band in strips.bands:
        rows = slice(top, top + len(band.samples))
        pixels[rows] = band.samples if turn is None else np.asarray(turn(_as_image(band.samples, strips.mode)))
        if band.empty is not None and band.empty.any():
            bare = np.zeros(strips.hw, np.bool_) if bare is None else bare
            bare[rows] = band.empty
        let_go(pixels)
        top = rows.stop
    if bare is not None and strips.empty_by_value:
        bare = areas(bare) if mask is None else None
    empty = bare if mask is None else mask if bare is None else bare | mask
    if empty is None or not empty.any():
        return Decoded(pixels, (*strips.notes, *notes))
    if empty.all():
        raise ValueError("it is empty: all of it is transparent or without data. Export it with its picture")
    fill(pixels, empty)
    percent = 100 * float(empty.mean())
    share = Note("empty" if percent >= 0.05 else "empty_little", {"percent": percent})
    return Decoded(pixels, (*strips.notes, *notes, share), empty)


def _as_image(samples: NDArray[np.generic], mode: str) -> Image.Image:
    height, width = samples.shape[:2]
    return Image.frombuffer(mode, (width, height), np.ascontiguousarray(samples, np.uint8), "raw", mode, 0, 1)


def upright(pixels: NDArray[Turned], orientation: object) -> NDArray[Turned]:
    """Turn stored pixels (H, W, ...) upright, as a view. Source: EXIF 2.32, tag 0x0112."""
    if orientation in (5, 6, 7, 8):
        pixels = pixels.swapaxes(0, 1)
    if orientation in (2, 3, 6, 7):
        pixels = pixels[:, ::-1]
    if orientation in (3, 4, 7, 8):
        pixels = pixels[::-1]
    return pixels
