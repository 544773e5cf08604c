"""Takes lines all over a photo; gives faults where names cover each other, stand outside, or far from their line."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.report import made

from cracklens.report.pictures import Box, place_names, scale_bar

HW = (240, 320)
Points = st.tuples(st.floats(0, 320), st.floats(0, 240))


def line(start: tuple[float, float], stop: tuple[float, float]) -> np.ndarray:
    return np.linspace(start, stop, 40)


@given(st.lists(st.tuples(Points, Points), min_size=1, max_size=12), st.floats(6, 16))
def test_names_never_cover_each_other_and_stay_in_the_photo(
    lines: list[tuple[tuple[float, float], tuple[float, float]]], height_px: float
) -> None:
    taken = [Box(0, 200, 100, 240)]
    wanted = [(f"P1-C{i}", line(*ends)) for i, ends in enumerate(lines, 1)]
    found = place_names(wanted, HW, height_px=height_px, taken=taken)
    boxes = [*taken, *(name.box for name in found)]
    assert not any(a.meets(b) for i, a in enumerate(boxes) for b in boxes[i + 1 :])
    for name in found:
        assert 0 <= name.box.x0 < name.box.x1 <= 320 + 1e-6
        assert 0 <= name.box.y0 < name.box.y1 <= 240 + 1e-6
        assert [name.text for name in found] == [text for text, _ in wanted if text in {of.text for of in found}]


def test_twelve_cracks_of_a_photo_all_have_their_name() -> None:
    wanted = [
        (f"P12-C{i}", trace.branches[0].points_xy.astype(float)) for i, trace in enumerate(made.many_traces(12), 1)
    ]
    assert len(place_names(wanted, HW, height_px=9)) == 12


def test_a_name_stands_beside_its_line_and_not_on_it() -> None:
    (name,) = place_names([("P1-C1", line((20, 120), (300, 120)))], HW, height_px=10)
    assert name.box.y1 <= 120 or name.box.y0 >= 120
    assert not name.led
    assert abs((name.box.y0 + name.box.y1) / 2 - 120) < 15


def test_where_there_is_no_room_a_name_is_left_out() -> None:
    assert place_names([("P1-C1", line((5, 5), (9, 9)))], (12, 12), height_px=10) == ()


@given(st.floats(0.01, 200), st.floats(50, 20_000))
def test_a_bar_is_round_and_at_most_a_quarter_of_the_picture(px_per_mm: float, width_px: float) -> None:
    bar = scale_bar(px_per_mm, width_px)
    assert bar is not None
    digits = f"{bar.length_mm:.3e}".split("e")[0].rstrip("0").rstrip(".")
    assert digits in ("1", "2", "5")
    assert 0.09 * width_px < bar.length_px <= 0.2501 * width_px
    assert bar.length_px == pytest.approx(bar.length_mm * px_per_mm)


def test_without_a_scale_there_is_no_bar() -> None:
    assert scale_bar(None, 300) is None
