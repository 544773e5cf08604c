"""Takes a seed; gives small photos in every format that is read, and the same ones damaged. Inspects none of them."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageCms

from cracklens import draw_wall
from cracklens.drawn import TEXTURES

CROP = Path(__file__).parents[1] / "tests" / "data" / "cases" / "01_16bit_range" / "same_8bit.png"
HW = (240, 320)


@dataclass(frozen=True)
class Encoder:
    """One way of writing a photo.

    Attributes:
        name: in file names.
        suffix, format: of the file, as Pillow calls it.
        compressed: whether damage spreads beyond the bytes it hits.
        checked: whether anything in the file, or in what its decoder says, can tell damage.
        settings: of Pillow's writer.
        mode: of the picture that is written.
    """

    name: str
    suffix: str
    format: str
    compressed: bool = True
    checked: bool = True
    settings: Mapping[str, Any] = field(default_factory=dict)
    mode: str = "RGB"


ENCODERS = (
    Encoder("baseline", ".jpg", "JPEG", settings={"quality": 85}),
    Encoder("fine", ".jpg", "JPEG", settings={"quality": 95, "subsampling": 0}),
    Encoder("coarse", ".jpg", "JPEG", settings={"quality": 60, "optimize": True}),
    Encoder("restarts", ".jpg", "JPEG", settings={"quality": 85, "restart_marker_rows": 1}),
    Encoder("progressive", ".jpg", "JPEG", settings={"quality": 85, "progressive": True}),
    Encoder("grey", ".jpg", "JPEG", settings={"quality": 85}, mode="L"),
    Encoder("cmyk", ".jpg", "JPEG", settings={"quality": 85}, mode="CMYK"),
    Encoder("two", ".jpg", "MPO", settings={"quality": 85}),
    Encoder("png", ".png", "PNG"),
    Encoder("lossy", ".webp", "WEBP", settings={"quality": 80}),
    Encoder("lossless", ".webp", "WEBP", settings={"lossless": True, "method": 2}),
    Encoder("lzw", ".tif", "TIFF", settings={"compression": "tiff_lzw"}),
    Encoder("deflate", ".tif", "TIFF", settings={"compression": "tiff_adobe_deflate"}),
    Encoder("packbits", ".tif", "TIFF", settings={"compression": "packbits"}),
    Encoder("jpeg", ".tif", "TIFF", settings={"compression": "jpeg", "quality": 85}),
    Encoder("plain", ".tif", "TIFF", compressed=False),
    Encoder("plain", ".bmp", "BMP", compressed=False),
    Encoder("palette", ".gif", "GIF", checked=False),
    Encoder("av1", ".avif", "AVIF", checked=False, settings={"quality": 80}),
    Encoder("lossy", ".jp2", "JPEG2000", checked=False, settings={"irreversible": True, "quality_layers": [10]}),
    Encoder("lossless", ".jp2", "JPEG2000", checked=False),
)
"""Every form that is read but HEIC, which no kept library of a free licence writes; a new one is a row here."""


@dataclass(frozen=True)
class Hostile:
    """One file of the benchmark.

    Attributes:
        name: of the file; says encoder, damage and number.
        data: its bytes.
        whole: the bytes before the damage; the same as data where it is undamaged.
        encoder: that wrote it.
    """

    name: str
    data: bytes
    whole: bytes
    encoder: Encoder


def walls(seed: int) -> list[Image.Image]:
    """Give photos of HW: four pieces of a real crop, and a drawn wall of each texture."""
    with Image.open(CROP) as crop:
        real = [crop.convert("RGB").crop((x, y, x + HW[1], y + HW[0])) for x in (0, 320) for y in (0, 240)]
    drawn = [draw_wall(HW, widths_px=(4.0,), texture=texture, seed=seed).pixels for texture in TEXTURES]
    return [*real, *map(Image.fromarray, drawn)]


def encoded(image: Image.Image, encoder: Encoder, seed: int) -> bytes:
    """Give the bytes of a photo with EXIF (place, camera, date) and a colour profile, as a phone writes them."""
    exif = Image.Exif()
    exif[0x010F], exif[0x0110], exif[0x0132] = "Maker", f"Camera {seed}", "2026:05:04 10:11:12"
    exif.get_ifd(0x8769).update({0x9003: "2026:05:04 10:11:12", 0x920A: 4.2})
    exif.get_ifd(0x8825).update({1: "N", 2: (48.0, 53.0, 19.3), 3: "E", 4: (21.0, 2.0, 35.8)})
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    rest: dict[str, Any] = {} if encoder.format == "BMP" else {"exif": exif}
    if encoder.mode == "RGB" and rest:
        rest["icc_profile"] = profile[:24] + bytes(12) + profile[36:]  # without the time at which it was made
    stream = io.BytesIO()
    image.convert(encoder.mode).save(stream, encoder.format, **{**rest, **encoder.settings})
    return stream.getvalue()


def cut(data: bytes, rng: np.random.Generator) -> bytes:
    """Give the file without its tail; every second time with the last two bytes, an end mark, kept."""
    kept = data[: int(len(data) * rng.uniform(0.02, 0.97))]
    return kept + data[-2:] if rng.integers(2) else kept


def flipped(data: bytes, rng: np.random.Generator) -> bytes:
    """Give the file with 1, 4, 16 or 64 bytes changed, anywhere behind its first kilobyte."""
    count = int(rng.choice([1, 4, 16, 64]))
    return _changed(data, rng.integers(min(1024, len(data) // 2), len(data), count), rng)


def overwritten(data: bytes, rng: np.random.Generator) -> bytes:
    """Give the file with a block of 0.25-4 kB as zeros, noise, or a copy of another place: a lost sector."""
    size = int(min(rng.choice([256, 512, 1024, 4096]), len(data) // 3))
    start, other = (int(at) for at in rng.integers(len(data) // 4, len(data) - size, 2))
    blocks = (bytes(size), rng.bytes(size), data[other : other + size])
    return data[:start] + blocks[int(rng.integers(3))] + data[start + size :]


def shortened(data: bytes, rng: np.random.Generator) -> bytes:
    """Give the file without a piece of its middle."""
    size = int(rng.integers(1, len(data) // 3))
    start = int(rng.integers(len(data) // 4, len(data) - size))
    return data[:start] + data[start + size :]


def header(data: bytes, rng: np.random.Generator) -> bytes:
    """Give the file with 1 to 4 bytes of its first 64, of its last 256, or around a JPEG's tables changed."""
    frame = max(data.find(b"\xff\xc0"), data.find(b"\xff\xc2"), data.find(b"\xff\xdb"), 2)
    low, high = ((2, 64), (len(data) - 256, len(data)), (frame, frame + 96))[int(rng.integers(3))]
    return _changed(data, rng.integers(max(low, 2), min(high, len(data)), int(rng.integers(1, 5))), rng)


def exif_edited(data: bytes, rng: np.random.Generator) -> bytes:
    """Give the file with bytes of its EXIF changed."""
    at = data.find(b"Maker")
    if at < 0:
        return header(data, rng)
    low = max(2, at - 180)
    return _changed(data, rng.integers(low, min(at + 260, len(data)), int(rng.choice([1, 4, 40]))), rng)


def profile_edited(data: bytes, rng: np.random.Generator) -> bytes:
    """Give the file with bytes of the colour profile's directory changed."""
    at = data.find(b"acsp")
    return exif_edited(data, rng) if at < 0 else _changed(data, rng.integers(at - 36, at + 250, 12), rng)


def _changed(data: bytes, places: Any, rng: np.random.Generator) -> bytes:
    out = bytearray(data)
    for place in places:
        out[int(place)] ^= int(rng.integers(1, 256))
    return bytes(out)


Damage = Callable[[bytes, np.random.Generator], bytes]
DAMAGES: tuple[Damage, ...] = (cut, flipped, overwritten, shortened, header, exif_edited, profile_edited)


def hostile_files(count: int, *, seed: int) -> Iterator[Hostile]:
    """Give `count` damaged files: encoders and damages in turn, walls and places drawn."""
    rng, images = np.random.default_rng(seed), walls(seed)
    for number in range(count):
        encoder = ENCODERS[number % len(ENCODERS)]
        damage = DAMAGES[(number // len(ENCODERS)) % len(DAMAGES)]
        whole = encoded(images[int(rng.integers(len(images)))], encoder, number)
        data = damage(whole, rng)
        yield Hostile(f"{number:05}-{encoder.name}-{damage.__name__}{encoder.suffix}", data, whole, encoder)


def controls(count: int, *, seed: int) -> Iterator[Hostile]:
    """Give `count` undamaged files of the same kinds; every third with bytes behind its end, as phones write them."""
    images = walls(seed)
    for number in range(count):
        encoder = ENCODERS[number % len(ENCODERS)]
        whole = encoded(images[number % len(images)], encoder, number)
        data = whole + b"ftypmp42" * 64 if number % 3 == 0 else whole
        yield Hostile(f"whole-{number:05}-{encoder.name}{encoder.suffix}", data, whole, encoder)
