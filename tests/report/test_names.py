"""Takes lines all over a photo; gives faults where names cover each other, stand outside, or far from their line."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.report import made

from cracklens.report.cracks import cracks_of
from cracklens.report.pictures import Box, labels_of, place_names, scale_bar

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


@settings(max_examples=25)
@given(st.lists(st.tuples(Points, Points), min_size=6, max_size=20), st.floats(8, 20))
def test_no_line_that_leads_to_a_name_runs_through_another(
    lines: list[tuple[tuple[float, float], tuple[float, float]]], height_px: float
) -> None:
    taken = [Box(0, 200, 100, 240)]
    wanted = [(f"P1-C{i}", line(*ends)) for i, ends in enumerate(lines, 1)]
    found = place_names(wanted, HW, height_px=height_px, taken=taken)
    for name in (of for of in found if of.led):
        along = np.linspace(name.anchor_xy, name.box.middle_xy, 500)
        for box in [*taken, *(of.box for of in found if of is not name)]:
            inside = (along > np.array(box[:2]) + 1e-6) & (along < np.array(box[2:]) - 1e-6)
            assert not inside.all(axis=1).any()


def test_names_in_a_crowd_are_led_to_and_keep_off_each_others_lines() -> None:
    wanted = [(f"P1-C{i}", line((140 + 4 * i, 100), (140 + 4 * i, 130))) for i in range(8)]
    found = place_names(wanted, HW, height_px=12)
    assert len(found) >= 6
    assert sum(name.led for name in found) >= 4


@given(Points, Points, st.tuples(st.floats(0, 300), st.floats(0, 220)), st.floats(5, 20))
def test_a_line_crosses_a_box_as_its_points_say(
    start: tuple[float, float], stop: tuple[float, float], corner: tuple[float, float], side: float
) -> None:
    box = Box(*corner, corner[0] + side, corner[1] + side)
    along = np.linspace(start, stop, 2001)
    inside = ((along > np.array(box[:2])) & (along < np.array(box[2:]))).all(axis=1)
    if inside.any():
        assert box.crossed(start, stop)
    grown = Box(box.x0 - 0.3, box.y0 - 0.3, box.x1 + 0.3, box.y1 + 0.3)
    near = ((along > np.array(grown[:2])) & (along < np.array(grown[2:]))).all(axis=1)
    if not near.any():
        assert not box.crossed(start, stop)


def test_names_stand_off_the_cracks_where_there_is_room() -> None:
    """Branches and pieces without a name count too: the nearest place off the line is on them."""
    comb = [line((150, y), (170, y)) for y in range(30, 211, 4)]
    spine = line((160, 60), (160, 180))
    for height_px in (8.0, 10.0):
        (name,) = place_names([("P1-C1", spine)], HW, height_px=height_px, beside=comb)
        for points in (spine, *comb):
            inside = (points >= name.box[:2]) & (points <= name.box[2:])
            assert not inside.all(axis=1).any()
        (bare,) = place_names([("P1-C1", spine)], HW, height_px=height_px)
        assert any(((of >= bare.box[:2]) & (of <= bare.box[2:])).all(axis=1).any() for of in comb)


def test_a_line_to_a_name_rather_goes_far_than_across_other_cracks() -> None:
    walls = [line((x, 66), (x, 174)) for x in (145, 148, 176, 179)]
    (name,) = place_names([("P1-C1", line((160, 118), (160, 122)))], HW, height_px=10, beside=walls)
    assert name.led
    along = np.linspace(name.anchor_xy, name.box.middle_xy, 200)
    assert ((along[:, 0] > 148) & (along[:, 0] < 176)).all()


def test_every_branch_of_every_drawn_crack_counts_for_the_names_of_a_photo() -> None:
    fork = made.trace((20, 120), (300, 120))
    side = made.trace((160, 112), (200, 112))
    both = replace(fork, branches=(*fork.branches, *side.branches))
    short = made.trace((150, 128), (164, 128), width_px=3)
    photo = made.inspection(traces=(both, short))
    (name,) = labels_of(photo, cracks_of(photo, 1), height_px=10, corner_px=(60, 20))
    for one in (both, short):
        for branch in one.branches:
            inside = (branch.points_xy >= name.box[:2]) & (branch.points_xy <= name.box[2:])
            assert not inside.all(axis=1).any()


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
