"""Takes the tags of a photo; gives what they say of its lens, and why it is no plain frame. Knows no scale."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from PIL.ExifTags import Base

from cracklens.photo.exif.tags import Tags, text_of
from cracklens.values import Note, Optics

FOCAL_MM = (0.5, 3000.0)

UNIT_MM = {2: 25.4, 3: 10.0, 4: 1.0, 5: 0.001}
"""Length of a unit of FocalPlaneResolutionUnit; without one it is inches."""

MOST_ZOOM = 200.0
FARTHEST_M = 1000.0

PANORAMA = 6
"""Of CustomRendered, as phones write it. HDR and portraits (2-4, 7, 8) keep the geometry of their one frame."""

STITCHED = ("ProjectionType", "UsePanoramaViewer", "FullPanoWidthPixels", "CroppedAreaImageWidthPixels")
"""Names in XMP of Google's GPano, which stitching cameras, drones and programs write."""


def optics_of(tags: Tags) -> Optics:
    """Give what the tags say of the lens."""
    camera = {**tags.picture, **tags.camera}
    focal, film = (_focal(camera, tag) for tag in (Base.FocalLength, Base.FocalLengthIn35mmFilm))
    resolution, unit_mm = _positive(camera, Base.FocalPlaneXResolution), _unit_mm(camera)
    sides = [_positive(camera, tag) for tag in (Base.ExifImageWidth, Base.ExifImageHeight)]
    written = sorted((round(side) for side in sides if side and side < 1e9), reverse=True)
    subject, zoom = _positive(camera, Base.SubjectDistance), _positive(camera, Base.DigitalZoomRatio)
    return Optics(
        focal_mm=focal,
        film_mm=film,
        px_per_sensor_mm=resolution / unit_mm if resolution and unit_mm else None,
        written_px=tuple(written),
        digital_zoom=zoom or 1.0,  # 0 and 0/0 say that it was not used
        subject_m=subject if subject and subject < FARTHEST_M else None,
        said=_said(camera),
        not_plain=_not_plain(camera, tags.xmp, zoom),
    )


def _not_plain(camera: Mapping[int, Any], xmp: Mapping[str, str], zoom: float | None) -> Note | None:
    """Give the first reason why focal length and sensor do not tell the scale; None where there is none."""
    if _number(camera, Base.CustomRendered) == PANORAMA or any(name in xmp for name in STITCHED):
        return Note("panorama")
    if xmp.get("HasCrop", "").casefold() == "true":
        return Note("cropped")
    if "fisheye" in text_of(camera.get(Base.LensModel)).casefold().replace("-", ""):
        return Note("fisheye")
    if _number(camera, Base.FocalLength) == 0:
        return Note("lens_unknown")
    if zoom and not 1 <= zoom <= MOST_ZOOM:
        return Note("zoom_absurd", {"zoom": zoom})
    return None


def _said(camera: Mapping[int, Any]) -> str:
    names = (Base.FocalLength, Base.FocalPlaneXResolution, Base.FocalLengthIn35mmFilm)
    return ", ".join(f"{tag.name} {str(camera[tag])[:40]}" for tag in names if tag in camera)


def _unit_mm(camera: Mapping[int, Any]) -> float | None:
    unit = _number(camera, Base.FocalPlaneResolutionUnit) if Base.FocalPlaneResolutionUnit in camera else 2
    return UNIT_MM.get(int(unit)) if unit is not None else None


def _focal(camera: Mapping[int, Any], tag: int) -> float | None:
    value = _positive(camera, tag)
    return value if value and FOCAL_MM[0] <= value <= FOCAL_MM[1] else None


def _positive(camera: Mapping[int, Any], tag: int) -> float | None:
    """Give a tag as a number above 0; None where it is absent, no number, or 0/0."""
    value = _number(camera, tag)
    return value if value and value > 0 else None


def _number(camera: Mapping[int, Any], tag: int) -> float | None:
    """Give a tag as a finite number; None where it is none."""
    value = camera.get(tag)
    try:
        number = float(text_of(value) if isinstance(value, str | bytes) else value)  # type: ignore[arg-type]
    except (TypeError, ValueError, ZeroDivisionError, OverflowError):
        return None
    return number if math.isfinite(number) else None
