"""Takes masks as pictures and as run lengths of three programs; gives which px they mark. Knows no photos."""

from __future__ import annotations

import binascii
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import ImageOps

from cracklens.photo.pixels import open_image

Bools = NDArray[np.bool_]
HALF = 127
"""Px of a mask with many greys are crack above it."""

MOST_GREY, GREYS = 0.05, (64, 191)
"""So much of a mask may lie between these greys: edges of a soft brush, or what JPEG makes of them."""


def read_mask(path: Path) -> Bools:
    """Give which px (H, W) of a mask are light: 0 and 1, 0 and 255, two colours, or black and white with soft edges.

    What is transparent is as it is painted, mostly black. A mask of one value marks nothing where that is 0.

    Raises:
        ValueError: no picture, or greys that do not say what is crack.
    """
    try:
        with open_image(path) as picture:
            upright = ImageOps.exif_transpose(picture)
            deep = upright.mode.startswith(("I", "F"))
            values = np.asarray(upright if deep else upright.convert("RGB"))
    except OSError as error:
        raise ValueError(f"{path.name}: {error.strerror or error}") from error
    grey = values if values.ndim == 2 else values.max(axis=2)
    found = np.unique(grey)
    if len(found) <= 2:
        return np.asarray(grey > (found[0] if len(found) == 2 else 0))
    middle = float(((grey > GREYS[0]) & (grey < GREYS[1])).mean())
    if not HALF < found[-1] <= 255 or middle > MOST_GREY:
        came = f"{len(found)} values, {found[0]} to {found[-1]}"
        raise ValueError(f"{path.name}: expected 0 for ground and 255 for crack; it has {came}")
    return np.asarray(grey > HALF)


def from_runs(runs: Sequence[int], hw: tuple[int, int], *, by_columns: bool) -> Bools:
    """Give (h, w) of run lengths, ground first: COCO counts by columns, CVAT by rows.

    Raises:
        ValueError: they are not as long as the mask.
    """
    lengths = np.asarray(runs, np.int64)
    if lengths.ndim != 1 or (lengths < 0).any() or lengths.sum() != hw[0] * hw[1]:
        came = f"{int(lengths.sum()):,}" if lengths.ndim == 1 else "no list"
        raise ValueError(f"expected run lengths of {hw[0] * hw[1]:,} px; got {came}")
    flat = np.repeat(np.arange(len(lengths)) % 2 == 1, lengths)
    return flat.reshape(hw, order="F" if by_columns else "C")


def coco_runs(text: str) -> list[int]:
    """Give the run lengths of COCO's compressed form: five bits a character, from the third on less the last but one.

    Raises:
        ValueError: a character that is none of it, or an end in the middle of a number.

    Example:
        >>> coco_runs("52203")
        [5, 2, 2, 2, 5]
    """
    runs: list[int] = []
    value = shift = 0
    for letter in text:
        bits = ord(letter) - 48
        if not 0 <= bits < 64:
            raise ValueError(f"{letter!r} is no part of compressed run lengths")
        value |= (bits & 31) << shift
        shift += 5
        if not bits & 32:
            value -= (1 << shift) if bits & 16 else 0
            runs.append(value + (runs[-2] if len(runs) > 2 else 0))
            value = shift = 0
    if shift:
        raise ValueError("compressed run lengths end in the middle of a number")
    return runs


def brush_mask(packed: Sequence[int], hw: tuple[int, int]) -> Bools:
    """Give (h, w) of a brush of Label Studio: px that it covers by half or more.

    The bits say: how many values there are (32), the bits of a value less one (5), four sizes of run lengths less one
    (4 each); then a bit, which size (2) and a length less one, followed by one value where the bit is set, else by as
    many values as the length says. The values are RGBA, row by row; the cover is A.

    Raises:
        ValueError: no bytes, another size, or an end in the middle.
    """
    try:
        bits = _Bits(bytes(packed))
    except (TypeError, ValueError) as error:
        raise ValueError(f"expected bytes of a brush ({error})") from error
    count, word = bits.take(32), bits.take(5) + 1
    sizes = [bits.take(4) + 1 for _ in range(4)]
    if count != hw[0] * hw[1] * 4:
        raise ValueError(f"expected a brush of {hw[0] * hw[1]:,} px; got {count // 4:,}")
    values = np.zeros(count, np.uint32)
    at = 0
    while at < count:
        same = bits.take(1)
        end = at + 1 + bits.take(sizes[bits.take(2)])
        if end > count:
            raise ValueError("a run of the brush is longer than its mask")
        values[at:end] = bits.take(word) if same else [bits.take(word) for _ in range(end - at)]
        at = end
    return np.asarray(values[3::4] >= 1 << (word - 1)).reshape(hw)


class _Bits:
    """Bytes that are read bit by bit, the highest of each first."""

    def __init__(self, content: bytes) -> None:
        self._text = bin(int(b"1" + binascii.hexlify(content), 16))[-8 * len(content) :] if content else ""
        self._at = 0

    def take(self, count: int) -> int:
        """Give the number of the next bits."""
        self._at += count
        if self._at > len(self._text):
            raise ValueError("the brush ends in the middle")
        return int(self._text[self._at - count : self._at], 2)
