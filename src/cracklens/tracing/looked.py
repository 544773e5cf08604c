"""Takes a photo and its maps; gives what is known at any of its places. Follows nothing."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cracklens.errors import SettingError
from cracklens.measuring.width import Measured
from cracklens.tracing.cut import courses, other_paths
from cracklens.tracing.doubts import Seen
from cracklens.tracing.graph import Path
from cracklens.tracing.mask import evidence, photo_mask, trust
from cracklens.tracing.windows import WINDOW_PX, Bools
from cracklens.values import CrackMap, MapSettings, ScoreMap
from cracklens.values.maps import LINE_STRIDE_PX

ON_COURSE = np.float32(2)
AROUND = np.array([(0, 0), (1, 0), (-1, 0), (0, 1), (0, -1)], np.float64)


@dataclass(frozen=True)
class Looked:
    """A photo with all that is known of its px.

    Attributes:
        pixels: RGB (H, W, 3) uint8.
        crack_map: of them.
        score_map: of them.
        own: (h, w) how far each cell speaks for a crack itself.
        mask: of the cracks, at half resolution.
        others: middle lines of what is a line and no crack, in cells of the map of lines.
        course: (h, w) cells of that map beside the courses of straight ones.
        settings: of the crack map.
        window_px: side of the windows in which it is looked at.
    """

    pixels: NDArray[np.uint8]
    crack_map: CrackMap
    score_map: ScoreMap
    own: NDArray[np.float32]
    mask: Bools
    others: tuple[Path, ...]
    course: Bools
    settings: MapSettings
    window_px: int

    def score(self, points_xy: NDArray[np.floating]) -> NDArray[np.float32]:
        """Give the score (N,) of the neighbourhood of each point."""
        return at_places(self.score_map.values, points_xy, stride_px=self.score_map.stride_px)

    def probability(self, points_xy: NDArray[np.floating]) -> NDArray[np.float32]:
        """Give the crack map's probability (N,) at each point, the highest within a px of it."""
        near = [at_places(self.crack_map.crack, points_xy + step, stride_px=1) for step in AROUND]
        return np.asarray(np.max(near, axis=0) / 255, np.float32)

    def line(self, points_xy: NDArray[np.floating]) -> NDArray[np.float32]:
        """Give the probability (N,) of a line that is no crack at each point; more than any on the course of one."""
        known = at_places(self.crack_map.line, points_xy, stride_px=LINE_STRIDE_PX) / np.float32(255)
        on_course = at_places(self.course, points_xy, stride_px=LINE_STRIDE_PX) > 0
        return np.where(on_course, ON_COURSE, known)

    def on_other(self, places: NDArray[np.intp]) -> Bools:
        """Give which places (N, 2) of the mask rather lie on a line that is no crack than on a crack."""
        points_xy = middles(places)
        return np.asarray(self.line(points_xy) > self.probability(points_xy))

    def seen(self, lines: tuple[Measured, ...], points_xy: NDArray[np.floating], wide_px: NDArray[np.floating]) -> Seen:
        """Give what is known along all points (N, 2) of a crack, and how wide its mask is along it."""
        own = at_places(self.own, points_xy, stride_px=self.score_map.stride_px)
        known = self.score(points_xy), own, self.probability(points_xy), self.line(points_xy)
        return Seen(lines, *known, wide_px, trust(self.score_map, self.settings))


def look(
    pixels: NDArray[np.uint8],
    crack_map: CrackMap,
    score_map: ScoreMap,
    settings: MapSettings,
    *,
    window_px: int = WINDOW_PX,
) -> Looked:
    """Give the photo with the mask of its cracks.

    Raises:
        SettingError: pixels that are no photo, or that a map is not of; a window that is none.
    """
    if window_px < 2 or window_px % 2:
        raise SettingError(f"window_px must be even and ≥ 2; got {window_px}. Leave it out for {WINDOW_PX}.")
    if pixels.ndim != 3 or pixels.shape[2] != 3 or pixels.dtype != np.uint8:
        raise SettingError(f"pixels must be RGB (H, W, 3) uint8; got {pixels.shape} {pixels.dtype}. Use Photo.pixels.")
    if not pixels.shape[:2] == tuple(score_map.photo_hw) == crack_map.crack.shape:
        came = f"maps of {tuple(score_map.photo_hw)} and {crack_map.crack.shape} for pixels of {pixels.shape[:2]}"
        raise SettingError(f"score_map and crack_map must be of these pixels; got {came}. Read this photo first.")
    mask = photo_mask(crack_map, score_map, settings, window_px=window_px)
    others = other_paths(crack_map.line, side=window_px // LINE_STRIDE_PX or 1)
    course = courses(crack_map.line, others)
    return Looked(pixels, crack_map, score_map, evidence(score_map), mask, others, course, settings, window_px)


def at_places(cells: NDArray[np.generic], points_xy: NDArray[np.floating], *, stride_px: int) -> NDArray[np.float32]:
    """Give the value (N,) of the cell under each point (N, 2) in px of the photo."""
    places = np.clip((points_xy // stride_px).astype(int), 0, np.array(cells.shape[::-1]) - 1)
    return np.asarray(cells[places[:, 1], places[:, 0]], np.float32)


def middles(places: NDArray[np.intp]) -> NDArray[np.float64]:
    """Give the middles (N, 2) in px of the photo, x and y, of px at half resolution, rows and columns."""
    return np.asarray(places[:, ::-1].astype(np.float64) * 2 + 1)
