"""Takes the bytes of a JPEG; gives it without its notes, and which of its tables was hit. Decodes nothing."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from functools import lru_cache

import numpy as np

_DHT, _SOS, _DQT = 0xC4, 0xDA, 0xDB
_FRAMES = {*range(0xC0, 0xD0)} - {_DHT, 0xC8, 0xCC}
_PICTURE = {*_FRAMES, _DHT, 0xCC, _DQT, 0xDD}
_WITHOUT_LENGTH = {0x00, 0x01, *range(0xD0, 0xD9)}

_LUMA = (
    16, 11, 12, 14, 12, 10, 16, 14, 13, 14, 18, 17, 16, 19, 24, 40,
    26, 24, 22, 22, 24, 49, 35, 37, 29, 40, 58, 51, 61, 60, 57, 51,
    56, 55, 64, 72, 92, 78, 64, 68, 87, 69, 55, 56, 80, 109, 81, 87,
    95, 98, 103, 104, 103, 62, 77, 113, 121, 112, 100, 120, 92, 101, 103, 99,
)  # fmt: skip
_CHROMA = (17, 18, 18, 24, 21, 24, 47, 26, 26, 47, 99, 66, 56, 66, *[99] * 50)
"""The example tables that nearly all encoders scale, in the order of the file. Source: ITU-T T.81, annex K.1."""

_ALIKE, _FAR = 48, 20
"""So many of 64 entries as in a scaled example table, and one so far off: others were hit."""


def segments(data: bytes) -> Iterator[tuple[int, int, int]]:
    """Give marker, start and end of each segment of a JPEG's header, up to its first scan."""
    at = 2
    while (at := data.find(b"\xff", at)) >= 0 and at + 4 <= len(data):  # bytes between segments say nothing
        marker = data[at + 1]
        if marker == 0xFF or marker in _WITHOUT_LENGTH:
            at += 1 if marker == 0xFF else 2
            continue
        end = at + 2 + struct.unpack_from(">H", data, at + 2)[0]
        yield marker, at, end
        if marker == _SOS:
            return
        at = end


def bare_jpeg(data: bytes) -> bytes:
    """Give a JPEG without its APP and COM segments and bytes between segments; as it is where it has no scan.

    The range of coefficients that a baseline scan names is set right: some phones write it wrong, and it is not used.
    """
    kept, baseline = [b"\xff\xd8"], False
    for marker, start, end in segments(data):
        baseline = baseline or marker in {0xC0, 0xC1}
        if marker == _SOS:
            scan = [data[start : end - 3], bytes((0, 63, 0)), data[end:]] if baseline else [data[start:]]
            return b"".join([*kept, *scan])
        if marker in _PICTURE:
            kept.append(data[start:end])
    return data


def components(data: bytes) -> int:
    """Give how many colours a JPEG holds; 0 where its header does not say."""
    frames = (start for marker, start, _ in segments(data) if marker in _FRAMES)
    return next((data[start + 9] for start in frames), 0)


def broken_table(data: bytes) -> str | None:
    """Give which table of a JPEG was hit, None where none is seen to be: the decoder takes any number in them."""
    for marker, start, end in segments(data):
        body = data[start + 4 : end]
        if marker == _DQT and any(_is_hit(table) for table in _quantisers(body)):
            return "its quantisation table is not the one that it was written with"
        if marker == _DHT and _says_twice(body):
            return "its Huffman table holds a value twice"
    return None


def coarsest_mean(data: bytes) -> int:
    """Give the largest step, in eighths of a level, that a JPEG rounds the mean of a block to; 0 without tables."""
    bodies = (data[start + 4 : end] for marker, start, end in segments(data) if marker == _DQT)
    return max((table[0] for body in bodies for table in _quantisers(body)), default=0)


def _quantisers(body: bytes) -> Iterator[bytes]:
    """Give the 8-bit quantisation tables of a segment."""
    for at in range(0, len(body) - 64, 65):
        if body[at] >> 4:
            return
        yield body[at + 1 : at + 65]


@lru_cache(maxsize=256)
def _is_hit(table: bytes) -> bool:
    """Whether a table is an example table scaled, but for a few entries that are far off."""
    quality = np.arange(1, 101)
    percent = np.where(quality < 50, 5000 // quality, 200 - 2 * quality)[:, None]
    scaled = np.vstack([np.clip((np.array(of) * percent + 50) // 100, 1, 255) for of in (_LUMA, _CHROMA)])
    off = np.abs(scaled - np.frombuffer(table, np.uint8))
    alike = (off == 0).sum(axis=1)
    best = int(alike.argmax())
    return bool(_ALIKE <= alike[best] < 64 and off[best].max() > _FAR)


@lru_cache(maxsize=256)
def _says_twice(body: bytes) -> bool:
    """Whether a Huffman table gives two codes to one value: no encoder does."""
    at = 0
    while at + 17 <= len(body):
        count = sum(body[at + 1 : at + 17])
        values = body[at + 17 : at + 17 + count]
        if len(set(values)) < len(values):
            return True
        at += 17 + count
    return False
