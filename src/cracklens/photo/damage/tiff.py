"""Takes the tags of a TIFF's first page and its file; gives what is wrong with its strips. Decodes no pixels."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, BinaryIO

from cracklens.photo.damage.unpacked import BrokenStripError, lzw_length, packbits_length

_WIDTH, _HEIGHT, _BITS, _COMPRESSION, _PLANAR, _JPEG_TABLES = 256, 257, 258, 259, 284, 347
_STRIPS, _ROWS, _STRIP_SIZES = 273, 278, 279
_TILE_WIDTH, _TILE_HEIGHT, _TILES, _TILE_SIZES = 322, 323, 324, 325
_LZW, _JPEG, _DEFLATE, _OLD_DEFLATE, _PACKBITS = 5, 7, 8, 32946, 32773
Tags = Mapping[int, Any]


def tiff_damage(tags: Tags, file: BinaryIO, jpeg_damage: Callable[[bytes], str | None]) -> str | None:
    """Give what is wrong with the strips or tiles of a page, by what its compression has: a sum, a decoder, a length.

    Args:
        tags: of the page, by number.
        file: open for reading; its place is moved.
        jpeg_damage: says what is wrong with a JPEG.
    """
    form = tags.get(_COMPRESSION)
    if form not in {_LZW, _JPEG, _DEFLATE, _OLD_DEFLATE, _PACKBITS}:
        return None
    tables = bytes(tags.get(_JPEG_TABLES) or b"")
    strips = _Strips.of(tags)
    for number, (place, size) in enumerate(zip(strips.places, strips.sizes, strict=False)):
        file.seek(place)
        packed = file.read(size)
        if len(packed) < size:
            wrong: str | None = "the file ends too early"
        elif form == _JPEG:
            wrong = jpeg_damage(tables[:-2] + packed[2:] if tables else packed)
        else:
            wrong = _wrong_length(packed, form, strips.lengths(number))
        if wrong:
            return f"in part {number + 1} of {len(strips.places)}, {wrong}"
    return None


@dataclass(frozen=True)
class _Strips:
    """Where the strips or tiles of a page lie, and how large they are unpacked."""

    places: tuple[int, ...]
    sizes: tuple[int, ...]
    row_bytes: int
    rows: int
    last_rows: int
    per_plane: int

    @classmethod
    def of(cls, tags: Tags) -> _Strips:
        tiled, bits = _TILES in tags, tags.get(_BITS, (1,))
        places, sizes = (tags[_TILES], tags[_TILE_SIZES]) if tiled else (tags[_STRIPS], tags[_STRIP_SIZES])
        rows = tags[_TILE_HEIGHT] if tiled else min(tags.get(_ROWS, tags[_HEIGHT]), tags[_HEIGHT])
        width_bits = tags[_TILE_WIDTH if tiled else _WIDTH] * (bits[0] if tags.get(_PLANAR) == 2 else sum(bits))
        per_plane = len(places) if tiled else -(-tags[_HEIGHT] // rows)
        last = rows if tiled else tags[_HEIGHT] - rows * (per_plane - 1)
        return cls(tuple(places), tuple(sizes), -(-width_bits // 8), rows, last, per_plane)

    def lengths(self, number: int) -> set[int]:
        """Give how long a strip may be: some programs fill the last one up."""
        is_last = number % self.per_plane == self.per_plane - 1
        return {self.rows * self.row_bytes, (self.last_rows if is_last else self.rows) * self.row_bytes}


def _wrong_length(packed: bytes, form: int, lengths: set[int]) -> str | None:
    try:
        if form in {_DEFLATE, _OLD_DEFLATE}:
            length: int | None = len(zlib.decompress(packed))
        else:
            length = lzw_length(packed) if form == _LZW else packbits_length(packed)
    except (zlib.error, BrokenStripError) as error:
        return f"the data is broken ({error})"
    if length is None or length in lengths:
        return None
    return f"the data holds {length} bytes, and the picture needs {max(lengths)}"
