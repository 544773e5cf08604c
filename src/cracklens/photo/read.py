"""Takes a path or bytes; gives an upright RGB Photo with its time and place. Knows nothing of windows or cracks."""

from __future__ import annotations

import hashlib
import io
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from PIL import ExifTags, Image, UnidentifiedImageError

from cracklens.errors import PhotoError
from cracklens.photo.decode import decode, upright
from cracklens.photo.exif import direction_of, gps_of, taken_at
from cracklens.photo.formats import open_image
from cracklens.values import Photo, Source

SUFFIXES = (".jpg", ".jpeg", ".png", ".tif", ".tiff", ".webp", ".bmp", ".heic", ".heif", ".avif", ".gif", ".jp2")
"""Files that are read."""

FOREIGN_SUFFIXES = (".dng", ".cr2", ".cr3", ".nef", ".arw", ".raf", ".orf", ".rw2")
"""Photos that are named in the report as not read, with the reason, instead of being passed over."""

MAX_PIXELS = 300_000_000
"""Larger photos are refused before decoding: a bomb of a few kB can otherwise ask for any amount of memory."""

FORMATS_TEXT = "JPEG, PNG, TIFF, WebP, BMP, HEIC, AVIF, GIF or JPEG 2000"
_pillow_limit = threading.Lock()


def read_photo(source: Source, *, name: str | None = None, max_pixels: int = MAX_PIXELS) -> Photo:
    """Read a JPEG, PNG, TIFF, WebP, BMP, HEIC, AVIF, GIF or JPEG 2000 as upright 8-bit sRGB.

    EXIF orientation and colour profiles are applied. CMYK, grey, palette and deep samples are converted, and noted;
    what is transparent or without data is `Photo.empty`.

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
            when, (gps, gps_notes), direction = taken_at(exif), gps_of(exif), direction_of(exif)
            decoded = decode(image, source)
            orientation = exif.get(ExifTags.Base.Orientation, 1)  # after decoding: Pillow turns a TIFF by itself
    except PhotoError:
        raise
    except (OSError, SyntaxError, ValueError, TypeError, EOFError, RuntimeError, Image.DecompressionBombError) as error:
        raise PhotoError(f"{name}: cannot be read ({_reason(error)}). Copy it again from the camera.") from error
    return Photo(
        upright(decoded.pixels, orientation),
        name,
        sha256,
        taken_at=when,
        gps=gps,
        notes=decoded.notes + gps_notes,
        direction_deg=direction,
        empty=None if decoded.empty is None else upright(decoded.empty, orientation),
    )


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
    except (PhotoError, OSError, SyntaxError, ValueError, TypeError, RuntimeError):
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
            image = open_image(io.BytesIO(source) if isinstance(source, bytes) else source)
        except UnidentifiedImageError as error:
            expected = f"expected a {FORMATS_TEXT}; its content is none of them"
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


def read_exif(source: Source) -> dict[int, Any]:
    """Give the EXIF tags of a file's picture and camera by number, from its header alone; {} where there are none."""
    try:
        with _opened(source, "") as image:
            exif = image.getexif()
            return {**exif, **exif.get_ifd(ExifTags.IFD.Exif)}
    except (PhotoError, OSError, SyntaxError, ValueError, TypeError, EOFError, RuntimeError):
        return {}
