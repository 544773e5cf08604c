"""Takes a path or bytes; gives an upright RGB Photo with its time and place. Knows nothing of windows or cracks."""

from __future__ import annotations

import hashlib
import io
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import ExifTags, Image, UnidentifiedImageError

from cracklens.errors import PhotoError
from cracklens.values import Photo, Source

SUFFIXES = (".jpg", ".jpeg", ".png", ".tif", ".tiff", ".webp", ".bmp")
"""Files that are read."""

FOREIGN_SUFFIXES = (".heic", ".heif", ".avif", ".dng", ".cr2", ".cr3", ".nef", ".arw", ".raf", ".orf", ".rw2", ".gif")
"""Photos that are named in the report as not read, with the reason, instead of being passed over."""

MAX_PIXELS = 300_000_000
"""Larger photos are refused before decoding: a bomb of a few kB can otherwise ask for any amount of memory."""

FORMATS = ("JPEG", "PNG", "TIFF", "WEBP", "BMP")  # Pillow opens MPO, a JPEG with more pictures, as JPEG
STRIP_ROWS = 512
_pillow_limit = threading.Lock()


def read_photo(source: Source, *, name: str | None = None, max_pixels: int = MAX_PIXELS) -> Photo:
    """Read a JPEG, PNG, TIFF, WebP or BMP as upright 8-bit RGB.

    EXIF orientation is applied. CMYK, grey, palette, transparency and 16 bit are converted, and noted.

    Args:
        source: path of a file, or its bytes.
        name: how reports call it; None takes the path.
        max_pixels: larger photos are refused before they are decoded.

    Raises:
        PhotoError: empty, damaged, too large, or no photo; the sentence says which.
    """
    name = name or ("<bytes>" if isinstance(source, bytes) else str(source))
    try:
        sha256 = file_sha256(source)
        with _opened(source, name) as image:
            _check_size(image, name, max_pixels)
            exif = image.getexif()
            # While the file is open: a TIFF's EXIF is read when asked for.
            taken_at, (gps, gps_notes), direction = _taken_at(exif), _gps(exif), _direction(exif)
            pixels, notes = _decode(image)
            orientation = exif.get(ExifTags.Base.Orientation, 1)  # after decoding: Pillow turns a TIFF by itself
    except PhotoError:
        raise
    except (OSError, SyntaxError, ValueError, TypeError, EOFError, Image.DecompressionBombError) as error:
        raise PhotoError(f"{name}: cannot be read ({_reason(error)}). Copy it again from the camera.") from error
    upright = _upright(pixels, orientation)
    notes += gps_notes
    return Photo(upright, name, sha256, taken_at=taken_at, gps=gps, notes=notes, direction_deg=direction)


def _reason(error: Exception) -> str:
    """Give an error in a few words, without the path that the system repeats."""
    return error.strerror.lower() if isinstance(error, OSError) and error.strerror else str(error)


def file_sha256(source: Source) -> str:
    """Give the SHA-256 of a file's bytes.

    Raises:
        PhotoError: the file cannot be read.
    """
    if isinstance(source, bytes):
        return hashlib.sha256(source).hexdigest()
    if Path(source).is_fifo() or Path(source).is_socket() or Path(source).is_char_device():
        raise PhotoError(f"{source}: expected a file; it is a pipe, socket or device. Name a file with a photo.")
    try:
        with Path(source).open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise PhotoError(f"{source}: cannot be read ({_reason(error)}). Copy it again from the camera.") from error


def photo_pixels(path: Path) -> int:
    """Give how many pixels a file says it has, from its header alone; 0 where it is no photo."""
    try:
        with _opened(path, str(path)) as image:
            return image.size[0] * image.size[1]
    except (PhotoError, OSError, SyntaxError, ValueError, TypeError):
        return 0


@contextmanager
def _opened(source: Source, name: str) -> Iterator[Image.Image]:
    """Open an image's header without Pillow's own size limit, which stands below a 200-megapixel photo."""
    size = len(source) if isinstance(source, bytes) else Path(source).stat().st_size
    if size == 0:
        raise PhotoError(f"{name}: the file is empty (0 bytes). Copy it again from the camera.")
    with _pillow_limit:
        before, Image.MAX_IMAGE_PIXELS = Image.MAX_IMAGE_PIXELS, None
        try:
            image = Image.open(io.BytesIO(source) if isinstance(source, bytes) else source, formats=FORMATS)
        except UnidentifiedImageError as error:
            expected = "expected a JPEG, PNG, TIFF, WebP or BMP; its content is none of them"
            raise PhotoError(f"{name}: {expected}. Export it as JPEG.") from error
        finally:
            Image.MAX_IMAGE_PIXELS = before
    with image:
        yield image


def _check_size(image: Image.Image, name: str, max_pixels: int) -> None:
    width, height = image.size
    if width * height > max_pixels:
        came = f"at most {max_pixels / 1e6:.0f} megapixels are read; got {width} x {height}"
        raise PhotoError(f"{name}: {came} ({width * height / 1e6:.0f}). Split it into parts.")


def _decode(image: Image.Image) -> tuple[NDArray[np.uint8], tuple[str, ...]]:
    """Give the pixels (H, W, 3) uint8 as stored and what was converted; strip by strip, to hold few copies."""
    notes = []
    if getattr(image, "n_frames", 1) > 1 and image.format != "MPO":
        notes.append(f"first of {image.n_frames} pages read")  # type: ignore[attr-defined]
    image.load()
    if image.mode != "RGB":
        notes.append(f"converted from {_mode_name(image)} to 8-bit RGB")
    width, height = image.size
    pixels = np.empty((height, width, 3), np.uint8)
    for top in range(0, height, STRIP_ROWS):
        strip = image.crop((0, top, width, min(top + STRIP_ROWS, height)))
        pixels[top : top + STRIP_ROWS] = _rgb(strip)
    return pixels, tuple(notes)


def _mode_name(image: Image.Image) -> str:
    names = {"L": "grey", "LA": "grey with transparency", "P": "palette", "RGBA": "RGB with transparency", "1": "1-bit"}
    return names.get(image.mode, "16-bit grey" if image.mode.startswith("I") else image.mode)


def _rgb(image: Image.Image) -> NDArray[np.uint8]:
    """Give one strip as (H, W, 3) uint8: 16-bit values divided by 257, transparency laid on white."""
    if image.mode == "F":
        raise ValueError("32-bit float pixels have no known white; save it with 8 or 16 bit")
    if image.mode.startswith("I"):
        grey = np.asarray(image).astype(np.int64)
        if grey.min() < 0 or grey.max() > 65_535:
            raise ValueError("grey values outside 0-65,535; save it with 8 or 16 bit")
        return np.repeat((grey // 257).astype(np.uint8)[..., np.newaxis], 3, axis=2)
    if image.has_transparency_data:
        white = Image.new("RGBA", image.size, "white")
        image = Image.alpha_composite(white, image.convert("RGBA"))
    return np.asarray(image.convert("RGB"))


def _upright(pixels: NDArray[np.uint8], orientation: object) -> NDArray[np.uint8]:
    """Turn stored pixels upright, as a view. Source: EXIF 2.32, tag 0x0112."""
    if orientation in (5, 6, 7, 8):
        pixels = pixels.transpose(1, 0, 2)
    if orientation in (2, 3, 6, 7):
        pixels = pixels[:, ::-1]
    if orientation in (3, 4, 7, 8):
        pixels = pixels[::-1]
    return pixels


def preview_jpeg(photo: Photo, *, long_side_px: int = 1280, quality: int = 80) -> bytes:
    """Give a photo as a small JPEG for reports; a photo that is smaller keeps its size."""
    step = max(1, max(photo.hw) // (4 * long_side_px))  # thins out huge photos first: no second copy of 200 MP
    small = Image.fromarray(np.ascontiguousarray(photo.pixels[::step, ::step]))
    small.thumbnail((long_side_px, long_side_px), Image.Resampling.BOX)
    stream = io.BytesIO()
    small.save(stream, "JPEG", quality=quality)
    return stream.getvalue()


def _taken_at(exif: Image.Exif) -> str | None:
    details = exif.get_ifd(ExifTags.IFD.Exif)
    text = details.get(ExifTags.Base.DateTimeOriginal) or exif.get(ExifTags.Base.DateTime)
    try:
        return datetime.strptime(str(text).strip("\0 "), "%Y:%m:%d %H:%M:%S").isoformat()  # noqa: DTZ007 camera time
    except ValueError:
        return None


def _gps(exif: Image.Exif) -> tuple[tuple[float, float] | None, tuple[str, ...]]:
    """Give (latitude, longitude) in degrees, or None with a note where there is one that is no place on the globe."""
    tags = exif.get_ifd(ExifTags.IFD.GPSInfo)
    if 2 not in tags or 4 not in tags:
        return None, ()
    try:
        latitude = _degrees(tags[2]) * (-1 if tags.get(1) == "S" else 1)
        longitude = _degrees(tags[4]) * (-1 if tags.get(3) == "W" else 1)
    except (TypeError, ValueError, ZeroDivisionError):
        return None, ("EXIF place left out: it cannot be read",)
    if not (abs(latitude) <= 90 and abs(longitude) <= 180):  # also where 0/0 made it no number
        return None, (f"EXIF place left out: {latitude:g}, {longitude:g} is not on the globe",)
    if (latitude, longitude) == (0, 0):
        return None, ("EXIF place left out: 0, 0 is what cameras write before they know where they are",)
    return (latitude, longitude), ()


def _direction(exif: Image.Exif) -> float | None:
    """Give where the camera looked, in degrees; None where EXIF does not say. Source: EXIF 2.32, GPSImgDirection."""
    try:
        degrees = float(exif.get_ifd(ExifTags.IFD.GPSInfo)[ExifTags.GPS.GPSImgDirection])
    except (KeyError, TypeError, ValueError, ZeroDivisionError):
        return None
    return degrees if 0 <= degrees <= 360 else None


def _degrees(parts: Any) -> float:
    degrees, minutes, seconds = (float(part) for part in parts)
    return degrees + minutes / 60 + seconds / 3600


def read_exif(source: Source) -> dict[int, Any]:
    """Give the EXIF tags of a file's picture and camera by number, from its header alone; {} where there are none."""
    try:
        with _opened(source, "") as image:
            exif = image.getexif()
            return {**exif, **exif.get_ifd(ExifTags.IFD.Exif)}
    except (PhotoError, OSError, SyntaxError, ValueError, TypeError, EOFError):
        return {}
