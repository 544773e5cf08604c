"""Takes the pixels of a photo; gives the scale at a printed marker in it, tilt allowed for. Knows no other source."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cracklens.errors import MissingExtraError, SettingError
from cracklens.values import Note, Scale

SIZES_MM = (20, 50, 100, 200)
"""Sides of the markers that can be printed. A marker's number is its side in cm, so that a photo tells them apart."""

MODULES = 7
"""Black and white squares along a marker's side, its black frame among them."""

SEARCH_SIDE_PX = 3200
"""Markers are searched in the photo shrunk to this long side, then measured in the photo itself."""

CORNER_PX = 0.25
"""Standard uncertainty of a corner. Source: measured by benchmarks/marker_scale.py."""

PRINT = 0.005
"""Standard uncertainty of a marker's side, as a share of it, where the printed bar was measured."""

SAME_SIZE = 0.15
"""A side said differs from that of the marker's number by at most this share: a printer shrinks a page, not by half."""

STEEP_DEGREES = 30.0
"""A marker that is tilted by more is used, with a note."""


@dataclass(frozen=True)
class Marker:
    """One marker in a photo.

    Attributes:
        size_mm: its side by its number.
        corners_xy: (4, 2) float64 px, in order around it.
    """

    size_mm: int
    corners_xy: NDArray[np.float64]

    @property
    def side_px(self) -> float:
        """Mean of its four sides."""
        return float(np.hypot(*(np.roll(self.corners_xy, -1, 0) - self.corners_xy).T).mean())


def open_cv() -> Any:
    """Give OpenCV.

    Raises:
        MissingExtraError: the extra `scale` is not installed.
    """
    try:
        import cv2
    except ImportError as error:
        raise MissingExtraError("OpenCV", "scale") from error
    return cv2


def marker_modules(size_mm: int) -> NDArray[np.bool_]:
    """Give the squares of a marker (7, 7), True where black.

    Raises:
        SettingError: no marker has that side.
        MissingExtraError: the extra `scale` is not installed.
    """
    if size_mm not in SIZES_MM:
        sizes = ", ".join(map(str, SIZES_MM))
        raise SettingError(f"size_mm must be one of {sizes}; got {size_mm}. Print the one nearest to it.")
    cv2 = open_cv()
    return np.asarray(cv2.aruco.generateImageMarker(_dictionary(cv2), size_mm // 10, MODULES) == 0)


def find_markers(pixels: NDArray[np.uint8]) -> tuple[Marker, ...]:
    """Give the markers in a photo (H, W, 3), the largest first.

    Raises:
        MissingExtraError: the extra `scale` is not installed.
    """
    cv2 = open_cv()
    grey = cv2.cvtColor(np.ascontiguousarray(pixels), cv2.COLOR_RGB2GRAY)
    shrink = max(1.0, max(grey.shape) / SEARCH_SIDE_PX)
    small = cv2.resize(grey, None, fx=1 / shrink, fy=1 / shrink, interpolation=cv2.INTER_AREA) if shrink > 1 else grey
    detector = cv2.aruco.ArucoDetector(_dictionary(cv2), _parameters(cv2))
    corners, numbers, _ = detector.detectMarkers(small)
    found = zip([] if numbers is None else numbers.ravel(), corners, strict=True)
    known = [(int(number), np.asarray(of[0], np.float64)) for number, of in found if number * 10 in SIZES_MM]
    markers = [Marker(number * 10, _refined(cv2, grey, (of + 0.5) * shrink - 0.5)) for number, of in known]
    return tuple(sorted(markers, key=lambda marker: -marker.side_px))


def _dictionary(cv2: Any) -> Any:
    return cv2.aruco.getPredefinedDictionary(cv2.aruco.DICT_5X5_50)


def _parameters(cv2: Any) -> Any:
    """Give how markers are searched: rough walls look like markers by chance, so no wrong square is forgiven."""
    parameters = cv2.aruco.DetectorParameters()
    parameters.errorCorrectionRate = 0.0
    parameters.adaptiveThreshWinSizeMax = 43
    return parameters


def _refined(cv2: Any, grey: NDArray[np.uint8], corners: NDArray[np.float64]) -> NDArray[np.float64]:
    """Give corners to a part of a px: where the edges of the black square meet, within half of one of its modules."""
    module_px = float(np.hypot(*(np.roll(corners, -1, 0) - corners).T).min()) / MODULES
    reach = int(np.clip(round(0.5 * module_px), 2, 40))
    stop = (cv2.TERM_CRITERIA_EPS + cv2.TERM_CRITERIA_MAX_ITER, 100, 0.005)
    points = corners.astype(np.float32).reshape(4, 1, 2)
    return np.asarray(cv2.cornerSubPix(grey, points, (reach, reach), (-1, -1), stop), np.float64).reshape(4, 2)


def local_scales(corners_xy: NDArray[np.float64], side_mm: float) -> tuple[float, float]:
    """Give the least and the greatest scale in px/mm at the middle of a square, over all directions on it.

    Args:
        corners_xy: (4, 2) px in order around the square, seen in perspective.
        side_mm: of the square.

    Source: the homography of four corners (Hartley, Zisserman, Multiple View Geometry, 2004, 4.1); the singular values
    of its derivative are the axes of the ellipse that a small circle on the surface is seen as.
    """
    square = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]], np.float64) * side_mm / 2
    rows = []
    for (x, y), (u, v) in zip(square, corners_xy, strict=True):
        rows += [[x, y, 1, 0, 0, 0, -u * x, -u * y], [0, 0, 0, x, y, 1, -v * x, -v * y]]
    a, b, c, d, e, f, g, h = np.linalg.solve(np.array(rows), corners_xy.ravel())
    derivative = np.array([[a - c * g, b - c * h], [d - f * g, e - f * h]])
    greatest, least = np.linalg.svd(derivative, compute_uv=False)
    return float(least), float(greatest)


def marker_scale(pixels: NDArray[np.uint8], marker_mm: float) -> tuple[Scale | None, tuple[Note, ...]]:
    """Give the scale of a photo at its largest marker, and what the reader must know.

    The scale is the geometric mean over the directions on the surface, on which the marker lies flat. Its uncertainty
    holds the corners, the print, how much the scale differs by direction where the photo was taken at a slant, and
    how much markers of one photo differ.

    Args:
        pixels: of the photo (H, W, 3).
        marker_mm: side of the marker as measured on the print.

    Returns:
        No scale where no marker is found, or where the number in it speaks of another size.

    Raises:
        MissingExtraError: the extra `scale` is not installed.
    """
    markers = find_markers(pixels)
    fitting = [marker for marker in markers if abs(marker_mm / marker.size_mm - 1) <= SAME_SIZE]
    notes = _other_sizes(markers, marker_mm)
    if not markers:
        notes = (Note("marker_none", {"side_mm": marker_mm}),)
    if not fitting:
        return None, notes
    scales = [_scale(marker, marker_mm) for marker in fitting]
    return _joined(scales, notes)


def _other_sizes(markers: tuple[Marker, ...], marker_mm: float) -> tuple[Note, ...]:
    """Say of each marker whose number speaks of another size than was said that it is not used."""
    others = sorted({marker.size_mm for marker in markers if abs(marker_mm / marker.size_mm - 1) > SAME_SIZE})
    return tuple(Note("marker_other_size", {"size_mm": size, "side_mm": marker_mm}) for size in others)


def _scale(marker: Marker, side_mm: float) -> Scale:
    """Give the scale at one marker."""
    least, greatest = local_scales(marker.corners_xy, side_mm)
    tilt = math.degrees(math.acos(min(least / greatest, 1.0)))
    by_direction = (math.sqrt(greatest / least) - 1) / math.sqrt(3)
    error = math.sqrt((CORNER_PX * math.sqrt(2) / marker.side_px) ** 2 + PRINT**2 + by_direction**2)
    amounts = {"side_mm": side_mm, "side_px": marker.side_px, "tilt_deg": tilt}
    note = Note("marker_slanted" if tilt > STEEP_DEGREES else "marker", amounts)
    return Scale(math.sqrt(least * greatest), "marker", error, note)


def _joined(scales: list[Scale], notes: tuple[Note, ...]) -> tuple[Scale, tuple[Note, ...]]:
    """Give the scale at the largest marker; where others differ, its uncertainty holds them and a note says so."""
    first, *others = scales
    spread = max((abs(other.px_per_mm / first.px_per_mm - 1) for other in others), default=0.0)
    if spread <= 2 * max(math.hypot(first.relative_error, other.relative_error) for other in scales):
        return first, notes
    found = [scale.px_per_mm for scale in scales]
    error = math.hypot(first.relative_error, spread / 2)
    note = Note("markers_differ", {"least": min(found), "greatest": max(found)})
    return Scale(first.px_per_mm, "marker", error, first.note), (*notes, note)
