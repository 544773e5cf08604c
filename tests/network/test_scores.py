"""Takes made-up feature maps and heads; gives faults of the score map. Needs no network."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.special import expit, logsumexp
from tests.stand_ins import pool

from cracklens.errors import CheckpointError
from cracklens.network.scores import (
    calibrated,
    distances,
    halve,
    local_logits,
    local_maps,
    neighbourhood_mean,
    novelty,
    score_map,
    soft_maximum,
)
from cracklens.training.fit import logits
from cracklens.values import FeatureMaps, Head
from cracklens.values.head import DetailNet, KnownFeatures

sides = st.integers(7, 12)
cells = st.tuples(sides, sides).flatmap(lambda hw: arrays(np.float32, hw, elements=st.floats(-50, 50, width=32)))


def random_maps(*, n: int = 2, h: int = 5, w: int = 6, seed: int = 0) -> FeatureMaps:
    rng = np.random.default_rng(seed)
    fine = rng.random((n, 1024, 2 * h, 2 * w), np.float32)
    return FeatureMaps(fine, rng.random((n, 2048, h, w), np.float32))


def random_head(seed: int = 1) -> Head:
    rng = np.random.default_rng(seed)
    return Head(rng.normal(0, 0.1, (2, 3072)).astype(np.float32), rng.normal(0, 1, 2).astype(np.float32))


def mean_by_loop(values: np.ndarray, side: int) -> np.ndarray:
    """Average a box around every cell, moved inwards where it would leave the map."""
    means = np.empty(values.shape)
    for y, x in np.ndindex(*values.shape):
        top = min(max(y - side // 2, 0), values.shape[0] - side)
        left = min(max(x - side // 2, 0), values.shape[1] - side)
        means[y, x] = values[top : top + side, left : left + side].mean(dtype=np.float64)
    return means


@given(values=cells, side=st.sampled_from([1, 3, 7]))
def test_neighbourhood_mean_is_the_mean_of_a_box_moved_inwards(values: np.ndarray, side: int) -> None:
    np.testing.assert_allclose(neighbourhood_mean(values, side=side), mean_by_loop(values, side), atol=1e-4)


def test_neighbourhood_mean_takes_224_px() -> None:
    values = np.zeros((15, 15), np.float32)
    values[7, 7] = 49
    expected = np.zeros((15, 15))
    expected[4:11, 4:11] = 1
    np.testing.assert_allclose(neighbourhood_mean(values), expected, atol=1e-6)


def test_neighbourhood_mean_of_seven_cells_is_one_value() -> None:
    values = np.random.default_rng(0).random((7, 7), np.float32)
    np.testing.assert_allclose(neighbourhood_mean(values), values.mean(), rtol=1e-6)


def test_neighbourhood_mean_keeps_small_steps_on_a_large_map() -> None:
    values = np.full((400, 400), 1000, np.float32)
    values[200, 200] += 1
    assert neighbourhood_mean(values)[200, 200] == pytest.approx(1000 + 1 / 49, abs=1e-3)


@given(
    box=st.tuples(st.integers(0, 4), st.integers(1, 5), st.integers(0, 5), st.integers(1, 6)).filter(
        lambda sides: sides[0] < sides[1] and sides[2] < sides[3]
    )
)
def test_mean_of_local_logits_over_a_box_is_the_head_on_its_pooled_features(box: tuple[int, int, int, int]) -> None:
    rows, cols = slice(*box[:2]), slice(*box[2:])
    maps, head = random_maps(), random_head()
    expected = logits(pool(maps, cells=(rows, cols)), head)
    np.testing.assert_allclose(local_logits(maps, head)[:, rows, cols].mean((1, 2)), expected, rtol=1e-4, atol=1e-4)


def test_local_logits_read_layer3_before_layer4() -> None:
    weight = np.zeros((2, 3072), np.float32)
    weight[1, :1024], weight[0, 1024:] = 1 / 1024, 1 / 2048
    maps = FeatureMaps(np.full((1, 1024, 4, 4), 5, np.float32), np.full((1, 2048, 2, 2), 3, np.float32))
    np.testing.assert_allclose(local_logits(maps, Head(weight, np.array([0.5, 1], np.float32))), 5 - 3 + 0.5)


def test_local_logits_of_a_batch_are_those_of_its_windows() -> None:
    maps, head = random_maps(n=3), random_head()
    one = FeatureMaps(maps.layer3[1:2], maps.layer4[1:2])
    assert np.array_equal(local_logits(maps, head)[1], local_logits(one, head)[0])


def test_local_logits_refuse_a_head_of_another_size() -> None:
    head = Head(np.zeros((2, 2048), np.float32), np.zeros(2, np.float32))
    with pytest.raises(CheckpointError, match=r"reads 2048 features, the backbone gives 3072"):
        local_logits(random_maps(), head)


def test_halve_is_the_mean_of_blocks() -> None:
    fine = np.arange(16, dtype=np.float32).reshape(1, 4, 4)
    assert halve(fine).tolist() == [[[2.5, 4.5], [10.5, 12.5]]]


@given(
    values=arrays(np.float32, 20, elements=st.floats(-1e4, 1e4, width=32)),
    temperature=st.floats(0.05, 20),
    offset=st.floats(-5, 5),
)
def test_calibrated_is_a_logistic_curve_that_keeps_the_order(
    values: np.ndarray, temperature: float, offset: float
) -> None:
    head = Head(np.zeros((2, 3072), np.float32), np.zeros(2, np.float32), temperature=temperature, offset=offset)
    scores = calibrated(np.sort(values), head)
    assert scores.dtype == np.float32
    assert scores.min() >= 0
    assert scores.max() <= 1
    assert (np.diff(scores) >= 0).all()
    np.testing.assert_allclose(scores, expit(np.sort(values).astype(np.float64) / temperature + offset), atol=1e-6)


def test_score_map_averages_logits_before_it_calibrates_them() -> None:
    values = np.zeros((7, 7), np.float32)
    values[0, 0] = 490
    found = score_map(
        values[np.newaxis], Head(np.zeros((2, 3072), np.float32), np.zeros(2, np.float32)), photo_hw=(224, 224)
    )
    np.testing.assert_allclose(found.values, expit(10), atol=1e-6)
    assert found.peak == pytest.approx(expit(10), abs=1e-6)


@given(values=cells, sharpness=st.floats(0.05, 3))
def test_soft_maximum_is_the_log_of_the_mean_of_exponentials(values: np.ndarray, sharpness: float) -> None:
    found = soft_maximum(values, sharpness=sharpness)
    middle = values[:7, :7].astype(np.float64)  # the neighbourhood of the first cell, moved inwards
    exact = (logsumexp(sharpness * middle) - np.log(49)) / sharpness
    assert found[0, 0] == pytest.approx(exact, abs=1e-4 + 1e-5 / sharpness)
    assert (found <= values.max() + 1e-3).all()


def test_cells_far_away_change_no_soft_maximum() -> None:
    values = np.full((7, 30), -40, np.float32)
    alone = soft_maximum(values, sharpness=2.0)
    values[:, 20:] = 60
    assert np.array_equal(soft_maximum(values, sharpness=2.0)[:, :17], alone[:, :17])


def detail(hidden: int = 5, *, depth: int = 3072, seed: int = 2, sharpness: float = 1.5) -> DetailNet:
    rng = np.random.default_rng(seed)
    first = rng.normal(0, 0.05, (hidden, depth)).astype(np.float32)
    bias_in, weight_out = (rng.normal(0, 1, hidden).astype(np.float32) for _ in range(2))
    return DetailNet(first, bias_in, weight_out, 0.25, sharpness)


def test_detail_net_reads_the_square_roots_of_every_cell() -> None:
    torch = pytest.importorskip("torch")
    maps, net = random_maps(n=1), detail()
    found = local_maps(maps, replace(random_head(), detail=net))
    roots = torch.from_numpy(np.concatenate([halve(maps.layer3), maps.layer4], axis=1)[0]).sqrt()  # (3072, h, w)
    hidden = torch.nn.functional.gelu(
        torch.einsum("hd,dyx->hyx", torch.from_numpy(net.weight_in), roots)
        + torch.from_numpy(net.bias_in)[:, None, None]
    )
    expected = torch.einsum("h,hyx->yx", torch.from_numpy(net.weight_out), hidden) + net.bias_out
    assert found.shape == (2, 5, 6)
    np.testing.assert_allclose(found[1], expected.numpy(), atol=1e-3)
    np.testing.assert_array_equal(found[0], local_logits(maps, random_head())[0])


def test_detail_is_added_to_the_linear_logit_before_calibration() -> None:
    head = replace(random_head(), detail=detail(sharpness=2.0), temperature=1.7, offset=-0.4)
    maps = np.random.default_rng(3).normal(0, 2, (2, 8, 9)).astype(np.float32)
    logits_ = neighbourhood_mean(maps[0]) + soft_maximum(maps[1], sharpness=2.0)
    found = score_map(maps, head, photo_hw=(256, 288))
    np.testing.assert_allclose(found.values, expit(logits_.astype(np.float64) / 1.7 - 0.4), atol=1e-6)
    assert found.novelty is None


def test_one_cracked_cell_counts_for_more_in_a_soft_maximum_than_in_a_mean() -> None:
    values = np.full((7, 7), -4, np.float32)
    values[3, 3] = 6
    assert neighbourhood_mean(values)[3, 3] < -3.7
    assert soft_maximum(values, sharpness=1.0)[3, 3] == pytest.approx(
        np.log(np.exp(values.astype(float)).mean()), abs=1e-4
    )


def test_novelty_is_the_distance_to_the_nearest_centre_in_units_of_the_limit() -> None:
    known = KnownFeatures(
        np.zeros((2, 3072), np.float32), np.array([[0, 0], [10, 0]], np.float32), np.array([2, 1], np.float32)
    )
    near, far = np.zeros((4, 14, 14), np.float32), np.zeros((4, 14, 14), np.float32)
    near[2], far[2], far[3] = 11, 10, 6
    assert novelty(near, known) == pytest.approx(1.0)
    assert novelty(far, known) == pytest.approx(np.hypot(10, 6) / 2), "nearer to the first in its units"
    assert distances(np.array([[4.0, 3.0]]), known).tolist() == [2.5]
    assert novelty(far, replace(known, limit=2.0)) == pytest.approx(3.0), "one limit for all, as it was"


def test_a_head_that_knows_its_data_says_how_new_a_photo_is() -> None:
    known = KnownFeatures(np.ones((3, 3072), np.float32), np.zeros((1, 3), np.float32), limit=1.0)
    maps = local_maps(random_maps(n=1, h=8, w=8), replace(random_head(), known=known))
    assert maps.shape == (4, 8, 8)
    np.testing.assert_allclose(maps[1], maps[3])
    assert score_map(maps, replace(random_head(), known=known), photo_hw=(256, 256)).novelty == pytest.approx(
        np.sqrt(3) * 3072 / 2, rel=0.02
    )


def test_cells_say_where_in_a_neighbourhood_the_crack_is() -> None:
    head = replace(random_head(), detail=detail(sharpness=1.5), temperature=1.3, offset=-1.0)
    maps = np.full((2, 15, 15), -9, np.float32)
    maps[1, 7, 7] = 12
    found = score_map(maps, head, photo_hw=(480, 480))
    assert found.cells is not None
    assert found.cells[7, 7] == pytest.approx(found.values[7, 7], rel=1e-3)  # one cell speaks for all of it
    assert found.values[5, 5] == pytest.approx(found.values[7, 7], rel=1e-3)
    assert found.cells[5, 5] < 1e-3
    assert score_map(maps, random_head(), photo_hw=(480, 480)).cells is None
