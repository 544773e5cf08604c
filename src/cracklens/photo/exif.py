"""Takes EXIF tags; gives when, where and in which direction a photo was taken. Opens no file."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from PIL import ExifTags, Image


def taken_at(exif: Image.Exif) -> str | None:
    """Give when a photo was taken, as ISO 8601 in the camera's time; None where EXIF does not say."""
    details = exif.get_ifd(ExifTags.IFD.Exif)
    text = details.get(ExifTags.Base.DateTimeOriginal) or exif.get(ExifTags.Base.DateTime)
    try:
        return datetime.strptime(str(text).strip("\0 "), "%Y:%m:%d %H:%M:%S").isoformat()  # noqa: DTZ007 camera time
    except ValueError:
        return None


def gps_of(exif: Image.Exif) -> tuple[tuple[float, float] | None, tuple[str, ...]]:
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


def direction_of(exif: Image.Exif) -> float | None:
    """Give where the camera looked, in degrees; None where EXIF does not say. Source: EXIF 2.32, GPSImgDirection."""
    try:
        degrees = float(exif.get_ifd(ExifTags.IFD.GPSInfo)[ExifTags.GPS.GPSImgDirection])
    except (KeyError, TypeError, ValueError, ZeroDivisionError):
        return None
    return degrees if 0 <= degrees <= 360 else None


def _degrees(parts: Any) -> float:
    degrees, minutes, seconds = (float(part) for part in parts)
    return degrees + minutes / 60 + seconds / 3600
