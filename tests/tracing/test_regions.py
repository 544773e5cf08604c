"""Takes made-up score maps; gives faults of findings, against scikit-image's regions. Needs no network."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from skimage.measure import label, regionprops
from tests.compare.scenes import trace_of

from cracklens.errors import SettingError
from cracklens.network.windows import grid_hw
from cracklens.tracing.regions import MOST_PLACES, find, find_places
from cracklens.values import Finding, ScoreMap

scores = st.floats(0, 1, width=32)
thresholds = st.floats(0, 1)


@st.composite
def score_maps(draw: st.DrawFn, least_px: int = 1) -> ScoreMap:
    """Give maps of photos of any size; under 193 px some cells show a reflection alone."""
    hw = (draw(st.integers(least_px, 420)), draw(st.integers(least_px, 420)))
    return ScoreMap(draw(arrays(np.float32, grid_hw(hw), elements=scores)), hw)


@st.composite
def whole_cell_maps(draw: st.DrawFn) -> ScoreMap:
    """Give maps of photos whose sides are full cells, so that cells and px compare one to one."""
    rows, cols = draw(st.integers(7, 14)), draw(st.integers(7, 14))
    return ScoreMap(draw(arrays(np.float32, (rows, cols), elements=scores)), (32 * rows, 32 * cols))


def flat(value: float, *, hw: tuple[int, int] = (300, 500)) -> ScoreMap:
    return ScoreMap(np.full(grid_hw(hw), value, np.float32), hw)


def dotted(*places: tuple[int, int]) -> ScoreMap:
    values = np.zeros((8, 8), np.float32)
    for place in places:
        values[place] = 0.9
    return ScoreMap(values, (256, 256))


def area(findings: tuple[Finding, ...]) -> int:
    return sum(finding.area_px for finding in findings)


@given(score_map=whole_cell_maps(), threshold=thresholds)
def test_findings_are_scikit_images_regions(score_map: ScoreMap, threshold: float) -> None:
    regions = regionprops(label(score_map.values >= threshold, connectivity=2), score_map.values)
    expected = {
        ((32 * x0, 32 * y0, 32 * x1, 32 * y1), int(of.area) * 1024, float(of.intensity_max))
        for of in regions
        for y0, x0, y1, x1 in [of.bbox]
    }
    found = find(score_map, threshold=threshold)
    assert {(finding.box_xyxy, finding.area_px, finding.peak_score) for finding in found} == expected
    assert len(found) == len(regions)
    means = sorted(finding.mean_score for finding in found)
    np.testing.assert_allclose(means, sorted(of.intensity_mean for of in regions), atol=1e-6)


@given(score_map=score_maps())
def test_findings_of_threshold_0_are_the_whole_photo(score_map: ScoreMap) -> None:
    (found,) = find(score_map, threshold=0)
    assert found.area_px == score_map.photo_hw[0] * score_map.photo_hw[1]
    assert found.box_xyxy == (0, 0, score_map.photo_hw[1], score_map.photo_hw[0])


@given(score_map=score_maps(least_px=193), threshold=thresholds)
def test_regions_and_what_is_left_tile_the_photo(score_map: ScoreMap, threshold: float) -> None:
    below = ScoreMap(np.where(score_map.values >= threshold, 0, 1).astype(np.float32), score_map.photo_hw)
    left = area(find(below, threshold=0.5))
    assert area(find(score_map, threshold=threshold)) + left == score_map.photo_hw[0] * score_map.photo_hw[1]


@given(score_map=score_maps(), threshold=thresholds, step=thresholds)
def test_a_higher_threshold_flags_a_part_of_what_a_lower_one_flags(
    score_map: ScoreMap, threshold: float, step: float
) -> None:
    low, high = find(score_map, threshold=threshold * step), find(score_map, threshold=threshold)
    assert area(high) <= area(low)
    for x0, y0, x1, y1 in (finding.box_xyxy for finding in high):
        around = [f.box_xyxy for f in low if f.box_xyxy[0] <= x0 and f.box_xyxy[1] <= y0]
        assert any(x1 <= box[2] and y1 <= box[3] for box in around)


@given(score_map=score_maps(), threshold=thresholds)
def test_boxes_lie_in_the_photo(score_map: ScoreMap, threshold: float) -> None:
    height, width = score_map.photo_hw
    for finding in find(score_map, threshold=threshold):
        x0, y0, x1, y1 = finding.box_xyxy
        assert 0 <= x0 < x1 <= width
        assert 0 <= y0 < y1 <= height
        assert finding.area_px <= (x1 - x0) * (y1 - y0)
        assert threshold <= finding.peak_score + 1e-7


def test_nothing_over_the_threshold_gives_no_finding() -> None:
    assert find(flat(0.2), threshold=0.3) == ()


def test_a_score_at_the_threshold_is_a_finding() -> None:
    assert len(find(flat(0.5), threshold=0.5)) == 1


def test_a_whole_photo_is_one_finding() -> None:
    assert find(flat(0.9), threshold=0.5) == (Finding((0, 0, 500, 300), 150_000, *2 * (float(np.float32(0.9)),)),)


def test_cells_that_touch_at_a_corner_are_one_finding() -> None:
    (found,) = find(dotted((2, 2), (3, 3), (4, 2)), threshold=0.5)
    assert found.box_xyxy == (64, 64, 128, 160)
    assert found.area_px == 3 * 32 * 32


def test_cells_apart_are_two_findings() -> None:
    assert len(find(dotted((2, 2), (2, 4)), threshold=0.5)) == 2


def test_findings_come_with_the_highest_peak_first_then_by_place() -> None:
    values = np.zeros((8, 8), np.float32)
    values[0, 0], values[2, 2], values[4, 4] = 0.6, 0.9, 0.6
    found = find(ScoreMap(values, (256, 256)), threshold=0.5)
    assert [finding.box_xyxy[0] for finding in found] == [64, 0, 128]


@pytest.mark.parametrize("threshold", [-0.1, 1.1, float("nan"), float("inf")])
def test_a_threshold_outside_0_to_1_is_refused(threshold: float) -> None:
    with pytest.raises(SettingError, match="threshold must be 0-1; got"):
        find(flat(0.5), threshold=threshold)


def test_what_has_no_picture_is_in_no_finding() -> None:
    seen = np.ones((7, 7), np.float32)
    seen[:, :3], seen[:, 3] = 0.25, 0.5
    score_map = ScoreMap(np.ones((7, 7), np.float32), (224, 224), seen=seen)
    (found,) = find(score_map, threshold=0.0)
    assert found.box_xyxy == (96, 0, 224, 224)
    assert found.area_px == 7 * 32 * (16 + 3 * 32)


@given(score_map=score_maps(), threshold=st.floats(0.01, 1))
def test_every_finding_lies_in_the_photo_and_has_an_area(score_map: ScoreMap, threshold: float) -> None:
    """Photos under 224 px have cells that show a reflection: what is found there is found where it is reflected."""
    found = find(score_map, threshold=threshold)
    height, width = score_map.photo_hw
    assert bool(found) == (score_map.values >= threshold).any()
    assert max((one.peak_score for one in found), default=score_map.peak) == score_map.peak
    for one in found:
        x0, y0, x1, y1 = one.box_xyxy
        assert 0 <= x0 < x1 <= width
        assert 0 <= y0 < y1 <= height
        assert 0 < one.area_px <= (x1 - x0) * (y1 - y0)


def test_places_are_warm_where_nothing_was_traced() -> None:
    values = np.zeros((40, 60), np.float32)
    values[5:8, 5:18] = 0.9
    values[30, 50] = 0.8
    values[30, 10] = 0.4
    scores = ScoreMap(values, (40 * 32, 60 * 32))
    everything = find_places(scores, (), threshold=0.5)
    assert [place.peak_score for place in everything] == pytest.approx([0.9, 0.8])
    assert all(x1 - x0 <= 448 and y1 - y0 <= 448 for x0, y0, x1, y1 in (place.box_xyxy for place in everything))
    line = np.column_stack([np.arange(150, 650), np.full(500, 200)]).astype(float)
    (left,) = find_places(scores, (trace_of(line),), threshold=0.5)
    assert left.box_xyxy[0] <= 50 * 32 < left.box_xyxy[2]
    assert not find_places(scores, (trace_of(line),), threshold=0.85)
    assert not find_places(scores, (), threshold=0.95)


def test_a_place_holds_a_crack_rather_than_none_however_low_the_threshold() -> None:
    scores = dotted((1, 1))
    faint = replace(scores, values=np.where(scores.values > 0, np.float32(0.59), np.float32(0)))
    assert len(find_places(scores, (), threshold=0.05)) == 1
    assert find(faint, threshold=0.05)
    line = np.array([[400.0, 280.0], [460.0, 280.0]])
    assert not find_places(faint, (trace_of(line),), threshold=0.05)
    warm = replace(scores, values=np.where(scores.values > 0, np.float32(0.61), np.float32(0)))
    (place,) = find_places(warm, (trace_of(line),), threshold=0.05)
    assert place.peak_score == pytest.approx(0.61)


def test_a_photo_with_nothing_else_to_look_at_has_its_warmest_place() -> None:
    values = np.zeros((40, 60), np.float32)
    values[5, 5], values[30, 50] = 0.3, 0.4
    scores = ScoreMap(values, (40 * 32, 60 * 32))
    (place,) = find_places(scores, (), threshold=0.2)
    assert place.peak_score == pytest.approx(0.4)
    assert not find_places(scores, (), threshold=0.41)


def test_what_is_warm_from_a_line_that_is_no_crack_is_no_place() -> None:
    values = np.zeros((40, 60), np.float32)
    values[19:22] = 0.9
    values[2, 50] = 0.8
    scores = ScoreMap(values, (40 * 32, 60 * 32))
    joint = np.column_stack([np.arange(1920.0), np.full(1920, 656.0)])
    (left,) = find_places(scores, (), (joint,), threshold=0.5)
    assert left.peak_score == pytest.approx(0.8)
    assert len(find_places(scores, (), threshold=0.5)) > 1


@given(st.integers(1, 40), st.integers(1, 40), st.integers(0, 2**32 - 1))
def test_places_never_cover_each_other_and_are_whole_where_the_photo_is(rows: int, cols: int, seed: int) -> None:
    scores = ScoreMap(np.random.default_rng(seed).random((rows, cols), np.float32), (32 * rows, 32 * cols))
    boxes = [place.box_xyxy for place in find_places(scores, (), threshold=0.5)]
    assert len(boxes) <= MOST_PLACES
    for x0, y0, x1, y1 in boxes:
        assert (x1 - x0, y1 - y0) == (min(13, cols) * 32, min(13, rows) * 32)
    for (x0, y0, x1, y1), (x2, y2, x3, y3) in itertools.combinations(boxes, 2):
        assert x1 <= x2 or x3 <= x0 or y1 <= y2 or y3 <= y0
