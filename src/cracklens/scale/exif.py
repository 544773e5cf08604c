"""Takes what a file says of the lens, a photo's size and its distance; gives the scale, or why not. Knows no pixels."""

from __future__ import annotations

import math

from cracklens.values import Note, Optics, Scale

FULL_FRAME_MM = math.hypot(36, 24)
"""Diagonal that FocalLengthIn35mmFilm speaks of. Source: CIPA DC-008 (EXIF 2.32), tag 0xA405."""

FOCAL_DIAGONALS = (0.25, 60.0)
"""Focal length over the picture's diagonal: from a fisheye of 127 degrees to a telescope. Outside it EXIF is wrong."""

DISTANCE = 0.03
"""Standard uncertainty of a distance as given, as a share of it."""

LENS = 0.02
"""Of the focal length of EXIF: rounded, and of a lens focused to infinity."""

EQUIVALENT = 0.03
"""Of FocalLengthIn35mmFilm: whole mm, and makers differ in how they compare formats."""

DIFFERS = 0.1
"""From here two focal lengths contradict."""

LONGEST = 2.1
"""Long side over short side from which a photo is a panorama; no camera's plain frame is longer."""

FRAMES = (4 / 3, 3 / 2)
"""Long side over short side of whole sensors. Others are cut from them, and the 35 mm equivalent may not know of it."""

SAME = 0.01
ELSEWHERE = 0.25
Found = tuple[Scale | None, tuple[Note, ...]]


def exif_scale(optics: Optics, photo_hw: tuple[int, int], distance_m: float) -> Found:
    """Give the scale of a surface seen straight on at a distance, and what the reader must know.

    Args:
        optics: of the photo's file.
        photo_hw: size of the photo in px.
        distance_m: from the lens to the surface, > 0.

    Returns:
        No scale, and why, where the file names no focal length that can be true, or the photo is not one plain frame.

    Source: thin lens: a surface at distance d is f / (d - f) of its size on the sensor.
    """
    by_sensor, by_film = _by_sensor(optics, photo_hw), _by_film(optics, photo_hw)
    focal_mm, distance_mm = optics.focal_mm or 0.0, 1000 * distance_m
    why_not = _not_plain(optics, photo_hw, by_sensor, by_film)
    if not why_not and distance_mm <= 2 * focal_mm:
        why_not = Note("near", {"distance_m": distance_m})
    focal_px = by_sensor or by_film
    if why_not or focal_px is None:
        return None, (Note("no_exif_scale", {"reason": why_not or _no_focal(optics)}),)
    zoomed = optics.digital_zoom > 1
    amounts = {"focal_px": focal_px, "distance_m": distance_m, **({"zoom": optics.digital_zoom} if zoomed else {})}
    how = Note("focal_zoomed" if zoomed else "focal", amounts)
    error = math.hypot(DISTANCE, LENS if by_sensor else EQUIVALENT)
    return Scale(focal_px / (distance_mm - focal_mm), "exif", error, how), _other_distance(optics, distance_m)


def offered_distance(optics: Optics) -> tuple[Note, ...]:
    """Give the distance that the camera guessed, for a person to judge; it is never taken by itself."""
    if optics.subject_m is None:
        return ()
    return (Note("distance_offered", {"guessed_m": optics.subject_m}),)


def _by_sensor(optics: Optics, photo_hw: tuple[int, int]) -> float | None:
    """Give the focal length in px by focal length and sensor, digitally enlarged; None where absent or absurd."""
    if optics.focal_mm is None or optics.px_per_sensor_mm is None:
        return None
    focal_px = optics.focal_mm * optics.px_per_sensor_mm
    return focal_px * optics.digital_zoom if _possible(focal_px, photo_hw) else None


def _by_film(optics: Optics, photo_hw: tuple[int, int]) -> float | None:
    """Give the focal length in px by the 35 mm equivalent; None where it is absent or absurd."""
    if optics.film_mm is None:
        return None
    focal_px = optics.film_mm / FULL_FRAME_MM * math.hypot(*photo_hw)
    return focal_px if _possible(focal_px, photo_hw) else None


def _possible(focal_px: float, photo_hw: tuple[int, int]) -> bool:
    low, high = FOCAL_DIAGONALS
    return low <= focal_px / math.hypot(*photo_hw) <= high


def _not_plain(
    optics: Optics, photo_hw: tuple[int, int], by_sensor: float | None, by_film: float | None
) -> Note | None:
    """Give why the focal length does not tell the scale; None where it is that of one plain frame."""
    short, long = sorted(photo_hw)
    sides: dict[str, int] = {"long": long, "short": short}
    strip = Note("strip", sides) if long > LONGEST * short else None
    if optics.not_plain or strip:
        return optics.not_plain or strip
    if by_sensor is None and by_film is None:
        return _no_focal(optics)
    if optics.written_px and not _same_size(optics.written_px, (long, short)):
        written = " x ".join(f"{side:,}" for side in optics.written_px)
        return Note("resized", {"written": written, **sides})
    if by_sensor and by_film:
        return _contradiction(by_sensor, by_film, optics.digital_zoom)
    if not optics.written_px:
        return Note("size_unsaid")
    return None if by_sensor else _no_whole_film(optics.digital_zoom, long / short)


def _no_focal(optics: Optics) -> Note:
    return Note("focal_absurd", {"said": optics.said}) if optics.said else Note("focal_none")


def _same_size(written_px: tuple[int, ...], sides_px: tuple[int, int]) -> bool:
    """Say whether the sides that the camera wrote, one or both, are those of the photo."""
    if len(written_px) == 1:
        return any(abs(side / written_px[0] - 1) <= SAME for side in sides_px)
    return all(abs(side / written - 1) <= SAME for side, written in zip(sides_px, written_px, strict=True))


def _contradiction(by_sensor: float, by_film: float, zoom: float) -> Note | None:
    """Give why two focal lengths cannot both be true; makers count a digital zoom in the 35 mm equivalent, or not."""
    if any(abs(by_film * times / by_sensor - 1) <= DIFFERS for times in (1.0, zoom)):
        return None
    return Note("focal_contradict", {"sensor_px": by_sensor, "film_px": by_film})


def _no_whole_film(zoom: float, sides: float) -> Note | None:
    """Give why a 35 mm equivalent alone does not tell the focal length in px; None where it does."""
    if zoom > 1:
        return Note("film_zoom", {"zoom": zoom})
    if any(abs(sides / frame - 1) <= 2 * SAME for frame in FRAMES):
        return None
    return Note("film_cut", {"sides": sides})


def _other_distance(optics: Optics, distance_m: float) -> tuple[Note, ...]:
    if optics.subject_m is None or abs(optics.subject_m / distance_m - 1) <= ELSEWHERE:
        return ()
    return (Note("distance_differs", {"guessed_m": optics.subject_m, "distance_m": distance_m}),)
