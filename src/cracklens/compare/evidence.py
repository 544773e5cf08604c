"""Takes a line and two registered photos; gives where the photo in which it was not traced shows it all the same."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray
from scipy import ndimage

from cracklens.compare.register import Points, Registration

PIECE_PX = 24
"""Profiles across a line are averaged over so many px along it, to see it through texture and noise."""

BESIDE_PX = 10.0
"""How far beside the line its surroundings are looked at, on both sides of its width."""

CLEAR = 2.0
"""A piece is clear where it is darker than its surroundings by so many times their own spread."""

SHOWN = 0.35
"""The other photo shows a piece where its profile has this share of the contrast: it may be the blurrier one."""

ALIKE = 0.65
"""And where the two profiles correlate by this."""

RUN = 5
"""Pieces follow the majority of so many about them: single ones are alike by chance."""

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Views:
    """Two registered photos in grey.

    Attributes:
        old: (H, W) uint8.
        new: (H, W) uint8.
        registration: how the older lies in the newer.
    """

    old: NDArray[np.uint8]
    new: NDArray[np.uint8]
    registration: Registration

    def at(self, points_xy: Points, *, in_old: bool) -> Floats:
        """Give the grey of a photo at places (..., 2) in px of the newer one; half a px is the middle of the first."""
        flat = points_xy.reshape(-1, 2)
        x, y = (self.registration.to_old(flat) if in_old else flat).T - 0.5
        grey = ndimage.map_coordinates(self.old if in_old else self.new, [y, x], np.float64, order=1, mode="nearest")
        return np.asarray(grey, np.float64).reshape(points_xy.shape[:-1])


@dataclass(frozen=True)
class Course:
    """A line in px of the newer photo, a point a px.

    Attributes:
        points_xy: (N, 2).
        normals_xy: (N, 2), of length 1, across it.
        width_px: of the crack.
    """

    points_xy: Points
    normals_xy: Points
    width_px: float


def also_shown(course: Course, views: Views, *, traced_in_old: bool, stray_px: float) -> NDArray[np.bool_]:
    """Say of each point of a line that was traced in one photo whether the other shows it too, or may.

    Where the line is not clear in its own photo, the other is taken to show it: nothing can be told there.

    Args:
        course: of the line.
        views: of both photos.
        traced_in_old: which photo it was traced in.
        stray_px: how far it may lie beside its place in the other.

    Returns:
        (N,) bool.
    """
    reach = math.ceil(course.width_px / 2 + BESIDE_PX)
    stray = math.ceil(stray_px)
    own = _profiles(course, views, reach, in_old=traced_in_old)  # (pieces, 2 reach + 1)
    other = _profiles(course, views, reach + stray, in_old=not traced_in_old)
    shown = ~_clear(own, course.width_px) | _alike(own, other)
    shown = ndimage.median_filter(shown.astype(np.uint8), RUN, mode="nearest").astype(bool)
    return np.repeat(shown, PIECE_PX)[: len(course.points_xy)]


def _profiles(course: Course, views: Views, reach: int, *, in_old: bool) -> Floats:
    """Give the mean profile across each piece of a line, as shares of its mean; (pieces, 2 reach + 1)."""
    across = np.arange(-reach, reach + 1)
    places = course.points_xy[:, None] + course.normals_xy[:, None] * across[None, :, None]
    grey = views.at(places, in_old=in_old)
    starts = np.arange(0, len(grey), PIECE_PX)
    counts = np.diff([*starts, len(grey)])
    means = np.add.reduceat(grey, starts) / counts[:, None]
    return np.asarray(means / np.maximum(means.mean(1, keepdims=True), 1.0), np.float64)


def _clear(profiles: Floats, width_px: float) -> NDArray[np.bool_]:
    """Say of each piece whether it is darker in the middle than beside it, by more than chance."""
    reach = profiles.shape[1] // 2
    half = max(1, round(width_px / 2))
    middle = profiles[:, reach - half : reach + half + 1].min(1)
    beside = np.concatenate([profiles[:, : reach - half - 2], profiles[:, reach + half + 3 :]], axis=1)
    level = np.median(beside, axis=1)
    spread = 1.4826 * np.median(np.abs(beside - level[:, None]), axis=1)
    return np.asarray(level - middle > CLEAR * np.maximum(spread, 0.005), np.bool_)


def _alike(own: Floats, other: Floats) -> NDArray[np.bool_]:
    """Say of each piece whether, at some shift, the other's profile follows its own."""
    mine = own - own.mean(1, keepdims=True)
    shifted = sliding_window_view(other, own.shape[1], axis=1)  # (pieces, shifts, width)
    theirs = shifted - shifted.mean(2, keepdims=True)
    product = (theirs * mine[:, None]).sum(2)
    energy = (mine**2).sum(1, keepdims=True)
    slope = product / np.maximum(energy, 1e-12)
    correlation = product / np.maximum(np.sqrt(energy * (theirs**2).sum(2)), 1e-12)
    return np.asarray(((slope >= SHOWN) & (correlation >= ALIKE)).any(1), np.bool_)
