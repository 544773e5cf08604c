"""Takes windows of drawn and real walls; gives faults of the networks: shapes, borders, agreement, errors."""

from __future__ import annotations

import sys
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
from tests.stand_ins import int8_backbone, pool

from cracklens.drawn.wall import draw_wall
from cracklens.errors import CheckpointError, MissingExtraError, SettingError
from cracklens.models.registry import FLOAT_BACKBONE, INT8_BACKBONE
from cracklens.network.backbone import OpenVinoBackbone, open_backbone
from cracklens.network.windows import HALO_CELLS
from cracklens.photo import read_photo
from cracklens.training.features.neighbourhoods import pixels_features
from cracklens.values import Backbone, FeatureMaps

needs_torch = pytest.mark.skipif(find_spec("torch") is None, reason="the extra `train` is not installed")


@pytest.fixture(scope="module")
def torch_backbone() -> Backbone:
    pytest.importorskip("torch")
    return open_backbone("torch-cpu")


def drawn(hw: tuple[int, int], *, seed: int = 0) -> np.ndarray:
    return draw_wall(hw, widths_px=(5.0,), seed=seed).pixels


def cosines(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    one, other = one.astype(np.float64), other.astype(np.float64)
    return np.asarray((one * other).sum(-1) / np.linalg.norm(one, axis=-1) / np.linalg.norm(other, axis=-1))


@pytest.mark.parametrize(
    "files",
    [
        ("metu/Positive/00005.jpg", "metu/Positive/00039.jpg"),
        ("metu/Negative/00005.jpg", "metu/Negative/00052.jpg"),
        ("sdnet2018/Decks/Cracked/7001-139.jpg", "sdnet2018/Decks/Cracked/7001-27.jpg"),
        ("sdnet2018/Pavements/Non-cracked/001-163.jpg", "sdnet2018/Pavements/Non-cracked/003-104.jpg"),
        ("sdnet2018/Walls/Cracked/7069-118.jpg", "sdnet2018/Walls/Cracked/7069-212.jpg"),
    ],
    ids=["METU cracked", "METU intact", "decks", "pavements", "walls"],
)
def test_int8_agrees_with_the_reference_on_real_tiles(
    data_dir: Path, torch_backbone: Backbone, files: tuple[str, str]
) -> None:
    """On the same tiles whether the sets are there in part or whole."""
    tiles = [read_photo(data_dir / file).pixels for file in files]
    same = cosines(*(np.concatenate(pixels_features(tiles, of)) for of in (int8_backbone(), torch_backbone)))
    assert same.min() >= 0.99


@pytest.mark.slow
@pytest.mark.parametrize("data", ["metu", "sdnet2018"])
def test_int8_agrees_with_the_reference_on_the_sample(sample_dir: Path, torch_backbone: Backbone, data: str) -> None:
    """On many tiles, not on two that may be lucky: METU's cracked ones agree least, .955 to .998 on the sample."""
    tiles = [read_photo(path).pixels for path in sorted((sample_dir / data).rglob("*.jpg"))[::2]]
    same = cosines(*(np.concatenate(pixels_features(tiles, of)) for of in (int8_backbone(), torch_backbone)))
    assert np.median(same) >= 0.98
    assert same.min() >= 0.93


def test_int8_agrees_with_the_reference_cell_by_cell(torch_backbone: Backbone) -> None:
    window = drawn((224, 224))[np.newaxis]
    int8, reference = int8_backbone().feature_maps(window), torch_backbone.feature_maps(window)
    for layer in ("layer3", "layer4"):
        one, other = (np.moveaxis(getattr(maps, layer), 1, -1) for maps in (int8, reference))
        assert np.median(cosines(one, other)) >= 0.97
    pixels = np.moveaxis(int8.layer4[0], 0, -1).reshape(-1, 2048)
    rolled = np.moveaxis(np.roll(reference.layer4[0], 1, axis=1), 0, -1).reshape(-1, 2048)
    assert np.median(cosines(pixels, rolled)) < 0.97  # a map that is shifted by a cell would be seen


@pytest.mark.parametrize("hw", [(32, 32), (64, 96), (288, 288), (256, 544)])
@pytest.mark.parametrize("n", [1, 2])
def test_feature_maps_have_a_cell_per_16_and_32_px(hw: tuple[int, int], n: int) -> None:
    maps = int8_backbone().feature_maps(np.zeros((n, *hw, 3), np.uint8))
    assert maps.layer3.shape == (n, 1024, hw[0] // 16, hw[1] // 16)
    assert maps.layer4.shape == (n, 2048, hw[0] // 32, hw[1] // 32)
    assert maps.layer3.dtype == maps.layer4.dtype == np.float32


def test_a_batch_gives_what_its_windows_give() -> None:
    windows = np.stack([drawn((96, 96), seed=seed) for seed in range(2)])
    batch = int8_backbone().feature_maps(windows)
    alone = int8_backbone().feature_maps(windows[1:])
    np.testing.assert_allclose(batch.layer4[1:], alone.layer4, atol=1e-3)
    assert not np.allclose(batch.layer4[0], batch.layer4[1], atol=0.1)


def test_a_later_pass_leaves_earlier_maps_as_they_are() -> None:
    first = int8_backbone().feature_maps(drawn((64, 64))[np.newaxis])
    before = first.layer4.copy()
    int8_backbone().feature_maps(np.full((1, 64, 64, 3), 255, np.uint8))
    assert np.array_equal(first.layer4, before)


def inner_pool(maps: FeatureMaps, top: int, left: int, side: int = 7) -> np.ndarray:
    return np.asarray(pool(maps, cells=(slice(top, top + side), slice(left, left + side)))[0])


def test_a_window_with_its_halo_gives_what_the_whole_photo_gives() -> None:
    whole = drawn((896, 896), seed=3)
    halo, top, left = HALO_CELLS, 10, 8
    part = whole[32 * (top - halo) : 32 * (top + 7 + halo), 32 * (left - halo) : 32 * (left + 7 + halo)]
    one = inner_pool(int8_backbone().feature_maps(np.ascontiguousarray(part)[np.newaxis]), halo, halo)
    maps = int8_backbone().feature_maps(whole[np.newaxis])
    assert cosines(one, inner_pool(maps, top, left)) >= 0.995
    assert cosines(one, inner_pool(maps, top, left + 7)) < cosines(one, inner_pool(maps, top, left))


@pytest.mark.parametrize(
    "windows",
    [
        np.zeros((64, 64, 3), np.uint8),
        np.zeros((1, 64, 64), np.uint8),
        np.zeros((1, 64, 64, 4), np.uint8),
        np.zeros((1, 3, 64, 64), np.uint8),
        np.zeros((1, 64, 64, 3), np.float32),
        np.zeros((1, 64, 63, 3), np.uint8),
        np.zeros((1, 48, 64, 3), np.uint8),
        np.zeros((0, 64, 64, 3), np.uint8),
        np.zeros((1, 0, 64, 3), np.uint8),
    ],
    ids=lambda windows: f"{windows.shape} {windows.dtype}",
)
def test_arrays_that_are_no_windows_are_refused(windows: np.ndarray) -> None:
    with pytest.raises(SettingError, match=r"windows must be \(N, H, W, 3\) uint8 with H and W multiples of 32; got"):
        int8_backbone().feature_maps(windows)


def test_the_reference_refuses_them_too(torch_backbone: Backbone) -> None:
    with pytest.raises(SettingError, match="windows must be"):
        torch_backbone.feature_maps(np.zeros((1, 30, 64, 3), np.uint8))


def test_an_unknown_device_is_refused() -> None:
    with pytest.raises(SettingError, match="device must be one of cpu, cuda, torch-cpu; got 'gpu'"):
        open_backbone("gpu")  # type: ignore[arg-type]


@needs_torch
def test_a_gpu_that_is_not_there_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    import torch

    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(SettingError, match="device cuda needs a GPU"):
        open_backbone("cuda")


@pytest.mark.parametrize("device", ["cuda", "torch-cpu"])
def test_without_torch_the_error_names_the_command(monkeypatch: pytest.MonkeyPatch, device: str) -> None:
    monkeypatch.delitem(sys.modules, "cracklens.network.backbone_torch", raising=False)
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'cracklens\[train\]'"):
        open_backbone(device)  # type: ignore[arg-type]


def test_a_network_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match=r"expected an OpenVINO network, \.xml and \.bin"):
        _ = OpenVinoBackbone(tmp_path / "absent.xml").hash


def test_the_hash_is_of_structure_and_weights(tmp_path: Path) -> None:
    (tmp_path / "net.xml").write_bytes(b"structure")
    (tmp_path / "net.bin").write_bytes(b"weights")
    before = OpenVinoBackbone(tmp_path / "net.xml").hash
    (tmp_path / "net.bin").write_bytes(b"other weights")
    assert len(before) == 64
    assert OpenVinoBackbone(tmp_path / "net.xml").hash != before


def test_the_weights_in_the_package_are_there() -> None:
    sizes = {path.name: path.stat().st_size for path in (INT8_BACKBONE.with_suffix(".bin"), FLOAT_BACKBONE)}
    assert min(sizes.values()) > 20e6, f"{sizes}: a pointer in place of the weights?"


def test_threads_can_be_few() -> None:
    window = drawn((64, 64))[np.newaxis]
    one = open_backbone("cpu", threads=1).feature_maps(window).layer4
    np.testing.assert_allclose(one, int8_backbone().feature_maps(window).layer4, atol=1e-3)
