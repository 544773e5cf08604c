"""Takes drawn walls; gives faults where they break what they promise about cracks, mask and chance."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import ndimage

from cracklens.drawn.textures import TEXTURES
from cracklens.drawn.wall import DrawnCrack, DrawnWall, draw_wall
from cracklens.errors import OutputError, SettingError
from cracklens.photo import read_photo

HW = (256, 320)


def across(crack: DrawnCrack, image: np.ndarray, reach_px: float) -> np.ndarray:
    """Give the image (n, places) along lines across the middle part of a crack, a tenth of a px apart."""
    start, end = crack.points_xy[:-1], crack.points_xy[1:]
    middle, step = (start + end) / 2, end - start
    normal = np.stack([-step[:, 1], step[:, 0]], axis=1) / np.hypot(*step.T)[:, None]
    kept = slice(len(middle) // 5, -len(middle) // 5)
    places = np.arange(-reach_px, reach_px, 0.1)
    xy = middle[kept, None] + normal[kept, None] * places[:, None] - 0.5
    return np.asarray(ndimage.map_coordinates(image.astype(np.float64), [xy[..., 1], xy[..., 0]], order=1))


@pytest.mark.parametrize("texture", TEXTURES)
def test_every_texture_is_drawn_with_dark_cracks(texture):
    wall = draw_wall(HW, widths_px=(4.0,), texture=texture, seed=3)
    assert wall.pixels.shape == (*HW, 3)
    assert wall.pixels.dtype == np.uint8
    near = ndimage.binary_dilation(wall.true_mask, iterations=8) & ~ndimage.binary_dilation(
        wall.true_mask, iterations=2
    )
    grey = wall.pixels.mean(axis=2)
    assert grey[wall.true_mask].mean() < 0.6 * grey[near].mean()
    assert grey.std() > 2


@pytest.mark.parametrize("texture", TEXTURES)
def test_a_crack_changes_the_wall_nowhere_else(texture):
    cracked, intact = (draw_wall(HW, widths_px=widths, texture=texture, seed=5) for widths in ((3.0,), ()))
    assert not intact.true_mask.any()
    assert intact.cracks == ()
    away = ~ndimage.binary_dilation(cracked.true_mask, iterations=8)
    np.testing.assert_array_equal(cracked.pixels[away], intact.pixels[away])


@pytest.mark.parametrize("width_px", [1.0, 1.5, 2.0, 3.0, 6.0, 12.0])
def test_width_is_what_it_says(width_px):
    errors = []
    for seed in range(3):
        (crack,) = (wall := draw_wall((384, 512), widths_px=(width_px,), seed=seed)).cracks
        assert crack.width_px == width_px
        widths = across(crack, wall.true_mask, width_px + 3).sum(axis=1) * 0.1
        errors.append(float(np.median(widths)) - width_px)
    assert abs(np.mean(errors)) < 0.3


@pytest.mark.parametrize("width_px", [0.5, 0.8, 1.5, 6.0])
def test_darkness_of_a_crack_grows_with_its_width(width_px):
    """A camera adds no light: what is missing across a crack is its width times its depth."""
    cracked, intact = (draw_wall(HW, widths_px=widths, noise=0.0, seed=2) for widths in ((width_px,), ()))
    missing = 1 - cracked.pixels.mean(axis=2) / intact.pixels.mean(axis=2)
    found = float(np.median(across(cracked.cracks[0], missing, width_px + 4).sum(axis=1))) * 0.1
    assert 0.55 * width_px < found < 0.95 * width_px


def test_length_is_that_of_the_centre_line():
    for crack in draw_wall(HW, widths_px=(2.0, 3.0), seed=8).cracks:
        steps = [float(np.hypot(*(b - a))) for a, b in pairwise(crack.points_xy)]
        assert crack.length_px == pytest.approx(sum(steps))
        assert crack.length_px > 0.6 * min(HW)


@given(
    hw=st.tuples(st.integers(64, 200), st.integers(64, 200)),
    width_px=st.floats(0.5, 5.0),
    count=st.integers(0, 2),
    seed=st.integers(0, 2**32),
)
def test_cracks_lie_in_the_wall_and_do_not_meet(hw, width_px, count, seed):
    if min(hw) / max(count, 1) < 24 + 3 * width_px:
        return
    wall = draw_wall(hw, widths_px=(width_px,) * count, texture="plaster", seed=seed)
    assert len(wall.cracks) == count
    for crack in wall.cracks:
        assert (crack.points_xy >= width_px / 2).all()
        assert (crack.points_xy <= np.array([hw[1], hw[0]]) - width_px / 2).all()
    if count == 2:
        a, b = (crack.points_xy for crack in wall.cracks)
        assert np.hypot(*(a[:, None] - b).T).min() > width_px + 2


def test_cracks_stand_in_the_order_of_the_widths():
    wall = draw_wall(HW, widths_px=(5.0, 1.0, 3.0), seed=4)
    assert [crack.width_px for crack in wall.cracks] == [5.0, 1.0, 3.0]
    assert ndimage.label(wall.true_mask, np.ones((3, 3)))[1] == 3


@pytest.mark.parametrize("width_px", [0.5, 1.0])
def test_hairlines_are_about_one_px_wide_in_the_mask(width_px):
    wall = draw_wall(HW, widths_px=(width_px,), seed=1)
    assert 0.4 < wall.true_mask.sum() / wall.cracks[0].length_px < 1.6


def same(one: DrawnWall, other: DrawnWall) -> bool:
    return bool(np.array_equal(one.pixels, other.pixels) and np.array_equal(one.true_mask, other.true_mask))


def test_same_seed_same_wall():
    walls = [draw_wall(HW, seed=seed, widths_px=(2.0,)) for seed in (7, 7, 8)]
    assert same(walls[0], walls[1])
    assert not same(walls[0], walls[2])


def test_blur_and_noise_do_what_they_say():
    sharp = draw_wall(HW, blur_px=0, noise=0, seed=1).pixels.astype(float)
    blurred = draw_wall(HW, blur_px=3, noise=0, seed=1).pixels.astype(float)
    noisy = draw_wall(HW, blur_px=0, noise=6, seed=1).pixels.astype(float)
    assert np.abs(np.diff(blurred, axis=1)).mean() < 0.5 * np.abs(np.diff(sharp, axis=1)).mean()
    assert (noisy - sharp).std() == pytest.approx(6, rel=0.05)


@pytest.mark.parametrize(
    ("settings", "word"),
    [
        ({"hw": (63, 100)}, "hw"),
        ({"hw": (100, 99_999)}, "hw"),
        ({"hw": (100.0, 100)}, "hw"),
        ({"hw": (100,)}, "hw"),
        ({"widths_px": (0.0,)}, "widths_px"),
        ({"widths_px": (-1.0,)}, "widths_px"),
        ({"widths_px": (float("nan"),)}, "widths_px"),
        ({"widths_px": (1000.0,)}, "widths_px"),
        ({"hw": (64, 64), "widths_px": (2.0,) * 9}, "side by side"),
        ({"texture": "concreet"}, "concrete"),
        ({"blur_px": -0.1}, "blur_px"),
        ({"blur_px": float("inf")}, "blur_px"),
        ({"noise": float("nan")}, "noise"),
        ({"seed": -1}, "seed"),
        ({"seed": 1.5}, "seed"),
    ],
)
def test_nonsense_is_refused(settings, word):
    with pytest.raises(SettingError, match=word) as caught:
        draw_wall(**settings)
    assert "got" in str(caught.value)


def test_all_faults_are_said_at_once():
    with pytest.raises(SettingError) as caught:
        draw_wall((1, 1), widths_px=(-2.0,), texture="wood", blur_px=-1, noise=-1, seed=-1)  # type: ignore[arg-type]
    assert all(word in str(caught.value) for word in ("hw", "widths_px", "texture", "blur_px", "noise", "seed"))


def test_wall_is_a_photo_that_says_it_is_drawn(tmp_path):
    wall = draw_wall(HW, seed=1)
    photo = wall.as_photo()
    assert photo.hw == HW
    assert photo.px_per_mm == wall.px_per_mm
    assert [note.kind for note in photo.notes] == ["drawn"]
    path = wall.save(tmp_path / "new" / "folder")
    difference = read_photo(path).pixels.astype(int) - wall.pixels
    assert np.abs(difference).mean() < 3


def test_wall_that_cannot_be_saved(tmp_path):
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(OutputError, match="cannot be written"):
        draw_wall((64, 64), widths_px=()).save(tmp_path / "file")
