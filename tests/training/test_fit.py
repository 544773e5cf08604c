"""Takes made-up features; gives faults of the fit and the calibration, against scikit-learn."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.linear_model import LogisticRegression

from cracklens.errors import DataError
from cracklens.figures.metrics import balanced_weights, ece
from cracklens.network.scores import calibrated
from cracklens.training.features.neighbourhoods import N_FEATURES
from cracklens.training.fit import FitSettings, calibrate, fit_head, logits
from cracklens.values import Head

Tiles = tuple[np.ndarray, np.ndarray]


def made_tiles(n: int = 120, *, seed: int = 0, shift: float = 0.4) -> Tiles:
    """Give features of unlike sizes, of which the first ten tell cracked (a third) from intact."""
    random = np.random.default_rng(seed)
    labels = (np.arange(n) % 3 == 0).astype(np.int64)
    features = random.normal(0, 1, (n, N_FEATURES))
    features[:, :10] += shift * (2 * labels[:, np.newaxis] - 1)
    return (features * np.geomspace(0.01, 100, N_FEATURES) + 5).astype(np.float32), labels


def test_head_is_scikit_learns_on_standardised_features() -> None:
    features, labels = made_tiles()
    head = fit_head(features, labels, settings=FitSettings(strength=1e-2))
    spread = features.std(0, dtype=np.float64) + 1e-6
    standardised = (features - features.mean(0, dtype=np.float64)) / spread
    model = LogisticRegression(C=1e-2, max_iter=1000, class_weight="balanced").fit(standardised, labels)
    np.testing.assert_allclose(logits(features, head), model.decision_function(standardised), atol=5e-3)


def test_head_is_a_softmax_of_two_rows() -> None:
    features, labels = made_tiles()
    head = fit_head(features, labels, settings=FitSettings())
    assert head.weight.shape == (2, N_FEATURES)
    assert head.weight.dtype == head.bias.dtype == np.float32
    both = features.astype(np.float64) @ head.weight.T.astype(np.float64) + head.bias
    softmax = np.exp(both[:, 1]) / np.exp(both).sum(1)
    np.testing.assert_allclose(softmax, calibrated(logits(features, head), head), atol=1e-5)


def test_head_tells_cracked_from_intact_and_does_not_lean_to_the_larger_class() -> None:
    features, labels = made_tiles(shift=2.0)
    head = fit_head(features, labels, settings=FitSettings(strength=1e-2))
    assert ((logits(features, head) > 0) == labels).all()


def test_scale_and_place_of_features_do_not_matter() -> None:
    features, labels = made_tiles()
    one = logits(features, fit_head(features, labels, settings=FitSettings()))
    moved = features * 8 + 3
    other = logits(moved, fit_head(moved, labels, settings=FitSettings()))
    np.testing.assert_allclose(one, other, atol=2e-3)


def test_a_feature_that_never_changes_does_no_harm() -> None:
    features, labels = made_tiles()
    features[:, 50] = 7
    head = fit_head(features, labels, settings=FitSettings())
    assert np.isfinite(head.weight).all()
    assert abs(head.weight[1, 50]) < 1e-3


def test_weights_of_tiles_count_as_copies() -> None:
    features, labels = made_tiles(30)
    weights = np.where(np.arange(30) < 10, 2.0, 1.0)
    copies = np.repeat(np.arange(30), weights.astype(int))
    standard = (features - features[copies].mean(0)) / features[copies].std(0)
    one = fit_head(standard, labels, settings=FitSettings(strength=1e-2), weights=weights)
    other = fit_head(standard[copies], labels[copies], settings=FitSettings(strength=1e-2), weights=np.ones(40))
    same = np.corrcoef(logits(standard, one), logits(standard, other))[0, 1]
    assert same > 0.99


def test_same_tiles_give_the_same_head() -> None:
    features, labels = made_tiles()
    one, other = (fit_head(features, labels, settings=FitSettings()) for _ in range(2))
    assert one.weight.tobytes() == other.weight.tobytes()


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_features_that_are_not_finite_are_refused(value: float) -> None:
    features, labels = made_tiles(12)
    features[3, 7] = features[4, 7] = value
    with pytest.raises(DataError, match="Features must be finite; 2 of 12 tiles"):
        fit_head(features, labels, settings=FitSettings())


def test_one_class_is_refused() -> None:
    with pytest.raises(DataError, match="Both classes are needed; got 0 cracked and 5 intact"):
        fit_head(np.zeros((5, N_FEATURES), np.float32), np.zeros(5, np.int64), settings=FitSettings())


# Calibration

HEAD = Head(np.zeros((2, N_FEATURES), np.float32), np.zeros(2, np.float32))


def drawn_logits(n: int, *, slope: float, offset: float, seed: int = 0) -> Tiles:
    random = np.random.default_rng(seed)
    values = random.normal(0, 4, n)
    return values, (random.random(n) < 1 / (1 + np.exp(-slope * values - offset))).astype(np.int64)


def test_calibrate_finds_the_curve_that_was_drawn() -> None:
    values, labels = drawn_logits(20_000, slope=0.5, offset=-1.5)
    found = calibrate(HEAD, values, labels, weights=np.ones(len(values)))
    assert 1 / found.temperature == pytest.approx(0.5, rel=0.06)
    assert found.offset == pytest.approx(-1.5, rel=0.06)
    assert ece(calibrated(values, found), labels, np.ones(len(values))) < 0.015


@settings(max_examples=25)
@given(
    values=st.lists(st.floats(-20, 20), min_size=10, max_size=30, unique=True).map(np.array),
    cut=st.integers(3, 7),
    swap=st.booleans(),
)
def test_calibrate_keeps_the_order(values: np.ndarray, cut: int, swap: bool) -> None:
    labels = (np.argsort(np.argsort(values)) >= cut).astype(np.int64)
    if swap:
        labels[np.argmin(values)], labels[np.argmax(values)] = 1, 1
    try:
        found = calibrate(HEAD, values, labels, weights=np.ones(len(values)))
    except DataError:
        assert swap
        return
    assert found.temperature > 0
    assert (np.diff(calibrated(np.sort(values), found)) >= 0).all()


def test_a_val_without_a_mistake_does_not_make_every_score_0_or_1() -> None:
    values, labels = np.array([-3.0, -2.5, -2.0, -1.5, 1.5, 2.0, 2.5, 3.0]), np.repeat([0, 1], 4)
    scores = calibrated(values, calibrate(HEAD, values, labels, weights=np.ones(8)))
    assert scores[:4].mean() == pytest.approx(1 / 6, abs=0.02)
    assert scores[4:].mean() == pytest.approx(5 / 6, abs=0.02)


def test_weights_set_the_prevalence() -> None:
    values, labels = drawn_logits(4000, slope=1, offset=0)
    rare = calibrate(HEAD, values, labels, weights=np.where(labels == 1, 0.1, 1.0))
    assert rare.offset == pytest.approx(np.log(0.1), abs=0.3)


def test_calibrate_leaves_the_weights_as_they_are() -> None:
    features, labels = made_tiles()
    head = fit_head(features, labels, settings=FitSettings())
    found = calibrate(head, logits(features, head), labels, weights=balanced_weights(labels))
    assert found.weight is head.weight
    assert found.bias is head.bias


def test_scores_that_fall_with_cracks_are_refused() -> None:
    values, labels = drawn_logits(200, slope=-1, offset=0)
    with pytest.raises(DataError, match="Calibration needs scores that rise with cracks"):
        calibrate(HEAD, values, labels, weights=np.ones(200))
