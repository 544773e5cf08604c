"""Takes bags of made-up features; gives faults of what is taken from them."""

from __future__ import annotations

import numpy as np
import pytest

from cracklens.training.features.bags import Bags, joined
from cracklens.training.fit import FitSettings, bag_logits, fit_bags, fit_head
from cracklens.values import Head


@pytest.fixture
def bags() -> Bags:
    return Bags.of([np.array([[1.0, 0], [3, 0]]), np.array([[5.0, 1]]), np.array([[2.0, 2], [0, 2], [1, 2]])])


def test_peaks_and_their_rows_stay_in_their_bags(bags: Bags) -> None:
    values = bags.features[:, 0]
    assert bags.counts.tolist() == [2, 1, 3]
    assert bags.peaks(values).tolist() == [3, 5, 2]
    assert bags.peak_rows(values).tolist() == [1, 2, 3]
    assert bags.peak_rows(np.zeros(6)).tolist() == [0, 2, 3]  # the first of equals


def test_means_are_of_each_bag(bags: Bags) -> None:
    assert bags.means().tolist() == [[2, 0], [5, 1], [1, 2]]


@pytest.mark.parametrize("kept", [np.array([2, 0]), np.array([True, False, True])])
def test_some_bags_keep_their_rows(bags: Bags, kept: np.ndarray) -> None:
    found = bags.some(kept)
    expected = [bags.split()[i] for i in np.arange(3)[kept]]
    assert all(np.array_equal(one, other) for one, other in zip(found.split(), expected, strict=True))


def test_joined_is_one_after_the_other(bags: Bags) -> None:
    whole = joined([bags, bags.some(np.array([1]))])
    assert whole.counts.tolist() == [2, 1, 3, 1]
    assert whole.split()[3].tolist() == [[5, 1]]


def made_pictures(seed: int) -> tuple[Bags, np.ndarray]:
    """Give 200 pictures of 100 neighbourhoods of noise; in every other one a single neighbourhood has a mark."""
    draw = np.random.default_rng(seed)
    pictures = [draw.normal(0, 1, (100, 30)).astype(np.float32) for _ in range(200)]
    for picture in pictures[1::2]:
        picture[draw.integers(100), :6] += 2.5
    return Bags.of(pictures), np.arange(200) % 2


def test_a_short_crack_in_a_large_picture_is_learnt_from_its_own_place() -> None:
    (bags, labels), (fresh, of) = made_pictures(0), made_pictures(1)

    def rightly_ranked(head: Head) -> float:
        found = bag_logits(fresh, head)
        return float((found[of == 1][:, np.newaxis] > found[of == 0]).mean())

    settings = FitSettings(strength=1e-2)
    by_mean = rightly_ranked(fit_head(bags.means(), labels, settings=settings))
    assert rightly_ranked(fit_bags(bags, labels, settings=settings)) > max(0.98, by_mean + 0.05)
