"""Takes the benchmarks of training without measuring; gives faults of splits, thresholds and what they compare."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from benchmarks import cached_refit, leave_one_out, metu_clean, metu_far, metu_to_sdnet, notebook_vs_frozen, resume
from makers.concrete.figures import SINGLE

from cracklens.drawn import draw_wall
from cracklens.labels.dataset import LabelledTile, read_labelled
from cracklens.training.domains import Domain
from cracklens.training.features.bags import Bags
from cracklens.training.measured import Measured
from cracklens.values import Head


def test_threshold_of_fewest_errors_lies_in_the_middle_of_ties() -> None:
    scores = np.array([0.1, 0.2, 0.6, 0.8, 0.9])
    assert metu_clean.middle_threshold(scores, np.array([0, 0, 1, 1, 1])) == pytest.approx(0.4)
    assert metu_clean.middle_threshold(scores, np.array([0, 1, 0, 1, 1])) == pytest.approx(0.15)  # or .7: both err once
    assert metu_clean.middle_threshold(scores, np.ones(5, np.int64)) == pytest.approx(0.05)
    assert metu_clean.middle_threshold(scores, np.zeros(5, np.int64)) == pytest.approx(0.95)


def measured(tiles: list[LabelledTile], features: np.ndarray) -> Measured:
    return Measured(tiles, Bags(features, np.ones(len(tiles), np.int64)))


def test_errors_are_given_for_a_whole_test_split() -> None:
    tiles = [LabelledTile(Path("-"), f"{i}", i % 2, f"{i}", "test") for i in range(8)]
    features = np.zeros((8, 3072), np.float32)
    features[1::2, 0] = 1
    features[7, 0] = 0  # a crack that is missed
    weight = np.zeros((2, 3072), np.float32)
    weight[1, 0] = 8
    fitted = metu_clean.Fitted(Head(weight, np.array([4, 0], np.float32)), 0.5, 1e-3, 0)
    row = metu_clean.measured_errors(fitted, measured(tiles, features))
    assert row["value"] == pytest.approx(3983 / 8)
    assert row["sides"] == {"missed cracks": 1, "false alarms": 0}


def test_random_split_has_every_tile_once_and_four_fifths_to_learn_from() -> None:
    tiles = [LabelledTile(Path("-"), f"{i}", i % 2, f"{i}", "train") for i in range(100)]
    found = metu_clean.randomly_split(measured(tiles, np.zeros((100, 1), np.float32)))
    assert [tile.file for tile in found.tiles] == [tile.file for tile in tiles]
    splits = [tile.split for tile in found.tiles]
    assert [splits.count(split) for split in ("train", "val", "test")] == [70, 10, 20]
    assert metu_clean.randomly_split(found).tiles == found.tiles  # the same draw, whatever they were before


def test_states_are_compared_to_the_last_number() -> None:
    torch = pytest.importorskip("torch")
    one = {"a": torch.ones(3), "b": [1.0, {"c": torch.zeros(2)}], "d": None, "name": "x"}
    same = {"a": torch.ones(3), "b": [1.0, {"c": torch.zeros(2)}], "d": None, "name": "y"}
    assert resume.largest_difference(one, same) == (0.0, 6)
    near = {**same, "b": [1.0, {"c": torch.tensor([0.0, 1e-7])}]}
    assert resume.largest_difference(one, near)[0] == pytest.approx(1e-7)
    assert math.isnan(resume.largest_difference(one, {**same, "a": torch.tensor([math.nan, 1, 1])})[0])
    assert resume.largest_difference(one, {**same, "a": torch.ones(4)})[0] == math.inf
    assert resume.largest_difference(one, {"a": torch.ones(3)})[0] == math.inf
    assert resume.largest_difference({}, {})[0] == math.inf  # nothing compared holds nothing


def test_a_run_is_broken_off_in_its_second_epoch() -> None:
    for n in (8, 9, 64):
        per_epoch = -(-n // resume.BATCH)
        assert per_epoch < resume._broken_at(n) <= 2 * per_epoch


def test_tiles_of_a_csv_come_back_as_they_were(tmp_path: Path) -> None:
    tiles = [LabelledTile(tmp_path / f"{i}.jpg", f"{i}.jpg", i % 2, f"group {i}", "val") for i in range(4)]
    for tile in tiles:
        tile.path.touch()
    path = cached_refit.tiles_csv(tiles, tmp_path / "tiles.csv")
    read = {tile.path: (tile.label, tile.split, tile.group) for tile in read_labelled(path).tiles}
    assert read == {tile.path: (tile.label, tile.split, tile.group) for tile in tiles}
    unsplit = cached_refit.tiles_csv([replace(tile, split=None) for tile in tiles], tmp_path / "unsplit.csv")
    assert {tile.split for tile in read_labelled(unsplit).tiles} == {None}


def test_both_recipes_get_half_cracked_tiles_and_the_held_out_are_others() -> None:
    tiles = [LabelledTile(Path("-"), f"{i}", int(i < 30), f"{i}", "train") for i in range(100)]
    drawn = notebook_vs_frozen._drawn(tiles, 40)
    assert sum(tile.label for tile in drawn) == 20
    assert len({tile.file for tile in drawn}) == 40
    assert drawn == notebook_vs_frozen._drawn(tiles, 40)


def test_rules_for_a_threshold_look_at_their_own_scores_only() -> None:
    scores, labels = np.linspace(0, 1, 101), (np.arange(101) > 50).astype(np.int64)
    found = {name: rule(scores, labels) for name, rule in metu_to_sdnet.RULES.items()}
    assert found["10 % false alarms"] == pytest.approx(0.45)
    assert found["1 % false alarms"] > found["5 % false alarms"] > found["10 % false alarms"]
    assert found["95 % recall"] > found["99.9 % recall"] == pytest.approx(0.51)
    assert metu_to_sdnet.RULE in found


def test_a_picture_from_afar_holds_its_tiles_at_their_size() -> None:
    tiles = [np.full((227, 227, 3), 40 * i, np.uint8) for i in range(4)]
    picture = metu_far.put_together(tiles, (227, 227))
    assert picture.shape == (227, 227, 3)
    assert [int(picture[y, x, 0]) for y in (50, 170) for x in (50, 170)] == [0, 40, 80, 120]


def test_a_dimmed_picture_has_less_contrast_and_its_seed_gives_it_again() -> None:
    wall = draw_wall((227, 227), seed=1).pixels
    one, again = (metu_far.dimmed(wall, np.random.default_rng(3)) for _ in range(2))
    assert np.array_equal(one, again)
    assert one.std() < 0.8 * wall.std()


def test_a_photo_is_held_against_itself() -> None:
    scores = np.array([0.1, 0.2, 0.1, 0.8, 0.9, 0.8])
    found = metu_to_sdnet.beside_their_photo(scores, np.array(["a", "a", "a", "b", "b", "b"]))
    assert found[[0, 2, 3, 5]] == pytest.approx([0, 0, 0, 0])
    assert found[1] == pytest.approx(found[4])


def test_threshold_without_a_surface_is_chosen_on_the_others() -> None:
    def domain(surface: str, bias: float) -> Domain:
        tiles = [LabelledTile(Path("-"), f"{surface}/{i}", i % 2, f"{i}", "val") for i in range(8)]
        features = np.zeros((8, 3072), np.float32)
        features[:, 0] = [bias + i % 2 for i in range(8)]
        return Domain(f"SDNET2018 {surface}, single tiles", surface, 1.0, measured(tiles, features))

    weight = np.zeros((2, 3072), np.float32)
    weight[1, 0] = 1
    head = Head(weight, np.zeros(2, np.float32))
    seen = [domain("Decks", 0.0), domain("Walls", 0.5), domain("METU", 50.0)]
    seen[2] = replace(seen[2], name="METU")
    found = leave_one_out.seen_threshold(head, seen, SINGLE)
    assert found == pytest.approx(1 / (1 + math.exp(-1)), abs=1e-6)  # the lowest score of a cracked deck
