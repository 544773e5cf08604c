"""Takes masks and walls; gives faults where what is found in windows is not what is found in the whole, to the px."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy import ndimage

from cracklens import Detector, draw_wall
from cracklens.errors import SettingError
from cracklens.network import grid_hw
from cracklens.tracing.graph import graphs
from cracklens.tracing.mask import filled, half_mask, photo_mask, radii, weighed, without_voids
from cracklens.tracing.pieces import EIGHT, FOUR, pieces
from cracklens.tracing.thin import thin
from cracklens.tracing.trace import trace_photo
from cracklens.tracing.windows import Bools, around, windows
from cracklens.values import CrackMap, MapSettings, ScoreMap

WHOLE = 10_000


@st.composite
def masks(draw: st.DrawFn) -> Bools:
    """Give masks of every grain: noise, lines and blobs, some of them over many windows."""
    hw = draw(st.integers(1, 70)), draw(st.integers(1, 70))
    rng = np.random.default_rng(draw(st.integers(0, 10_000)))
    grain = draw(st.sampled_from([0.0, 0.7, 1.5, 4.0]))
    smooth = ndimage.gaussian_filter(rng.normal(size=hw), grain)
    return np.asarray(smooth >= np.quantile(smooth, draw(st.floats(0, 1))))


sides = st.integers(8, 40)


@given(hw=st.tuples(st.integers(1, 50), st.integers(1, 50)), side=st.integers(1, 60), halo=st.integers(0, 70))
def test_windows_tile_a_picture_and_are_found_in_what_is_around_them(hw: tuple[int, int], side: int, halo: int) -> None:
    picture = np.arange(hw[0] * hw[1]).reshape(hw)
    times = np.zeros(hw, int)
    for window in windows(hw, side):
        outer, inner = around(window, halo, hw)
        assert np.array_equal(picture[outer][inner], picture[window])
        times[window] += 1
    assert (times == 1).all()


@given(mask=masks(), side=sides, touching=st.sampled_from([EIGHT, FOUR]))
def test_pieces_are_those_of_the_whole(mask: Bools, side: int, touching: Bools) -> None:
    """Two px are of one piece in windows where they are of one in the whole, and only there."""
    found = pieces(lambda area: mask[area], mask.shape, touching=touching, side=side)
    numbers = np.zeros(mask.shape, int)
    for window, here, of in found.each():
        numbers[window] = of[here]
    expected, count = ndimage.label(mask, touching)
    assert found.count == count + 1
    pairs = np.unique(np.stack([numbers.ravel(), expected.ravel()]), axis=1)
    assert pairs.shape[1] == len(np.unique(numbers)) == len(np.unique(expected))
    assert ((numbers == 0) == ~mask).all()


@given(mask=masks(), side=sides)
def test_thin_fill_and_radii_are_those_of_the_whole(mask: Bools, side: int) -> None:
    places = np.argwhere(mask)
    assert np.array_equal(thin(mask, side=side), thin(mask, side=WHOLE))
    assert np.array_equal(filled(mask, side=side), filled(mask, side=WHOLE))
    assert np.array_equal(radii(mask, places, side=side), radii(mask, places, side=WHOLE))


@given(mask=masks(), side=sides, low=st.floats(0.05, 0.9))
def test_hysteresis_is_that_of_the_whole(mask: Bools, side: int, low: float) -> None:
    values = (255 * ndimage.gaussian_filter(mask.astype(np.float32), 1)).astype(np.uint8)
    chosen = MapSettings(low=low, high=min(1.2 * low, 1.0))
    assert np.array_equal(half_mask(values, chosen, window_px=2 * side), half_mask(values, chosen, window_px=WHOLE))


def test_a_faint_line_is_a_crack_and_a_faint_area_is_none() -> None:
    """Both hang together with what is plain; a wide gap that is plain within stays, as does what is narrower."""
    chosen = MapSettings(low=0.03, high=0.45)
    half = np.zeros((120, 300), np.uint8)
    half[58:62, 20:280] = half[30:90, 100:160] = 12  # a line of 4 px, and an area of 60
    half[60, 20:60] = 200
    half[58:62, 230:] = half[40:80, 200:230] = 26
    expected = half > 0
    expected[30:90, 100:160] = False
    expected[58:62, 100:160] = False
    expected[58:62, 160:] = expected[40:80, 200:230] = False  # it was held by the area alone
    half_px = half.repeat(2, axis=0).repeat(2, axis=1)
    assert np.array_equal(half_mask(half_px, chosen), expected)
    half[30:90, 100:160] = 26
    assert np.array_equal(half_mask(half.repeat(2, axis=0).repeat(2, axis=1), chosen), half > 0)


def test_a_wide_piece_is_thinned_over_many_windows() -> None:
    """It takes many more rounds than a window is peeled for at once."""
    y, x = np.indices((300, 420))
    mask = (np.hypot(y - 150, (x - 210) / 1.3) < 130) & (np.hypot(y - 120, x - 300) > 25)
    lines = thin(mask, side=64)
    assert np.array_equal(lines, thin(mask, side=WHOLE))
    assert ndimage.label(lines, EIGHT)[1] == 1
    assert 100 < lines.sum() < 1500


def test_holes_are_filled_by_size_wherever_seams_lie() -> None:
    mask = np.ones((60, 300), np.bool_)
    mask[20:23, 100:150] = mask[40:43, 100:151] = mask[:4, 280:290] = False
    for side in (7, 64, 150, WHOLE):
        found = filled(mask, side=side)
        assert found[20:23].all()  # 150 px
        assert not found[40:43, 100:151].any()  # three more
        assert not found[0, 280:290].any()  # cut by the photo's edge: its size is not known


def test_a_void_is_no_crack_and_what_leads_to_it_is() -> None:
    y, x = np.indices((700, 900))
    mask = (np.hypot(y - 350, x - 450) < 160) | (abs(y - 350) < 4)
    for side in (100, 512, WHOLE):
        found = without_voids(mask, side=side)
        assert not found[np.hypot(y - 350, x - 450) < 155].any()
        assert found[348:353, :280].all()
        assert found[348:353, 620:].all()
    narrow = np.hypot(y - 350, x - 450) < 120
    assert np.array_equal(without_voids(narrow, side=100), narrow)


@given(
    hw=st.tuples(st.integers(1, 300), st.integers(1, 300)),
    seed=st.integers(0, 1000),
    window_px=st.sampled_from([16, 62, 64, 130]),
)
def test_photo_is_weighed_in_windows_as_in_the_whole(hw: tuple[int, int], seed: int, window_px: int) -> None:
    rng = np.random.default_rng(seed)
    values, cells, seen = (rng.uniform(size=grid_hw(hw)).astype(np.float32) for _ in range(3))
    score_map = ScoreMap(values, hw, cells=cells if seed % 2 else None, seen=seen if seed % 3 else None)
    crack = (255 * ndimage.gaussian_filter(rng.uniform(size=hw), 2) ** 0.5).astype(np.uint8)
    crack_map = CrackMap(crack, np.zeros([-(-side // 4) for side in hw], np.uint8))
    chosen = MapSettings(low=0.4, high=0.5, evidence_power=0.5)
    expected = half_mask(weighed(crack_map, score_map, chosen), chosen, window_px=WHOLE)
    assert np.array_equal(photo_mask(crack_map, score_map, chosen, window_px=window_px), expected)


@given(mask=masks(), side=sides)
def test_graphs_are_those_of_the_whole(mask: Bools, side: int) -> None:
    found, expected = graphs(mask, side=side), graphs(mask, side=WHOLE)
    assert [len(graph.paths) for graph in found] == [len(graph.paths) for graph in expected]
    for one, other in zip(found, expected, strict=True):
        same(one, other)


def same(one: Any, other: Any) -> None:
    """Fail where two values, of whatever is in them, are not equal to the bit."""
    if isinstance(one, tuple):
        assert len(one) == len(other)
        for a, b in zip(one, other, strict=True):
            same(a, b)
    elif hasattr(one, "__dataclass_fields__"):
        for of in fields(one):
            same(getattr(one, of.name), getattr(other, of.name))
    else:
        np.testing.assert_array_equal(one, other)


def maps_of(pixels: NDArray[np.uint8], true_mask: Bools) -> tuple[CrackMap, ScoreMap]:
    """Give maps as unsure as a network's: blurred, grainy, with specks and a line that is no crack."""
    hw = (pixels.shape[0], pixels.shape[1])
    rng = np.random.default_rng(1)
    grain = ndimage.gaussian_filter(rng.normal(size=hw), 3) * 5
    crack = np.clip(ndimage.gaussian_filter(true_mask.astype(np.float32), 1.5) * 1.3 + 0.2 * grain, 0, 1)
    line = np.zeros([-(-side // 4) for side in hw], np.uint8)
    line[:, line.shape[1] // 3 : line.shape[1] // 3 + 2] = 240
    values = rng.uniform(0.5, 1, grid_hw(hw)).astype(np.float32)
    return CrackMap((255 * crack).astype(np.uint8), line), ScoreMap(values, hw)


@pytest.mark.parametrize("seed", range(3))
def test_drawn_walls_have_the_same_cracks_whatever_the_window(seed: int) -> None:
    wall = draw_wall((700, 900), widths_px=(2.0, 5.0, 14.0), seed=seed)
    crack_map, score_map = maps_of(wall.pixels, wall.true_mask)
    whole = trace_photo(wall.pixels, crack_map, score_map, MapSettings(), window_px=WHOLE)
    assert whole.traces
    assert whole.other_lines
    for window_px in (130, 256, 512):
        same(trace_photo(wall.pixels, crack_map, score_map, MapSettings(), window_px=window_px), whole)


@pytest.mark.slow
def test_the_network_s_map_gives_the_same_cracks_in_windows_of_1024_2048_and_whole() -> None:
    wall = draw_wall((2500, 3000), widths_px=(1.5, 3.0, 6.0, 12.0, 25.0), seed=4)
    detector = Detector.load()
    score_map, crack_map = detector.maps(wall.as_photo())
    whole, *parts = (
        trace_photo(wall.pixels, crack_map, score_map, detector.map_settings, window_px=window_px)
        for window_px in (WHOLE, 1024, 2048)
    )
    assert sum(one.length_px for one in whole.traces) > 2000
    for part in parts:
        same(part, whole)


@pytest.mark.parametrize("window_px", [0, 1, -2, 1023])
def test_a_window_that_is_none_is_refused(window_px: int) -> None:
    pixels, crack = np.zeros((9, 9, 3), np.uint8), np.zeros((9, 9), np.uint8)
    with pytest.raises(SettingError, match=f"window_px must be even and ≥ 2; got {window_px}"):
        trace_photo(
            pixels,
            CrackMap(crack, np.zeros((3, 3), np.uint8)),
            ScoreMap(np.ones((1, 1), np.float32), (9, 9)),
            MapSettings(),
            window_px=window_px,
        )
