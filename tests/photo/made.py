"""Takes nothing; gives small pictures and files of them, for tests that read them back."""

from __future__ import annotations

import io
import mmap
import struct
from pathlib import Path
from typing import Any

import numpy as np
import tifffile
from numpy.typing import NDArray
from PIL import Image

from cracklens.values import Photo


def encoded(image: Image.Image, form: str, **settings: Any) -> bytes:
    file = io.BytesIO()
    image.save(file, form, **settings)
    return file.getvalue()


def noise(hw: tuple[int, int] = (24, 40)) -> np.ndarray:
    return np.random.default_rng(1).integers(0, 256, (*hw, 3), np.uint8)


def smooth() -> np.ndarray:
    y, x = np.mgrid[0:48, 0:64]
    return np.stack([y * 5, x * 3, 255 - y * 2 - x], axis=2).astype(np.uint8)


def tiff(values: np.ndarray, photometric: str = "minisblack", **settings: Any) -> bytes:
    """Give a TIFF written by tifffile, which shares no code with Pillow."""
    file = io.BytesIO()
    tifffile.imwrite(file, values, photometric=photometric, metadata=None, **settings)
    return file.getvalue()


def crafted_tiff(body: bytes, hw: tuple[int, int], order: str = "<", **tags: int | tuple[int, ...]) -> bytes:
    """Give a TIFF of one strip whose tags are as named (t258=12), for what no library here writes."""
    usual: dict[int, int | tuple[int, ...]] = {256: hw[1], 257: hw[0], 259: 1, 262: 1, 277: 1, 278: hw[0]}
    usual |= {273: 8, 279: len(body)} | {int(name[1:]): value for name, value in tags.items()}
    start = 8 + len(body) + len(body) % 2
    entries, after = b"", b""
    for tag, value in sorted(usual.items()):
        values = value if isinstance(value, tuple) else (value,)
        form = "I" if tag in (256, 257, 273, 278, 279) else "H"
        content = struct.pack(f"{order}{len(values)}{form}", *values)
        if len(content) > 4:
            at = start + 2 + 12 * len(usual) + 4 + len(after)
            after += content
            content = struct.pack(order + "I", at)
        entries += struct.pack(order + "HHI", tag, 4 if form == "I" else 3, len(values)) + content.ljust(4, b"\0")
    head = struct.pack(order + "2sHI", b"II" if order == "<" else b"MM", 42, start)
    return head + body.ljust(start - 8, b"\0") + struct.pack(order + "H", len(usual)) + entries + bytes(4) + after


def apart(photo: Photo, expected: np.ndarray) -> int:
    """Give the most that any px is beside what is expected, in levels."""
    return int(np.abs(photo.pixels.astype(int) - np.broadcast_to(np.atleast_3d(expected), photo.pixels.shape)).max())


def is_on_disk(pixels: NDArray[np.uint8]) -> bool:
    base: object = pixels
    while isinstance(base, np.ndarray):
        base = base.base
    return isinstance(base, mmap.mmap)


def resident_bytes(pixels: NDArray[np.uint8]) -> int:
    """Give how much of the mapping that holds these pixels is in memory."""
    inside = False
    for line in Path("/proc/self/smaps").read_text().splitlines():
        first = line.split()[0]
        if not first.endswith(":"):
            start, stop = (int(end, 16) for end in first.split("-"))
            inside = start <= pixels.ctypes.data < stop
        elif inside and first == "Rss:":
            return int(line.split()[1]) * 1024
    raise AssertionError("no mapping holds these pixels")
