"""Takes profiles of known cracks behind a known blur; gives faults of the widths and bounds that are fitted to them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy import ndimage

from cracklens.measuring.profile import blurred, fit

ACROSS = np.asarray(np.arange(-22, 23) * 0.5, np.float64)
FINE = np.asarray(np.arange(-6000, 6001) / 250, np.float64)


def seen(width_px: float, depth: float, blur_px: float, *, v: bool = False, noise: float = 0.0) -> NDArray[np.float64]:
    """Give what a camera sees of a crack in 12 stretches: drawn finely and blurred by a filter, not by a formula."""
    inside = np.abs(FINE) < width_px / 2
    dark = depth * (np.clip(1 - 2 * np.abs(FINE) / width_px, 0, 1) if v else inside)
    line = np.interp(ACROSS, FINE, ndimage.gaussian_filter1d(dark, blur_px * 250))
    return np.asarray(line + noise * np.random.default_rng(0).standard_normal((12, len(ACROSS))))


@pytest.mark.parametrize(("width_px", "depth", "blur_px"), [(6.0, 0.3, 0.8), (8.0, 0.9, 1.5), (7.0, 0.15, 1.0)])
def test_wide_crack_is_as_wide_as_it_is_at_any_depth(width_px: float, depth: float, blur_px: float) -> None:
    found = fit(seen(width_px, depth, blur_px, noise=0.002), ACROSS, rough_px=2.5, overlap=2.0)
    np.testing.assert_allclose(found.width_px, width_px, atol=0.4)
    assert (found.low_px <= width_px).all()
    assert (found.high_px >= width_px).all()
    assert (found.high_px - found.low_px < 2.5).all()


@pytest.mark.parametrize(("width_px", "depth", "blur_px"), [(6.0, 0.3, 0.8), (8.0, 0.9, 1.5)])
def test_v_is_as_wide_as_its_rims_or_as_upright_walls_of_its_darkness(
    width_px: float, depth: float, blur_px: float
) -> None:
    found = fit(seen(width_px, depth, blur_px, v=True, noise=0.01), ACROSS, rough_px=2.5, overlap=2.0)
    assert 0.4 * width_px <= np.median(found.low_px) <= width_px <= np.median(found.high_px)


def test_a_long_line_is_no_surer_of_its_shape_than_a_short_one() -> None:
    """What all its stretches are off by in the same way, wander and the camera's blur, does not average out."""
    line = seen(3.0, 0.7, 1.0, noise=0.01)
    short, long = (fit(np.tile(line, (times, 1)), ACROSS, rough_px=2.5, overlap=2.0) for times in (1, 8))
    assert np.median(long.high_px - long.low_px) > 0.8 * np.median(short.high_px - short.low_px)


@settings(deadline=None, max_examples=40)
@given(st.floats(0.8, 9), st.floats(0.1, 0.95), st.floats(0.6, 2.5), st.booleans(), st.sampled_from([0.003, 0.01]))
def test_bounds_hold_the_width(width_px: float, depth: float, blur_px: float, v: bool, noise: float) -> None:
    found = fit(seen(width_px, depth, blur_px, v=v, noise=noise), ACROSS, rough_px=2.5, overlap=2.0)
    assert ((found.low_px <= found.width_px) & (found.width_px <= found.high_px)).all()
    assert np.median(found.low_px) <= width_px <= np.median(found.high_px)


def test_hairline_may_be_as_thin_as_the_deepest_crack_of_its_darkness() -> None:
    """1 px of depth .9 and 3 px of .3 look alike behind a blur of 2 px: both are in the bounds of either."""
    for width_px, depth in ((1.0, 0.9), (3.0, 0.3)):
        found = fit(seen(width_px, depth, 2.0, noise=0.01), ACROSS, rough_px=2.5, overlap=2.0)
        assert np.median(found.low_px) < 1.0
        assert np.median(found.high_px) > 3.0


def test_darkness_behind_a_blur_is_that_of_a_filter() -> None:
    for width_px, v in ((1.0, False), (4.0, False), (5.0, True)):
        np.testing.assert_allclose(
            blurred(ACROSS, width_px, 1.2, 0.0 if v else 1.0), seen(width_px, 1.0, 1.2, v=v)[0], atol=3e-3
        )


def test_what_is_flat_has_no_lower_bound() -> None:
    noise = 0.01 * np.random.default_rng(1).standard_normal((5, len(ACROSS)))
    found = fit(noise, ACROSS, rough_px=2.5, overlap=2.0)
    assert np.isfinite([found.width_px, found.low_px, found.high_px]).all()
    assert (found.high_px > 4 * found.low_px).all()


def test_a_width_beyond_all_that_are_tried_is_not_bounded() -> None:
    wide = fit(seen(14.0, 0.5, 0.8, noise=0.002), ACROSS, rough_px=2.5, overlap=2.0)
    assert not wide.bounded.any()
    assert fit(seen(6.0, 0.5, 0.8, noise=0.002), ACROSS, rough_px=2.5, overlap=2.0).bounded.all()
