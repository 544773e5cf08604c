"""Takes two photos; gives how places of one lie in the other, or that they do not show the same. Knows no cracks."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy import ndimage

from cracklens.values import Photo

SIDE_PX = 900
"""Photos are shrunk to this long side for their features: what is left are stains, edges, pores and cracks."""

EVEN_PX = 20.0
"""Light and contrast are evened out over this distance: weathered walls have little, and two days differ in light."""

RATIO = 0.85
"""A feature's match must be this much nearer than the next best. Source: Lowe 2004, 7.1."""

NEAR_PX = 2.5
"""Matches within it, in px of the shrunk photos, agree on one homography."""

TRIALS = 2000
SURE = 0.9999
"""Draws end early where a better homography than the best so far is less likely than one in 10,000."""

LEAST_INLIERS = 25
"""Fewer matches that agree show no common place. Photos of different places reached 7, re-taken ones 120 and more."""

LEAST_SHARE = 0.2
"""Of the matches; by chance a few agree among many."""

LEAST_OVERLAP = 0.15
"""Share of the newer photo that the older must show."""

Matrix = NDArray[np.float64]
Points = NDArray[np.float64]


@dataclass(frozen=True)
class Features:
    """What a photo is recognised by.

    Attributes:
        points_xy: (N, 2) px of the photo.
        descriptors: (N, 128).
        shrink: px of the photo in a px of the shrunk one.
        hw: size of the photo.
    """

    points_xy: Points
    descriptors: NDArray[np.uint8]
    shrink: float
    hw: tuple[int, int]


@dataclass(frozen=True)
class Registration:
    """How the older photo lies in the newer one.

    Attributes:
        matrix: (3, 3) homography, px of the older photo to px of the newer.
        inliers: features that agree on it.
        error_px: how far they miss, root mean square, in px of the newer photo.
        overlap: share of the newer photo that the older shows.
    """

    matrix: Matrix
    inliers: int
    error_px: float
    overlap: float

    def to_new(self, points_xy: Points) -> Points:
        """Give points (N, 2) of the older photo in px of the newer."""
        return moved(self.matrix, points_xy)

    def to_old(self, points_xy: Points) -> Points:
        """Give points (N, 2) of the newer photo in px of the older."""
        return moved(np.asarray(np.linalg.inv(self.matrix), np.float64), points_xy)

    def scale_at(self, point_xy: Points) -> float:
        """Give px of the newer photo in a px of the older, at a point of the older: the mean over directions."""
        around = np.asarray(point_xy) + np.array([[0, 0], [1, 0], [0, 1]])
        middle, right, down = self.to_new(around)
        return float(np.sqrt(abs(np.linalg.det(np.stack([right - middle, down - middle])))))


def moved(matrix: Matrix, points_xy: Points) -> Points:
    """Give points (N, 2) after a homography."""
    whole = np.column_stack([points_xy, np.ones(len(points_xy))]) @ matrix.T
    return np.asarray(whole[:, :2] / whole[:, 2:], np.float64)


def features_of(photo: Photo) -> Features:
    """Give the features of a photo: SIFT on evened grey.

    Source: Lowe, "Distinctive Image Features from Scale-Invariant Keypoints", 2004.
    """
    from skimage.feature import SIFT

    grey, shrink = _evened(photo)
    sift = SIFT(upsampling=1)
    try:
        sift.detect_and_extract(grey)
        rows_columns, descriptors = sift.keypoints, sift.descriptors
    except RuntimeError:  # scikit-image's word for a photo without features
        rows_columns, descriptors = np.empty((0, 2)), np.empty((0, 128), np.uint8)
    points = (np.asarray(rows_columns, np.float64)[:, ::-1] + 0.5) * shrink
    return Features(points, np.asarray(descriptors), shrink, photo.hw)


def _evened(photo: Photo) -> tuple[NDArray[np.float32], float]:
    """Give a photo as small grey of even brightness and contrast, 0-1."""
    shrink = max(1.0, max(photo.hw) / SIDE_PX)
    size = (max(1, round(photo.hw[1] / shrink)), max(1, round(photo.hw[0] / shrink)))
    step = max(1, int(shrink / 3))
    small = Image.fromarray(np.ascontiguousarray(photo.pixels[::step, ::step])).convert("L")
    grey = np.asarray(small.resize(size, Image.Resampling.BOX), np.float32) / 255
    detail = grey - ndimage.gaussian_filter(grey, EVEN_PX)
    contrast = np.sqrt(ndimage.gaussian_filter(detail**2, EVEN_PX)) + 0.01
    return np.clip(0.5 + detail / contrast / 6, 0, 1).astype(np.float32), shrink


def register(old: Features, new: Features) -> Registration | None:
    """Give how two photos lie on each other; None where they show no common place, or too little of one.

    The same two photos give the same answer: the draws are seeded.

    Source: RANSAC, Fischler and Bolles 1981, on homographies: right for flat surfaces, and for any from one place.
    """
    from skimage.feature import match_descriptors

    if min(len(old.points_xy), len(new.points_xy)) < LEAST_INLIERS:
        return None
    pairs = match_descriptors(old.descriptors, new.descriptors, max_ratio=RATIO, cross_check=True)
    if len(pairs) < LEAST_INLIERS:
        return None
    source, target = old.points_xy[pairs[:, 0]], new.points_xy[pairs[:, 1]]
    found = _agreed(source / old.shrink, target / new.shrink)
    if found is None or found[1].sum() < max(LEAST_INLIERS, LEAST_SHARE * len(pairs)):
        return None
    matrix = np.diag([new.shrink, new.shrink, 1]) @ found[0] @ np.diag([1 / old.shrink, 1 / old.shrink, 1])
    return _checked(matrix / matrix[2, 2], source[found[1]], target[found[1]], old, new)


def _agreed(source: Points, target: Points) -> tuple[Matrix, NDArray[np.bool_]] | None:
    """Give the homography that most matches agree on, and which do."""
    from skimage.measure import ransac
    from skimage.transform import ProjectiveTransform

    model, inliers = ransac(
        (source, target),
        ProjectiveTransform,
        min_samples=4,
        residual_threshold=NEAR_PX,
        max_trials=TRIALS,
        stop_probability=SURE,
        rng=0,
    )
    return None if inliers is None or not model else (np.asarray(model.params, np.float64), np.asarray(inliers))


def _checked(matrix: Matrix, source: Points, target: Points, old: Features, new: Features) -> Registration | None:
    """Give the registration; None where it turns the photo over, folds it, or leaves too little in common."""
    misses = moved(matrix, source) - target
    corners = _corners(old.hw)
    depths = np.column_stack([corners, np.ones(4)]) @ matrix[2]
    if (depths <= 0).any() or np.linalg.det(matrix) <= 0:
        return None
    overlap = _overlap(matrix, old.hw, new.hw)
    if overlap < LEAST_OVERLAP:
        return None
    return Registration(matrix, len(source), float(np.sqrt((misses**2).sum(1).mean())), overlap)


def _corners(hw: tuple[int, int]) -> Points:
    return np.array([[0, 0], [hw[1], 0], [hw[1], hw[0]], [0, hw[0]]], np.float64)


def _overlap(matrix: Matrix, old_hw: tuple[int, int], new_hw: tuple[int, int]) -> float:
    """Give the share of the newer photo that lies in the older, by 64 x 64 places in it."""
    steps = (np.arange(64) + 0.5) / 64
    x, y = np.meshgrid(steps * new_hw[1], steps * new_hw[0])
    back = moved(np.asarray(np.linalg.inv(matrix), np.float64), np.column_stack([x.ravel(), y.ravel()]))
    return float(inside(back, old_hw).mean())


def inside(points_xy: Points, hw: tuple[int, int], *, margin_px: float = 0.0) -> NDArray[np.bool_]:
    """Say of each point (N, 2) whether it lies in a photo, by at least a margin."""
    x, y = points_xy[:, 0], points_xy[:, 1]
    return np.asarray(
        (x >= margin_px) & (y >= margin_px) & (x <= hw[1] - margin_px) & (y <= hw[0] - margin_px), np.bool_
    )
