"""Takes drawn tiles; gives faults of the baseline: what it trains, what drifts, what it saves and says."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

pytest.importorskip("torch")

import torch
from torch import nn

from cracklens.errors import DataError, OutputError, SettingError
from cracklens.labels.dataset import read_labelled
from cracklens.models.card import card_from_json
from cracklens.training.nets.starting import open_starting
from cracklens.training.notebook_recipe import (
    STATE_FILE,
    NotebookResult,
    NotebookSettings,
    classifier,
    predict,
    random_split,
    train_notebook,
)

pytestmark = pytest.mark.slow  # minutes of torch; the fast suite stays under 90 s

SMALL = NotebookSettings(epochs=2, batch=8, tile_px=64, limit=40)


@pytest.fixture(scope="module")
def trained(tiles_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> NotebookResult:
    return train_notebook(tiles_dir, out=tmp_path_factory.mktemp("run"), settings=SMALL)


def test_the_defaults_are_the_originals() -> None:
    settings = NotebookSettings()
    assert (settings.epochs, settings.batch, settings.learning_rate, settings.tile_px) == (5, 32, 1e-3, 227)
    assert (settings.limit, settings.weights) == (None, "bundled")


def test_a_run_is_a_folder(trained: NotebookResult) -> None:
    files = {path.name for path in trained.folder.iterdir()}
    pictures = {"confusion.png", "samples.png", "curves.png"}
    assert files == {STATE_FILE, "config.json", "card.json", "log.csv", "report.txt", *pictures}
    for name in pictures:
        with Image.open(trained.folder / name) as picture:
            assert min(picture.size) > 200
    rows = (trained.folder / "log.csv").read_text().splitlines()
    assert rows[0] == "epoch,train_loss,train_accuracy"
    assert len(rows) == 1 + SMALL.epochs


def test_what_it_says_is_what_it_counted(trained: NotebookResult) -> None:
    assert trained.confusion.sum() == 8
    assert trained.accuracy == pytest.approx(np.trace(trained.confusion) / 8)
    assert all(word in trained.report for word in ("precision", "recall", "f1-score", "support", "Cracked", "macro"))
    card = card_from_json((trained.folder / "card.json").read_text(), source="card.json")
    assert card == trained.card
    assert "leaks" in card.data[0].split
    assert any("BatchNorm" in sentence for sentence in card.limits)


def test_the_state_dict_has_torchvisions_names_and_opens_again(trained: NotebookResult, tiles_dir: Path) -> None:
    state = torch.load(trained.folder / STATE_FILE, weights_only=True)
    assert state["fc.weight"].shape == (2, 2048)
    assert "layer4.2.conv3.weight" in state
    started = open_starting(trained.folder / STATE_FILE)
    assert started.plan.strides == "v1"
    assert started.plan.mean == (0.5, 0.5, 0.5)
    net = classifier(started, seed=0)
    net.load_state_dict(state)
    _, held_out = random_split(read_labelled(tiles_dir), SMALL)
    right = predict(net, held_out, SMALL) == [tile.label for tile in held_out]
    assert right.mean() == pytest.approx(trained.accuracy)


def test_only_the_last_layer_is_trained_and_batchnorm_drifts(trained: NotebookResult) -> None:
    state = torch.load(trained.folder / STATE_FILE, weights_only=True)
    before = open_starting("bundled").net.get_submodule("net").state_dict()
    moved = {name for name, value in before.items() if not torch.equal(value, state[name])}
    assert moved
    assert all("running_" in name or "num_batches" in name for name in moved)
    assert "layer1.0.bn1.running_mean" in moved


def test_it_learns_drawn_cracks(trained: NotebookResult) -> None:
    rows = (trained.folder / "log.csv").read_text().splitlines()[1:]
    losses = [float(row.split(",")[1]) for row in rows]
    assert losses[-1] < losses[0]


def test_the_same_seed_gives_the_same_weights(trained: NotebookResult, tiles_dir: Path, tmp_path: Path) -> None:
    one = NotebookSettings(epochs=1, batch=8, tile_px=32, limit=24)
    states = []
    for name, settings in (("a", one), ("b", one), ("c", replace(one, seed=1))):
        train_notebook(tiles_dir, out=tmp_path / name, settings=settings)
        states.append(torch.load(tmp_path / name / STATE_FILE, weights_only=True)["fc.weight"])
    assert torch.equal(states[0], states[1])
    assert not torch.equal(states[0], states[2])


def test_the_split_is_four_to_one_and_does_not_look_at_groups(tiles_dir: Path) -> None:
    train, held_out = random_split(read_labelled(tiles_dir), NotebookSettings())
    assert (len(train), len(held_out)) == (38, 10)
    assert not {tile.file for tile in train} & {tile.file for tile in held_out}


def test_too_few_tiles_are_refused(tiles_dir: Path) -> None:
    with pytest.raises(DataError, match="expected both classes in the random 80 % and in the rest; got 3 tiles"):
        random_split(read_labelled(tiles_dir), NotebookSettings(limit=3))


def test_progress_is_told(tiles_dir: Path, tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    settings = NotebookSettings(epochs=2, batch=16, tile_px=32, limit=40)
    train_notebook(tiles_dir, out=tmp_path, settings=settings, on_progress=lambda *step: told.append(step))
    assert told == [(1, 4), (2, 4), (3, 4), (4, 4)]


def test_all_faults_of_settings_come_at_once() -> None:
    with pytest.raises(SettingError, match=r"epochs must be ≥ 1; got 0; tile_px must be ≥ 32; got 8; learning_rate"):
        NotebookSettings(epochs=0, tile_px=8, learning_rate=float("nan"))


def test_a_loss_that_is_no_number_names_its_step(
    tiles_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Broken(nn.CrossEntropyLoss):
        def forward(self, input: torch.Tensor, target: torch.Tensor) -> torch.Tensor:  # noqa: A002 as torch calls it
            return super().forward(input, target) * float("nan")

    monkeypatch.setattr(nn, "CrossEntropyLoss", Broken)
    with pytest.raises(DataError, match="at step 1 it is nan"):
        train_notebook(tiles_dir, out=tmp_path, settings=replace(SMALL, epochs=1, tile_px=32))
    assert not (tmp_path / STATE_FILE).exists()


def test_a_full_disk_is_said(tiles_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OutputError, match="No space left on device"):
        train_notebook(tiles_dir, out=tmp_path, settings=replace(SMALL, epochs=1, tile_px=32))
    assert not list(tmp_path.iterdir())


def test_config_holds_every_setting(trained: NotebookResult) -> None:
    config = json.loads((trained.folder / "config.json").read_text())
    assert config["recipe"] == "notebook"
    assert {name: config[name] for name in ("epochs", "batch", "tile_px", "limit")} == {
        "epochs": 2,
        "batch": 8,
        "tile_px": 64,
        "limit": 40,
    }
    assert config["net"]["strides"] == "v1"
