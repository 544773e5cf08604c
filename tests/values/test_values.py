"""Takes the frozen values; gives faults where their derived figures are wrong."""

from __future__ import annotations

from dataclasses import FrozenInstanceError

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cracklens import errors
from cracklens.values import Finding, Inspection, Interval, Photo, ScoreMap, Trace, Window


def inspection(
    values: np.ndarray, findings: tuple[Finding, ...] = (), photo_hw: tuple[int, int] = (320, 640)
) -> Inspection:
    score_map = ScoreMap(values.astype(np.float32), photo_hw)
    return Inspection("a.jpg", "0" * 64, photo_hw, score_map, findings, threshold=0.5, preview_jpeg=b"")


@given(st.tuples(st.integers(1, 50), st.integers(1, 50)))
def test_photo_gives_height_then_width(hw):
    assert Photo(np.zeros((*hw, 3), np.uint8), "a", "").hw == hw


@given(st.lists(st.floats(0, 1, width=32), min_size=1, max_size=60))
def test_score_of_a_photo_is_its_highest_cell(values):
    found = inspection(np.array([values]))
    assert found.score == found.score_map.peak == max(values)


def test_share_of_a_photo_is_its_findings_area():
    findings = tuple(Finding((0, 0, 32, 32), area, 0.9, 0.8) for area in (1024, 2048))
    assert inspection(np.zeros((10, 20)), findings).flagged_share == pytest.approx(3072 / (320 * 640))
    assert inspection(np.zeros((10, 20))).flagged_share == 0


@given(left=st.integers(-1, 90), top=st.integers(-1, 90), halo=st.tuples(*[st.integers(0, 4)] * 4))
def test_core_stands_in_the_feature_map_where_its_halo_ends(left, top, halo):
    x0, y0 = left + halo[0], top + halo[1]
    core = x0, y0, x0 + 5, y0 + 3
    reads = left * 32, top * 32, (core[2] + halo[2]) * 32, (core[3] + halo[3]) * 32
    rows, cols = Window(core, reads).core_in_reads
    assert (rows, cols) == (slice(halo[1], halo[1] + 3), slice(halo[0], halo[0] + 5))


@pytest.mark.parametrize(
    ("median", "widest", "needs"),
    [
        ((1.9, 0.9, 6.4), (10.9, 6.1, 14.4), True),  # a hairline: blur hides all of its widths; somebody must look
        ((0.8, 0.4, 10.3), (3.9, 0.4, 11.3), False),
        ((2.5, 1.3, 8.6), (21.7, 17.8, 26.5), True),  # a hairline with a spall
        ((2.9, 2.1, 6.2), (117.2, 54.8, 224.0), True),  # one that runs through a void
        ((5.0, 4.5, 5.5), (24.0, 22.0, 26.0), False),  # known to be wider, but not five times
        ((float("nan"),) * 3, (24.0, 22.0, 26.0), False),
    ],
)
def test_a_crack_needs_checking_where_its_widest_place_is_over_five_times_as_wide(
    median: tuple[float, float, float], widest: tuple[float, float, float], needs: bool
) -> None:
    assert widths(median, widest).needs_checking == needs


def test_a_crack_is_far_wider_where_the_intervals_leave_no_doubt_of_it() -> None:
    assert widths((2.5, 2.0, 3.0), (21.7, 17.8, 26.5)).is_far_wider
    assert not widths((2.5, 1.3, 8.6), (21.7, 17.8, 26.5)).is_far_wider
    assert not widths((2.5, 2.0, 3.0), (21.7, 11.0, 26.5)).is_far_wider


def widths(median: tuple[float, float, float], widest: tuple[float, float, float]) -> Trace:
    sizes: tuple[float, float, float] = (median[0], median[0], widest[0])
    intervals: tuple[Interval, Interval, Interval] = (median[1:], median[1:], widest[1:])
    return Trace((), 800.0, *sizes, *intervals, (0.0, 0.0), 0.0, (), (), 0.9, 0.9)


def test_values_are_frozen():
    with pytest.raises(FrozenInstanceError):
        inspection(np.zeros((1, 1))).photo = "b.jpg"  # type: ignore[misc]


def test_every_error_is_one_of_ours_and_stands_in_the_tree():
    ours = [value for value in vars(errors).values() if isinstance(value, type)]
    assert all(issubclass(error, errors.CracklensError) for error in ours)
    assert all(error.__name__ in (errors.__doc__ or "") for error in ours)


def test_missing_extra_names_the_command():
    assert "pip install 'cracklens[train]'" in str(errors.MissingExtraError("torch", "train"))
