"""Takes an opened image; gives what is wrong with its file though Pillow decodes it. Knows nothing of cracks.

Pillow swallows what libjpeg says, and libwebp and libtiff say little: here the file is asked by a strict decoder, whose
pixels are Pillow's to the last bit, by checksums, and by whether the picture took all the bytes that are there.
"""

from __future__ import annotations

import io
import re
import struct
import zlib
from collections.abc import Iterator
from typing import BinaryIO

import numpy as np
import simplejpeg
from numpy.typing import NDArray
from PIL import Image, TiffImagePlugin, WebPImagePlugin

from cracklens.errors import PhotoError
from cracklens.photo.damage.jpeg_tables import bare_jpeg, broken_table, coarsest_mean, components, segments
from cracklens.photo.damage.shifted import LEAST_LEVELS, jumps_from, shifted_from
from cracklens.photo.damage.tiff import tiff_damage
from cracklens.photo.pixels.heard import heard

AGAIN = "Copy it again from the camera."

SPARE_BYTES, FILLING_BYTES = 4, 64
"""Good encoders may leave a few bytes between a JPEG's picture and its end mark, or fill up to a multiple of 64; more
are of blocks that were lost."""

WEBP_SPARE_BYTES = {b"VP8 ": 4, b"VP8L": 3}
"""A WebP whose picture is whole without so many last bytes was not read to where it ends (measured on 640 good files:
3 and 1 can go)."""

WEBP_TILE_PX = 32
"""A power of two; most encoders take it or one of its multiples for the tiles of a lossless WebP."""

OWN_STEPS = 8
"""So many coarsest steps apart an encoder may leave two blocks by itself, where it drops the slopes in them."""

Pixels = NDArray[np.uint8]

MALFORMED = (KeyError, IndexError, TypeError, ValueError, ArithmeticError, struct.error)

COMPLAINTS = (
    "Corrupt JPEG data",
    "Premature end",
    "Inconsistent progression",
    "Unsupported marker",
    "Invalid JPEG file",
)
"""How libjpeg begins what it says of a broken picture; what else it says (a form it cannot read) is no damage."""

EXTRA = re.compile(r"(\d+) extraneous bytes before marker 0xd9")


def damage_of(image: Image.Image) -> str | Pixels | None:
    """Give what is lost of an opened image that is not loaded yet, in words that follow "damaged: ".

    The file is left where it was. Where nothing speaks for damage: the pixels of a JPEG, which a strict decoder gave on
    the way, as `whole_pixels` gives them; None of other files.
    """
    check = {"JPEG": _jpeg, "MPO": _jpeg, "WEBP": _webp, "PNG": _png, "TIFF": _tiff}.get(image.format or "")
    file: BinaryIO | None = getattr(image, "fp", None)
    if check is None or file is None:
        return None
    place = file.tell()
    try:
        return check(image, file)
    except MALFORMED:
        return None  # a header that cannot be followed: the decoder will say so
    finally:
        file.seek(place)


def whole_pixels(image: Image.Image, name: str) -> Pixels | None:
    """Give the pixels (H, W, 1 or 3) of an opened JPEG in grey or RGB, None of other files, whose file is whole.

    Raises:
        PhotoError: something of it is lost.
    """
    found = damage_of(image)
    if isinstance(found, str):
        raise PhotoError(f"{name}: damaged: {found}. {AGAIN}")
    return found


def refuse_shifted(image: Image.Image, pixels: NDArray[np.uint8], name: str) -> None:
    """Do nothing for the pixels of a loaded image, not turned, unless a JPEG's blocks are shifted from one on.

    Raises:
        PhotoError: they are.
    """
    block_hw, coarsest = _block_hw(image), _coarsest_mean(image)
    if not block_hw or not coarsest:
        return
    at = shifted_from(pixels, block_hw, levels=max(LEAST_LEVELS, OWN_STEPS * coarsest / 8))
    if at:
        came = f"from row {at[0]}, column {at[1]} on its brightness or colour is not that of the picture"
        raise PhotoError(f"{name}: damaged: {came}. {AGAIN}")


def _block_hw(image: Image.Image) -> tuple[int, int] | None:
    """Give the size of a JPEG's blocks in px; None for other files."""
    layers = getattr(image, "layer", ())
    if image.format in {"JPEG", "MPO"} and layers:
        return 8 * max(layer[2] for layer in layers), 8 * max(layer[1] for layer in layers)
    if image.format == "TIFF" and image.info.get("compression") == "jpeg":
        return 8, 8
    return None


def _coarsest_mean(image: Image.Image) -> int:
    """Give the coarsest step of a JPEG's block means in eighths of a level; 0 where it is not known."""
    if isinstance(image, TiffImagePlugin.TiffImageFile):
        return coarsest_mean(image.tag_v2.get(TiffImagePlugin.JPEGTABLES) or b"")
    return max((int(table[0]) for table in getattr(image, "quantization", {}).values()), default=0)


def _bytes(file: BinaryIO) -> bytes:
    file.seek(0)
    return file.read()


def _jpeg(image: Image.Image, file: BinaryIO) -> str | Pixels | None:
    data, form = _bytes(file), {"L": "GRAY", "RGB": "RGB"}.get(image.mode)
    try:
        pixels = simplejpeg.decode_jpeg(data, form, strict=True) if form and not broken_table(data) else None
    except ValueError:
        pixels = None  # what it says may be of a note in the header, which is no damage
    same = pixels is not None and pixels.shape[1::-1] == image.size
    return pixels if same else jpeg_damage(data)


def jpeg_damage(data: bytes) -> str | None:
    """Give what is lost of a JPEG; what stands in its header's notes (EXIF, profile, comments) is not asked."""
    bare = bare_jpeg(data)
    table = broken_table(bare)
    if table:
        return table
    said = _strict(bare)
    if said is None:
        return None
    extra = EXTRA.search(said)
    if extra and _is_spare(bare, int(extra[1])):
        return None
    return _lost(bare, said)


def _is_spare(jpeg: bytes, count: int) -> bool:
    """Whether so many bytes before the end mark are what good encoders leave there: a few, or one value as filling."""
    scan = next((start for marker, start, _ in segments(jpeg) if marker == 0xDA), 0)
    end = jpeg.find(b"\xff\xd9", scan)
    return count <= SPARE_BYTES or (count <= FILLING_BYTES and len(set(jpeg[end - count : end])) == 1)


def _strict(jpeg: bytes) -> str | None:
    """Give what libjpeg says of a JPEG while it decodes it at an eighth of its size; None where it says nothing."""
    try:
        _eighth(jpeg, strict=True)
    except ValueError as error:
        return str(error).removeprefix("Corrupt JPEG data: ") if str(error).startswith(COMPLAINTS) else None
    return None


def _eighth(jpeg: bytes, *, strict: bool) -> NDArray[np.uint8]:
    form = {1: "GRAY", 4: "CMYK"}.get(components(jpeg), "RGB")
    return np.asarray(simplejpeg.decode_jpeg(jpeg, form, min_height=1, min_width=1, strict=strict))


def _lost(jpeg: bytes, said: str) -> str:
    """Say how much of a JPEG is lost: rows of one colour at its end are what libjpeg puts where nothing is."""
    broken = f"its data is broken inside, and what follows the break is not the picture ({said})"
    try:
        small = _eighth(jpeg, strict=False)
    except ValueError:
        return broken
    flat = (small == small[-1, -1]).all(axis=(1, 2))
    rows = int(np.argmin(flat[::-1])) if not flat.all() else len(flat)
    if rows:
        return f"the last {max(1, round(100 * rows / len(flat)))} % of the picture are lost ({said})"
    return broken


def _png(_: Image.Image, file: BinaryIO) -> str | None:
    """Check the sums of the chunks that hold the picture."""
    data, at = memoryview(_bytes(file)), 8
    while at + 12 <= len(data):
        size, kind = int.from_bytes(data[at : at + 4]), bytes(data[at + 4 : at + 8])
        end = at + 8 + size
        if kind in {b"IHDR", b"PLTE", b"IDAT"} and zlib.crc32(data[at + 4 : end]) != int.from_bytes(
            data[end : end + 4]
        ):
            return f"a checksum of its pixels is wrong (PNG chunk {kind.decode()})"
        if kind == b"IEND":
            return None
        at = end + 4
    return None  # cut off: the decoder says so


def _webp(_: Image.Image, file: BinaryIO) -> str | None:
    """See whether the picture takes all its bytes: libwebp decodes garbage in silence, but fails when short of data."""
    data = _bytes(file)
    for kind, at, size in _riff(data):
        spare = WEBP_SPARE_BYTES.get(kind)
        if spare and any(data[at + size - spare : at + size]):
            body = data[at : at + (size - spare) // 2 * 2]  # an odd one is filled up with a byte that would be read
            body = struct.pack("<4sI", kind, len(body)) + body
            if _webp_pixels(struct.pack("<4sI4s", b"RIFF", 4 + len(body), b"WEBP") + body) is not None:
                return "its picture ends before its data does (WebP has no checksum)"
        if kind == b"VP8L" and _has_broken_tiles(_webp_pixels(data)):
            return "its picture falls into tiles that do not fit together (WebP has no checksum)"
    return None


def _has_broken_tiles(pixels: Pixels | None) -> bool:
    """Whether the tiles that a lossless WebP predicts by are of other colours than their neighbours."""
    if pixels is None:
        return False
    return any(jumps_from(way, WEBP_TILE_PX) for way in (pixels, pixels.swapaxes(0, 1)))


def _riff(data: bytes) -> Iterator[tuple[bytes, int, int]]:
    """Give kind, place and size of each chunk."""
    at = 12
    while at + 8 <= len(data):
        kind, size = struct.unpack_from("<4sI", data, at)
        yield kind, at + 8, min(size, len(data) - at - 8)
        at += 8 + size + size % 2


def _webp_pixels(data: bytes) -> Pixels | None:
    """Give the pixels of a WebP (H, W, 3), None where it cannot be decoded."""
    try:
        with heard():
            image = WebPImagePlugin.WebPImageFile(io.BytesIO(data))
        with image:
            return np.asarray(image.convert("RGB"))
    except (OSError, ValueError, SyntaxError):
        return None


def _tiff(image: Image.Image, file: BinaryIO) -> str | None:
    return tiff_damage(image.tag_v2, file, jpeg_damage)  # type: ignore[attr-defined]
