"""Takes a path or bytes; gives an upright RGB Photo with its time and place. Knows nothing of windows or cracks."""

from __future__ import annotations

import hashlib
import io
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from PIL import Image, UnidentifiedImageError

from cracklens.errors import PhotoError
from cracklens.photo.damage import AGAIN, refuse_shifted, whole_pixels
from cracklens.photo.exif import EXIF_BROKEN, Facts, facts_of, orientation_of, read_tags
from cracklens.photo.kinds import Kind, kind_of, note_on_name, refusal
from cracklens.photo.pixels import open_image, upright
from cracklens.photo.pixels.decode import decode
from cracklens.photo.pixels.heard import heard
from cracklens.values import Note, Photo, Source

MAX_PIXELS = 300_000_000
"""Larger photos are refused before decoding: a bomb of a few kB can otherwise ask for any amount of memory."""

HEARD = "cracklens: warnings"
Fact = TypeVar("Fact")


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
        with _opened(source, name) as (image, kind):
            _check_size(image, name, max_pixels)
            whole = whole_pixels(image, name)
            early = read_tags(image) if image.format == "TIFF" else None  # decoding closes it
            decoded = decode(image, source, whole)
            del whole  # as large as the photo
            refuse_shifted(image, decoded.pixels, name)
            tags = early or read_tags(image)
            upright_as_is: tuple[int, tuple[Note, ...]] = (1, ())
            (orientation, turn_notes), *odd_turn = _asked(lambda: orientation_of(image, tags), upright_as_is)
            odd_header: tuple[Note, ...] = image.info.get(HEARD, ())
        named = () if isinstance(source, bytes) else note_on_name(str(source), kind)
        facts, *odd_facts = _asked(lambda: facts_of(tags), Facts())
    except (PhotoError, MemoryError):
        raise
    except Exception as error:
        raise PhotoError(f"{name}: {_reason(error)}. {AGAIN}") from error
    odd = dict.fromkeys((*odd_header, *odd_turn, *odd_facts))
    return Photo(
        upright(decoded.pixels, orientation),
        name,
        sha256,
        taken_at=facts.taken_at,
        gps=facts.gps,
        notes=(*decoded.notes, *turn_notes, *facts.notes, *named, *odd),
        direction_deg=facts.direction_deg,
        optics=facts.optics,
        empty=None if decoded.empty is None else upright(decoded.empty, orientation),
    )


def _asked(ask: Callable[[], Fact], otherwise: Fact) -> tuple[Fact, *tuple[Note, ...]]:
    """Give what EXIF answers; where it is broken, what stands for no answer, and a note."""
    try:
        return (ask(),)
    except MemoryError:
        raise
    except Exception:  # noqa: BLE001 a broken directory raises anything
        return otherwise, EXIF_BROKEN


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
        with _opened(path, str(path)) as (image, _):
            return image.size[0] * image.size[1]
    except Exception:  # noqa: BLE001 why it is none is said when it is read
        return 0


@contextmanager
def _opened(source: Source, name: str) -> Iterator[tuple[Image.Image, Kind]]:
    """Open an image's header; give it and what the file is."""
    kind = kind_of(source)
    if not kind.read:
        raise PhotoError(f"{name}: {refusal(kind)}")
    with heard() as warned:
        try:
            image = open_image(io.BytesIO(source) if isinstance(source, bytes) else source)
        except UnidentifiedImageError as error:
            raise PhotoError(f"{name}: {refusal(kind)}") from error
    image.info[HEARD] = tuple(warned)
    with image:
        yield image, kind


def _check_size(image: Image.Image, name: str, max_pixels: int) -> None:
    width, height = image.size
    if width * height > max_pixels:
        came = f"at most {max_pixels / 1e6:.0f} megapixels are read; got {width} x {height}"
        raise PhotoError(f"{name}: {came} ({width * height / 1e6:.0f}). Split it into parts.")
