"""Takes lines of traces; gives faults where few points leave the line by more than promised."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from tests.report import made

from cracklens.report.pictures.outline import outline, simplified
from cracklens.report.pictures.ribbon import area_px, ribbons
from cracklens.values import Branch


def farthest(points: NDArray[np.float32], line: NDArray[np.float64]) -> float:
    """Give how far the points are from a line, at most."""
    pieces = []
    for a, b in pairwise(line):
        along = b - a
        share = np.clip((points - a) @ along / max(along @ along, 1e-12), 0, 1)
        pieces.append(np.hypot(*(points - a - share[:, None] * along).T))
    return float(np.min(pieces, axis=0).max())


@given(st.integers(0, 10_000), st.integers(2, 400), st.floats(0.01, 1.0))
def test_no_point_is_moved_by_more_than_a_px(seed: int, n: int, bend: float) -> None:
    chance = np.random.default_rng(seed)
    angles = np.cumsum(chance.normal(0, bend, n))
    points = np.cumsum(np.column_stack([np.cos(angles), np.sin(angles)]), axis=0).astype(np.float32)
    trace = made.trace(branches=(Branch(points, np.ones(n, np.float32)),))
    (line,) = outline(trace)
    assert farthest(points, line) <= 1
    np.testing.assert_allclose(line[[0, -1]], points[[0, -1]], atol=0.051)


def test_straight_line_keeps_its_ends_only() -> None:
    assert outline(made.trace((0.0, 0.0), (500.0, 250.0)))[0].tolist() == [[0, 0], [500, 250]]


def test_corners_stay() -> None:
    assert outline(made.trace())[0].tolist() == [[30, 20], [130, 20], [130, 80]]


def test_closed_line_is_no_point() -> None:
    angles = np.linspace(0, 2 * np.pi, 200)
    ring = np.column_stack([50 + 30 * np.cos(angles), 50 + 30 * np.sin(angles)]).astype(np.float32)
    assert len(simplified(ring, 0.95)) > 8


def test_ribbon_is_as_wide_as_the_crack() -> None:
    (polygon,) = ribbons(made.trace((50.0, 50.0), (150.0, 50.0), width_px=6.0), (240, 320))
    assert polygon.min(0).tolist() == [50, 47]
    assert polygon.max(0).tolist() == [150, 53]
    assert area_px(polygon) == pytest.approx(600)


def test_hairline_is_two_px_wide_and_what_leaves_the_photo_is_cut() -> None:
    (polygon,) = ribbons(made.trace((0.0, 0.0), (100.0, 0.0), width_px=0.4), (240, 320))
    assert (polygon[:, 1].min(), polygon[:, 1].max()) == (0, 1)


@pytest.mark.parametrize("width", [float("nan"), 3.0])
def test_ribbon_of_a_line_that_turns_back_has_numbers_only(width: float) -> None:
    points = np.array([[10, 10], [60, 10], [10, 10]], np.float32)
    trace = made.trace(branches=(Branch(points, np.ones(3, np.float32)),), width_median_px=width)
    assert all(np.isfinite(polygon).all() for polygon in ribbons(trace, (240, 320)))
