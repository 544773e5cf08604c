"""Takes made photos with masks and maps of them; gives faults of how the crack map's edge is chosen."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from makers.crackmap.card import hand_drawn
from makers.crackmap.choose import (
    Known,
    Read,
    Way,
    best,
    least_of_the_best,
    signed_weights,
    with_familiar,
)
from PIL import Image
from scipy import ndimage

from cracklens.errors import DataError
from cracklens.figures import dice
from cracklens.figures.reach import EDGES, level, reach_of, unbiased_edge, width_ratio
from cracklens.values import CrackMap, MapSettings, ScoreMap


def known(reach_px: float, half_px: float, *, blur_px: float = 3.0) -> Known:
    """Give a crack across a picture, so many px on either side of its middle, and a map that falls off around it."""
    far = np.abs(np.arange(64) - 31.5)
    values = np.clip(1 - np.maximum(far - reach_px, 0) / (2 * blur_px), 0, 1).astype(np.float32)
    return Known(np.tile(values, (40, 1)), np.tile(far < half_px, (40, 1)))


def test_an_edge_gives_masks_as_wide_as_the_cracks() -> None:
    pictures = [known(half - 3.0, half) for half in (4.0, 5.0, 6.0, 7.0)]
    edge, overlap = unbiased_edge([one.reach for one in pictures])
    assert edge == pytest.approx(0.5, abs=0.1)
    assert width_ratio([one.reach for one in pictures], edge) == pytest.approx(1)
    assert overlap == pytest.approx(np.ones(4), abs=0.1)


def test_of_ways_that_pictures_cannot_tell_apart_the_first_is_taken() -> None:
    rng = np.random.default_rng(0)
    best = rng.uniform(0.3, 0.9, 50)
    worse = best - 0.05 + rng.normal(0, 0.05, 50)
    as_good = best - 0.002 + rng.normal(0, 0.05, 50)
    assert least_of_the_best([worse, as_good, best, best - 0.01]) == 1
    assert least_of_the_best([worse, best - 0.01, best]) == 2
    assert least_of_the_best([best]) == 0


def test_of_edges_that_pictures_cannot_tell_apart_the_one_that_overlaps_most_is_taken() -> None:
    # the masks lie beside their cracks, so that wider ones overlap more; some maps are wider than others
    aside = [known(half - 3.0 + more, half) for half in (3.0, 4.0, 5.0) for more in (-2.0, 0.0, 2.0)]
    aside = [replace(one, crack=np.roll(one.crack, 2, axis=1)) for one in aside]
    reaches = [one.reach for one in aside]
    edge, _ = unbiased_edge(reaches)
    just = min(EDGES, key=lambda of: abs(width_ratio(reaches, float(of)) - 1))
    assert edge < just
    assert 1 < width_ratio(reaches, edge) <= 1.1
    overlaps = [np.mean([one.dice(of) for one in reaches]) for of in (edge, just)]
    assert overlaps[0] > overlaps[1]


@pytest.mark.parametrize("column", range(3))
def test_a_fact_that_seems_to_speak_the_other_way_weighs_nothing(column: int) -> None:
    rng = np.random.default_rng(column)
    facts = rng.normal(0, 1, (600, 3))
    for_a_crack = np.array([1, 1, -1])
    meant = facts @ for_a_crack - 2 * facts[:, column] * for_a_crack[column]
    weights = np.array(signed_weights(facts, meant + rng.logistic(0, 1, 600) > 0))[1:]
    assert weights[column] == 0
    assert (np.delete(weights * for_a_crack, column) > 0.5).all()


def test_pictures_that_agree_have_an_edge() -> None:
    edge, _ = unbiased_edge([known(2.0, 5.03).reach])
    assert width_ratio([known(2.0, 5.03).reach], edge) == pytest.approx(1, abs=0.1)


def test_a_reach_counts_what_masks_of_any_edge_have() -> None:
    rng = np.random.default_rng(0)
    shares = (rng.uniform(0, 255, (40, 50)) * (rng.uniform(size=(40, 50)) > 0.9)).astype(np.uint8)
    crack = ndimage.binary_dilation(rng.uniform(size=(40, 50)) > 0.99, iterations=2)
    found = reach_of(shares, crack)
    near = lambda mask: ndimage.distance_transform_edt(~mask) <= 3  # noqa: E731
    for edge in (0.05, 0.3, 0.5, 0.95):
        mask = shares >= edge * 255
        assert found.found[level(edge)] == (mask & near(crack)).sum()
        assert found.known[level(edge)] == crack[near(mask)].sum()
        assert found.dice(edge) == pytest.approx(dice(mask, crack))


def test_the_best_way_finds_in_other_photos_too() -> None:
    most, even, vague = (way(1000, 100, 0.6), way(980, 90, 0.7), way(2000, 900, 0.9))
    assert best([most, even, vague]) is even
    assert best([most, replace(even, overlaps=np.full(4, 0.59)), vague]) is most
    precise = way(950, 20, 0.6)
    assert best([most, precise, vague]) is precise, "few false lines are worth some length"
    assert best([vague, way(2000, 500, 0.9)]).lengths[:, 1].sum() == 500


def test_the_mean_of_recall_and_precision_in_val_counts_as_f1_elsewhere() -> None:
    assert way(810, 0, 0.7).worth() == pytest.approx(way(1000, 0, 0.63).worth())
    assert way(810, 0, 0.7).worth() == pytest.approx(0.9 * way(1000, 0, 0.7).worth())
    assert way(1000, 1000 / 0.81 - 1000, 0.7).worth() == pytest.approx(way(810, 0, 0.7).worth())


def way(in_cracked: float, in_intact: float, f1: float) -> Way:
    """Give what is found in photos that are all alike."""
    return Way(MapSettings(), np.tile([in_cracked / 10, in_intact / 10], (10, 1)), np.full(4, f1))


def read(novelty: float | None) -> Read:
    nothing = np.zeros((64, 64), np.uint8)
    scores = ScoreMap(np.zeros((2, 2), np.float32), (64, 64), novelty=novelty)
    return Read(
        np.zeros((64, 64, 3), np.uint8), CrackMap(nothing, nothing[::4, ::4]), scores, np.zeros((1, 1), np.int8)
    )


def test_the_score_counts_in_photos_as_unlike_as_those_of_known_surfaces() -> None:
    settings = MapSettings()
    assert with_familiar([read(0.2), read(0.375), read(0.31)], settings).familiar == pytest.approx((0.375, 0.475))
    assert with_familiar([read(None)], settings) == settings


def test_no_fact_speaks_against_what_it_stands_for() -> None:
    # lines were kept where score and length together are high: among them shorter ones are more often cracks
    rng = np.random.default_rng(4)
    score, times, joint = rng.normal(0, 2, 4000), rng.normal(0, 2, 4000), rng.normal(0, 1, 4000)
    kept = score + times > 1
    true = (score + rng.logistic(0, 1, 4000) > 0)[kept]
    weights = np.array(signed_weights(np.column_stack([score, times, joint])[kept], true))
    assert weights[1] == pytest.approx(1, abs=0.2)
    assert 0 <= weights[2] < 0.1
    assert weights[3] <= 0
    assert weights[0] == pytest.approx(0, abs=0.3)


@pytest.mark.parametrize(("reach", "half", "said"), [(20.0, 4.0, "as wide as cracks"), (-99.0, 4.0, "it sees none")])
def test_maps_that_fit_at_no_edge_are_refused(reach: float, half: float, said: str) -> None:
    with pytest.raises(DataError, match=said):
        unbiased_edge([known(reach, half).reach] * 3)


def test_of_photos_with_hand_drawn_masks_every_second_is_for_choosing(tmp_path: Path) -> None:
    for name in ("images", "masks"):
        (tmp_path / "masks" / name).mkdir(parents=True)
    for number, name in enumerate("abc"):
        pixels = np.full((8, 9, 3), 50 * number, np.uint8)
        Image.fromarray(pixels).save(tmp_path / "masks" / "images" / f"{name}.png")
        Image.fromarray(np.where(np.arange(9) == number, np.uint8(255), np.uint8(0))[np.newaxis].repeat(8, 0)).save(
            tmp_path / "masks" / "masks" / f"{name}.png"
        )
    found = list(hand_drawn(tmp_path))
    assert [int(pixels[0, 0, 0]) for pixels, _ in found] == [0, 100]
    assert [np.flatnonzero(mask[0]).tolist() for _, mask in found] == [[0], [2]]
    assert not list(hand_drawn(tmp_path / "none"))


def test_lines_that_would_not_be_shown_teach_nothing() -> None:
    # as likely as each other where the score is low: by all of them a confidence would rise too slowly where it is read
    rng = np.random.default_rng(5)
    score = rng.uniform(-6, 6, 4000)
    likely = np.where(score < -1, 0.25, 1 / (1 + np.exp(-2 * score)))
    facts = np.column_stack([score, np.zeros((4000, 2))])
    weights = np.array(signed_weights(facts, rng.random(4000) < likely))
    assert weights[1] == pytest.approx(2, rel=0.15)
    assert weights[0] == pytest.approx(0, abs=0.2)


@pytest.mark.parametrize("joint", [0.0, 1.0], ids=["by the score", "by what is not learnt from"])
def test_what_is_told_apart_wholly_is_so_still_when_only_cracks_are_shown(joint: float) -> None:
    rng = np.random.default_rng(6)
    true = np.arange(60) < 30
    score = rng.normal(np.where(true, 5, -4), 0.5)
    facts = np.column_stack([score, rng.normal(3, 0.3, 60), np.where(true, 0, joint)])
    weights = np.array(signed_weights(facts, true))
    confidences = 1 / (1 + np.exp(-weights[0] - facts @ weights[1:]))
    assert confidences[true].min() > 0.9
    assert confidences[~true].max() < 0.1


def test_where_nothing_is_likely_enough_to_be_shown_all_lines_count() -> None:
    rng = np.random.default_rng(7)
    weights = signed_weights(rng.normal(0, 0.1, (400, 3)), rng.random(400) < 0.1)
    assert 1 / (1 + np.exp(-weights[0])) == pytest.approx(0.1, abs=0.04)
