"""Takes a path or bytes; gives an upright RGB Photo with its time and place. Knows nothing of windows or cracks."""

from __future__ import annotations

import hashlib
import io
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from PIL import ExifTags, Image, UnidentifiedImageError

from cracklens.errors import PhotoError
from cracklens.photo.damage import AGAIN, begun_as, refuse_damaged, refuse_shifted
from cracklens.photo.decode import decode, upright
from cracklens.photo.exif import direction_of, gps_of, taken_at
from cracklens.photo.heard import heard
from cracklens.values import Photo, Source

SUFFIXES = (".jpg", ".jpeg", ".png", ".tif", ".tiff", ".webp", ".bmp")
"""Files that are read."""

FOREIGN_SUFFIXES = (".heic", ".heif", ".avif", ".dng", ".cr2", ".cr3", ".nef", ".arw", ".raf", ".orf", ".rw2", ".gif")
"""Photos that are named in the report as not read, with the reason, instead of being passed over."""

MAX_PIXELS = 300_000_000
"""Larger photos are refused before decoding: a bomb of a few kB can otherwise ask for any amount of memory."""

FORMATS = ("JPEG", "PNG", "TIFF", "WEBP", "BMP")  # Pillow opens MPO, a JPEG with more pictures, as JPEG
NOWHERE: tuple[tuple[float, float] | None, tuple[str, ...]] = (None, ())
HEARD = "cracklens: warnings"
Fact = TypeVar("Fact")


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
            refuse_damaged(image, name)
            facts = _facts(image)  # while the file is open: a TIFF's EXIF is read when asked for
            pixels, notes = decode(image)
            refuse_shifted(image, pixels, name)
            pixels = upright(pixels, _orientation(image))  # after decoding: Pillow turns a TIFF by itself
    except (PhotoError, MemoryError):
        raise
    except Exception as error:
        raise PhotoError(f"{name}: {_reason(error)}. {AGAIN}") from error
    return Photo(pixels, name, sha256, **{**facts, "notes": notes + facts["notes"]})


def _facts(image: Image.Image) -> dict[str, Any]:
    """Give when, where and in which direction a photo was taken, and notes; broken EXIF never refuses good pixels."""
    with heard() as warned:
        (exif, *notes) = _asked(image.getexif, Image.Exif())
        when, *when_notes = _asked(lambda: taken_at(exif), None)
        (gps, gps_notes), *place_notes = _asked(lambda: gps_of(exif), NOWHERE)
        direction, *direction_notes = _asked(lambda: direction_of(exif), None)
    broken = (*notes, *when_notes, *place_notes, *direction_notes, *image.info.get(HEARD, ()), *warned)
    return {"taken_at": when, "gps": gps, "direction_deg": direction, "notes": (*gps_notes, *dict.fromkeys(broken))}


def _asked(ask: Callable[[], Fact], otherwise: Fact) -> tuple[Fact, *tuple[str, ...]]:
    """Give what EXIF answers; where it is broken, what stands for no answer, and a note."""
    try:
        return (ask(),)
    except MemoryError:
        raise
    except Exception:  # noqa: BLE001 a broken directory raises anything
        return otherwise, "EXIF left out in part: it is broken"


def _orientation(image: Image.Image) -> object:
    with heard():
        return _asked(lambda: image.getexif().get(ExifTags.Base.Orientation, 1), 1)[0]


def _reason(error: Exception) -> str:
    """Give an error in a few words, without the path that the system repeats."""
    if isinstance(error, OSError) and error.strerror:
        return f"cannot be read ({error.strerror.lower()})"
    if isinstance(error, OSError | SyntaxError | EOFError | zlib.error):
        return f"damaged: its pixels cannot be decoded ({error})"  # what Pillow's decoders raise
    name = "" if isinstance(error, ValueError) else f"{type(error).__name__}: "
    return f"cannot be read ({name}{error})"


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
        raise PhotoError(f"{source}: {_reason(error)}. {AGAIN}") from error


def photo_pixels(path: Path) -> int:
    """Give how many pixels a file says it has, from its header alone; 0 where it is no photo."""
    try:
        with _opened(path, str(path)) as image:
            return image.size[0] * image.size[1]
    except Exception:  # noqa: BLE001 why it is none is said when it is read
        return 0


@contextmanager
def _opened(source: Source, name: str) -> Iterator[Image.Image]:
    """Open an image's header without Pillow's own size limit, which stands below a 200-megapixel photo."""
    size = len(source) if isinstance(source, bytes) else Path(source).stat().st_size
    if size == 0:
        raise PhotoError(f"{name}: the file is empty (0 bytes). {AGAIN}")
    with heard() as warned:
        before, Image.MAX_IMAGE_PIXELS = Image.MAX_IMAGE_PIXELS, None
        try:
            image = Image.open(io.BytesIO(source) if isinstance(source, bytes) else source, formats=FORMATS)
        except UnidentifiedImageError as error:
            if kind := begun_as(source):
                raise PhotoError(f"{name}: damaged: it begins as {kind}, and its header is broken. {AGAIN}") from error
            expected = "expected a JPEG, PNG, TIFF, WebP or BMP; its content is none of them"
            raise PhotoError(f"{name}: {expected}. Export it as JPEG.") from error
        finally:
            Image.MAX_IMAGE_PIXELS = before
    image.info[HEARD] = tuple(warned)
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
    except Exception:  # noqa: BLE001 a broken directory raises anything, and says nothing of the pixels
        return {}
