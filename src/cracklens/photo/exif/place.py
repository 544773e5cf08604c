"""Takes the tags of a photo; gives where it was taken and where the camera looked, or why not. Opens no file."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from PIL.ExifTags import GPS

from cracklens.photo.exif.tags import Tags, text_of
from cracklens.values import Note

LATITUDE = dict.fromkeys(("n", "north", "nord", "norte"), 1) | dict.fromkeys(("s", "south", "sud", "süd", "sur"), -1)
LONGITUDE = dict.fromkeys(("e", "east", "est", "este", "ost"), 1) | dict.fromkeys(("w", "west", "ouest", "oeste"), -1)
"""What programs write for N, S, E and W; a bare O is Ost to some and Ouest to others."""

NUMBER = re.compile(r"[-+]?\d+(?:\.\d+)?(?:/\d+)?")
BLANK = re.compile(r"nan|0+/0+", re.IGNORECASE)
WORLD = ("", "WGS84", "WGS1984")
Place = tuple[float, float]
Found = tuple[Place | None, tuple[Note, ...]]


@dataclass(frozen=True)
class _Angle:
    """A latitude or longitude.

    Attributes:
        degrees: ≥ 0.
        side: 1 north or east, -1 south or west, 0 where the file does not say so in words.
        minus: its number is negative.
        signless: zero degrees and some minutes, where no minus could have been written.
    """

    degrees: float
    side: int
    minus: bool
    signless: bool


def place_of(tags: Tags) -> Found:
    """Give (latitude, longitude) in degrees by EXIF, else by XMP; None, with a note where there is one of no use."""
    found, notes = _by_exif(tags.gps)
    if found is not None or not tags.xmp:
        return found, notes
    found, more = _by_xmp(tags.xmp)
    return found, (more if found else notes + more)


def direction_of(tags: Tags) -> tuple[float | None, tuple[Note, ...]]:
    """Give where the camera looked, in degrees from true north. Source: EXIF 2.32, GPSImgDirection and its Ref."""
    value = tags.gps.get(GPS.GPSImgDirection, tags.xmp.get("GPSImgDirection"))
    ref = _word(tags.gps.get(GPS.GPSImgDirectionRef, tags.xmp.get("GPSImgDirectionRef")))
    try:
        (degrees,) = _parts(value)
    except (TypeError, ValueError, ZeroDivisionError):
        return None, ()
    if not 0 <= degrees <= 360:
        return None, ()
    if ref in ("m", "magnetic"):
        return None, (Note("direction_magnetic", {"degrees": degrees}),)
    return degrees, (() if ref else (Note("direction_unsaid"),))


def _by_exif(gps: Mapping[int, Any]) -> Found:
    if GPS.GPSLatitude not in gps or GPS.GPSLongitude not in gps:
        return None, ()
    latitude = gps[GPS.GPSLatitude], gps.get(GPS.GPSLatitudeRef)
    longitude = gps[GPS.GPSLongitude], gps.get(GPS.GPSLongitudeRef)
    found, notes = _place(latitude, longitude, source="EXIF")
    datum = text_of(gps.get(GPS.GPSMapDatum))
    if found and re.sub(r"[\W_]", "", datum).upper() not in WORLD:
        notes += (Note("place_datum", {"datum": datum[:20]}),)
    if found and _word(gps.get(GPS.GPSStatus)) == "v":
        notes += (Note("place_old"),)
    return found, notes


def _by_xmp(xmp: Mapping[str, str]) -> Found:
    """Give the place by exif:GPSLatitude, else by drone-dji:GpsLatitude, whose longitude some drones misspell."""
    named = [(xmp.get(name, ""), xmp.get(f"{name}Ref")) for name in ("GPSLatitude", "GPSLongitude")]
    drone = xmp.get("GpsLatitude", ""), xmp.get("GpsLongitude", xmp.get("GpsLongtitude", ""))
    notes: tuple[Note, ...] = ()
    if all(text for text, _ in named):
        found, notes = _place(*named, source="XMP")
        if found:
            return found, notes
    if all(drone):
        found, more = _place((drone[0], None), (drone[1], None), source="XMP", signed=True)
        return found, (more if found else notes + more)
    return None, notes


def _place(latitude: tuple[Any, Any], longitude: tuple[Any, Any], *, source: str, signed: bool = False) -> Found:
    """Give a place by two values with their references; signed: the form says that no minus is north and east."""
    try:
        angles = _angle(*latitude, LATITUDE), _angle(*longitude, LONGITUDE)
    except (TypeError, ValueError, ZeroDivisionError, OverflowError):
        return None, (Note("place_unreadable", {"source": source}),)
    lat, lon = (angle.degrees * (angle.side or (-1 if angle.minus else 1)) for angle in angles)
    if not (abs(lat) <= 90 and abs(lon) <= 180):  # also where 0/0 made it no number
        return None, (Note("place_off_globe", {"source": source, "latitude": lat, "longitude": lon}),)
    if (lat, lon) == (0, 0):
        return None, (Note("place_zero", {"source": source}),)
    by_sign = signed or any(angle.minus for angle in angles)
    if not all(angle.side or angle.minus or (by_sign and not angle.signless) for angle in angles):
        return None, (Note("place_no_side", {"source": source, "latitude": abs(lat), "longitude": abs(lon)}),)
    return (lat, lon), ()


def _angle(value: Any, ref: Any, sides: Mapping[str, int]) -> _Angle:
    """Give a latitude or longitude.

    Raises:
        ValueError: no number, minutes or seconds that are none, or a minus against the reference.
    """
    parts = _parts(value)
    side = sides.get(_word(ref), 0) or (sides.get(_letters(value), 0) if isinstance(value, str | bytes) else 0)
    minus = any(part < 0 for part in parts)
    if minus and (side > 0 or any(part > 0 for part in parts[1:] if parts[0] == 0)):
        raise ValueError
    degrees, minutes, seconds = [*map(abs, parts), 0.0, 0.0][:3]
    if minutes > 60 or seconds > 60 or (degrees % 1 and minutes) or (minutes % 1 and seconds):
        raise ValueError  # the same minutes written twice, or no minutes at all
    return _Angle(degrees + minutes / 60 + seconds / 3600, side, minus, not minus and degrees == 0 and len(parts) > 1)


def _parts(value: Any) -> list[float]:
    """Give 1 to 3 numbers: degrees, minutes, seconds; those left blank as 0/0 at the end are not given.

    Raises:
        TypeError, ValueError, ZeroDivisionError: they are no numbers.
    """
    if isinstance(value, str | bytes):
        value = [_fraction(text) for text in NUMBER.findall(BLANK.sub(" ", text_of(value)))]
    parts = list(value) if isinstance(value, tuple | list) else [value]
    while len(parts) > 1 and _is_blank(parts[-1]):
        parts.pop()
    numbers = [float(part) for part in parts]
    if not 1 <= len(numbers) <= 3 or any(math.isnan(number) for number in numbers[1:]):
        raise ValueError
    return numbers


def _fraction(text: str) -> float:
    above, _, below = text.partition("/")
    return float(above) / float(below or 1)


def _is_blank(part: Any) -> bool:
    return getattr(part, "numerator", 1) == 0 and getattr(part, "denominator", 1) == 0


def _letters(value: str | bytes) -> str:
    """Give the word of a text as 33,51.585S; "" where there is none."""
    words = re.findall(r"[^\W\d_]+", BLANK.sub(" ", text_of(value)))
    return words[-1].casefold() if words else ""


def _word(ref: Any) -> str:
    """Give the first word of a reference in small letters; "" where there is none."""
    words = text_of(ref).split()
    return words[0].casefold() if words else ""
