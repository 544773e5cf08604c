"""Takes the words of `cracklens export` and of the recipes that need torch; gives faults of what they say and write."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

import numpy as np
import openvino as ov
import pytest

pytest.importorskip("torch")
pytest.importorskip("lightning")

from tests.cli.conftest import Cli
from tests.stand_ins import save_wall
from tests.training.tiny import register_tiny

from cracklens import list_detectors

pytestmark = pytest.mark.slow  # minutes of torch; the fast suite stays under 90 s

PER_CLASS = 24
TRAINED = (
    "--recipe", "finetune", "--weights", "tiny", "--unfreeze", "high", "--epochs", "8", "--batch", "8",
    "--learning-rate", "0.3", "--recall", "0.8", "--most-flipped", "0.5", "--device", "cpu",
)  # fmt: skip


@pytest.fixture(scope="module")
def walls(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a folder of drawn tiles, a subfolder a class. Not to be written to."""
    folder = tmp_path_factory.mktemp("data") / "walls"
    for seed in range(PER_CLASS):
        save_wall(folder / "Positive" / f"{seed:02}.png", seed=seed, hw=(64, 64))
        save_wall(folder / "Negative" / f"{seed:02}.png", cracked=False, seed=100 + seed, hw=(64, 64))
    return folder


@pytest.fixture(autouse=True)
def tiny(monkeypatch: pytest.MonkeyPatch) -> None:
    register_tiny(monkeypatch.setitem)


def test_finetune_then_inspect_and_export(cli: Cli, walls: Path) -> None:
    answer = cli("train", walls, "--out", "mine", *TRAINED)
    assert answer.code == 0, answer.err
    assert answer.out.startswith("walls-finetune  (")
    assert cli("models", "show", "mine").out == answer.out
    assert "parity_flipped" in cli("models", "show", "mine", "--json").out
    report = cli("inspect", walls / "Positive" / "00.png", "--out", "report", "--detector", "mine", "--json")
    assert report.code == 0
    exported = cli("export", "mine", "--out", "net", "--most-flipped", "0.5")
    assert (exported.code, exported.out) == (0, "net\n"), exported.err
    assert "of 8 decisions differ from torch's" in exported.err
    assert re.search(r"crack map 0\.\d% apart from the detector's, over 32,768 cells", exported.err)
    outputs = ov.Core().compile_model("net/cracklens.xml", "CPU")(np.zeros((1, 224, 224, 3), np.uint8))
    assert (outputs["local_logits"].shape, outputs["scores"].shape) == ((1, 7, 7), (1, 1, 1))
    told = cli("export", "mine", "--out", "onnx", "--format", "onnx", "--data", walls, "--limit", "4", "--json")
    assert json.loads(told.out)["flipped"] == 0
    assert json.loads(told.out)["n"] == 4
    assert [one["name"] for one in json.loads(told.out)["maps"]] == ["crack", "line"]
    assert Path("onnx/cracklens.onnx").is_file()
    floats = cli("export", "mine", "--out", "floats", "--float", "--data", walls, "--no-crack-map", "--json")
    assert (json.loads(floats.out)["flipped"], json.loads(floats.out)["maps"]) == (0, [])
    assert (
        json.loads(Path("floats/card.json").read_text(encoding="utf-8"))["recipe"]["export"]["format"]
        == "float openvino"
    )


def test_finetune_writes_the_float_network_on_request_and_export_makes_it_int8(cli: Cli, walls: Path) -> None:
    card = json.loads(cli("train", walls, "--out", "mine", *TRAINED, "--float", "--json").out)
    assert card["recipe"]["network"] == "float"
    assert n_quantized(next(Path("mine").glob("backbone-*.xml"))) == 0
    exported = cli("export", "mine", "--out", "net", "--most-flipped", "0.5")
    assert exported.code == 0, exported.err
    assert n_quantized(Path("net/cracklens.xml")) > 0


def n_quantized(network: Path) -> int:
    return sum(op.get_type_name() == "FakeQuantize" for op in ov.Core().read_model(network).get_ops())


def test_resume_goes_on_and_a_second_start_is_refused(cli: Cli, walls: Path) -> None:
    assert cli("train", walls, "--out", "mine", *TRAINED, "--epochs", "1").code == 0
    again = cli("train", walls, "--out", "mine", *TRAINED, "--epochs", "1")
    assert again.code == 1
    assert "Say --resume to go on" in again.err
    resumed = cli("train", walls, "--out", "mine", *TRAINED, "--epochs", "1", "--resume", "--json")
    assert resumed.code == 0
    assert resumed.out == Path("mine/card.json").read_text(encoding="utf-8")


def test_notebook_prints_what_the_notebook_printed(cli: Cli, walls: Path) -> None:
    words = ("--recipe", "notebook", "--epochs", "1", "--batch", "8", "--limit", "24")
    answer = cli("train", walls, "--out", "run", *words)
    assert answer.code == 0, answer.err
    assert answer.out.startswith("accuracy ")
    assert "f1-score" in answer.out
    assert Path("run/resnet50_crack_model.pth").is_file()
    card = json.loads(cli("train", walls, "--out", "run", *words, "--json").out)
    assert card["recipe"]["name"] == "notebook"


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--recipe", "notbook"), "recipe must be one of frozen, notebook, finetune, crackmap; got 'notbook'."),
        (("--unfreeze", "layer3"), "recipe frozen does not know --unfreeze. Use recipe finetune, or leave them out."),
        (("--epochs", "3"), "recipe frozen does not know --epochs. Use recipe notebook or finetune, or leave"),
        (("--recipe", "notebook", "--resume"), "recipe notebook does not know --resume. Use recipe finetune"),
        (("--recipe", "finetune", "--cache", "x", "--limit", "3"), "does not know --cache, --limit. Leave them out."),
        (("--recipe", "finetune", "--devices", "4096", "--device", "cpu"), "CPU cores that are there; got 4096."),
        (("--recipe", "finetune", "--weights", "IMAGENETV1"), "Did you mean 'IMAGENET1K_V1'?"),
        (("--recipe", "notebook", "--epochs", "0"), "epochs must be ≥ 1; got 0."),
    ],
)
def test_flags_that_do_not_fit(cli: Cli, walls: Path, words: tuple[str, ...], sentence: str) -> None:
    answer = cli("train", walls, "--out", "out", *words)
    assert answer.code == 1
    assert sentence in answer.err
    assert not Path("out").exists()


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ((list_detectors()[0],), "does not say where its val tiles are. Give --data with labelled tiles."),
        (("absent",), "expected a checkpoint folder or the name of a bundled detector."),
        ((list_detectors()[0], "--format", "tflite"), "format must be one of openvino, onnx; got 'tflite'."),
    ],
)
def test_exports_that_cannot_be(cli: Cli, words: tuple[str, ...], sentence: str) -> None:
    answer = cli("export", *words, "--out", "out")
    assert answer.code == 1
    assert sentence in answer.err


@pytest.mark.parametrize("verb", ["export", "train"])
def test_without_the_extra_the_command_is_named(
    cli: Cli, walls: Path, monkeypatch: pytest.MonkeyPatch, verb: str
) -> None:
    for name in [
        name for name in sys.modules if name.startswith(("cracklens.training.export", "cracklens.training.fine"))
    ]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "torch", None)
    words = ("export", "mine") if verb == "export" else ("train", walls, "--recipe", "finetune")
    answer = cli(*words, "--out", "out")
    assert answer.code == 1
    assert "pip install 'cracklens[train]'" in answer.err
