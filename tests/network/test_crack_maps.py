"""Takes drawn walls; gives faults where readings of a crack map at several scales become one."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from scipy.special import logit
from tests.stand_ins import GreyBackbone

from cracklens.network import crack_maps as module
from cracklens.network.crack_maps import at_scales, read_crack_map
from cracklens.values import CrackMap, FeatureMaps, MapSettings


@pytest.fixture(autouse=True)
def _each_reading_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """These networks look at how dark a px is, and a small photo is read brightened, too: see test_small.py."""
    monkeypatch.setattr(module, "SMALL_PX", 0)


@pytest.mark.parametrize("hw", [(700, 900), (512, 515), (508, 700), (3, 200)])
def test_readings_are_of_the_photo_as_pillow_reduces_it(hw: tuple[int, int], monkeypatch: pytest.MonkeyPatch) -> None:
    pixels = np.random.default_rng(0).integers(0, 120, (*hw, 3), dtype=np.uint8)
    pixels[:, hw[1] // 2 :: 2] += 120
    network = GreyBackbone()
    own = read_crack_map(pixels, network)
    monkeypatch.setattr(module, "STRIP_PX", 64)
    found = at_scales(pixels, own, network, MapSettings(scales=(4,))).crack
    expected = own.crack
    if min(hw) > 508:  # what is smaller from afar is mostly its own reflection
        small = Image.fromarray(read_crack_map(np.asarray(Image.fromarray(pixels).reduce(4)), network).crack)
        far = np.asarray(small.resize(hw[::-1], Image.Resampling.BILINEAR, box=(0, 0, hw[1] / 4, hw[0] / 4)))
        assert (far > own.crack.astype(int) + 20).mean() > 0.1
        expected = np.maximum(far, own.crack)
    np.testing.assert_allclose(found.astype(int), expected.astype(int), atol=1)


@pytest.mark.parametrize("hw", [(641, 523), (520, 1030)])
def test_strips_do_not_show(hw: tuple[int, int], monkeypatch: pytest.MonkeyPatch) -> None:
    pixels = np.random.default_rng(1).integers(0, 256, (*hw, 3), dtype=np.uint8)
    network = JointsFromAfar()
    own, settings = read_crack_map(pixels, network), MapSettings(scales=(1, 4), offset=0.4)
    found = []
    for strip_px in (4, 128, 1000):
        monkeypatch.setattr(module, "STRIP_PX", strip_px)
        found.append(at_scales(pixels, own, network, settings))
    assert found[0].line.any()
    for one in found[:-1]:
        assert np.array_equal(one.crack, found[-1].crack)
        assert np.array_equal(one.line, found[-1].line)


@pytest.mark.parametrize(
    ("hw", "scales", "offset", "expected"),
    [
        ((512, 512), (1, 2, 4), 1.0, 1.0),  # all readings say the same: their mean is that, and not their sum
        ((512, 512), (1, 2, 4), -20.0, 0.0),
        ((300, 600), (1, 2, 4), 1.0, 1.0),  # without the quarter
        ((250, 250), (1, 2, 4), 1.0, 0.0),  # no reading from afar: the own size stands alone
        ((512, 512), (1,), 1.0, 0.0),
    ],
)
def test_readings_together_add_to_what_the_own_size_says(
    hw: tuple[int, int], scales: tuple[int, ...], offset: float, expected: float
) -> None:
    pixels, network = np.full((*hw, 3), 255, np.uint8), Painted()
    pixels[..., 0] = 255 - 80
    own = read_crack_map(pixels, network)
    found = at_scales(pixels, own, network, MapSettings(scales=scales, offset=offset)).crack
    assert np.unique(own.crack) == [80]
    np.testing.assert_allclose(logit(found / 255) - logit(80 / 255), expected, atol=0.03)


def test_what_one_reading_alone_sees_is_not_lost() -> None:
    pixels, network = np.full((512, 512, 3), 255, np.uint8), Painted()
    pixels[:, 100::64, 0] = 0
    own = read_crack_map(pixels, network)
    found = at_scales(pixels, own, network, MapSettings(scales=(1, 2, 4), offset=0.0)).crack
    assert (found[:, 100::64] >= 254).all()


class JointsFromAfar(GreyBackbone):
    """It sees a line that is no crack where a whole cell is neither dark nor pale."""

    def feature_maps(self, windows: NDArray[np.uint8]) -> FeatureMaps:
        found = super().feature_maps(windows)
        n, height, width, _ = windows.shape
        cells = windows[..., 0].reshape(n, height // 4, 4, width // 4, 4)
        between = (cells.min((2, 4)) > 90) & (cells.max((2, 4)) < 150)
        return replace(found, line=np.where(between, 255, 0).astype(np.uint8))


def test_a_view_that_is_mostly_reflection_bounds_nothing() -> None:
    pixels = np.full((508, 900, 3), 200, np.uint8)
    pixels[:, 64:192:2] = 20
    network = JointsFromAfar()
    own, settings = read_crack_map(pixels, network), MapSettings(scales=(4,), offset=-20.0)
    assert np.array_equal(at_scales(pixels, own, network, settings).line, own.line)
    tall = np.vstack([pixels, pixels[:4]])
    assert at_scales(tall, read_crack_map(tall, network), network, settings).line.any()


def test_what_is_a_line_from_afar_is_no_crack_from_near() -> None:
    pixels = np.full((512, 512, 3), 200, np.uint8)
    pixels[:, 64:192:2] = 20  # from near, cracks; from afar, a grey band
    settings = MapSettings(scales=(4,), offset=-20.0)
    network = JointsFromAfar()
    own = read_crack_map(pixels, network)
    assert not own.line.any()
    found = at_scales(pixels, own, network, settings)
    assert (found.line[:, 20:44] == 255).all()
    assert not found.crack[:, 80:176].any()
    beside = at_scales(pixels, own, GreyBackbone(), settings)
    assert (beside.crack[:, 80:176:2] > 250).all()
    assert not beside.line.any()


def test_a_line_from_afar_that_rather_is_a_crack_bounds_nothing() -> None:
    pixels = np.full((512, 512, 3), 200, np.uint8)
    pixels[:, 96:160] = 20
    network = AllLines()
    found = at_scales(pixels, read_crack_map(pixels, network), network, MapSettings(scales=(4,), offset=-20.0))
    assert (found.crack[:, 104:152] > 250).all()


class AllLines(GreyBackbone):
    """It is rather sure of lines everywhere."""

    def feature_maps(self, windows: NDArray[np.uint8]) -> FeatureMaps:
        found = super().feature_maps(windows)
        n, height, width, _ = windows.shape
        return replace(found, line=np.full((n, height // 4, width // 4), 200, np.uint8))


class Painted(GreyBackbone):
    """It sees a crack where there is little red, and a line that is no crack where there is little green."""

    def feature_maps(self, windows: NDArray[np.uint8]) -> FeatureMaps:
        found = super().feature_maps(windows)
        n, height, width, _ = windows.shape
        line = 255 - windows[..., 1].reshape(n, height // 4, 4, width // 4, 4).min((2, 4))
        return replace(found, crack=255 - windows[..., 0], line=line.astype(np.uint8))


FAR = MapSettings(scales=(4,), offset=-20.0)


def fused(pixels: NDArray[np.uint8]) -> CrackMap:
    network = Painted()
    return at_scales(pixels, read_crack_map(pixels, network), network, FAR)


@pytest.mark.parametrize("hw", [(641, 645), (3003, 530)])
def test_what_is_seen_from_afar_lies_where_it_is_at_any_size(hw: tuple[int, int]) -> None:
    pixels = np.full((*hw, 3), 255, np.uint8)
    top = (hw[0] - 40) // 16 * 16
    pixels[top : top + 16, :, 1] = 15
    line = fused(pixels).line[:, 20]
    middle = float((np.arange(len(line)) * line.astype(float)).sum() / line.sum())
    assert middle == pytest.approx(top / 4 + 1.5, abs=0.3)
