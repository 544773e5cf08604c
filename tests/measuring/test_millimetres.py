"""Takes widths with known scales; gives faults in mm, uncertainty and words."""

from __future__ import annotations

import math

import numpy as np
import pytest

from cracklens.errors import SettingError
from cracklens.measuring.millimetres import length_interval_px, length_mm, width_mm
from cracklens.values import Scale

EXACT = Scale(10.0, relative_error=0.0)


def test_width_is_px_over_scale_and_so_is_its_interval() -> None:
    found = width_mm(5.0, (4.2, 6.5), EXACT)
    assert (found.value_mm, found.low_mm, found.high_mm) == pytest.approx((0.5, 0.42, 0.65))
    assert found.uncertainty_mm == pytest.approx(0.15)
    assert found.resolved


def test_an_error_of_the_scale_grows_with_the_width() -> None:
    thin, wide = (width_mm(px, (px - 1, px + 1), Scale(10.0, relative_error=0.05)) for px in (4.0, 400.0))
    assert thin.uncertainty_mm < 1.2 * width_mm(4.0, (3.0, 5.0), EXACT).uncertainty_mm
    assert wide.uncertainty_mm / wide.value_mm == pytest.approx(0.1, rel=0.01)


def test_uncertainty_covers_what_it_says() -> None:
    """Simulated: widths with errors of these sizes lie in their interval about 95 times in 100."""
    rng = np.random.default_rng(5)
    n, width_px = 4000, 6.0
    seen_px = width_px + rng.normal(0, 0.4, n)
    true_mm = width_px / (8.0 * (1 + rng.normal(0, 0.03, n)))
    found = [width_mm(px, (px - 0.8, px + 0.8), Scale(8.0, relative_error=0.03)) for px in seen_px]
    inside = [q.low_mm <= mm <= q.high_mm for q, mm in zip(found, true_mm, strict=True)]
    assert 0.94 <= np.mean(inside) <= 0.97


def test_a_width_that_is_not_resolved_is_the_upper_end_of_its_interval() -> None:
    found = width_mm(1.7, (0.5, 3.1), EXACT)
    assert not found.resolved
    assert found.value_mm == found.high_mm == pytest.approx(0.31)
    assert found.low_mm == pytest.approx(0.05)


@pytest.mark.parametrize("interval", [(2.5, 3.0), (1.0, 1.9), (-1.0, 3.0), (1.0, math.nan), (1.0, math.inf)])
def test_an_interval_holds_its_width(interval: tuple[float, float]) -> None:
    with pytest.raises(SettingError, match=r"interval_px must hold 2\.0 px"):
        width_mm(2.0, interval, EXACT)


def test_length_is_uncertain_by_ends_and_winding() -> None:
    short, long = length_mm(20.0, EXACT), length_mm(20_000.0, EXACT)
    assert short.uncertainty_mm == pytest.approx(2 * math.hypot(2 * math.sqrt(2), 0.3) / 10)
    assert long.uncertainty_mm / long.value_mm == pytest.approx(0.03, rel=0.01)


@pytest.mark.parametrize(("size_px", "px_per_mm"), [(math.nan, 1.0), (-1.0, 1.0), (math.inf, 1.0), (5.0, 0.0)])
def test_what_is_no_length_is_refused(size_px: float, px_per_mm: float) -> None:
    with pytest.raises(SettingError, match="must be"):
        width_mm(size_px, (0.0, 9.0), Scale(px_per_mm))
    with pytest.raises(SettingError, match="must be"):
        length_mm(size_px, Scale(px_per_mm))


def test_a_length_in_px_has_the_interval_of_its_ends_and_its_winding() -> None:
    low, high = length_interval_px(1000.0)
    quantity = length_mm(1000.0, EXACT)
    assert (low, high) == pytest.approx((quantity.low_mm * EXACT.px_per_mm, quantity.high_mm * EXACT.px_per_mm))
    assert length_interval_px(1.0)[0] == 0
