"""Takes a TIFF's file and how its samples lie in it; gives them, a row of strips or tiles at a time. Knows no tags."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from cracklens.photo.pixels.depth import Band, Bools, Samples
from cracklens.photo.pixels.formats import AnyTiff

PLAIN, LZW, DEFLATE, OLD_DEFLATE, PACKBITS, LZMA, ZSTD = 1, 5, 8, 32946, 32773, 34925, 50000
COMPRESSIONS = (PLAIN, LZW, DEFLATE, OLD_DEFLATE, PACKBITS, LZMA, ZSTD)
"""Of bytes, whatever samples they are; tag 259."""

SOLID = 0.5
"""A px that is covered less than this has no picture."""


@dataclass(frozen=True)
class Layout:
    """How the samples of a TIFF's page lie in the file; words as in the TIFF 6.0 specification.

    Attributes:
        hw, block_hw, tiled: of the page, and of a strip or tile, in px; the last strip may be lower, a tile not.
        samples: per px.
        planes: 1 with all samples of a px together, else one plane for each sample.
        dtype: of a sample in memory, in the file's byte order.
        bits: of a sample in the file.
        offsets, counts: of the blocks, in bytes.
        compression, predictor: tags 259 and 317.
        alpha: which sample says how far a px is covered, None without; `premultiplied` if the colours are times it.
        nodata: of tag 42113, None without.
    """

    hw: tuple[int, int]
    block_hw: tuple[int, int]
    tiled: bool
    samples: int
    planes: int
    dtype: np.dtype[Any]
    bits: int
    offsets: tuple[int, ...]
    counts: tuple[int, ...]
    compression: int
    predictor: int
    colours: int
    alpha: int | None
    premultiplied: bool
    nodata: float | None


def bands_of(file: IO[bytes], layout: Layout) -> Iterator[Band]:
    """Give the page a row of blocks at a time."""
    (height, width), (rows, cols) = layout.hw, layout.block_hw
    across, down = -(-width // cols), -(-height // rows)
    each = layout.samples // layout.planes
    expected = across * down * layout.planes
    if min(len(layout.offsets), len(layout.counts)) < expected:
        raise ValueError(f"it lacks {expected - len(layout.offsets)} of {expected} strips or tiles")
    for row in range(down):
        n = min(rows, height - row * rows)
        band = np.empty((n, width, layout.samples), layout.dtype.newbyteorder("="))
        for plane in range(layout.planes):
            for col in range(across):
                block = _block(file, layout, (plane * down + row) * across + col, n)
                left = col * cols
                band[:, left : left + cols, plane * each : (plane + 1) * each] = block[:n, : width - left]
        yield _band(band, layout)


def _band(stored: Samples, layout: Layout) -> Band:
    """Give the colours of stored samples, and where they have none."""
    colours: Samples = stored[..., : layout.colours]
    empty: Bools | None = None
    if layout.alpha is not None:
        full = 1.0 if layout.dtype.kind == "f" else float(2 ** (layout.bits - (layout.dtype.kind == "i")) - 1)
        cover = stored[..., layout.alpha].astype(np.float32) / np.float32(full)
        empty = cover < SOLID
        if layout.premultiplied:
            pure = colours / np.maximum(cover, np.float32(1 / full))[..., np.newaxis]
            colours = np.clip(np.rint(pure) if layout.dtype.kind != "f" else pure, 0, full).astype(colours.dtype)
    elif layout.nodata is not None:
        bare = np.isnan(colours) if np.isnan(layout.nodata) else colours == layout.nodata
        empty = np.asarray(bare.all(axis=-1))
    return Band(colours, empty)


def _block(file: IO[bytes], layout: Layout, index: int, rows_left: int) -> Samples:
    """Give one strip or tile (rows, cols, samples of its plane)."""
    each = layout.samples // layout.planes
    rows, cols = layout.block_hw[0] if layout.tiled else rows_left, layout.block_hw[1]
    row_bytes = -(-cols * each * layout.bits // 8)
    file.seek(layout.offsets[index])
    raw = _expanded(file.read(layout.counts[index]), layout.compression, rows * row_bytes)
    whole_rows = min(rows, len(raw) // row_bytes)
    if whole_rows < rows_left:
        raise ValueError(f"strip or tile {index + 1} ends early: {len(raw):,} of {rows_left * row_bytes:,} bytes")
    lines = np.frombuffer(raw, np.uint8, whole_rows * row_bytes).reshape(whole_rows, row_bytes)
    values = _unpacked(lines, cols * each, layout).reshape(whole_rows, cols, each)
    if layout.predictor == 2:
        values = np.cumsum(values, axis=1, dtype=values.dtype)
    return values


def _unpacked(lines: NDArray[np.uint8], n: int, layout: Layout) -> Samples:
    """Give n samples of each row of bytes in this machine's byte order."""
    native = layout.dtype.newbyteorder("=")
    if (
        layout.predictor == 3
    ):  # Adobe TIFF Technical Note 3: differences of bytes, the highest byte of all samples first
        each = layout.samples // layout.planes
        sums = np.cumsum(lines.reshape(len(lines), -1, each), axis=1, dtype=np.uint8)
        parts = sums.reshape(len(lines), layout.dtype.itemsize, n).transpose(0, 2, 1)
        return np.ascontiguousarray(parts).view(layout.dtype.newbyteorder(">"))[..., 0].astype(native)
    if layout.bits == layout.dtype.itemsize * 8:
        return np.ascontiguousarray(lines).view(layout.dtype).astype(native, copy=False)
    found = np.empty((len(lines), n), native)
    weights = 1 << np.arange(layout.bits - 1, -1, -1)
    for row, line in zip(found, lines, strict=True):
        row[:] = np.unpackbits(line, count=n * layout.bits).reshape(n, layout.bits) @ weights
    return found


def _expanded(raw: bytes, compression: int, length: int) -> bytes:
    """Give at most so many bytes of a compressed block."""
    if compression == PLAIN:
        return raw[:length]
    if compression in (DEFLATE, OLD_DEFLATE):
        stream = zlib.decompressobj()
        try:
            content = stream.decompress(raw, length)
            stream.decompress(stream.unconsumed_tail, 1)  # on to the checksum
        except zlib.error as error:
            raise OSError(f"a strip or tile is damaged: {error}") from error
        return content
    return _by_libtiff(raw, compression, length)


def _by_libtiff(raw: bytes, compression: int, length: int) -> bytes:
    """Let Pillow's libtiff undo a compression: as the one row of a grey 8-bit page, whatever the samples are."""
    rows = [(256, 4, length), (257, 4, 1), (258, 3, 8), (259, 3, compression), (262, 3, 1), (273, 4, 8), (277, 3, 1)]
    rows += [(278, 4, 1), (279, 4, len(raw))]
    entries = b"".join(struct.pack("<HHII", tag, kind, 1, value) for tag, kind, value in rows)
    start = len(raw) + len(raw) % 2
    head = struct.pack("<2sHI", b"II", 42, 8 + start)
    content = head + raw.ljust(start, b"\0") + struct.pack("<H", len(rows)) + entries + bytes(4)
    return AnyTiff(io.BytesIO(content)).tobytes()
