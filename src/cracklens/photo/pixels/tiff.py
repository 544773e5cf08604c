"""Takes an opened TIFF; gives how its samples are read where Pillow cannot read them right. Knows no colours."""

from __future__ import annotations

import io
import math
import struct
from typing import Any

import numpy as np
from PIL import TiffImagePlugin

from cracklens.photo.pixels.depth import Bools, Deep
from cracklens.photo.pixels.formats import AnyTiff
from cracklens.photo.pixels.tiff_blocks import COMPRESSIONS, Layout, bands_of
from cracklens.values import Note, NoteKind, Source

MASK = 4
COLOURS = {0: 1, 1: 1, 2: 3, MASK: 1, 5: 4}
"""By PhotometricInterpretation: white is zero, black is zero, RGB, a mask of another page, CMYK."""

NAMES = {1: "grey", 3: "RGB", 4: "CMYK"}
BANDS: dict[int, NoteKind] = {1: "grey_bands", 3: "bands", 4: "bands_cmyk"}
KINDS = {1: "u", 2: "i", 3: "f", 4: "u"}
MOST_PAGES = 10_000
MOST_BEFORE_MASK = 4
MOST_SAMPLES = 2**30
"""In one strip or tile: 300 megapixels of RGB in one piece are less."""


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
        bands=lambda: bands_of(file, layout),
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
    big = head[2:4] == b"+\0"
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


def mask_of(source: Source, hw: tuple[int, int]) -> Bools | None:
    """Give where the page of a mask beside the first page says that there is no picture; None without one.

    A later page that cannot be read is none. Source: TIFF 6.0, PhotometricInterpretation; GDAL writes it.
    """
    with AnyTiff(io.BytesIO(source) if isinstance(source, bytes) else source) as image:
        try:
            for page in range(1, MOST_BEFORE_MASK):
                image.seek(page)
                layout = _layout(image.tag_v2) if int(image.tag_v2.get(262, 0)) == MASK else None
                if layout and layout.hw == hw and image.fp:
                    return np.concatenate([band.samples[..., 0] == 0 for band in bands_of(image.fp, layout)])
        except (OSError, SyntaxError, ValueError, TypeError, KeyError, EOFError, struct.error):
            return None
    return None


def nodata_of(tags: TiffImagePlugin.ImageFileDirectory_v2) -> float | None:
    """Give the value of px without data; None where a TIFF names none. Source: GDAL, GTiff driver, GDAL_NODATA."""
    try:
        return float(str(tags.get(42113, "")).strip("\0 ").split()[0])
    except (ValueError, IndexError):
        return None


def _check_kind(tags: TiffImagePlugin.ImageFileDirectory_v2) -> None:
    if 50706 in tags:
        raise ValueError("this is a raw photo (DNG); its JPEG is what can be read. Export it as JPEG")
    if int(tags.get(262, 0)) == MASK:
        raise ValueError("its first page is the mask of another. Export it as JPEG")
    if int(tags.get(254, 0)) & 1 and 330 in tags:
        raise ValueError("its first page is a small picture of a raw photo. Export it as JPEG")


def _is_pillows(tags: TiffImagePlugin.ImageFileDirectory_v2) -> bool:
    """Give whether Pillow has a mode that holds all that is stored: eight bits, planes together or left to libtiff."""
    bits, formats = set(_all(tags, 258) or [1]), set(_all(tags, 339) or [1])
    if max(bits) > 8 or formats - {1, 4}:
        return False
    apart = int(tags.get(284, 1)) == 2 and int(tags.get(277, 1)) > 1
    many_grey = int(tags.get(262, 0)) in (0, 1) and int(tags.get(277, 1)) > 1
    return not (apart or many_grey) or int(tags.get(259, 1)) not in COMPRESSIONS


def _all(tags: TiffImagePlugin.ImageFileDirectory_v2, tag: int) -> tuple[Any, ...]:
    value = tags.get(tag, ())
    return value if isinstance(value, tuple) else (value,)


def _layout(tags: TiffImagePlugin.ImageFileDirectory_v2) -> Layout:
    width, height, samples = int(tags[256]), int(tags[257]), int(tags.get(277, 1))
    tiled = 322 in tags
    block_hw = (int(tags.get(323, 0)), int(tags[322])) if tiled else (min(int(tags.get(278, height)), height), width)
    bits, formats = set(_all(tags, 258) or [1]), set(_all(tags, 339) or [1])
    photometric, extra = int(tags.get(262, 0)), _all(tags, 338)
    faults = [
        f"{what} {value}"
        for what, value, is_read in (
            ("bits per sample", sorted(bits), len(bits) == 1 and (min(bits) >= 8 or photometric == MASK)),
            ("sample format", sorted(formats), len(formats) == 1 and formats <= set(KINDS)),
            ("photometric interpretation", photometric, photometric in COLOURS),
            ("compression", tags.get(259, 1), tags.get(259, 1) in COMPRESSIONS),
            ("predictor", tags.get(317, 1), tags.get(317, 1) in (1, 2, 3)),
            ("fill order", tags.get(266, 1), tags.get(266, 1) == 1),
            ("samples per pixel", samples, COLOURS.get(photometric, 1) <= samples <= 64),
            ("strips or tiles of px", block_hw, min(block_hw) > 0 and math.prod(block_hw) * samples <= MOST_SAMPLES),
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
        bits=int((_all(tags, 258) or (1,))[0]),
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


def _notes(layout: Layout) -> tuple[Note, ...]:
    spare = layout.samples - layout.colours - (layout.alpha is not None)
    if not spare:
        return ()
    return (Note(BANDS[layout.colours], {"spare": spare}),)
