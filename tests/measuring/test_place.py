"""Takes traces and photos; gives faults in where a width is said to be, and in what is cut out around it."""

from __future__ import annotations

import io
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image
from tests.report import made

from cracklens.measuring.close_up import LEAST_PX, MOST, MOST_PX, close_ups
from cracklens.measuring.place import width_place
from cracklens.values import Branch, Photo, Trace


def widening() -> Trace:
    """Give a level trace of 200 px that widens from 2 to 12 px; its 95 % width is 11.5 px."""
    points = np.column_stack([np.arange(200.0) + 50, np.full(200, 120.0)]).astype(np.float32)
    return made.trace(branches=(Branch(points, np.linspace(2, 12, 200, dtype=np.float32)),), width_p95_px=11.5)


def test_the_place_has_the_width_that_is_given_and_the_tick_crosses_the_crack() -> None:
    place = width_place(widening())
    assert place is not None
    assert place.width_px == pytest.approx(11.5, abs=0.05)
    assert place.xy[0] == pytest.approx(50 + 0.95 * 199, abs=1)
    (x0, y0), (x1, y1) = place.tick_xy
    assert x0 == pytest.approx(x1)
    assert abs(y1 - y0) == pytest.approx(place.width_px)
    assert (y0 + y1) / 2 == pytest.approx(120)


def test_without_a_width_there_is_no_place() -> None:
    (branch,) = made.trace().branches
    blind = made.trace(branches=(Branch(branch.points_xy, np.full(len(branch.points_xy), np.nan, np.float32)),))
    assert width_place(blind) is None


def photo(hw: tuple[int, int]) -> Photo:
    rows, columns = np.indices(hw)
    return Photo(np.stack([rows // 2, columns // 2, rows * 0], axis=-1).astype(np.uint8), "wall.jpg", "ab" * 32)


def test_a_close_up_is_cut_px_by_px_around_the_place_and_inside_the_photo() -> None:
    shot = photo((400, 500))
    (close_up,) = close_ups(shot, [widening()])
    x0, y0, x1, y1 = close_up.box_xyxy
    assert (x1 - x0, y1 - y0) == (LEAST_PX, LEAST_PX)
    assert (x0, y0) == (239 - 120, 0)
    cut = np.asarray(Image.open(io.BytesIO(close_up.jpeg)).convert("RGB")).astype(int)
    assert cut.shape == (240, 240, 3)
    assert abs(cut - shot.pixels[y0:y1, x0:x1]).mean() < 3


def test_a_close_up_of_a_small_photo_is_the_whole_of_it() -> None:
    (close_up,) = close_ups(photo((100, 300)), [made.trace()])
    assert close_up.box_xyxy[3] - close_up.box_xyxy[1] == 100


def test_a_wide_crack_has_a_larger_close_up_up_to_a_bound() -> None:
    wide = made.trace((500.0, 500.0), (900.0, 900.0), width_px=400.0)
    (close_up,) = close_ups(photo((1500, 1500)), [wide])
    assert close_up.box_xyxy[2] - close_up.box_xyxy[0] == MOST_PX


def test_only_so_many_and_only_what_is_rather_a_crack() -> None:
    traces = made.many_traces(20)
    traces = (replace(traces[0], confidence=0.4), *traces[1:])
    found = close_ups(photo((240, 320)), traces)
    assert [close_up.trace for close_up in found] == [*range(1, MOST + 1), 0], "and then a few that are rather none"


def test_the_crack_to_look_at_first_has_a_close_up_behind_a_dozen_wide_pores() -> None:
    pores = tuple(made.trace((20, 20), (28, 20), width_px=20.0) for _ in range(MOST + 3))
    found = close_ups(photo((240, 320)), (*pores, made.trace()))
    assert [close_up.trace for close_up in found] == [MOST + 3, *range(MOST - 1)]
