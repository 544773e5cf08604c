"""Takes masks and pictures; gives faults where an empty area leaves an edge, or a crack is taken for one."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cracklens.photo.pixels.empty import SOLID_PX, areas, fill


def test_a_crack_of_the_value_of_no_data_stays_a_crack():
    bare = np.zeros((200, 300), bool)
    bare[:, :60] = True
    bare[100:106, 60:250] = True  # runs out of the border
    found = areas(bare)
    assert found[:, :60].all()
    assert not found[100:106, 64:].any()


@pytest.mark.parametrize("wide", [1, 5, 40])
def test_borders_of_any_width_are_empty(wide):
    bare = np.zeros((90, 120), bool)
    bare[:wide], bare[:, -wide:] = True, True
    assert areas(bare).tolist() == bare.tolist()


@given(st.integers(-60, 60), st.integers(20, 100))
def test_a_turned_picture_leaves_no_dark_corner(slope, start):
    y, x = np.mgrid[0:120, 0:160]
    bare = y < start + x * slope / 100
    assert areas(bare).tolist() == bare.tolist()


@pytest.mark.parametrize("side", [SOLID_PX - 1, SOLID_PX])
def test_an_area_inside_is_empty_from_its_least_side_on(side):
    bare = np.zeros((100, 100), bool)
    bare[40 : 40 + side, 40 : 40 + side] = True
    assert areas(bare).any() == (side == SOLID_PX)


def test_filling_goes_on_with_the_colour_nearby():
    pixels = np.full((120, 160, 3), (40, 50, 60), np.uint8)
    pixels[:, 96:] = (140, 150, 160)
    empty = np.zeros((120, 160), bool)
    empty[:70], empty[:, 128:] = True, True
    expected = pixels.copy()
    pixels[empty] = 255
    fill(pixels, empty)
    np.testing.assert_array_equal(pixels[~empty], expected[~empty])
    assert (pixels[:70, :60] == (40, 50, 60)).all()
    assert (pixels[:, 150:] == (140, 150, 160)).all()
    assert pixels.max() <= 160
