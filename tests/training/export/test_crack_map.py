"""Takes checkpoints with a crack map; gives faults of its export: another map, a gate that lets through, parts lost."""

from __future__ import annotations

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
from tests.stand_ins import GreyBackbone, int8_backbone, mapping_backbone, save_grey
from tests.training.export.test_checkpoint import copied, made_head, own_checkpoint, window
from tests.training.tiny import TinyNet, register_tiny

from cracklens import Detector
from cracklens.errors import CheckpointError, DataError, OutputError
from cracklens.labels.dataset import LabelledTile
from cracklens.models import (
    FITTED_WITH,
    FLOAT_BACKBONE,
    INT8_BACKBONE,
    MAP_CARD_FILE,
    SMALL_DETECTOR,
    Checkpoint,
    MapCard,
    MapPart,
    bundled_map,
    find_checkpoint,
    read_checkpoint,
    read_map,
    write_checkpoint,
    write_map,
)
from cracklens.models.described import read_card
from cracklens.models.map_part import SUFFIXES
from cracklens.network import (
    TAPS,
    FeatureNet,
    calibrated,
    local_maps,
    pooled_logits,
    read_crack_map,
    with_crack_map,
)
from cracklens.training.crackmap import Decoder, convert_decoder
from cracklens.training.export import ExportSettings, checkpoint, export_checkpoint, source
from cracklens.training.export.forms import with_head
from cracklens.training.export.map_parity import MapParity, check_maps, map_parity, whole_maps
from cracklens.training.nets import ScoreNet
from cracklens.values import FeatureMaps

pytestmark = pytest.mark.slow  # torch, its exporter and networks of 24 MB

TENTH = np.float32(0.1)
EXACT = {"INFERENCE_PRECISION_HINT": "f32"}
FEW = ExportSettings(most_flipped=0.5, limit=4)


@pytest.fixture(scope="module", autouse=True)
def tiny():
    with pytest.MonkeyPatch.context() as patch:
        register_tiny(patch.setitem)
        yield


@pytest.fixture(scope="module")
def checkpoint_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a checkpoint with a small network and a crack map of its own. Not to be written to."""
    folder = own_checkpoint(tmp_path_factory.mktemp("own"), made_head())
    part = bundled_map()
    write_map(replace(part, card=replace(part.card, name="my own", metrics=())), folder)
    return folder


def exported_card(folder: Path) -> MapCard:
    return read_card(MapCard, (folder / MAP_CARD_FILE).read_text(encoding="utf-8"), source="it")


def opened(folder: Path) -> ov.CompiledModel:
    return ov.Core().compile_model(folder / "cracklens.xml", "CPU")


def random_decoder(_: object) -> Decoder:
    with torch.random.fork_rng(devices=()):
        torch.default_generator.manual_seed(0)
        return Decoder().eval()


# The same map in every form


def test_openvino_gives_the_very_map_of_the_detector_by_one_network(tiles_dir: Path, tmp_path: Path) -> None:
    found = export_checkpoint(SMALL_DETECTOR, out=tmp_path, data=tiles_dir, settings=FEW)
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "card.json",
        "cracklens.bin",
        "cracklens.xml",
        "crackmap.json",
    ]
    assert (tmp_path / "cracklens.bin").stat().st_size < 1.1 * INT8_BACKBONE.with_suffix(".bin").stat().st_size
    walls = window()
    walls[:, :, 240:246] //= 3  # a joint, beside the cracks
    outputs, own = opened(tmp_path)(walls), mapping_backbone().feature_maps(walls)
    for name in ("crack", "line"):
        assert np.ptp(getattr(own, name)) > 100
        np.testing.assert_allclose(outputs[name].astype(int), getattr(own, name).astype(int), atol=2)
    assert [one.apart <= 0.01 for one in found.maps] == [True, True]
    assert found.card.recipe["export"]["outputs"] == ["local_logits", "scores", "crack", "line"]
    card = exported_card(tmp_path)
    assert (card.settings, card.sha256, card.file) == (bundled_map().card.settings, bundled_map().card.sha256, "")
    told = card.recipe["export"]
    assert (told["outputs"], told["most_apart"]) == (["crack", "line"], {"crack": 0.01, "line": 0.01})
    assert told["sha256"] == found.card.recipe["export"]["sha256"]
    figures = {metric.name: metric for metric in card.metrics}
    assert figures.keys() - {metric.name for metric in bundled_map().card.metrics} == {
        f"parity_{of}_{what}" for of in ("crack", "line") for what in ("apart", "largest_difference")
    }
    assert figures["parity_crack_apart"].n == 4 * 64 * 64
    assert figures["parity_line_apart"].data == "openvino against the detector, walls, val"


def test_onnx_runs_elsewhere_and_gives_nearly_the_same_at_any_size(tiles_dir: Path, tmp_path: Path) -> None:
    settings = replace(FEW, format="onnx")
    found = export_checkpoint(SMALL_DETECTOR, out=tmp_path, data=tiles_dir, settings=settings)
    assert found.parity.largest_difference < 1e-4, "the scores are those of torch"
    assert all(0 < one.apart < 0.35 for one in found.maps)
    assert exported_card(tmp_path).recipe["export"]["most_apart"] == {"crack": 0.2, "line": 0.35}
    session = onnxruntime.InferenceSession(tmp_path / "cracklens.onnx", providers=["CPUExecutionProvider"])
    for hw, n in (((288, 352), 2), ((224, 256), 1)):
        crack, line = session.run(["crack", "line"], {"windows": window(hw, n)})
        own = mapping_backbone().feature_maps(window(hw, n))
        assert own.crack is not None
        assert crack.dtype == line.dtype == np.uint8
        assert line.shape == (n, hw[0] // 4, hw[1] // 4)
        assert np.abs(crack.astype(float) - own.crack).mean() < 0.01 * 255
        both = (crack > 127) & (own.crack > 127)
        assert both.sum() > 0.85 * (own.crack > 127).sum() > 100


def test_own_network_and_own_map_stand_side_by_side(checkpoint_dir: Path, tiles_dir: Path, tmp_path: Path) -> None:
    export_checkpoint(checkpoint_dir, out=tmp_path, data=tiles_dir, settings=FEW)
    mapper = Detector.load(checkpoint_dir).mapper
    assert mapper is not None
    outputs, own = opened(tmp_path)(window()), mapper.feature_maps(window())
    assert own.crack is not None
    assert np.ptp(own.crack) > 30
    np.testing.assert_array_equal(outputs["crack"], own.crack)
    assert own.line is not None
    np.testing.assert_array_equal(outputs["line"], own.line)
    assert (own.layer3.shape, own.layer4.shape) == ((2, 0, 18, 22), (2, 0, 9, 11)), "nobody reads them here"
    assert outputs["scores"].shape == (2, 3, 5)
    assert exported_card(tmp_path).name == "my own"
    again = export_checkpoint(checkpoint_dir, out=tmp_path, data=tiles_dir, settings=replace(FEW, crack_map=False))
    assert again.maps == ()
    assert again.card.recipe["export"]["outputs"] == ["local_logits", "scores"]
    assert not (tmp_path / MAP_CARD_FILE).exists()
    assert len(opened(tmp_path).outputs) == 2


def test_taps_of_the_float_network_are_what_a_decoder_reads() -> None:
    net, pixels = FeatureNet(FLOAT_BACKBONE).eval(), window((224, 224), 1)
    with torch.inference_mode():
        taps = net.taps(torch.from_numpy(pixels).permute(0, 3, 1, 2).float())
    assert [(name, maps.shape[1:]) for name, maps in taps.items()] == [
        (name, (depth, side, side))
        for name, depth, side in zip(TAPS, (64, 256, 512, 1024, 2048), (112, 56, 28, 14, 7), strict=True)
    ]
    own = int8_backbone().feature_maps(pixels)
    for name in ("layer3", "layer4"):
        assert np.corrcoef(taps[name].ravel(), getattr(own, name).ravel())[0, 1] > 0.95


# The gate


def test_another_map_is_refused(
    checkpoint_dir: Path, tiles_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = convert_decoder(random_decoder(None))

    def other_maps(_: MapPart) -> ov.Model:
        return with_crack_map(ov.Core().read_model(INT8_BACKBONE), other.clone())

    monkeypatch.setattr(source, "shipped_maps", other_maps)
    monkeypatch.setattr(source, "read_decoder", random_decoder)
    for settings in (FEW, replace(FEW, float_network=True), replace(FEW, format="onnx")):
        with pytest.raises(OutputError, match=rf"own as {settings.form}: its crack map must be .* say --no-crack-map"):
            export_checkpoint(checkpoint_dir, out=tmp_path / "out", data=tiles_dir, settings=settings)
        assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(("crack", "line", "refused"), [(0.01, 0.01, False), (0.011, 0, True), (0, 0.011, True)])
def test_either_map_may_be_refused(crack: float, line: float, refused: bool) -> None:
    found = [MapParity("crack", 9, crack, 0.0, "made"), MapParity("line", 9, line, 0.0, "made")]
    if refused:
        with pytest.raises(
            OutputError, match=r"it: .*crack is \d\.\d% apart, at most 1% may; line is .* at most 1% may"
        ):
            check_maps(found, form="openvino", what="it")
    else:
        check_maps(found, form="openvino", what="it")
    check_maps(found, form="onnx", what="it")


def run_of(change: Callable[[np.ndarray], np.ndarray]) -> Callable[[np.ndarray], dict[str, np.ndarray]]:
    """Give an exported network that sees what the grey one does, changed."""

    def run(windows: np.ndarray) -> dict[str, np.ndarray]:
        maps = GreyBackbone().feature_maps(windows)
        assert maps.crack is not None
        return {"crack": change(maps.crack), "line": maps.crack[:, ::4, ::4]}

    return run


class LinesToo(GreyBackbone):
    def feature_maps(self, windows: np.ndarray) -> FeatureMaps:
        maps = super().feature_maps(windows)
        assert maps.crack is not None
        return replace(maps, line=maps.crack[:, ::4, ::4])


def tiles(folder: Path, *greys: int) -> list[LabelledTile]:
    paths = [save_grey(folder / f"{grey}.png", grey) for grey in greys]
    return [LabelledTile(path, path.name, 1, path.name, "val") for path in paths]


@pytest.mark.parametrize(
    ("change", "apart", "largest"),
    [
        (lambda crack: crack, 0.0, 0.0),
        (lambda crack: crack // 2, 1 - 127 / 255, 128 / 255),
        (np.zeros_like, 1.0, 1.0),
        (lambda crack: np.full_like(crack, 255), 0.5, 1.0),
    ],
)
def test_apart_is_the_share_that_one_map_has_alone(
    tmp_path: Path, change: Callable[[np.ndarray], np.ndarray], apart: float, largest: float
) -> None:
    crack, line = map_parity(tiles(tmp_path, 10, 200), run_of(change), LinesToo(), data="made")
    assert (crack.apart, crack.largest_difference) == pytest.approx((apart, largest))
    assert (crack.n, line.n) == (2 * 64 * 96, 2 * 16 * 24)
    assert line.apart == 0


def test_tiles_without_anything_to_compare_are_no_gate(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"crack is empty. Give --data with cracks, or say --no-crack-map"):
        map_parity(tiles(tmp_path, 200), run_of(lambda crack: crack), LinesToo(), data="made")


def test_maps_are_put_together_as_the_detector_does() -> None:
    pixels = np.random.default_rng(0).integers(0, 120, (70, 2500, 3)).astype(np.uint8)  # two windows
    crack, line = whole_maps(pixels, run_of(lambda crack: crack))
    own = read_crack_map(pixels, LinesToo())
    assert 0 < own.crack.mean() < 255
    np.testing.assert_array_equal(crack, own.crack)
    np.testing.assert_array_equal(line, own.line)


# What does not fit


def test_a_map_for_another_network_is_refused(checkpoint_dir: Path, tiles_dir: Path, tmp_path: Path) -> None:
    folder = copied(checkpoint_dir, tmp_path / "copy")
    part = read_map(folder)
    assert part is not None
    write_map(replace(part, card=replace(part.card, backbone_hash="0" * 64)), folder)
    with pytest.raises(CheckpointError, match="Crack map and backbone must fit"):
        export_checkpoint(folder, out=tmp_path / "out", data=tiles_dir, settings=FEW)


# Scores that read the map


def mapped_checkpoint(folder: Path) -> Path:
    """Write the small bundled detector, a tenth as sure, with a weight of the crack map that decides on drawn walls."""
    whole = read_checkpoint(find_checkpoint(SMALL_DETECTOR))
    head = replace(whole.head, weight=whole.head.weight * TENTH, bias=whole.head.bias * TENTH, map_weight=0.4)
    recipe = {**whole.card.recipe, FITTED_WITH: bundled_map().card.sha256}
    return write_checkpoint(Checkpoint(head, replace(whole.card, recipe=recipe, offset=-3.0, threshold=0.5)), folder)


@pytest.mark.parametrize("settings", [FEW, replace(FEW, format="onnx")])
def test_scores_that_read_the_map_are_exported_with_it(
    tiles_dir: Path, tmp_path: Path, settings: ExportSettings
) -> None:
    folder = mapped_checkpoint(tmp_path / "checkpoint")
    found = export_checkpoint(folder, out=tmp_path / "out", data=tiles_dir, settings=settings)
    core, head = ov.Core(), read_checkpoint(folder).head
    suffix = "onnx" if settings.format == "onnx" else "xml"
    network = core.compile_model(core.read_model(tmp_path / "out" / f"cracklens.{suffix}"), "CPU", EXACT)
    windows = window((288, 352), 1)
    own = [
        calibrated(pooled_logits(local_maps(mapping_backbone().feature_maps(windows), of), of), of)[3:-3, 3:-3]
        for of in (head, replace(head, map_weight=None))
    ]
    assert np.abs(own[0] - own[1]).min() > 0.3, "the map moves these scores"
    int8 = settings == FEW
    np.testing.assert_allclose(network(windows)["scores"][0], own[0], atol=0.02 if int8 else 0.15)
    assert found.card.recipe["export"]["outputs"] == ["local_logits", "scores", "crack", "line"]
    assert found.parity.n == 4


def test_the_parity_of_scores_sees_a_term_that_is_missing(
    tiles_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = mapped_checkpoint(tmp_path / "checkpoint")
    told = []
    for term in (True, False):
        if not term:
            monkeypatch.setattr(
                checkpoint, "with_head", lambda model, head: with_head(model, replace(head, map_weight=None))
            )
        found = export_checkpoint(
            folder, out=tmp_path / str(term), data=tiles_dir, settings=replace(FEW, most_flipped=1)
        )
        told.append(found.parity.largest_difference)
    assert told[0] < 0.15 < told[1]


def test_such_scores_are_not_exported_without_the_map_or_with_another(tiles_dir: Path, tmp_path: Path) -> None:
    folder = mapped_checkpoint(tmp_path / "checkpoint")
    with pytest.raises(CheckpointError, match=r"no score without it\. Leave --no-crack-map out"):
        export_checkpoint(folder, out=tmp_path / "out", data=tiles_dir, settings=replace(FEW, crack_map=False))
    other = replace(bundled_map(), network=tmp_path / "other.xml")
    for of in SUFFIXES:
        content = bundled_map().network.with_suffix(of).read_bytes()
        other.network.with_suffix(of).write_bytes(content + (b"\n" if of == ".xml" else b""))
    write_map(other, folder)
    with pytest.raises(CheckpointError, match="Score and crack map must fit"):
        export_checkpoint(folder, out=tmp_path / "out", data=tiles_dir, settings=FEW)
    assert not (tmp_path / "out").exists()


def test_torch_gives_the_logits_that_the_detector_gives_of_the_same_maps() -> None:
    head = replace(made_head(), map_weight=0.4)
    net, windows = ScoreNet(TinyNet().eval(), head, depth3=8), window((256, 288))
    crack = np.random.default_rng(0).integers(0, 256, windows.shape[:3]).astype(np.uint8)
    with torch.inference_mode():
        fine, coarse = TinyNet().eval()(torch.from_numpy(windows).permute(0, 3, 1, 2).float())
        found = net.pooled(fine, coarse, torch.from_numpy(crack).float())[-1].numpy()
        with pytest.raises(CheckpointError, match="reads the crack map, too"):
            net.logits(torch.from_numpy(windows))
    maps = FeatureMaps(fine.numpy(), coarse.numpy(), crack)
    own = [pooled_logits(local_maps(maps.one(i), head), head)[3:-3, 3:-3] for i in range(len(windows))]
    np.testing.assert_allclose(found, own, rtol=1e-4, atol=1e-4)
