"""Takes drawn tiles and a net of two layers; gives faults of fine-tuning: what learns, going on, what is refused."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("torch")
pytest.importorskip("lightning")

import torch
from tests.stand_ins import save_wall
from tests.training.tiny import SMALL, TinyNet, register_tiny

from cracklens.detector import Detector
from cracklens.errors import CheckpointError, DataError, OutputError, SettingError
from cracklens.files import write_whole
from cracklens.labels.dataset import read_labelled
from cracklens.labels.splits import of_split, with_splits
from cracklens.models import bundled_map, write_map
from cracklens.models.checkpoint import Checkpoint, read_checkpoint
from cracklens.photo import read_photo
from cracklens.training.finetune import result, train
from cracklens.training.finetune.settings import (
    FinetuneSettings,
    MachineSettings,
)
from cracklens.training.finetune.train import train_finetune
from cracklens.training.nets.crack_net import CrackNet, read_weights
from cracklens.training.run_folder import RunFolder

pytestmark = pytest.mark.slow  # minutes of torch; the fast suite stays under 90 s


@pytest.fixture(scope="module", autouse=True)
def tiny() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        register_tiny(patch.setitem)
        yield


class KilledError(BaseException):
    """Nothing in the code may catch it for good."""


def kill_at(step: int) -> Callable[[int, int], None]:
    def tell(done: int, _: int) -> None:
        if done == step:
            raise KilledError

    return tell


def leave_out_the_end(patch: pytest.MonkeyPatch) -> None:
    """Leave out what comes after the last epoch."""
    nothing = Checkpoint.__new__(Checkpoint)
    patch.setattr(train, "finish", lambda *_: nothing)


@pytest.fixture
def only_fit(monkeypatch: pytest.MonkeyPatch) -> None:
    leave_out_the_end(monkeypatch)


@pytest.fixture(scope="module")
def unbroken(tiles_dir: Path, tmp_path_factory: pytest.TempPathFactory, tiny: None) -> Callable[..., Path]:
    """Give a function that gives the folder of an unbroken run with these settings, made once. Not to be written to."""

    @cache
    def run(settings: FinetuneSettings) -> Path:
        folder = tmp_path_factory.mktemp("unbroken")
        with pytest.MonkeyPatch.context() as patch:
            leave_out_the_end(patch)
            train_finetune(tiles_dir, out=folder, settings=settings)
        return folder

    return run


def state_of(folder: Path, name: str = "last.ckpt") -> dict[str, Any]:
    return torch.load(folder / name, weights_only=True)  # type: ignore[no-any-return]


def assert_same_run(one: Path, other: Path) -> None:
    """Compare weights, averages, optimizer and figures, bit for bit."""
    for name in ("last.ckpt", "best.ckpt"):
        left, right = state_of(one, name), state_of(other, name)
        for key in ("state_dict", "current_model_state"):
            assert left[key].keys() == right[key].keys()
            assert all(torch.equal(left[key][weight], right[key][weight]) for weight in left[key]), key
        assert str(left["optimizer_states"]) == str(right["optimizer_states"])
        assert (left["epoch"], left["global_step"]) == (right["epoch"], right["global_step"])
    logs = [[row.rsplit(",", 1)[0] for row in (of / "log.csv").read_text().splitlines()] for of in (one, other)]
    assert logs[0] == logs[1]  # all but the seconds


# A whole run


@pytest.fixture(scope="module")
def run_dir(tiles_dir: Path, tmp_path_factory: pytest.TempPathFactory, tiny: None) -> Path:
    """Give the folder of one finished run, in which a crack map stood before. Not to be written to."""
    folder = tmp_path_factory.mktemp("finetune") / "run"
    write_map(bundled_map(), folder)
    train_finetune(tiles_dir, out=folder, settings=replace(SMALL, epochs=12, learning_rate=0.3))
    return folder


def test_a_run_is_a_folder(run_dir: Path) -> None:
    names = {path.name.split("-")[0] for path in run_dir.iterdir()}
    assert names == {
        "config.json", "card.json", "log.csv", "curves.png", "last.ckpt", "best.ckpt", "tensorboard", "head",
        "backbone", "weights", "crackmap.json", "crackmap",
    }  # fmt: skip
    assert list((run_dir / "tensorboard").glob("events.*"))
    rows = (run_dir / "log.csv").read_text().splitlines()
    assert set(rows[0].split(",")) >= {"epoch", "step", "train_loss", "val_loss", "val_auroc", "rate_head", "rate_high"}
    config = json.loads((run_dir / "config.json").read_text())
    assert (config["recipe"], config["run_version"], config["unfreeze"]) == ("finetune", 1, "high")
    assert config["net"]["architecture"] == "tiny"


def test_the_checkpoint_brings_its_own_network_and_inspects(run_dir: Path, tmp_path: Path) -> None:
    detector = Detector.load(run_dir)
    assert detector.head.weight.shape == (2, 20)
    assert detector.backbone.hash == detector.card.backbone_hash
    assert "tiny fine-tuned on walls, INT8" in detector.backbone.name
    walls = [save_wall(tmp_path / f"{c}.png", cracked=c, seed=900, hw=(300, 200)) for c in (True, False)]
    found = [detector.score(wall) for wall in walls]
    assert found[0].values.shape == (9, 7)
    assert found[0].peak > found[1].peak


def test_the_card_says_what_was_done(run_dir: Path, tiles_dir: Path) -> None:
    card = read_checkpoint(run_dir).card
    assert (card.name, card.recipe["name"], card.recipe["weights"]) == ("walls-finetune", "finetune", "tiny")
    figures = {metric.name: metric for metric in card.metrics}
    assert figures["accuracy"].n == 8
    assert "test" in figures["accuracy"].data
    assert figures["parity_flipped"].value == figures["parity_flipped_share"].value * 8
    assert 0 <= figures["parity_largest_difference"].value < 0.5
    assert {"torch", "lightning", "nncf"} <= set(card.versions)
    split_sha256 = with_splits(read_labelled(tiles_dir)).split_sha256
    assert split_sha256
    assert [of.split_sha256 for of in card.data] == [split_sha256]
    assert (run_dir / card.recipe["weights_file"]).is_file()


def test_a_crack_map_of_its_own_stays(run_dir: Path) -> None:
    own = read_checkpoint(run_dir).crack_map
    assert own is not None
    assert (own.card, own.network.parent) == (bundled_map().card, run_dir)


def test_the_float_weights_are_kept_and_open_again(run_dir: Path) -> None:
    card = read_checkpoint(run_dir).card
    net = read_weights(run_dir / card.recipe["weights_file"])
    np.testing.assert_array_equal(net.head.weight.detach().numpy(), read_checkpoint(run_dir).head.weight)
    average = state_of(run_dir, "best.ckpt")["state_dict"]
    assert all(torch.equal(value, average[f"net.{name}"]) for name, value in net.state_dict().items())


@pytest.mark.usefixtures("only_fit")
def test_test_tiles_are_not_read_while_the_net_learns(
    tiles_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: set[Path] = set()
    true_read = read_photo

    def watched(path: Path) -> Any:
        read.add(path)
        return true_read(path)

    monkeypatch.setattr(import_module("cracklens.training.finetune.data"), "read_photo", watched)
    train_finetune(tiles_dir, out=tmp_path, settings=replace(SMALL, epochs=1))
    labelled = with_splits(read_labelled(tiles_dir))
    assert read == {tile.path for split in ("train", "val") for tile in of_split(labelled, split)}


# Going on


@pytest.mark.usefixtures("only_fit")
@pytest.mark.parametrize("step", [5, 8, 11])
def test_a_run_that_goes_on_ends_as_an_unbroken_one(
    tiles_dir: Path, tmp_path: Path, step: int, unbroken: Callable[..., Path]
) -> None:
    """Killed in the middle of an epoch, at its last batch, and late; averaged, accumulated and augmented."""
    settings = replace(SMALL, accumulate=3, head_epochs=1)
    with pytest.raises(KilledError):
        train_finetune(tiles_dir, out=tmp_path / "broken", settings=settings, on_progress=kill_at(step))
    assert state_of(tmp_path / "broken")["epoch"] < 2
    torch.rand(17)  # what else the process draws does not matter
    train_finetune(tiles_dir, out=tmp_path / "broken", settings=settings, resume=True)
    assert_same_run(unbroken(settings), tmp_path / "broken")


@pytest.mark.usefixtures("only_fit")
def test_going_on_with_a_finished_run_changes_nothing(
    tiles_dir: Path, tmp_path: Path, unbroken: Callable[..., Path]
) -> None:
    copied(unbroken(SMALL), tmp_path)
    before = (tmp_path / "last.ckpt").read_bytes()
    train_finetune(tiles_dir, out=tmp_path, settings=SMALL, resume=True)
    assert (tmp_path / "last.ckpt").read_bytes() == before


@pytest.fixture(scope="module")
def broken_dir(tiles_dir: Path, tmp_path_factory: pytest.TempPathFactory, tiny: None) -> Path:
    """Give the folder of a run that was killed in its second epoch. Not to be written to."""
    folder = tmp_path_factory.mktemp("broken")
    with pytest.raises(KilledError):
        train_finetune(tiles_dir, out=folder, settings=SMALL, on_progress=kill_at(6))
    return folder


def copied(folder: Path, to: Path) -> Path:
    to.mkdir(exist_ok=True)
    for path in folder.iterdir():
        if path.is_file():
            (to / path.name).write_bytes(path.read_bytes())
    return to


def test_a_run_is_not_overwritten(tiles_dir: Path, broken_dir: Path) -> None:
    with pytest.raises(SettingError, match=r"holds a training run. Say --resume to go on"):
        train_finetune(tiles_dir, out=broken_dir, settings=SMALL)


def test_without_a_run_there_is_nothing_to_go_on_with(tiles_dir: Path, tmp_path: Path) -> None:
    with pytest.raises(SettingError, match="holds no epoch of a run"):
        train_finetune(tiles_dir, out=tmp_path, settings=SMALL, resume=True)


def test_other_settings_and_other_tiles_are_named(tiles_dir: Path, broken_dir: Path, tmp_path: Path) -> None:
    other = replace(SMALL, batch=4, learning_rate=1e-4)
    with pytest.raises(SettingError, match=r"batch was 8, now 4; learning_rate was 0\.05, now 0\.0001"):
        train_finetune(tiles_dir, out=broken_dir, settings=other, resume=True)
    with pytest.raises(SettingError) as refused:
        train_finetune(tiles_dir, out=broken_dir, settings=replace(other, most_flipped=0.9), resume=True)
    assert "most_flipped" not in str(refused.value)  # what comes after the weights may be changed
    with pytest.raises(SettingError, match="tiles_sha256 was"):
        train_finetune(tiles_dir, out=broken_dir, settings=replace(SMALL, seed=4), resume=True)


def test_a_run_of_another_version_is_refused(tiles_dir: Path, broken_dir: Path, tmp_path: Path) -> None:
    folder = copied(broken_dir, tmp_path)
    saved = state_of(folder)
    torch.save({**saved, "cracklens_run_version": 99}, folder / "last.ckpt")
    with pytest.raises(CheckpointError, match=r"last\.ckpt: this cracklens goes on with runs of version 1; got 99"):
        train_finetune(tiles_dir, out=folder, settings=SMALL, resume=True)
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps({**config, "run_version": 0}))
    with pytest.raises(CheckpointError, match=r"config\.json: this cracklens goes on with runs of version 1; got 0"):
        train_finetune(tiles_dir, out=folder, settings=SMALL, resume=True)


class Evil:
    def __reduce__(self) -> tuple[Any, tuple[str]]:
        return os.mkdir, ("ran",)


@pytest.mark.parametrize("how", ["cut", "empty", "code", "config"])
def test_a_damaged_run_is_said(tiles_dir: Path, broken_dir: Path, tmp_path: Path, how: str) -> None:
    folder = copied(broken_dir, tmp_path)
    content = (folder / "last.ckpt").read_bytes()
    (folder / "last.ckpt").write_bytes({"cut": content[:2000], "empty": b""}.get(how, content))
    if how == "code":
        torch.save({"state_dict": Evil()}, folder / "last.ckpt")
    if how == "config":
        (folder / "config.json").write_text("{")
    with pytest.raises(CheckpointError, match=r"config\.json: expected" if how == "config" else "damaged"):
        train_finetune(tiles_dir, out=folder, settings=SMALL, resume=True)
    assert not Path("ran").exists()


@pytest.mark.usefixtures("only_fit")
@pytest.mark.parametrize("step", ["fsync", "replace"])
def test_killed_while_saving_leaves_the_old_checkpoint(
    tiles_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str, unbroken: Callable[..., Path]
) -> None:
    true_write = write_whole
    saves: list[Path] = []

    def watched(path: Path, content: bytes) -> None:
        saves.append(path)
        if [save.name for save in saves].count("last.ckpt") == 2 and path.name == "last.ckpt":
            monkeypatch.setattr(os, step, killed)
        true_write(path, content)

    def killed(*_: object) -> None:
        raise KilledError

    monkeypatch.setattr("cracklens.training.run_folder.write_whole", watched)
    with pytest.raises(KilledError):
        train_finetune(tiles_dir, out=tmp_path / "run", settings=SMALL)
    monkeypatch.undo()
    monkeypatch.setattr(train, "finish", lambda *_: None)
    with pytest.MonkeyPatch.context() as patch:
        register_tiny(patch.setitem)
        assert state_of(tmp_path / "run")["epoch"] == 0
        assert not list((tmp_path / "run").glob(".*"))
        train_finetune(tiles_dir, out=tmp_path / "run", settings=SMALL, resume=True)
    assert_same_run(tmp_path / "run", unbroken(SMALL))


@pytest.mark.usefixtures("only_fit")
def test_a_full_disk_is_said_and_leaves_the_old_checkpoint(
    tiles_dir: Path, broken_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = copied(broken_dir, tmp_path / "run")
    before = (folder / "last.ckpt").read_bytes()

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OutputError, match=r"No space left on device.*Free space"):
        train_finetune(tiles_dir, out=folder, settings=SMALL, resume=True)
    assert (folder / "last.ckpt").read_bytes() == before


# What is refused


def test_a_loss_that_is_no_number_names_its_step(
    tiles_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    true_forward = CrackNet.forward

    def broken(net: CrackNet, pixels: torch.Tensor) -> torch.Tensor:
        logits = true_forward(net, pixels)
        return logits * float("nan") if net.head.weight.abs().sum() > 0 else logits  # after the first step

    monkeypatch.setattr(CrackNet, "forward", broken)
    with pytest.raises(DataError, match=r"must be finite; at epoch 0, batch 1, step 1 it is nan. Lower learning_rate"):
        train_finetune(tiles_dir, out=tmp_path, settings=SMALL)


def test_more_devices_than_there_are(tiles_dir: Path, tmp_path: Path) -> None:
    machine = MachineSettings(device="cpu", devices=4096)
    with pytest.raises(SettingError, match=r"devices must be at most the \d+ CPU cores that are there; got 4096"):
        train_finetune(tiles_dir, out=tmp_path / "run", settings=replace(SMALL, machine=machine))
    assert not (tmp_path / "run").exists()


def test_an_unknown_stage_names_those_that_are_there(tiles_dir: Path, tmp_path: Path) -> None:
    with pytest.raises(SettingError, match="unfreeze must be one of low, high, all, none; got 'layer4'"):
        train_finetune(tiles_dir, out=tmp_path / "run", settings=replace(SMALL, unfreeze="layer4"))


def test_a_network_that_does_not_agree_is_refused_and_the_weights_are_kept(
    tiles_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    true_reference = result.reference_logits

    def other(net: CrackNet, tiles: Any) -> np.ndarray:
        return np.array([-9.0 if tile.label else 9.0 for tile in tiles])

    monkeypatch.setattr(import_module("cracklens.training.finetune.result"), "reference_logits", other)
    monkeypatch.setattr("cracklens.training.nets.int8_forms.quantize_with_control", lambda model, *_, **__: model)
    settings = replace(SMALL, epochs=12, learning_rate=0.3, most_flipped=0.003)
    with pytest.raises(OutputError, match=r"at most 0\.30% of the decisions on val .* say --resume --float"):
        train_finetune(tiles_dir, out=tmp_path, settings=settings)
    (weights,) = tmp_path.glob("weights-*")
    assert not (tmp_path / "card.json").exists()
    monkeypatch.setattr(import_module("cracklens.training.finetune.result"), "reference_logits", true_reference)
    card = train_finetune(tiles_dir, out=tmp_path, settings=replace(settings, float_network=True), resume=True).card
    assert (card.recipe["network"], card.recipe["weights_file"]) == ("float", weights.name)
    assert "tiny fine-tuned on walls, float; from" in card.backbone
    assert {metric.name: metric.value for metric in card.metrics}["parity_flipped"] == 0
    assert Detector.load(tmp_path).backbone.hash == card.backbone_hash


# What learns


def run_of(tiles_dir: Path, folder: Path, settings: FinetuneSettings) -> tuple[dict[str, Any], dict[str, Any]]:
    """Give the weights before and after a run."""
    train_finetune(tiles_dir, out=folder, settings=settings)
    return CrackNet(TinyNet()).state_dict(), state_of(folder)["current_model_state"]


def moved(before: dict[str, Any], after: dict[str, Any]) -> set[str]:
    return {name for name, value in before.items() if not torch.equal(value, after[f"net.{name}"])}


@pytest.mark.usefixtures("only_fit")
def test_only_open_stages_move_and_frozen_batchnorm_stands_still(unbroken: Callable[..., Path]) -> None:
    names = moved(CrackNet(TinyNet()).state_dict(), state_of(unbroken(SMALL))["current_model_state"])
    assert {"head.weight", "backbone.high.0.weight", "backbone.high.1.running_mean"} <= names
    assert not any(name.startswith("backbone.low") for name in names)


@pytest.mark.usefixtures("only_fit")
@pytest.mark.parametrize("how", [{"head_epochs": 3}, {"unfreeze": "none"}], ids=str)
def test_at_first_only_the_head_learns(tiles_dir: Path, tmp_path: Path, how: dict[str, Any]) -> None:
    assert moved(*run_of(tiles_dir, tmp_path, replace(SMALL, **how))) == {"head.weight", "head.bias"}


@pytest.mark.usefixtures("only_fit")
def test_a_run_stops_when_val_gets_no_better(tiles_dir: Path, tmp_path: Path) -> None:
    settings = replace(SMALL, epochs=9, patience=1, learning_rate=1e-12, backbone_learning_rate=1e-12)
    train_finetune(tiles_dir, out=tmp_path, settings=settings)
    assert len((tmp_path / "log.csv").read_text().splitlines()) < 1 + 9


@pytest.mark.usefixtures("only_fit")
def test_without_an_average_the_weights_are_the_last_ones(tiles_dir: Path, tmp_path: Path) -> None:
    train_finetune(tiles_dir, out=tmp_path, settings=replace(SMALL, average=0))
    assert "current_model_state" not in state_of(tmp_path)


def test_both_classes_weigh_the_same(tiles_dir: Path, tmp_path: Path) -> None:
    rows = ["file,label,split"]
    for number, path in enumerate(sorted(tiles_dir.rglob("*.png"))):
        split = "val" if int(path.stem) < 4 else "train"
        if split == "val" or path.parent.name == "Cracked" or number % 2:
            rows.append(f"{path},{path.parent.name},{split}")
    (tmp_path / "mine.csv").write_text("\n".join(rows))
    labelled = with_splits(read_labelled(tmp_path / "mine.csv"))
    intact, cracked = train._class_weights(labelled, SMALL).tolist()
    assert (intact, cracked) == pytest.approx((30 / 20, 30 / 40))
    assert train._class_weights(labelled, replace(SMALL, balance=False)).tolist() == [1, 1]


# Others who listen


def test_mlflow_listens_where_it_is_installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[dict[str, Any]] = []

    class StandIn:
        def __init__(self, name: str, **how: Any) -> None:
            made.append({"name": name, **how})

    monkeypatch.setattr("lightning.pytorch.loggers.MLFlowLogger", StandIn)
    for installed in (False, True):
        monkeypatch.setattr(train, "find_spec", lambda _, there=installed: there or None)
        loggers = train._loggers(RunFolder(tmp_path / "mine"))
        assert len(loggers) == 1 + installed
    assert made == [{"name": "cracklens", "run_name": "mine", "save_dir": str(tmp_path / "mine" / "mlruns")}]


DDP_SCRIPT = """
import sys
from dataclasses import replace
from pathlib import Path
from tests.training.tiny import SMALL, register_tiny
from cracklens.training.finetune import MachineSettings, train_finetune

register_tiny(lambda where, name, value: where.__setitem__(name, value))
machine = MachineSettings(device="cpu", devices=2, strategy="ddp")
settings = replace(SMALL, epochs=2, batch=4, machine=machine)
checkpoint = train_finetune(Path(sys.argv[1]), out=Path(sys.argv[2]), settings=settings)
print(checkpoint.card.name)
"""


@pytest.mark.slow
@pytest.mark.skipif((os.cpu_count() or 1) < 2, reason="two processes need two cores")
def test_two_processes_train_one_net(tiles_dir: Path, tmp_path: Path, repo_dir: Path) -> None:
    script = tmp_path / "train.py"
    script.write_text(DDP_SCRIPT)
    paths = os.pathsep.join([str(repo_dir), str(repo_dir / "src")])
    environment = os.environ | {"PYTHONPATH": paths, "OMP_NUM_THREADS": "1"}
    words = [sys.executable, str(script), str(tiles_dir), str(tmp_path / "run")]
    run = subprocess.run(words, capture_output=True, text=True, env=environment, cwd=tmp_path, check=False)
    assert run.returncode == 0, run.stderr[-3000:]
    assert run.stdout.split() == ["walls-finetune"]  # one process speaks
    rows = (tmp_path / "run" / "log.csv").read_text().splitlines()[1:]
    assert [int(row.split(",")[1]) for row in rows] == [4, 8]  # 32 tiles in batches of 4 for each of two processes
    assert Detector.load(tmp_path / "run").head.weight.shape == (2, 20)
