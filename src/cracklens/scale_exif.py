"""Takes EXIF tags, a photo's size and its distance; gives the scale on the surface, or why not. Knows no pixels."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from PIL import ExifTags

from cracklens.values import Scale

FULL_FRAME_MM = math.hypot(36, 24)
"""Diagonal that FocalLengthIn35mmFilm speaks of. Source: CIPA DC-008 (EXIF 2.32), tag 0xA405."""

UNIT_MM = {2: 25.4, 3: 10.0, 4: 1.0, 5: 0.001}
"""Length of a unit of FocalPlaneResolutionUnit; without one it is inches."""

FOCAL_MM = (0.5, 3000.0)
FOCAL_DIAGONALS = (0.25, 60.0)
"""Focal length over the picture's diagonal: from a fisheye of 127 degrees to a telescope. Outside it EXIF is wrong."""

DISTANCE = 0.03
"""Standard uncertainty of a distance as given, as a share of it."""

LENS = 0.02
"""Of the focal length of EXIF: rounded, and of a lens focused to infinity."""

EQUIVALENT = 0.03
"""Of FocalLengthIn35mmFilm: whole mm, and makers differ in how they compare formats."""

DIFFERS = 0.1
Tags = Mapping[int, Any]


def exif_scale(tags: Tags, photo_hw: tuple[int, int], distance_m: float) -> tuple[Scale | None, tuple[str, ...]]:
    """Give the scale of a surface seen straight on at a distance, and what the reader must know.

    Args:
        tags: of EXIF, by number.
        photo_hw: size of the photo in px.
        distance_m: from the lens to the surface, > 0.

    Returns:
        No scale, and why, where EXIF holds no focal length that can be true.

    Source: thin lens: a surface at distance d is f / (d - f) of its size on the sensor.
    """
    by_sensor, by_film = _by_sensor(tags, photo_hw), _by_film(tags, photo_hw)
    focal_px = by_sensor or by_film
    if focal_px is None:
        return None, (f"no scale by EXIF and distance: {_why_not(tags)}",)
    focal_mm, distance_mm = _positive(tags, ExifTags.Base.FocalLength) or 0.0, 1000 * distance_m
    if distance_mm <= 2 * focal_mm:
        return None, (f"no scale by EXIF and distance: {distance_m:g} m is nearer than this lens can focus",)
    how = f"focal length of {focal_px:,.0f} px by EXIF, {distance_m:g} m away"
    error = math.hypot(DISTANCE, LENS if by_sensor else EQUIVALENT)
    return Scale(focal_px / (distance_mm - focal_mm), "exif", error, how), _doubts(tags, photo_hw, by_sensor, by_film)


def _by_sensor(tags: Tags, photo_hw: tuple[int, int]) -> float | None:
    """Give the focal length in px by FocalLength and FocalPlaneXResolution; None where they are absent or absurd."""
    focal_mm = _positive(tags, ExifTags.Base.FocalLength)
    resolution = _positive(tags, ExifTags.Base.FocalPlaneXResolution)
    unit_mm = UNIT_MM.get(tags.get(ExifTags.Base.FocalPlaneResolutionUnit, 2))
    if focal_mm is None or resolution is None or unit_mm is None:
        return None
    return _possible(focal_mm * resolution / unit_mm * (_shrunk(tags, photo_hw) or 1.0), photo_hw)


def _by_film(tags: Tags, photo_hw: tuple[int, int]) -> float | None:
    """Give the focal length in px by FocalLengthIn35mmFilm; None where it is absent or absurd."""
    focal_mm = _positive(tags, ExifTags.Base.FocalLengthIn35mmFilm)
    return None if focal_mm is None else _possible(focal_mm / FULL_FRAME_MM * math.hypot(*photo_hw), photo_hw)


def _possible(focal_px: float, photo_hw: tuple[int, int]) -> float | None:
    low, high = FOCAL_DIAGONALS
    return focal_px if low <= focal_px / math.hypot(*photo_hw) <= high else None


def _shrunk(tags: Tags, photo_hw: tuple[int, int]) -> float | None:
    """Give the photo's long side over that which the camera wrote; None where it wrote none."""
    sides = [_positive(tags, tag) for tag in (ExifTags.Base.ExifImageWidth, ExifTags.Base.ExifImageHeight)]
    written = max((side for side in sides if side), default=None)
    return max(photo_hw) / written if written else None


def _doubts(tags: Tags, photo_hw: tuple[int, int], by_sensor: float | None, by_film: float | None) -> tuple[str, ...]:
    """Say what speaks against a focal length that is used."""
    doubts = []
    shrunk = _shrunk(tags, photo_hw)
    if shrunk is not None and abs(shrunk - 1) > 0.01:
        came = f"the camera wrote {max(photo_hw) / shrunk:,.0f} px, the photo has {max(photo_hw):,} px"
        doubts.append(f"scale by EXIF: {came}; taken as resized, and wrong if it was cropped")
    if by_sensor and by_film and abs(by_film / by_sensor - 1) > DIFFERS:
        numbers = f"{by_sensor:,.0f} px by the sensor, {by_film:,.0f} px by the 35 mm equivalent"
        doubts.append(f"scale by EXIF: focal lengths contradict ({numbers}); the sensor's is used")
    return tuple(doubts)


def _why_not(tags: Tags) -> str:
    names = (ExifTags.Base.FocalLength, ExifTags.Base.FocalPlaneXResolution, ExifTags.Base.FocalLengthIn35mmFilm)
    came = ", ".join(f"{tag.name} {tags[tag]}" for tag in names if tag in tags)
    return f"EXIF has no focal length and sensor that can be true ({came or 'none at all'})"


def _positive(tags: Tags, tag: int) -> float | None:
    """Give a tag as a number above 0; None where it is absent, no number, 0/0 or absurdly large."""
    try:
        value = float(tags[tag])
    except (KeyError, TypeError, ValueError, ZeroDivisionError):
        return None
    if tag in (ExifTags.Base.FocalLength, ExifTags.Base.FocalLengthIn35mmFilm):
        return value if FOCAL_MM[0] <= value <= FOCAL_MM[1] else None
    return value if 0 < value < math.inf else None
