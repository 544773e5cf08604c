"""Takes a packed strip of a TIFF; gives how many bytes are in it, or that it is broken. Gives no pixels.

LZW and PackBits have no checksum, and libtiff reads on behind a broken place: the length tells.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

_CLEAR, _END, _FIRST = 256, 257, 258
_MOST_CODES = 4096
_DOUBLINGS = 12
"""2¹² steps: no chain of entries in a table of 4,096 is longer."""


class BrokenStripError(ValueError):
    """The strip names what is not there."""


def packbits_length(packed: bytes) -> int:
    """Give the length of PackBits data, unpacked.

    Raises:
        BrokenStripError: its last run is cut off.

    Source: TIFF 6.0, section 9.
    """
    at, length = 0, 0
    while at + 1 < len(packed):
        head = packed[at]
        at += 2 if head > 128 else head + 2 if head < 128 else 1
        length += 257 - head if head > 128 else head + 1 if head < 128 else 0
    if at > len(packed):
        raise BrokenStripError("its last run is cut off")
    return length


def lzw_length(packed: bytes) -> int | None:
    """Give the length of LZW data, unpacked; None where it is not written as TIFF 6.0 says, section 13.

    Raises:
        BrokenStripError: it names an entry of its table that is not there yet.
    """
    if len(packed) < 2 or packed[0] != _CLEAR >> 1 or packed[1] >> 7:
        return None
    bits = np.frombuffer(packed + bytes(4), np.uint8).astype(np.uint32)
    widths = _widths()
    ends = np.cumsum(widths)
    length, start = 0, 0
    while start + 9 <= 8 * len(packed):
        codes = _codes(bits, start, widths, ends)
        stops = np.flatnonzero((codes == _CLEAR) | (codes == _END))
        stop = int(stops[0]) if len(stops) else len(codes)
        length += _length(codes[:stop])
        if stop == len(widths):
            return None  # a table that is used on when it is full
        if stop == len(codes) or codes[stop] == _END:
            return length
        start += int(ends[stop])
    return length


def _widths() -> NDArray[np.int64]:
    """Give the bits of each code behind a Clear: one more whenever the table is one entry short of a power of two."""
    entries = np.arange(_MOST_CODES - _FIRST) + _FIRST
    return np.asarray(9 + (entries >= 512) + (entries >= 1024) + (entries >= 2048), np.int64)


def _codes(
    bits: NDArray[np.uint32], start: int, widths: NDArray[np.int64], ends: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Give the codes from a bit on as if no Clear came, as many as there are whole."""
    ends = start + ends[: np.searchsorted(ends, 8 * (len(bits) - 4) - start, side="right")]
    widths = widths[: len(ends)]
    first = (ends - widths) >> 3
    word = (bits[first] << 16 | bits[first + 1] << 8 | bits[first + 2]).astype(np.int64)
    return np.asarray((word >> (24 - widths - ((ends - widths) & 7))) & ((1 << widths) - 1))


def _length(codes: NDArray[np.int64]) -> int:
    """Give how many bytes the codes between two Clears stand for."""
    before = codes - _FIRST  # an entry is what an earlier code stood for, and one byte
    n = len(codes)
    if (before >= np.arange(n)).any():
        raise BrokenStripError("it names an entry of its table that is not there yet")
    parent = np.append(np.where(before >= 0, before, n), n)
    steps = np.append(np.ones(n, np.int64), 0)
    for _ in range(_DOUBLINGS):
        steps = steps + steps[parent]
        parent = parent[parent]
    return int(steps.sum())
