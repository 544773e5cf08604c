"""Takes small heads with a detail net; gives faults of their exports: other scores, a gate that sees only one half."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import openvino as ov
import pytest

pytest.importorskip("torch")
pytest.importorskip("nncf")
pytest.importorskip("onnxruntime")

import onnxruntime
import torch
from numpy.typing import NDArray
from tests.network.test_scores import detail
from tests.stand_ins import save_wall
from tests.training.export.test_checkpoint import SCORES, made_head, own_checkpoint, window
from tests.training.tiny import TinyNet, register_tiny

from cracklens.detector import Detector
from cracklens.drawn.wall import draw_wall
from cracklens.errors import OutputError
from cracklens.labels.dataset import LabelledTile, read_labelled
from cracklens.models.checkpoint import Checkpoint, read_checkpoint, write_checkpoint
from cracklens.models.registry import INT8_BACKBONE, SMALL_DETECTOR, find_checkpoint
from cracklens.network.backbone import OpenVinoBackbone
from cracklens.network.scores import calibrated, local_maps, pooled_logits, soft_maximum
from cracklens.network.windows import cut, grid_hw, plan_windows
from cracklens.training.export import checkpoint
from cracklens.training.export.checkpoint import export_checkpoint
from cracklens.training.export.forms import network_run, onnx_bytes, output_names, with_head
from cracklens.training.export.settings import ExportSettings
from cracklens.training.nets.detail_layers import DetailLayers, soft_maximum_node
from cracklens.training.nets.int8_forms import agreement_on
from cracklens.training.nets.network import ScoreNet, backbone_run, torch_run
from cracklens.training.nets.parity import compare, tile_logits, uncalibrated
from cracklens.training.nets.quantize import convert_net
from cracklens.values import FeatureMaps, Head
from cracklens.values.head import DetailNet, KnownFeatures

pytestmark = pytest.mark.slow  # torch, its exporter and NNCF

EXACT = {"INFERENCE_PRECISION_HINT": "f32"}


@pytest.fixture(scope="module", autouse=True)
def tiny():
    with pytest.MonkeyPatch.context() as patch:
        register_tiny(patch.setitem)
        yield


def detailed_head(*, sharpness: float = 3.0) -> Head:
    """Give a head whose detail net tells cells apart: its logits on drawn walls are some units wide."""
    net = detail(5, depth=20, sharpness=sharpness)
    net = replace(net, weight_in=net.weight_in * 60, weight_out=net.weight_out * 5, bias_out=1.0)
    return replace(made_head(), detail=net)


def tiny_maps(windows: NDArray[np.uint8]) -> list[FeatureMaps]:
    """Give the feature maps of each window."""
    with torch.inference_mode():
        fine, coarse = TinyNet().eval()(torch.from_numpy(windows).permute(0, 3, 1, 2).float())
    return [FeatureMaps(fine[i : i + 1].numpy(), coarse[i : i + 1].numpy()) for i in range(len(windows))]


def expected(windows: NDArray[np.uint8], head: Head) -> list[NDArray[np.float32]]:
    """Give both maps of cells and the scores as the detector's own rooms compute them."""
    maps = [local_maps(one, head) for one in tiny_maps(windows)]
    scores = [calibrated(pooled_logits(of, head), head)[3:-3, 3:-3] for of in maps]
    return [np.stack([of[0] for of in maps]), np.stack([of[1] for of in maps]), np.stack(scores)]


def tiny_net(head: Head) -> ScoreNet:
    return ScoreNet(TinyNet().eval(), head, depth3=8).eval()


@pytest.fixture(scope="module")
def checkpoint_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a checkpoint with a detail net and a small network of its own. Not to be written to."""
    return own_checkpoint(tmp_path_factory.mktemp("own"), at_the_middle(detailed_head()))


def at_the_middle(head: Head) -> Head:
    """Shift a head so that its scores on drawn tiles lie on both sides of 0.5."""
    tiles = [draw_wall((64, 64), widths_px=(6.0,) * (seed % 2), seed=seed).pixels for seed in range(10)]
    windows = np.stack([cut(tile, plan_windows((64, 64))[0]) for tile in tiles])
    logits = [pooled_logits(local_maps(one, head)[:, 1:-1, 1:-1], head).max() for one in tiny_maps(windows)]
    return replace(head, offset=-float(np.median(logits)) / head.temperature)


# The same scores in every form


@pytest.mark.parametrize("sharpness", [0.3, 3.0, 10.0])
def test_torch_gives_what_the_detector_gives(sharpness: float) -> None:
    head = detailed_head(sharpness=sharpness)
    with torch.inference_mode():
        found = tiny_net(head)(torch.from_numpy(window()))
    linear, cells, scores = expected(window(), head)
    assert np.ptp(cells) > 2
    for one, other in zip(found, (linear, cells, scores), strict=True):
        np.testing.assert_allclose(one.numpy(), other, atol=1e-4)


def test_onnx_gives_what_the_detector_gives_at_any_size() -> None:
    head = detailed_head()
    session = onnxruntime.InferenceSession(onnx_bytes(tiny_net(head)), providers=["CPUExecutionProvider"])
    assert [output.name for output in session.get_outputs()] == ["local_logits", "detail_logits", "scores"]
    for hw, n in (((288, 352), 2), ((224, 256), 1), ((224, 224), 3)):
        found = session.run(None, {"windows": window(hw, n)})
        for one, other in zip(found, expected(window(hw, n), head), strict=True):
            np.testing.assert_allclose(one, other, atol=1e-3)


@pytest.mark.parametrize("sharpness", [0.3, 3.0, 10.0])
def test_openvino_gives_what_the_detector_gives_after_it_was_saved(tmp_path: Path, sharpness: float) -> None:
    head = detailed_head(sharpness=sharpness)
    ov.save_model(with_head(convert_net(TinyNet().eval()), head), tmp_path / "net.xml", compress_to_fp16=True)
    network = ov.Core().compile_model(tmp_path / "net.xml", "CPU", EXACT)
    for hw in ((288, 352), (224, 224)):
        found = network(window(hw))
        for name, other in zip(output_names(head), expected(window(hw), head), strict=True):
            np.testing.assert_allclose(found[name], other, atol=0.05 if name == "detail_logits" else 0.01)


@pytest.mark.parametrize("spread", [1.0, 30.0, 3000.0])
def test_the_soft_maximum_is_the_detectors_own_even_where_its_exponentials_leave_single_precision(
    tmp_path: Path, spread: float
) -> None:
    cells = (spread * np.random.default_rng(0).normal(size=(2, 1, 9, 12))).astype(np.float32)
    exact = np.stack([soft_maximum(one[0], sharpness=2.0)[3:-3, 3:-3] for one in cells])
    layers = DetailLayers(replace(detail(2, depth=20), sharpness=2.0), depth3=8)
    with torch.inference_mode():
        by_torch = layers.pooled(torch.from_numpy(cells))[:, 0].numpy()
    parameter = ov.opset13.parameter(ov.PartialShape([-1, 1, -1, -1]), np.float32)
    model = ov.Model([ov.opset13.result(soft_maximum_node(parameter, sharpness=2.0))], [parameter], "pooled")
    ov.save_model(model, tmp_path / "pooled.xml", compress_to_fp16=True)
    by_openvino = ov.Core().compile_model(tmp_path / "pooled.xml", "CPU", EXACT)(cells)[0][:, 0]
    for found in (by_torch, by_openvino):
        np.testing.assert_allclose(found, exact, rtol=1e-4, atol=1e-3)
    assert np.abs(exact - cells[:, 0].mean((1, 2), keepdims=True)).min() > 0.3  # it is no mean


def test_what_a_head_knows_of_its_data_is_not_exported() -> None:
    known = KnownFeatures(np.ones((3, 20), np.float32), np.zeros((1, 3), np.float32), limit=1.0)
    head = replace(detailed_head(), known=known)
    assert output_names(head) == ("local_logits", "detail_logits", "scores")
    assert output_names(replace(made_head(), known=known)) == ("local_logits", "scores")
    network = ov.Core().compile_model(with_head(convert_net(TinyNet().eval()), head), "CPU", EXACT)
    for name, other in zip(output_names(head), expected(window(), detailed_head()), strict=True):
        np.testing.assert_allclose(network(window())[name], other, atol=5e-4)
    np.testing.assert_allclose(backbone_run(plain(), head)(window()), torch_run(tiny_net(head))(window()), atol=1e-3)


def plain() -> ov.CompiledModel:
    return ov.Core().compile_model(convert_net(TinyNet().eval()), "CPU", EXACT)


# What is compared


def saved_tile(path: Path, hw: tuple[int, int]) -> LabelledTile:
    save_wall(path, seed=4, hw=hw)
    return LabelledTile(path, path.name, 1, path.name, "val")


@pytest.mark.parametrize("hw", [(64, 90), (227, 227), (290, 420), (260, 2500)])
def test_the_gate_compares_the_peak_that_the_detector_gives(
    checkpoint_dir: Path, tmp_path: Path, hw: tuple[int, int]
) -> None:
    detector = Detector.load(checkpoint_dir)
    tile = saved_tile(tmp_path / "tile.png", hw)
    net = tiny_net(detector.head)
    network = ov.Core().compile_model(with_head(convert_net(TinyNet().eval()), detector.head), "CPU", EXACT)
    for form in (torch_run(net), network_run(network, detector.head), backbone_run(plain(), detector.head)):
        score = calibrated(tile_logits([tile], form), detector.head)
        assert score == pytest.approx([detector.score(tile.path).peak], abs=0.01)


@pytest.mark.parametrize("hw", [(64, 64), (290, 420)])
def test_neighbourhoods_that_reach_into_the_mirror_do_not_count(tmp_path: Path, hw: tuple[int, int]) -> None:
    def high_at_the_rim(windows: NDArray[np.uint8]) -> NDArray[np.float32]:
        rows, cols = windows.shape[1] // 32 - 8, windows.shape[2] // 32 - 8
        inside = np.arange(rows * cols, dtype=np.float32).reshape(1, rows, cols)
        return np.pad(inside, ((0, 0), (1, 1), (1, 1)), constant_values=99)

    last = (grid_hw(hw)[0] - 6) * (grid_hw(hw)[1] - 6) - 1
    assert tile_logits([saved_tile(tmp_path / "tile.png", hw)], high_at_the_rim) == [last]


def test_uncalibrated_takes_a_score_back_to_its_logit() -> None:
    head, logits = detailed_head(), np.array([-9.0, -0.5, 0.0, 3.0, 12.0])
    np.testing.assert_allclose(uncalibrated(calibrated(logits, head), head), logits, atol=5e-3)
    assert np.isfinite(uncalibrated(np.array([0.0, 1.0], np.float32), head)).all()


def test_accuracy_control_judges_the_whole_head(tiles_dir: Path) -> None:
    head = at_the_middle(detailed_head())
    tiles = read_labelled(tiles_dir).tiles[20:36]
    reference = tile_logits(tiles, torch_run(tiny_net(head)))
    threshold = float(np.median(calibrated(reference, head)))
    assert agreement_on(tiles, reference, head, threshold=threshold)(plain()) >= 1 - 1 / 16
    other = changed(head, bias_out=-99.0)
    assert agreement_on(tiles, reference, other, threshold=threshold)(plain()) == 0.5


def changed(head: Head, *, bias_out: float) -> Head:
    """Give a head with another detail net; its linear half stays."""
    assert head.detail is not None
    return replace(head, detail=replace(head.detail, bias_out=bias_out))


# A whole export


@pytest.mark.parametrize("settings", [SCORES, replace(SCORES, float_network=True), replace(SCORES, format="onnx")])
def test_a_checkpoint_with_a_detail_net_is_exported(
    checkpoint_dir: Path, tiles_dir: Path, tmp_path: Path, settings: ExportSettings
) -> None:
    found = export_checkpoint(
        checkpoint_dir, out=tmp_path, data=tiles_dir, settings=replace(settings, most_flipped=0.2)
    )
    assert found.card.recipe["export"]["outputs"] == ["local_logits", "detail_logits", "scores"]
    assert json.loads((tmp_path / "card.json").read_text())["recipe"]["export"]["outputs"][1] == "detail_logits"
    assert (found.parity.n, found.parity.flipped <= 1) == (8, True)
    suffix = "onnx" if settings.format == "onnx" else "xml"
    network = ov.Core().compile_model(ov.Core().read_model(tmp_path / f"cracklens.{suffix}"), "CPU", EXACT)
    scores = expected(window(), read_checkpoint(checkpoint_dir).head)[2]
    np.testing.assert_allclose(network(window())["scores"], scores, atol=0.03)
    assert 0 < found.parity.largest_difference < 0.1 or settings.format == "onnx"


def test_a_form_without_agreeing_detail_net_is_refused_though_its_linear_half_agrees(
    checkpoint_dir: Path, tiles_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(model: ov.Model, head: Head) -> ov.Model:
        return with_head(model, changed(head, bias_out=-99.0))

    monkeypatch.setattr(checkpoint, "with_head", broken)
    with pytest.raises(OutputError, match=r"own as float openvino: .* differ from torch's; [1-8] of 8 do"):
        export_checkpoint(
            checkpoint_dir, out=tmp_path / "out", data=tiles_dir, settings=replace(SCORES, float_network=True)
        )
    assert not (tmp_path / "out").exists()
    head = read_checkpoint(checkpoint_dir).head
    network = ov.Core().compile_model(broken(convert_net(TinyNet().eval()), head), "CPU", EXACT)(window())
    np.testing.assert_allclose(network["local_logits"], expected(window(), head)[0], atol=1e-3)


@pytest.mark.parametrize("break_it", [lambda net: replace(net, sharpness=0.01), lambda net: replace(net, bias_out=0.0)])
def test_a_fault_of_the_pooling_shows_in_the_parity(
    checkpoint_dir: Path, tiles_dir: Path, monkeypatch: pytest.MonkeyPatch, break_it: Callable[[DetailNet], DetailNet]
) -> None:
    head = read_checkpoint(checkpoint_dir).head
    assert head.detail is not None
    tiles = [tile for tile in read_labelled(tiles_dir).tiles if tile.label][:6]
    reference = tile_logits(tiles, torch_run(tiny_net(head)))
    broken = replace(head, detail=break_it(head.detail))
    for of, largest in ((head, (0, 0.01)), (broken, (0.05, 1))):
        network = ov.Core().compile_model(with_head(convert_net(TinyNet().eval()), of), "CPU", EXACT)
        others = tile_logits(tiles, network_run(network, head))
        parity = compare(reference, others, head, threshold=0.5, data="walls")
        assert largest[0] <= parity.largest_difference <= largest[1]


def test_a_broken_onnx_is_refused(
    checkpoint_dir: Path, tiles_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checkpoint, "onnx_bytes", lambda net: onnx_bytes(tiny_net(changed(net.head, bias_out=99.0))))
    with pytest.raises(OutputError, match=r"own as onnx: .* [1-8] of 8 do"):
        export_checkpoint(checkpoint_dir, out=tmp_path / "out", data=tiles_dir, settings=replace(SCORES, format="onnx"))


def test_a_detail_net_on_the_bundled_network_is_exported(tiles_dir: Path, tmp_path: Path) -> None:
    loaded = read_checkpoint(find_checkpoint(SMALL_DETECTOR))
    head = replace(loaded.head, detail=detail(sharpness=1.0))
    write_checkpoint(Checkpoint(head, loaded.card), tmp_path / "checkpoint")
    found = export_checkpoint(
        tmp_path / "checkpoint", out=tmp_path / "out", data=tiles_dir, settings=replace(SCORES, most_flipped=1, limit=2)
    )
    assert found.card.recipe["export"]["outputs"] == ["local_logits", "detail_logits", "scores"]
    pixels = window((288, 288), 1)
    maps = local_maps(OpenVinoBackbone(INT8_BACKBONE).feature_maps(pixels), head)
    inner = ov.Core().compile_model(tmp_path / "out" / "cracklens.xml", "CPU")(pixels)["scores"]
    np.testing.assert_allclose(inner[0], calibrated(pooled_logits(maps, head), head)[3:-3, 3:-3], atol=0.05)
