"""Takes simulated sites; gives faults where the promised recall does not hold as often as was promised."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import beta
from tests.evaluation.made import tile, tiles

from cracklens.errors import DataError, SettingError
from cracklens.figures.promise import (
    PromiseGoal,
    keep_promise,
    least_cracks,
    misses_allowed,
    one_of_each_group,
)
from cracklens.figures.tiles import ScoredTile

SITES = 1500
GOALS = st.builds(PromiseGoal, recall=st.floats(0.5, 0.99), confidence=st.floats(0.5, 0.99))


def test_45_labels_without_a_miss_carry_95_at_90() -> None:
    goal = PromiseGoal(recall=0.95, confidence=0.9)
    assert least_cracks(goal) == 45
    assert (misses_allowed(44, goal), misses_allowed(45, goal)) == (-1, 0)


@given(goal=GOALS)
def test_least_is_where_no_miss_begins_to_be_allowed(goal: PromiseGoal) -> None:
    least = least_cracks(goal)
    assert misses_allowed(least, goal) >= 0
    assert least == 1 or misses_allowed(least - 1, goal) == -1


@given(goal=GOALS, cracks=st.integers(1, 600))
def test_misses_allowed_are_those_whose_clopper_pearson_bound_holds(goal: PromiseGoal, cracks: int) -> None:
    allowed = misses_allowed(cracks, goal)

    def bound(missed: int) -> float:
        return float(beta.ppf(goal.confidence, missed + 1, cracks - missed)) if missed < cracks else 1.0

    assert allowed == -1 or bound(allowed) <= 1 - goal.recall + 1e-9
    assert bound(allowed + 1) > 1 - goal.recall - 1e-9


def kept_share(shape: tuple[float, float], cracks: int, goal: PromiseGoal) -> float:
    """Give how often the true recall of the chosen threshold reaches the goal, over many sites."""
    random, kept = np.random.default_rng(0), 0
    for _ in range(SITES):
        promise = keep_promise(tiles(random.beta(*shape, cracks).tolist(), [1] * cracks), goal)
        kept += float(beta.sf(promise.threshold, *shape)) >= goal.recall
    return kept / SITES


@pytest.mark.slow
@pytest.mark.parametrize("cracks", [45, 60, 200])
@pytest.mark.parametrize("shape", [(5.0, 1.0), (0.5, 0.5)])
def test_the_promise_holds_at_least_as_often_as_promised(shape: tuple[float, float], cracks: int) -> None:
    goal = PromiseGoal(recall=0.95, confidence=0.9)
    slack = 3 * math.sqrt(0.9 * 0.1 / SITES)
    assert kept_share(shape, cracks, goal) >= 0.9 - slack


def test_the_promise_is_not_far_too_careful() -> None:
    assert kept_share((5.0, 1.0), 45, PromiseGoal(recall=0.95, confidence=0.9)) <= 0.93


def site(random: np.random.Generator, photos: int) -> list[ScoredTile]:
    """Give a site where cracks of one photo score alike, and some photos have many."""
    found: list[ScoredTile] = []
    for photo in range(photos):
        middle = random.normal(1.5, 1.5)
        for logit in middle + random.normal(0, 0.3, random.integers(1, 9)):
            found.append(tile(float(1 / (1 + np.exp(-logit))), 1, number=len(found), group=f"photo {photo}"))
    return found


def test_the_promise_holds_where_cracks_of_one_photo_are_alike() -> None:
    goal, random, kept, sites = PromiseGoal(recall=0.9, confidence=0.8), np.random.default_rng(1), 0, 300
    fresh = np.random.default_rng(2).normal(1.5, math.hypot(1.5, 0.3), 40_000)  # a crack of any further photo
    for _ in range(sites):
        promise = keep_promise(site(random, 40), goal)
        assert promise.groups
        assert promise.cracks == 40
        kept += float(np.mean(1 / (1 + np.exp(-fresh)) >= promise.threshold)) >= goal.recall
    assert kept / sites >= 0.8 - 3 * math.sqrt(0.8 * 0.2 / sites)


def test_the_threshold_misses_as_many_as_allowed_and_no_more() -> None:
    goal = PromiseGoal(recall=0.9, confidence=0.8)
    scores = np.linspace(0.01, 1, 100)
    promise = keep_promise(tiles(scores.tolist(), [1] * 100), goal)
    assert (scores < promise.threshold).sum() == promise.may_miss == misses_allowed(100, goal)
    assert not promise.groups


def test_ties_at_the_threshold_are_found() -> None:
    promise = keep_promise(tiles([0.3] * 60, [1] * 60), PromiseGoal())
    assert promise.threshold == 0.3


def test_intact_tiles_do_not_count() -> None:
    cracked = tiles(np.linspace(0.2, 1, 50).tolist(), [1] * 50)
    intact = [tile(0.001, 0, number=n) for n in range(100)]
    assert keep_promise([*cracked, *intact], PromiseGoal()) == keep_promise(cracked, PromiseGoal())


def test_too_few_are_refused_with_how_many_are_needed() -> None:
    with pytest.raises(DataError, match=r"needs 45 labelled cracked tiles, none of them missed; got 20. Label 25 more"):
        keep_promise(tiles([0.9] * 20, [1] * 20), PromiseGoal())


def test_many_tiles_of_few_photos_are_too_few() -> None:
    alike = tiles([0.9] * 100, [1] * 100, groups=[f"photo {i % 20}" for i in range(100)])
    with pytest.raises(DataError, match=r"45 labelled photos with cracks.*got 20 \(100 tiles, .* Label 25 more"):
        keep_promise(alike, PromiseGoal())


def test_one_of_each_group_does_not_look_at_scores() -> None:
    many = [tile(0.5, 1, number=n, group=str(n % 7)) for n in range(70)]
    other = [tile(n / 100, 1, number=n, group=str(n % 7)) for n in reversed(range(70))]
    drawn = one_of_each_group(many)
    assert len(drawn) == 7
    assert {one.file for one in drawn} == {one.file for one in one_of_each_group(other)}


@pytest.mark.parametrize(("recall", "confidence"), [(0, 0.9), (1, 0.9), (0.95, 1), (0.95, -1), (float("nan"), 0.9)])
def test_goals_that_no_number_of_labels_can_hold(recall: float, confidence: float) -> None:
    with pytest.raises(SettingError, match="must be above 0 and below 1"):
        PromiseGoal(recall=recall, confidence=confidence)


def test_the_rule_says_what_it_rests_on() -> None:
    promise = keep_promise(tiles([0.9] * 50, [1] * 50), PromiseGoal())
    assert promise.rule == ("recall of at least 95 % with 90 % confidence, from 50 labelled cracks, at most 0 missed")
