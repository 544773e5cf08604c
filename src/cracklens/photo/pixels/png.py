"""Takes an opened PNG of 16 bit; gives all of its samples, of which Pillow keeps the high bytes. Knows no colours."""

from __future__ import annotations

import io
import struct
from pathlib import Path
from typing import IO

import numpy as np
from numpy.typing import NDArray
from PIL import PngImagePlugin

from cracklens.photo.pixels.depth import Band, Bools, Deep
from cracklens.values import Source

START = 65_536
"""Bytes of a file in which its header is looked for."""

RAW_MODES = {b"\x10\x00": "I;16B", b"\x10\x02": "RGB;16B", b"\x10\x04": "LA;16B", b"\x10\x06": "RGBA;16B"}
"""How Pillow calls what is stored, by depth and colour type of the header."""

HIGH_AND_LOW = {"RGB;16B": ("RGB;16B", "RGB;16L"), "RGBA;16B": ("RGBA;16B", "RGBA;16L")}
"""Raw modes that take the first and the second of two bytes: a PNG's first is the high one."""


def deep_png(image: PngImagePlugin.PngImageFile, source: Source) -> Deep | None:
    """Give the samples of a PNG of 16 bit; None where it has 8 or fewer.

    Args:
        image: its header; may have been loaded, as its EXIF asks for.
        source: the same file.

    Raises:
        ValueError: grey with transparency, which Pillow reads by its high bytes alone.
    """
    with _start(source) as file:
        start = file.read(START)
    raw = RAW_MODES.get(start[24:26])
    if raw is None:
        return None
    if raw == "LA;16B":
        raise ValueError("16-bit grey with transparency is not read. Save it with 8 bit")
    samples = _samples(image, source, raw)
    colours = min(samples.shape[2], 3)
    key = image.info.get("transparency")
    empty: Bools | None = None
    if samples.shape[2] == 4:
        empty = samples[..., 3] < 2**15
    elif key is not None:
        empty = (samples == np.array(key)).all(axis=-1)
    band = Band(samples[..., :colours], empty)
    bits = _significant_bits(start)
    return Deep(
        hw=samples.shape[:2],
        bands=lambda: iter((band,)),
        colours=colours,
        bits=16 if bits and int(band.samples.max()) >= 2**bits else bits,
        white_is_zero=False,
        name="16-bit grey" if colours == 1 else "16-bit RGB",
        empty_by_value=key is not None,
    )


def _start(source: Source) -> IO[bytes]:
    return io.BytesIO(source) if isinstance(source, bytes) else Path(source).open("rb")


def _samples(image: PngImagePlugin.PngImageFile, source: Source, raw: str) -> NDArray[np.uint16]:
    """Give the samples (H, W, C); colours are decoded once for each byte."""
    if raw not in HIGH_AND_LOW:
        return np.atleast_3d(np.asarray(image)).astype(np.uint16, copy=False)
    high, low = (_decoded(source, raw) for raw in HIGH_AND_LOW[raw])
    return np.asarray(high.astype(np.uint16) << 8 | low, np.uint16)


def _decoded(source: Source, raw: str) -> NDArray[np.uint8]:
    with _start(source) as file, PngImagePlugin.PngImageFile(file) as image:
        image.tile = [tile._replace(args=raw) for tile in image.tile]
        return np.asarray(image)


def _significant_bits(start: bytes) -> int | None:
    """Give the bits that the file says its samples had, None where it does not say. Source: PNG specification, sBIT.

    Samples are then scaled to 16 bit; programs that do not scale them leave all below 2 to the power of that number.
    """
    at = 8
    while at + 8 <= len(start):
        length, kind = struct.unpack(">I4s", start[at : at + 8])
        if kind == b"sBIT":
            bits = max(start[at + 8 : at + 8 + min(length, 3)], default=0)
            return bits if 8 <= bits <= 16 else None
        if kind == b"IDAT":
            return None
        at += 12 + length
    return None
