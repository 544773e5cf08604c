"""Takes plain grounds; gives faults in the drawer that measures, and in what is read off its cracks. Reads no photo."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from benchmarks import areas, confidence, drawn_cracks, drawn_on_real, joints
from benchmarks.labelled_photos import LabelledPhoto
from benchmarks.lines import along, ratio_interval
from benchmarks.result import Settings
from scipy import ndimage

from cracklens import Photo
from cracklens.values import Branch, Trace


def ground(side: int = 900) -> np.ndarray:
    noise = ndimage.gaussian_filter(np.random.default_rng(0).standard_normal((side, side, 1)), (0.8, 0.8, 0)) * 20
    return np.broadcast_to(np.clip(150 + noise, 0, 255).astype(np.uint8), (side, side, 3)).copy()


def trace(points_xy: np.ndarray, confidence: float = 0.9) -> Trace:
    branch = Branch(points_xy.astype(np.float32), np.full(len(points_xy), 3, np.float32))
    sizes = (3.0, 3.0, 3.0, (2.0, 4.0), (2.0, 4.0), (2.0, 4.0))
    return Trace((branch,), float(len(points_xy)), *sizes, (0.0, 0.0), 0.0, (), (), 0.9, confidence)


@pytest.fixture(scope="module")
def scene() -> drawn_cracks.Scene:
    return drawn_cracks.draw_cracks(ground(), seed=4)


@pytest.mark.slow
def test_same_seed_draws_the_same_and_leaves_the_photo_as_it_was(scene: drawn_cracks.Scene) -> None:
    plain = ground()
    again = drawn_cracks.draw_cracks(plain, seed=4)
    assert np.array_equal(plain, ground())
    assert np.array_equal(scene.pixels, again.pixels)
    assert not np.array_equal(scene.pixels, drawn_cracks.draw_cracks(plain, seed=5).pixels)


@pytest.mark.slow
def test_cracks_are_inside_long_apart_and_dark(scene: drawn_cracks.Scene) -> None:
    plain = ground().mean(axis=2)
    assert 1 <= len(scene.cracks) <= 3
    for crack in scene.cracks:
        points = crack.points_xy
        assert (points >= 0).all()
        assert (points <= 899).all()
        assert len(crack.strands[0].points_xy) >= drawn_cracks.LEAST_PX
        assert np.hypot(*np.diff(crack.strands[0].points_xy, axis=0).T).max() <= 1.001
        cols, rows = np.rint(points).astype(int).T
        darker = 1 - scene.pixels.mean(axis=2)[rows, cols] / plain[rows, cols]
        assert darker.mean() > 0.03
    away = np.ones((900, 900), np.bool_)
    for crack in scene.cracks:
        cols, rows = np.rint(crack.points_xy).astype(int).T
        away[rows, cols] = False
    far = ndimage.distance_transform_edt(away) > 60
    assert np.array_equal(scene.pixels[far], ground()[far])


@pytest.mark.slow
def test_widths_and_contrasts_are_those_of_the_promise() -> None:
    cracks = [crack for seed in range(8) for crack in drawn_cracks.draw_cracks(ground(600), seed=seed).cracks]
    assert all(1.5 <= crack.width_px <= 40 for crack in cracks)
    assert all(0.15 <= crack.contrast <= 0.7 for crack in cracks)
    assert max(crack.width_px for crack in cracks) > 4 * min(crack.width_px for crack in cracks)


def test_a_straight_strand_covers_its_width() -> None:
    points = along([(20.25, 60.0), (180.25, 60.0)])
    for left, right in ((2.0, 3.0), (0.75, 0.75)):
        strand = drawn_cracks.Strand(points, np.full(len(points), left), np.full(len(points), right))
        cover = drawn_cracks.coverage([strand], (120, 200))
        assert cover[:, 50:150].sum(axis=0) == pytest.approx(left + right, abs=0.35)


def test_noise_that_strays_has_its_size_and_reach() -> None:
    noise = drawn_cracks.wander(200_000, 12.0, np.random.default_rng(0))
    assert noise.std() == pytest.approx(1, abs=0.05)
    assert np.corrcoef(noise[:-3], noise[3:])[0, 1] > 0.9
    assert abs(np.corrcoef(noise[:-40], noise[40:])[0, 1]) < 0.1


def test_a_softer_photo_is_called_softer() -> None:
    rough = np.random.default_rng(1).standard_normal((600, 600))
    frequency = np.hypot(*np.meshgrid(np.fft.fftfreq(600), np.fft.fftfreq(600)))
    frequency[0, 0] = 1
    surface = np.fft.ifft2(np.fft.fft2(rough) / frequency).real  # falls as the drawer takes a surface to fall
    found = []
    for soft in (0.8, 1.3):
        grey = ndimage.gaussian_filter(surface, soft)
        pixels = np.clip(128 + 25 * grey / grey.std(), 0, 255)[..., np.newaxis].repeat(3, axis=2).astype(np.uint8)
        found.append(drawn_cracks.softness_px(pixels))
    assert found == pytest.approx([0.8, 1.3], abs=0.15)


def test_found_length_false_px_and_pieces(scene: drawn_cracks.Scene) -> None:
    trunks = [crack.strands[0].points_xy for crack in scene.cracks]
    halves = [part for trunk in trunks for part in np.array_split(trunk, 2)]
    beside = along([(5, 5), (5, 205)])
    far = min(np.hypot(*(crack.points_xy - (5, 105)).T).min() for crack in scene.cracks) > 200
    tried = drawn_on_real.score(scene, [*map(trace, halves), *([trace(beside)] if far else [])])
    assert [crack.pieces for crack in tried.cracks] == [2] * len(scene.cracks)
    assert all(crack.traced >= len(trunk) for crack, trunk in zip(tried.cracks, trunks, strict=True))
    assert tried.false_px == (201 if far else 0)
    found, false, pieces = drawn_on_real.rows([tried], Settings(split="val"))
    assert (found.split, pieces.value) == ("val", 2)
    assert false.value == pytest.approx(tried.false_px / 0.81)
    nothing = drawn_on_real.score(scene, [trace(trunks[0], confidence=0.49)])
    assert all(crack.traced == crack.pieces == 0 for crack in nothing.cracks)


def test_every_listed_area_is_large_enough_and_twelve_have_joints() -> None:
    test, val = areas.listed("test"), areas.listed("val")
    for area in (*test, *val):
        top, left, bottom, right = area.cells
        assert (bottom - top) * (right - left) >= areas.LEAST_CELLS
        assert right <= 18
    assert sum(area.joints for area in test) >= 12
    assert {area.photo for area in test}.isdisjoint({area.photo for area in val})


def test_the_largest_free_rectangle_is_found() -> None:
    labels = np.zeros((8, 10), np.int64)
    labels[3, 4] = 1
    labels[7, :] = -1
    assert areas.largest_free(labels) is None
    assert areas.largest_free(np.pad(labels, ((0, 0), (0, 8)))) == (0, 5, 7, 18)


def test_a_trace_is_a_crack_by_the_cells_it_runs_in() -> None:
    labelled = LabelledPhoto(Photo(ground(16), "one", ""), [(0, 0), (0, 1)], np.array([1, 0]))
    assert confidence.is_crack(trace(along([(6, 9), (500, 9)])), labelled)
    assert not confidence.is_crack(trace(along([(20, 9), (500, 9)])), labelled)
    assert confidence.is_crack(trace(along([(600, 9), (700, 9)])), labelled) is None


def test_confidence_is_held_against_cracks_in_five_bins() -> None:
    random = np.random.default_rng(0)
    printed = random.random(4000)
    honest, sides = confidence.off(printed, (random.random(4000) < printed).astype(np.float64))
    assert honest < 0.07 < confidence.off(printed, (random.random(4000) < printed**2).astype(np.float64))[0]
    assert len(sides) == 2 * confidence.BINS
    assert np.isnan(confidence.off(printed[:199], printed[:199])[0])


def test_what_chance_alone_makes_of_confidences_that_are_right() -> None:
    random = np.random.default_rng(1)
    printed = random.uniform(0.3, 1, 250)
    drawn = [confidence.off(printed, (random.random(250) < printed).astype(np.float64))[0] for _ in range(200)]
    assert 0.02 < np.mean(np.array(drawn) > confidence.by_chance(printed)) < 0.2
    assert confidence.by_chance(printed.repeat(20)) < 0.3 * confidence.by_chance(printed)


def test_interval_of_a_ratio_draws_its_parts() -> None:
    assert ratio_interval([(1, 2)]) is None
    low, high = ratio_interval([(1, 2), (3, 4), (2, 2), (0, 5)])  # type: ignore[misc]
    assert low < 6 / 13 < high


def test_joints_ask_no_more_than_two_px_where_little_was_traced() -> None:
    assert joints.TRACED.limit == pytest.approx(max(joints.BASELINE_PX / 5, 2), abs=0.01)
    assert replace(joints.TRACED, limit=2).result(1.9, n=1).holds
