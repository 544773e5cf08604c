"""Takes drawn photos with markers of known size, scale and tilt; gives faults in finding and measuring them."""

from __future__ import annotations

import math

import numpy as np
import pytest
from benchmarks.marker_scene import View, scene
from hypothesis import given
from hypothesis import strategies as st
from tests.said import said

from cracklens.drawn.textures import TEXTURES
from cracklens.drawn.wall import draw_wall
from cracklens.errors import SettingError
from cracklens.scale.marker import SIZES_MM, find_markers, local_scales, marker_modules, marker_scale

HW = (480, 640)


@pytest.mark.parametrize("tilt", [0, 15, 30])
@pytest.mark.parametrize(("size_mm", "px_per_mm"), [(20, 3.0), (50, 2.0), (200, 0.5)])
def test_scale_is_right_at_any_tilt(size_mm: int, px_per_mm: float, tilt: int) -> None:
    drawn = scene(HW, View(px_per_mm, size_mm, tilt), seed=tilt)
    found, notes = marker_scale(drawn.pixels, size_mm)
    assert found is not None
    assert found.px_per_mm == pytest.approx(drawn.px_per_mm, rel=0.03)
    assert abs(found.px_per_mm / drawn.px_per_mm - 1) <= 2 * found.relative_error
    assert notes == ()
    assert found.note
    assert f"marker of {size_mm} mm" in said([found.note])[0]


def test_uncertainty_grows_with_tilt_and_with_smallness() -> None:
    errors = [
        [
            found.relative_error
            for tilt in (0, 15, 30)
            if (found := marker_scale(scene(HW, View(s, 50, tilt)).pixels, 50)[0])
        ]
        for s in (1.0, 3.0)
    ]
    assert errors[0] == sorted(errors[0])
    assert errors[1] == sorted(errors[1])
    assert errors[0][0] > errors[1][0]


def test_uncertainty_holds_every_direction_at_30_degrees() -> None:
    drawn = scene(HW, View(2.0, 50, 30))
    found, _ = marker_scale(drawn.pixels, 50)
    assert found is not None
    assert drawn.greatest / drawn.least > 1.1
    for along in (drawn.least, drawn.greatest):
        assert abs(along / found.px_per_mm - 1) <= 2 * found.relative_error


@pytest.mark.parametrize("size_mm", [100, 20, 58])
def test_marker_of_another_size_than_said_is_not_used(size_mm: float) -> None:
    found, notes = marker_scale(scene(HW, View(2.0)).pixels, size_mm)
    assert found is None
    assert said(notes) == (f"a marker made for 50 mm was found, but {size_mm} mm was said: it is not used",)


def test_marker_that_the_printer_shrank_is_measured_by_what_was_said() -> None:
    drawn = scene(HW, View(2.0))
    found, notes = marker_scale(drawn.pixels, 47)
    assert found is not None
    assert found.px_per_mm == pytest.approx(drawn.px_per_mm * 50 / 47, rel=0.01)
    assert notes == ()


def test_markers_that_differ_are_noted_and_make_the_scale_less_sure() -> None:
    """Two markers of 50 mm side by side, one printed at 4/5 of its size."""
    drawn, shrunk = (scene(HW, View(s)) for s in (2.0, 1.6))
    both = np.concatenate([drawn.pixels, shrunk.pixels], axis=1)
    found, (note,) = marker_scale(both, 50)
    assert found is not None
    assert found.px_per_mm == pytest.approx(2.0, rel=0.01)
    assert found.relative_error > 0.1
    assert "1.59 to 2 px/mm" in said([note])[0]


@pytest.mark.parametrize("texture", TEXTURES)
def test_a_wall_without_marker_has_none(texture: str) -> None:
    assert find_markers(draw_wall((700, 900), texture=texture, seed=2).pixels) == ()  # type: ignore[arg-type]


def test_large_photo_is_measured_at_its_own_size() -> None:
    drawn = scene(HW, View(2.0))
    large = np.pad(drawn.pixels, ((0, 0), (0, 4000), (0, 0)), mode="reflect")
    found, _ = marker_scale(large, 50)
    assert found is not None
    assert found.px_per_mm == pytest.approx(drawn.px_per_mm, rel=0.01)


def test_numbers_are_sides_in_cm_and_markers_differ() -> None:
    modules = [marker_modules(size) for size in SIZES_MM]
    assert all(of[0].all() and of[:, 0].all() and of[-1].all() and of[:, -1].all() for of in modules)
    for i, one in enumerate(modules):
        for other in modules[:i]:
            assert min((np.rot90(one, turns) != other).sum() for turns in range(4)) >= 5
    with pytest.raises(SettingError, match="got 70"):
        marker_modules(70)


@given(st.floats(0.1, 20), st.floats(0, 6.2), st.floats(0, 1.2), st.integers(0, 3))
def test_local_scales_of_a_square_seen_without_perspective(scale: float, turn: float, tilt: float, first: int) -> None:
    square = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]]) * 25
    rotate = np.array([[math.cos(turn), -math.sin(turn)], [math.sin(turn), math.cos(turn)]])
    seen = np.roll(square @ rotate @ np.diag([scale, scale * math.cos(tilt)]) + [300, 200], first, axis=0)
    assert local_scales(seen, 50) == pytest.approx((scale * math.cos(tilt), scale), rel=1e-6)
