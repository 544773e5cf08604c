"""Takes what a file says of its photo; gives what the photo carries of it, and what was left out. Opens no file."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime

from PIL import ExifTags, Image

from cracklens.photo.exif.date import taken_at
from cracklens.photo.exif.optics import optics_of
from cracklens.photo.exif.place import direction_of, place_of
from cracklens.photo.exif.tags import Tags, text_of
from cracklens.values import Note, Optics


@dataclass(frozen=True)
class Facts:
    """What is known of a photo beside its pixels: as in `Photo`, and the notes of what was left out."""

    taken_at: str | None = None
    gps: tuple[float, float] | None = None
    direction_deg: float | None = None
    optics: Optics = field(default_factory=Optics)
    notes: tuple[Note, ...] = ()


def facts_of(tags: Tags) -> Facts:
    """Give the facts of a photo by its tags."""
    when, when_notes = taken_at(tags, datetime.now(UTC).date())
    gps, gps_notes = place_of(tags)
    direction, direction_notes = direction_of(tags)
    return Facts(when, gps, direction, optics_of(tags), tags.notes + when_notes + gps_notes + direction_notes)


def orientation_of(image: Image.Image, tags: Tags) -> tuple[int, tuple[Note, ...]]:
    """Give how a decoded image is to be turned, 1-8 as in EXIF 2.32, tag 0x0112; 1 where it stands as it is.

    A TIFF is turned while it is decoded, or not, so it is asked again. XMP is passed over, as browsers do.
    """
    written = tags.picture.get(ExifTags.Base.Orientation, 1)
    if image.format == "TIFF" and ExifTags.Base.Orientation in tags.picture:
        written = image.getexif().get(ExifTags.Base.Orientation, 1)
    value = written[0] if isinstance(written, tuple | list) and written else written
    if isinstance(value, str | bytes):
        text = text_of(value)
        value = int(text) if text.isdecimal() else ord(text) if len(text) == 1 else text
    if isinstance(value, int) and 1 <= value <= 8:
        return value, ()
    return 1, (() if value == 0 else (Note("orientation", {"written": str(written)[:20]}),))
