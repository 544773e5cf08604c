"""Takes a folder of drawn tiles; gives faults of the recipe from pictures to a checkpoint that inspects."""

from __future__ import annotations

import csv
import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.stand_ins import CountingBackbone, bundled_detector, int8_backbone, save_wall

import cracklens.detector
import cracklens.figures.metrics
import cracklens.training.frozen
from cracklens.detector import Detector
from cracklens.errors import DataError, PhotoError, SettingError
from cracklens.labels.dataset import LabelledTile
from cracklens.models import bundled_map, write_map
from cracklens.models.checkpoint import read_checkpoint
from cracklens.training.features.bags import Bags
from cracklens.training.fit import FitSettings
from cracklens.training.frozen import FrozenSettings, train_frozen
from cracklens.training.measured import Measured, head_scores
from cracklens.training.on_card import CLASSES, LAYERS, MOST_THRESHOLD, chosen_threshold, measure_scores
from cracklens.values import Head

FIGURES = ("accuracy", "recall", "false_alarm_rate", "precision", "f1", "f1_balanced", "auroc", "ece")


def counts(n: int, *, cracked: int) -> dict[str, int]:
    return {**dict.fromkeys(FIGURES, n), "recall": cracked, "false_alarm_rate": n - cracked}


def write_csv(path: Path, tiles_dir: Path, *, test: bool) -> Path:
    """Name the drawn tiles in a CSV, by full path, with splits of its own."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["file", "label", "split"])
        for tile in sorted(tiles_dir.rglob("*.png")):
            number = int(tile.stem)
            split = "val" if number < 6 else "test" if test and number < 12 else "train"
            writer.writerow([tile, tile.parent.name, split])
    return path


@pytest.mark.slow
def test_a_folder_becomes_a_checkpoint_that_inspects(
    tiles_dir: Path, cache_dir: Path, network: CountingBackbone, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trained = train_frozen(tiles_dir, out=tmp_path / "mine", cache=cache_dir)
    monkeypatch.setattr(cracklens.detector, "open_backbone", lambda *_, **__: network)
    detector = Detector.load(tmp_path / "mine")
    assert detector.card == replace(trained.card, head_file=detector.card.head_file)
    assert np.array_equal(detector.head.weight, trained.head.weight)
    cracked, intact = (
        detector.inspect(save_wall(tmp_path / f"{cracked}.png", cracked=cracked, seed=900, hw=(64, 64)), threshold=0.5)
        for cracked in (True, False)
    )
    assert cracked.findings
    assert not intact.findings


def test_the_card_says_what_was_done(
    tiles_dir: Path, cache_dir: Path, network: CountingBackbone, tmp_path: Path
) -> None:
    card = train_frozen(tiles_dir, out=tmp_path, cache=cache_dir, settings=FrozenSettings(name="mine", seed=3)).card
    assert (card.name, card.recipe["name"], card.recipe["seed"]) == ("mine", "frozen", 3)
    assert card.backbone_hash == int8_backbone().hash
    assert (card.data[0].name, card.data[0].n) == ("walls", 48 - 4 * 4)
    assert "leaks" in card.data[0].split
    assert {metric.name: metric.n for metric in card.metrics} == {
        **dict.fromkeys(FIGURES, 8),
        "recall": 4,
        "false_alarm_rate": 4,
    }
    assert all("test" in metric.data for metric in card.metrics)
    assert all(metric.low is None for metric in card.metrics)  # eight groups are too few for an interval
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", card.created)
    assert set(card.versions) >= {"cracklens", "openvino", "scikit-learn"}
    assert any("screening aid" in sentence for sentence in card.limits)


def test_a_second_run_reads_the_cache_and_gives_the_same_head(
    tiles_dir: Path, network: CountingBackbone, tmp_path: Path
) -> None:
    first = train_frozen(tiles_dir, out=tmp_path / "one", cache=tmp_path / "cache")
    asked = sum(n for n, *_ in network.calls)
    again = train_frozen(tiles_dir, out=tmp_path / "two", cache=tmp_path / "cache")
    assert asked == 48
    assert sum(n for n, *_ in network.calls) == asked
    assert first.head.weight.tobytes() == again.head.weight.tobytes()
    files = [sorted(path.name for path in (tmp_path / name).iterdir()) for name in ("one", "two")]
    assert files[0] == files[1]
    cards = [json.loads((tmp_path / name / "card.json").read_text()) for name in ("one", "two")]
    assert cards[0] == cards[1]


def test_a_csv_with_splits_of_its_own(
    tiles_dir: Path, cache_dir: Path, network: CountingBackbone, tmp_path: Path
) -> None:
    data = write_csv(tmp_path / "mine.csv", tiles_dir, test=True)
    card = train_frozen(data, out=tmp_path / "out", cache=cache_dir).card
    assert card.name == "mine-frozen"
    assert card.data[0].split == "column split of mine.csv"
    assert {metric.name: metric.n for metric in card.metrics} == {
        **dict.fromkeys(FIGURES, 12),
        "recall": 6,
        "false_alarm_rate": 6,
    }


def test_without_a_test_split_the_card_says_that_it_measured_on_val(
    tiles_dir: Path, cache_dir: Path, network: CountingBackbone, tmp_path: Path
) -> None:
    data = write_csv(tmp_path / "mine.csv", tiles_dir, test=False)
    card = train_frozen(data, out=tmp_path / "out", cache=cache_dir).card
    assert all("val, no test split" in metric.data for metric in card.metrics)


def test_the_threshold_reaches_the_recall_that_was_asked_for(
    tiles_dir: Path, cache_dir: Path, network: CountingBackbone, tmp_path: Path
) -> None:
    data = write_csv(tmp_path / "mine.csv", tiles_dir, test=False)
    settings = [FrozenSettings(least_recall=recall) for recall in (0.5, 1.0)]
    cards = [train_frozen(data, out=tmp_path / "out", cache=cache_dir, settings=of).card for of in settings]
    found = [{metric.name: metric.value for metric in card.metrics}["recall"] for card in cards]
    assert MOST_THRESHOLD >= cards[0].threshold >= cards[1].threshold
    assert found[0] >= 0.5
    assert found[1] == 1.0
    assert "reaches 50% recall on val" in cards[0].threshold_rule
    assert "at most 0.5" in cards[0].threshold_rule


@pytest.mark.parametrize(
    ("scores", "least", "expected"),
    [
        ((0.4, 0.3, 0.2, 0.1), 1.0, 0.25),  # cracked 0.4 and 0.3: halfway from 0.3 down to 0.2
        ((0.4, 0.3, 0.2, 0.1), 0.5, 0.35),
        ((0.9, 0.8, 0.2, 0.1), 1.0, 0.5),
        ((0.99, 0.9, 0.8, 0.7), 1.0, 0.5),  # never above .5, though both intact tiles are then called cracked
        ((0.3, 0.1, 0.3, 0.1), 1.0, 0.05),  # nothing is lower
        ((0.3, 0.0, 0.3, 0.1), 1.0, 0.001),  # never 0: all would be called cracked, and nothing said of it
    ],
)
def test_the_threshold_lies_between_two_scores_and_not_above_half(
    scores: tuple[float, ...], least: float, expected: float
) -> None:
    found = chosen_threshold(np.array(scores, np.float32), np.array([1, 1, 0, 0]), least=least)
    assert found == pytest.approx(expected, abs=1e-6)


def test_calibration_and_threshold_see_val_only(
    tiles_dir: Path, cache_dir: Path, network: CountingBackbone, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[int] = []

    def watch(owner: object, name: str, place: int) -> None:
        inner = getattr(owner, name)

        def watched(*values: Any, **settings: Any) -> Any:
            seen.append(len(values[place]))
            return inner(*values, **settings)

        monkeypatch.setattr(owner, name, watched)

    watch(cracklens.training.frozen, "fit_bags", 1)
    watch(cracklens.training.frozen, "calibrate", 2)
    watch(cracklens.figures.metrics, "threshold_for_recall", 1)
    data = write_csv(tmp_path / "mine.csv", tiles_dir, test=False)
    train_frozen(data, out=tmp_path / "out", cache=cache_dir)
    assert seen == [36, 12, 12]


def test_settings_of_the_fit_are_used(
    tiles_dir: Path, cache_dir: Path, network: CountingBackbone, tmp_path: Path
) -> None:
    heads = [
        train_frozen(tiles_dir, out=tmp_path, cache=cache_dir, settings=FrozenSettings(fit=FitSettings(strength))).head
        for strength in (1e-4, 1e-2)
    ]
    assert np.abs(heads[0].weight).sum() < np.abs(heads[1].weight).sum()
    assert [path.name for path in tmp_path.glob("head-*")] == [read_checkpoint(tmp_path).card.head_file]


@pytest.mark.usefixtures("network")
def test_a_crack_map_of_its_own_stays_where_a_head_is_fitted_again(
    tiles_dir: Path, cache_dir: Path, tmp_path: Path
) -> None:
    written = write_map(replace(bundled_map(), card=replace(bundled_map().card, name="mine")), tmp_path)
    assert train_frozen(tiles_dir, out=tmp_path, cache=cache_dir).crack_map == written
    assert read_checkpoint(tmp_path).crack_map == written


@pytest.mark.parametrize("recall", [0.0, -1.0, 1.01, float("nan")])
def test_a_recall_that_cannot_be_promised_is_refused(recall: float) -> None:
    with pytest.raises(SettingError, match="least_recall must be above 0 and at most 1; got"):
        FrozenSettings(least_recall=recall)


def test_nothing_is_written_where_data_cannot_be_trained_on(network: CountingBackbone, tmp_path: Path) -> None:
    for seed in range(3):
        save_wall(tmp_path / "few" / "yes" / f"{seed}.png", seed=seed)
        save_wall(tmp_path / "few" / "no" / f"{seed}.png", seed=seed, cracked=False)
    with pytest.raises(DataError, match="expected at least 4 cracked tiles in"):
        train_frozen(tmp_path / "few", out=tmp_path / "out", cache=tmp_path / "cache")
    assert network.calls == []
    assert not (tmp_path / "out").exists()


def test_a_damaged_tile_stops_with_its_name(
    tiles_dir: Path, cache_dir: Path, network: CountingBackbone, tmp_path: Path
) -> None:
    data = write_csv(tmp_path / "mine.csv", tiles_dir, test=False)
    (tmp_path / "damaged.png").write_bytes(b"no picture")
    data.write_text(data.read_text(encoding="utf-8") + "damaged.png,cracked,train\n", encoding="utf-8")
    with pytest.raises(PhotoError, match=r"damaged\.png"):
        train_frozen(data, out=tmp_path / "out", cache=cache_dir)
    assert not (tmp_path / "out").exists()


def test_measure_of_a_perfect_head() -> None:
    features = np.zeros((8, 3072), np.float32)
    features[:4, 0] = 1
    tiles = [LabelledTile(Path("-"), str(i), int(i < 4), str(i), "test") for i in range(8)]
    weight = np.zeros((2, 3072), np.float32)
    weight[1, 0] = 8
    head, measured = Head(weight, np.array([4, 0], np.float32)), Measured(tiles, Bags(features, np.ones(8, np.int64)))
    scores = head_scores(measured, head)
    assert scores[[0, -1]] == pytest.approx([0.982, 0.018], abs=1e-3)
    found = {metric.name: metric.value for metric in measure_scores(tiles, scores, threshold=0.5, data="made")}
    assert {found[name] for name in ("accuracy", "recall", "precision", "f1", "f1_balanced", "auroc")} == {1.0}
    assert found["ece"] == pytest.approx(0.018, abs=1e-3)


def test_the_default_detector_is_of_the_kind_that_training_writes() -> None:
    card = bundled_detector().card
    assert card.classes == CLASSES
    assert card.layers == LAYERS
    assert card.backbone_hash == int8_backbone().hash
