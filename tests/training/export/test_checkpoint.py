"""Takes small checkpoints; gives faults of what is exported: other scores, a gate that lets through, parts missing."""

from __future__ import annotations

import json
from dataclasses import replace
from importlib import import_module
from pathlib import Path

import numpy as np
import openvino as ov
import pytest

pytest.importorskip("torch")
pytest.importorskip("nncf")
pytest.importorskip("onnxruntime")

import onnxruntime
import torch
from tests.stand_ins import killed_at
from tests.training.tiny import TinyNet, register_tiny

from cracklens.detector import Detector
from cracklens.drawn.wall import draw_wall
from cracklens.errors import CheckpointError, DataError, OutputError, SettingError
from cracklens.models.card import Card, card_from_json
from cracklens.models.checkpoint import Checkpoint, read_checkpoint, write_checkpoint
from cracklens.models.registry import show_detector
from cracklens.network.backbone import OpenVinoBackbone
from cracklens.network.scores import calibrated, local_logits, neighbourhood_mean
from cracklens.training.export.checkpoint import export_checkpoint
from cracklens.training.export.forms import with_head
from cracklens.training.export.settings import ExportSettings
from cracklens.training.export.source import open_source
from cracklens.training.nets.crack_net import CrackNet, weights_bytes
from cracklens.training.nets.network import ScoreNet
from cracklens.training.nets.parity import check_parity, compare
from cracklens.training.nets.plan import NetPlan
from cracklens.training.nets.quantize import convert_net, quantize_with_control
from cracklens.training.notebook_recipe import NotebookSettings, train_notebook
from cracklens.values import Head

pytestmark = pytest.mark.slow  # minutes of torch; the fast suite stays under 90 s

SCORES = ExportSettings(crack_map=False)
"""The crack map has tests of its own, and its network takes seconds to open."""


@pytest.fixture(scope="module", autouse=True)
def tiny():
    with pytest.MonkeyPatch.context() as patch:
        register_tiny(patch.setitem)
        yield


def made_head() -> Head:
    weight = np.random.default_rng(0).normal(size=(2, 20)).astype(np.float32)
    return Head(weight, np.array([0.1, -0.2], np.float32), temperature=1.5, offset=-0.25)


@pytest.fixture(scope="module")
def checkpoint_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a checkpoint with a small float network of its own. Not to be written to."""
    return own_checkpoint(tmp_path_factory.mktemp("own"), made_head())


def own_checkpoint(folder: Path, head: Head) -> Path:
    """Write a checkpoint with a small float network of its own."""
    net = TinyNet().eval()
    ov.save_model(convert_net(net), folder / "net.xml", compress_to_fp16=False)
    name, content = weights_bytes(CrackNet(net), NetPlan("tiny"))
    backbone = OpenVinoBackbone(folder / "net.xml")
    card = replace(
        show_detector(),
        name="own",
        backbone="tiny",
        backbone_hash=backbone.hash,
        temperature=head.temperature,
        offset=head.offset,
        threshold=0.5,
        recipe={"name": "finetune", "weights_file": name},
    )
    write_checkpoint(Checkpoint(head, card, folder / "net.xml"), folder / "checkpoint")
    (folder / "checkpoint" / name).write_bytes(content)
    return folder / "checkpoint"


def window(hw: tuple[int, int] = (288, 352), n: int = 2) -> np.ndarray:
    return np.stack([draw_wall(hw, widths_px=(5.0,), seed=seed).pixels for seed in range(n)])


def expected(folder: Path, windows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Give local logits and scores as the detector's own rooms compute them."""
    loaded = Detector.load(folder)
    logits = local_logits(loaded.backbone.feature_maps(windows), loaded.head)
    inner = [neighbourhood_mean(one)[3:-3, 3:-3] for one in logits]
    return logits, calibrated(np.stack(inner), loaded.head)


# A checkpoint with its own network


def test_a_checkpoint_with_its_own_network_comes_back_whole(checkpoint_dir: Path) -> None:
    loaded = read_checkpoint(checkpoint_dir)
    assert loaded.backbone is not None
    assert loaded.backbone.name == f"backbone-{loaded.card.backbone_hash[:12]}.xml"
    detector = Detector.load(checkpoint_dir)
    assert detector.backbone.name == "tiny"
    assert detector.score(draw_wall((100, 250), widths_px=(4.0,)).as_photo()).values.shape == (7, 8)


def test_such_a_checkpoint_runs_on_the_cpu_only(checkpoint_dir: Path) -> None:
    with pytest.raises(SettingError, match="with its own network runs on device cpu; got 'torch-cpu'"):
        Detector.load(checkpoint_dir, device="torch-cpu")


def copied(folder: Path, to: Path) -> Path:
    to.mkdir(parents=True)
    for path in folder.iterdir():
        (to / path.name).write_bytes(path.read_bytes())
    return to


@pytest.mark.parametrize("suffix", [".xml", ".bin"])
@pytest.mark.parametrize("how", ["cut", "bit", "gone"])
def test_a_damaged_network_is_refused(checkpoint_dir: Path, tmp_path: Path, suffix: str, how: str) -> None:
    folder = copied(checkpoint_dir, tmp_path / "copy")
    (path,) = folder.glob(f"backbone-*{suffix}")
    content = path.read_bytes()
    if how == "gone":
        path.unlink()
    else:
        path.write_bytes(content[:-9] if how == "cut" else bytes([content[0] ^ 1]) + content[1:])
    with pytest.raises(CheckpointError, match=r"damaged|expected an OpenVINO network|expected weight|must fit"):
        Detector.load(folder)


def test_a_network_that_the_card_does_not_name_is_not_written(checkpoint_dir: Path, tmp_path: Path) -> None:
    loaded = read_checkpoint(checkpoint_dir)
    other = replace(loaded, card=replace(loaded.card, backbone_hash="f" * 64))
    with pytest.raises(CheckpointError, match="expected the network ffffffffffff that the card names"):
        write_checkpoint(other, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_checkpoint_on_the_bundled_network_takes_the_place_of_one_with_its_own(
    checkpoint_dir: Path, tmp_path: Path
) -> None:
    folder = copied(checkpoint_dir, tmp_path / "copy")
    head = Head(np.zeros((2, 3072), np.float32), np.zeros(2, np.float32))
    write_checkpoint(Checkpoint(head, show_detector()), folder)
    assert not list(folder.glob("backbone-*"))
    assert read_checkpoint(folder).backbone is None


@pytest.mark.parametrize("last", ["backbone-", "head-", ".bin"])
def test_killed_while_such_a_checkpoint_is_written_leaves_the_old_one(
    checkpoint_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, last: str
) -> None:
    folder = copied(checkpoint_dir, tmp_path / "copy")
    before = read_checkpoint(folder)
    other_net = tmp_path / "other.xml"
    torch_net = TinyNet()
    torch.nn.init.ones_(next(torch_net.parameters()))
    ov.save_model(convert_net(torch_net), other_net)
    new = replace(before, card=replace(before.card, backbone_hash=OpenVinoBackbone(other_net).hash), backbone=other_net)
    with killed_at(monkeypatch, "card.json", last):
        write_checkpoint(new, folder)
    after = read_checkpoint(folder)
    assert after.card == before.card
    assert after.backbone == before.backbone
    write_checkpoint(new, folder)
    assert {path.suffix for path in folder.glob("backbone-*")} == {".xml", ".bin"}
    assert len(list(folder.glob("backbone-*"))) == 2


# Exported networks


def test_openvino_gives_what_the_detector_gives(checkpoint_dir: Path, tiles_dir: Path, tmp_path: Path) -> None:
    found = export_checkpoint(checkpoint_dir, out=tmp_path, data=tiles_dir, settings=SCORES)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["card.json", "cracklens.bin", "cracklens.xml"]
    network = ov.Core().compile_model(tmp_path / "cracklens.xml", "CPU")
    for hw in ((288, 352), (224, 224)):
        outputs = network({"windows": window(hw)})
        logits, scores = expected(checkpoint_dir, window(hw))
        np.testing.assert_allclose(outputs["local_logits"], logits, atol=0.05)
        np.testing.assert_allclose(outputs["scores"], scores, atol=0.01)
    assert (found.parity.n, found.parity.flipped) == (8, 0)


def test_the_float_network_passes_the_same_gate(checkpoint_dir: Path, tiles_dir: Path, tmp_path: Path) -> None:
    found = export_checkpoint(
        checkpoint_dir, out=tmp_path, data=tiles_dir, settings=replace(SCORES, float_network=True, most_flipped=0.0)
    )
    assert (found.parity.flipped, found.card.recipe["export"]["format"]) == (0, "float openvino")
    assert found.parity.data == "float openvino against torch, walls, val"
    outputs = ov.Core().compile_model(tmp_path / "cracklens.xml", "CPU")({"windows": window()})
    np.testing.assert_allclose(outputs["scores"], expected(checkpoint_dir, window())[1], atol=0.01)


def export_another(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let what is exported be another head than the checkpoint's."""

    def turned(model: ov.Model, head: Head) -> ov.Model:
        return with_head(model, replace(head, bias=np.array([0, 99], np.float32)))

    monkeypatch.setattr(import_module("cracklens.training.export.checkpoint"), "with_head", turned)
    monkeypatch.setattr("cracklens.training.nets.int8_forms.quantize_with_control", lambda model, *_, **__: model)


def test_a_refused_export_says_what_else_there_is(
    checkpoint_dir: Path, tiles_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    export_another(monkeypatch)
    for settings, advice in (
        (SCORES, "say --float for the float OpenVINO network"),
        (replace(SCORES, float_network=True), "It was not written; raise --most-flipped"),
    ):
        with pytest.raises(OutputError, match=advice):
            export_checkpoint(checkpoint_dir, out=tmp_path / "out", data=tiles_dir, settings=settings)


def test_onnx_runs_elsewhere_and_gives_the_same(checkpoint_dir: Path, tiles_dir: Path, tmp_path: Path) -> None:
    found = export_checkpoint(
        checkpoint_dir, out=tmp_path, data=tiles_dir, settings=replace(SCORES, format="onnx", limit=4)
    )
    session = onnxruntime.InferenceSession(tmp_path / "cracklens.onnx", providers=["CPUExecutionProvider"])
    for hw, n in (((288, 352), 2), ((224, 256), 1)):
        logits, scores = session.run(["local_logits", "scores"], {"windows": window(hw, n)})
        true_logits, true_scores = expected(checkpoint_dir, window(hw, n))
        np.testing.assert_allclose(logits, true_logits, atol=0.05)
        np.testing.assert_allclose(scores, true_scores, atol=0.01)
    assert (found.parity.n, found.parity.flipped) == (4, 0)
    assert found.parity.largest_difference < 1e-4


def test_the_card_says_what_was_exported(checkpoint_dir: Path, tiles_dir: Path, tmp_path: Path) -> None:
    card = export_checkpoint(checkpoint_dir, out=tmp_path, data=tiles_dir, settings=SCORES).card
    assert card_from_json((tmp_path / "card.json").read_text(), source="card.json") == card
    export = card.recipe["export"]
    assert (export["format"], export["input"], export["outputs"]) == ("openvino", "windows", ["local_logits", "scores"])
    assert set(export["sha256"]) == {"cracklens.xml", "cracklens.bin"}
    figures = {metric.name: metric.value for metric in card.metrics}
    assert figures["parity_flipped"] == 0
    assert 0 <= figures["parity_largest_difference"] < 0.05


def test_the_gate_refuses_another_network(
    checkpoint_dir: Path, tiles_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    export_another(monkeypatch)
    with pytest.raises(OutputError, match=r"own as openvino: at most 0\.30% .* differ from torch's; [1-8] of 8 do"):
        export_checkpoint(checkpoint_dir, out=tmp_path / "out", data=tiles_dir, settings=SCORES)
    assert not (tmp_path / "out").exists()


def test_parity_counts_flips_and_the_largest_difference() -> None:
    head = Head(np.zeros((2, 1), np.float32), np.zeros(2, np.float32))
    parity = compare(np.array([0.1, -2, 3]), np.array([-0.1, -2, 3.5]), head, threshold=0.5, data="made")
    assert (parity.n, parity.flipped, parity.share) == (3, 1, 1 / 3)
    assert parity.largest_difference == pytest.approx(0.04996, abs=1e-4)
    check_parity(parity, most_flipped=0.34, what="it")
    with pytest.raises(OutputError, match=r"1 of 3 do \(33\.33%\)"):
        check_parity(parity, most_flipped=0.33, what="it")
    with pytest.raises(DataError, match="needs labelled tiles of val"):
        compare(np.array([]), np.array([]), head, threshold=0.5, data="made")


def test_control_leaves_layers_in_float_where_decisions_flip(tiles_dir: Path) -> None:
    net = TinyNet().eval()
    asked: list[int] = []

    def agreement(compiled: ov.CompiledModel) -> float:
        asked.append(1)
        n_int8 = sum(op.get_type_name() == "FakeQuantize" for op in compiled.get_runtime_model().get_ops())
        return 0.5 if len(asked) == 2 or n_int8 else 1.0  # the plain INT8 form does not agree

    tiles = sorted(tiles_dir.rglob("*.png"))[:8]
    model = quantize_with_control(convert_net(net), tiles, agreement, most_lost=0.003)
    assert len(asked) > 2
    pixels = window((288, 288), 1)
    reference = ov.Core().compile_model(convert_net(net), "CPU")(pixels)["layer4"]
    np.testing.assert_allclose(ov.Core().compile_model(model, "CPU")(pixels)["layer4"], reference, atol=0.1)


# What is missing


def test_without_tiles_there_is_no_gate_and_no_export(checkpoint_dir: Path, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"own: does not say where its val tiles are. Give --data"):
        export_checkpoint(checkpoint_dir, out=tmp_path / "out")


def test_a_run_says_where_its_tiles_are(checkpoint_dir: Path, tiles_dir: Path, tmp_path: Path) -> None:
    folder = copied(checkpoint_dir, tmp_path / "run")
    (folder / "config.json").write_text(json.dumps({"run_version": 1, "data": str(tiles_dir)}))
    assert export_checkpoint(folder, out=tmp_path / "out", settings=SCORES).parity.n == 8


def test_without_float_weights_there_is_nothing_to_compare_with(checkpoint_dir: Path, tmp_path: Path) -> None:
    folder = copied(checkpoint_dir, tmp_path / "copy")
    card = json.loads((folder / "card.json").read_text())
    (folder / "card.json").write_text(json.dumps({**card, "recipe": {}}))
    with pytest.raises(CheckpointError, match="names no float weights"):
        open_source(folder)
    (folder / "card.json").write_text(json.dumps({**card, "recipe": {"weights_file": "absent.safetensors"}}))
    with pytest.raises(CheckpointError, match="expected the weights of a training run"):
        open_source(folder)


def test_all_faults_of_settings_come_at_once() -> None:
    with pytest.raises(
        SettingError, match=r"format must be one of openvino, onnx; got 'tflite'; most_flipped .*; limit"
    ):
        ExportSettings("tflite", most_flipped=2, limit=0)  # type: ignore[arg-type]


# The real networks


@pytest.mark.slow
@pytest.mark.parametrize("how", ["openvino", "onnx"])
def test_the_bundled_detector_is_exported(tiles_dir: Path, tmp_path: Path, how: str) -> None:
    settings = ExportSettings(how, most_flipped=0.5, limit=4, crack_map=False)  # type: ignore[arg-type]
    card: Card = export_checkpoint("concrete-frozen", out=tmp_path, data=tiles_dir, settings=settings).card
    assert card.name == "concrete-frozen"
    assert {metric.name for metric in card.metrics} >= {"parity_flipped_share", "recall"}
    score = Detector.load("concrete-frozen").score(draw_wall((288, 288), widths_px=(5.0,)).as_photo())
    model = ov.Core().read_model(tmp_path / f"cracklens.{'xml' if how == 'openvino' else 'onnx'}")
    inner = ov.Core().compile_model(model, "CPU")(window((288, 288), 1))["scores"]
    assert inner.shape == (1, 3, 3)
    assert np.abs(inner[0] - score.values[3:6, 3:6]).max() < 0.35  # zeros beyond the edge in place of a mirror


@pytest.mark.slow
def test_a_run_of_the_notebook_is_exported(tiles_dir: Path, tmp_path: Path) -> None:
    train_notebook(tiles_dir, out=tmp_path / "run", settings=NotebookSettings(epochs=1, batch=8, tile_px=64))
    source = open_source(tmp_path / "run")
    assert source.network is None
    assert source.head.weight.shape == (2, 3072)
    assert not source.head.weight[:, :1024].any()
    net = ScoreNet(source.backbone, source.head, depth3=1024).eval()
    with torch.inference_mode():
        logits, _ = net(torch.from_numpy(window((224, 224), 1)))
        pixels = torch.from_numpy(window((224, 224), 1)).permute(0, 3, 1, 2) / 127.5 - 1
        both = source.backbone.get_submodule("net").eval()(pixels)
        both = both @ torch.from_numpy(source.head.weight[:, 1024:]).T + torch.from_numpy(source.head.bias)
    assert float(logits.mean()) == pytest.approx(float(both[0, 1] - both[0, 0]), abs=1e-3)
    found = export_checkpoint(tmp_path / "run", out=tmp_path / "out", settings=ExportSettings(most_flipped=1.0))
    assert (found.folder / "cracklens.xml").is_file()
