"""Takes an opened TIFF; gives its samples as they are stored where Pillow cannot read them. Knows no colours."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, TiffImagePlugin

from cracklens.photo.depth import Band, Bools, Deep, Samples

PLAIN, LZW, DEFLATE, OLD_DEFLATE, PACKBITS, LZMA, ZSTD = 1, 5, 8, 32946, 32773, 34925, 50000
BY_LIBTIFF = (LZW, PACKBITS, LZMA, ZSTD)
"""Compressions of bytes, whatever samples they are, that Pillow's libtiff undoes."""

COLOURS = {0: 1, 1: 1, 2: 3, 5: 4}
"""By PhotometricInterpretation: white is zero, black is zero, RGB, CMYK."""

NAMES = {1: "grey", 3: "RGB", 4: "CMYK"}
KINDS = {1: "u", 2: "i", 3: "f", 4: "u"}
SOLID = 0.5
"""A px that is covered less than this has no picture."""

MOST_PAGES = 10_000


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


def deep_tiff(image: TiffImagePlugin.TiffImageFile) -> Deep | None:
    """Give the samples of a TIFF's first page; None where Pillow reads it right.

    Raises:
        ValueError: a raw photo, or samples that neither Pillow nor this module reads.
    """
    tags = image.tag_v2
    _check_kind(tags)
    if _is_pillows(tags) and image.tile:
        return None
    layout = _layout(tags)
    file = image.fp
    if file is None:
        raise ValueError("the file is closed")
    photometric = int(tags.get(262, 0))
    kind = {"u": "", "i": "signed ", "f": "float "}[layout.dtype.kind]
    name = f"{layout.bits}-bit {kind}{NAMES[layout.colours]}"
    said = int(max(_all(tags, 281) or [0])).bit_length()
    bits = layout.bits if layout.bits not in (8, 16, 32, 64) else said if 8 <= said < layout.bits else None
    return Deep(
        hw=layout.hw,
        bands=lambda: _bands(file, layout),
        colours=layout.colours,
        bits=bits,
        white_is_zero=photometric == 0,
        name=name,
        notes=_notes(layout),
        empty_by_value=layout.alpha is None,
    )


def pages(image: TiffImagePlugin.TiffImageFile) -> int:
    """Give how many pages a TIFF has, by its chain of directories alone: broken tags of a later one do no harm."""
    file = image.fp
    if file is None:
        return 1
    file.seek(0)
    head = file.read(16)
    order = "<" if head[:2] == b"II" else ">"
    big = head[2:4] in (b"+\0", b"\0+")
    at = struct.unpack(order + ("Q" if big else "I"), head[8:16] if big else head[4:8])[0]
    count, entry, link = (8, 20, "Q") if big else (2, 12, "I")
    seen: set[int] = set()
    while at and at not in seen and len(seen) < MOST_PAGES:
        file.seek(at)
        number = file.read(count)
        if len(number) < count:
            break
        seen.add(at)
        file.seek(at + count + entry * int.from_bytes(number, "little" if order == "<" else "big"))
        following = file.read(struct.calcsize(link))
        at = struct.unpack(order + link, following)[0] if len(following) == struct.calcsize(link) else 0
    return max(1, len(seen))


def nodata_of(tags: TiffImagePlugin.ImageFileDirectory_v2) -> float | None:
    """Give the value of px without data; None where a TIFF names none. Source: GDAL, GTiff driver, TIFFTAG_GDAL_NODATA."""
    try:
        return float(str(tags.get(42113, "")).strip("\0 ").split()[0])
    except (ValueError, IndexError):
        return None


def _check_kind(tags: TiffImagePlugin.ImageFileDirectory_v2) -> None:
    if 50706 in tags:
        raise ValueError("this is a raw photo (DNG); its JPEG is what can be read. Export it as JPEG")
    if int(tags.get(254, 0)) & 1 and 330 in tags:
        raise ValueError("its first page is a small picture of a raw photo. Export it as JPEG")


def _is_pillows(tags: TiffImagePlugin.ImageFileDirectory_v2) -> bool:
    """Give whether Pillow has a mode that holds all that is stored: eight bits, planes together or decoded by libtiff."""
    bits, formats = set(_all(tags, 258) or [1]), set(_all(tags, 339) or [1])
    if max(bits) > 8 or formats - {1, 4}:
        return False
    apart = int(tags.get(284, 1)) == 2 and int(tags.get(277, 1)) > 1
    many_grey = int(tags.get(262, 0)) in (0, 1) and int(tags.get(277, 1)) > 1
    return not (apart or many_grey) or int(tags.get(259, 1)) not in (PLAIN, DEFLATE, OLD_DEFLATE, *BY_LIBTIFF)


def _all(tags: TiffImagePlugin.ImageFileDirectory_v2, tag: int) -> tuple[Any, ...]:
    value = tags.get(tag, ())
    return value if isinstance(value, tuple) else (value,)


def _layout(tags: TiffImagePlugin.ImageFileDirectory_v2) -> Layout:
    width, height, samples = int(tags[256]), int(tags[257]), int(tags.get(277, 1))
    tiled = 322 in tags
    block_hw = (int(tags[323]), int(tags[322])) if tiled else (min(int(tags.get(278, height)), height), width)
    bits, formats = set(_all(tags, 258) or [1]), set(_all(tags, 339) or [1])
    photometric, extra = int(tags.get(262, 0)), _all(tags, 338)
    faults = [
        f"{what} {value}"
        for what, value, is_read in (
            ("bits per sample", sorted(bits), len(bits) == 1 and min(bits) >= 8),
            ("sample format", sorted(formats), len(formats) == 1 and formats <= set(KINDS)),
            ("photometric interpretation", photometric, photometric in COLOURS),
            ("compression", tags.get(259, 1), tags.get(259, 1) in (PLAIN, DEFLATE, OLD_DEFLATE, *BY_LIBTIFF)),
            ("predictor", tags.get(317, 1), tags.get(317, 1) in (1, 2, 3)),
            ("fill order", tags.get(266, 1), tags.get(266, 1) == 1),
            ("samples per pixel", samples, COLOURS.get(photometric, 1) <= samples <= 64),
            ("block size", block_hw, min(block_hw) > 0 and block_hw[0] * block_hw[1] <= 2**28),
        )
        if not is_read
    ]
    if faults:
        raise ValueError(f"a TIFF with {', '.join(faults)} is not read. Save it as 8-bit RGB")
    alphas = [samples - len(extra) + place for place, kind in enumerate(extra) if kind in (1, 2)]
    known = COLOURS[photometric]
    if photometric == 1 and samples - len(alphas) >= 3:
        known = 3  # bands of a drone or satellite, said to be grey because there is no word for them
    return Layout(
        hw=(height, width),
        block_hw=block_hw,
        tiled=tiled,
        samples=samples,
        planes=samples if int(tags.get(284, 1)) == 2 else 1,
        dtype=_dtype(tags, bits.pop(), KINDS[formats.pop()]),
        bits=int(_all(tags, 258)[0]),
        offsets=tuple(map(int, _all(tags, 324 if tiled else 273))),
        counts=tuple(map(int, _all(tags, 325 if tiled else 279))),
        compression=int(tags.get(259, 1)),
        predictor=int(tags.get(317, 1)),
        colours=known,
        alpha=alphas[0] if alphas else None,
        premultiplied=bool(alphas) and extra[alphas[0] - samples + len(extra)] == 1,
        nodata=nodata_of(tags),
    )


def _dtype(tags: TiffImagePlugin.ImageFileDirectory_v2, bits: int, kind: str) -> np.dtype[Any]:
    size = next((size for size in (8, 16, 32, 64) if bits <= size), 0)
    if size == 0 or (bits != size and (kind != "u" or size > 16)) or (kind == "f" and size == 8):
        raise ValueError(f"a TIFF with {bits} bits per sample of kind {kind!r} is not read. Save it as 8-bit RGB")
    return np.dtype(("<" if tags.prefix == b"II" else ">") + f"{kind}{size // 8}")


def _notes(layout: Layout) -> tuple[str, ...]:
    spare = layout.samples - layout.colours - (layout.alpha is not None)
    if not spare:
        return ()
    read = "first three bands read as red, green and blue" if layout.colours == 3 else "first bands read"
    return (f"{read if layout.colours > 1 else 'first band read'}; {spare} more left out",)


def _bands(file: IO[bytes], layout: Layout) -> Iterator[Band]:
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
        empty = bare.all(axis=-1)
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
    if layout.predictor == 3:  # Adobe TIFF Technical Note 3: differences of bytes, the highest byte of all samples first
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
        return zlib.decompressobj().decompress(raw, length)
    return _by_libtiff(raw, compression, length)


def _by_libtiff(raw: bytes, compression: int, length: int) -> bytes:
    """Let libtiff undo a compression: as the one strip of a grey 8-bit page, one byte high, whatever the samples are."""
    rows = [(256, 4, length), (257, 4, 1), (258, 3, 8), (259, 3, compression), (262, 3, 1), (273, 4, 8), (277, 3, 1)]
    rows += [(278, 4, 1), (279, 4, len(raw))]
    entries = b"".join(struct.pack("<HHII", tag, kind, 1, value) for tag, kind, value in rows)
    start = len(raw) + len(raw) % 2
    head = struct.pack("<2sHI", b"II", 42, 8 + start)
    content = head + raw.ljust(start, b"\0") + struct.pack("<H", len(rows)) + entries + bytes(4)
    page: Image.Image = TiffImagePlugin.TiffImageFile(io.BytesIO(content))
    return page.tobytes()
