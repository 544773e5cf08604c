"""Takes the tags of a photo and today's date; gives when the photo was taken, or why not. Opens no file."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, datetime, timedelta

from PIL.ExifTags import GPS, Base

from cracklens.photo.exif.tags import Tags, text_of
from cracklens.values import Note

FORM = re.compile(
    r"(\d{4})\s*[:/.-]\s*(\d{1,2})\s*[:/.-]\s*(\d{1,2})"
    r"(?:[T\s]\s*(\d{1,2})\s*[:.]\s*(\d{1,2})(?:\s*[:.]\s*(\d{1,2})(?:[.,]\d*)?)?\s*([AaPp]\.?[Mm]\.?)?"
    r"\s*(?:Z|UTC|[+-]\d\d:?\d\d)?)?"
)
COMPACT = re.compile(r"(\d{4})(\d\d)(\d\d)(?:[T\s]?(\d\d)(\d\d)(\d\d)?)?")
EPOCHS = {date(year, 1, 1) + timedelta(days) for year in (1904, 1970, 1980) for days in (-1, 0)}
"""Where clocks that were never set begin, or the day before by their time zone."""

FIRST = 1840
"""Older than any photo."""

Found = tuple[str | None, tuple[Note, ...]]


def taken_at(tags: Tags, today: date) -> Found:
    """Give when a photo was taken, as ISO 8601 in the camera's time, without a time where only the day is known.

    The date at which the file was last changed is not taken for it: an editor writes there what it likes.

    Args:
        tags: of the photo.
        today: a later date is a clock that was set wrong; one day more is allowed, for time zones.
    """
    notes: list[Note] = []
    for source, text in _written(tags):
        found = _readable(text)
        fault = _fault(found, today) if found else Note("date_unreadable", {"written": text[:40]})
        if fault:
            notes.append(Note("date_left_out", {"source": source, "reason": fault}))
        elif source == "GPS":
            return found, (*notes, Note("date_gps"))
        elif found:
            return found, _contradiction(found, tags)
    changed = _readable(text_of(tags.picture.get(Base.DateTime)))
    if changed:
        notes.append(Note("date_changed", {"when": changed.replace("T", " ")}))
    return None, tuple(dict.fromkeys(notes))


def _written(tags: Tags) -> Iterator[tuple[str, str]]:
    """Give what is written of when it was taken, the surest first, and its source; blanks are nothing."""
    texts = [
        ("EXIF", text_of(tags.camera.get(Base.DateTimeOriginal, tags.picture.get(Base.DateTimeOriginal)))),
        ("EXIF", text_of(tags.camera.get(Base.DateTimeDigitized, tags.picture.get(Base.DateTimeDigitized)))),
        *(("XMP", tags.xmp.get(name, "")) for name in ("DateTimeOriginal", "DateCreated", "DateTimeDigitized")),
        ("GPS", _gps_text(tags)),
    ]
    return ((source, text) for source, text in texts if re.search("[1-9A-Za-z]", text))


def _gps_text(tags: Tags) -> str:
    """Give GPSDateStamp, with GPSTimeStamp where it can be read."""
    day = text_of(tags.gps.get(GPS.GPSDateStamp))
    try:
        hours, minutes, seconds = (int(float(part)) for part in tags.gps[GPS.GPSTimeStamp])
    except (KeyError, TypeError, ValueError, ZeroDivisionError, OverflowError):
        return day
    return f"{day} {hours:02}:{minutes:02}:{seconds:02}" if day else ""


def _readable(text: str) -> str | None:
    """Give a written date as ISO 8601; None where it cannot be one or has two readings."""
    match = FORM.fullmatch(text) or COMPACT.fullmatch(text)
    if not match:
        return None
    year, month, day, hour, minute, second, *half = match.groups()
    try:
        if hour is None:
            return date(int(year), int(month), int(day)).isoformat()
        hours = int(hour)
        if half and half[0]:
            hours = hours % 12 + (12 if half[0][0] in "pP" else 0) if 1 <= hours <= 12 else 99
        return datetime(int(year), int(month), int(day), hours, int(minute), int(second or 0)).isoformat()  # noqa: DTZ001 camera time
    except ValueError:
        return None


def _fault(found: str, today: date) -> Note | None:
    """Say why a date cannot be when a photo was taken; None where it can."""
    day = date.fromisoformat(found[:10])
    if day > today + timedelta(1):
        return Note("date_future", {"day": found[:10]})
    unset = day in EPOCHS or day.year < FIRST or found.endswith("-01-01T00:00:00")
    return Note("date_unset", {"when": found.replace("T", " ")}) if unset else None


def _contradiction(found: str, tags: Tags) -> tuple[Note, ...]:
    """Say where the satellites' date is more than a time zone away from the camera's."""
    by_gps = _readable(_gps_text(tags))
    if not by_gps or abs(date.fromisoformat(by_gps[:10]) - date.fromisoformat(found[:10])) <= timedelta(1):
        return ()
    return (Note("dates_contradict", {"camera": found[:10], "gps": by_gps[:10]}),)
