"""Takes drawn walls; gives faults where readings of a crack map at several scales become one."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from tests.stand_ins import GreyBackbone

from cracklens.network import crack_maps as module
from cracklens.network.crack_maps import at_scales, read_crack_map
from cracklens.values import FeatureMaps, MapSettings


@pytest.mark.parametrize("hw", [(700, 900), (65, 64), (3, 200)])
def test_readings_are_of_the_photo_as_pillow_reduces_it(hw: tuple[int, int], monkeypatch: pytest.MonkeyPatch) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (*hw, 3), dtype=np.uint8)
    network = GreyBackbone()
    own = read_crack_map(pixels, network)
    monkeypatch.setattr(module, "STRIP_PX", 64)
    found = at_scales(pixels, own, network, MapSettings(scales=((1, 0.0), (4, 1.0)), offset=0.0))
    small = np.asarray(Image.fromarray(pixels).reduce(4)) if min(hw) >= 4 else pixels
    far = Image.fromarray(read_crack_map(small, network).crack).resize(hw[::-1], Image.Resampling.BILINEAR)
    np.testing.assert_allclose(found.crack.astype(int), np.asarray(far).astype(int), atol=1)


@pytest.mark.parametrize("hw", [(641, 523), (520, 1030)])
def test_strips_do_not_show(hw: tuple[int, int], monkeypatch: pytest.MonkeyPatch) -> None:
    pixels = np.random.default_rng(1).integers(0, 256, (*hw, 3), dtype=np.uint8)
    network = JointsFromAfar()
    own, settings = read_crack_map(pixels, network), MapSettings(scales=((1, 0.6), (4, 0.3)), offset=-0.1)
    found = []
    for strip_px in (4, 128, 1000):
        monkeypatch.setattr(module, "STRIP_PX", strip_px)
        found.append(at_scales(pixels, own, network, settings))
    assert found[0].line.any()
    for one in found[:-1]:
        assert np.array_equal(one.crack, found[-1].crack)
        assert np.array_equal(one.line, found[-1].line)


def test_weights_and_offset_say_what_the_readings_come_to() -> None:
    pixels = np.full((96, 96, 3), 200, np.uint8)
    pixels[:, 48:] = 20
    network = GreyBackbone()
    own = read_crack_map(pixels, network)
    only = at_scales(pixels, own, network, MapSettings(scales=((1, 1.0),), offset=0.0))
    np.testing.assert_allclose(only.crack.astype(int), own.crack.astype(int), atol=1)
    lower = at_scales(pixels, own, network, MapSettings(scales=((1, 0.2),), offset=-1.0))
    assert 0 < lower.crack[:, 60:].max() < 255


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
    own, settings = read_crack_map(pixels, network), MapSettings(scales=((1, 1.0), (4, 0.0)), offset=0.0)
    assert np.array_equal(at_scales(pixels, own, network, settings).line, own.line)
    tall = np.vstack([pixels, pixels[:4]])
    assert at_scales(tall, read_crack_map(tall, network), network, settings).line.any()


def test_what_is_a_line_from_afar_is_no_crack_from_near() -> None:
    pixels = np.full((512, 512, 3), 200, np.uint8)
    pixels[:, 64:192:2] = 20  # from near, cracks; from afar, a grey band
    settings = MapSettings(scales=((1, 1.0), (4, 0.0)), offset=0.0)
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
    found = at_scales(
        pixels, read_crack_map(pixels, network), network, MapSettings(scales=((1, 1.0), (4, 0.0)), offset=0.0)
    )
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


def painted(length_px: int, *, rows: int = 1664, bent: bool = False, traced: bool = True) -> NDArray[np.uint8]:
    """Give a line across a picture, a stretch at its end like a crack; the map may show a trace of a line there."""
    pixels = np.full((rows, 2048, 3), 255, np.uint8)
    for left in range(0, length_px + 400, 16):
        top = 512 + (left // 256 % 2) * 64 * bent
        crumbled = left >= length_px
        pixels[top : top + 16, left : left + 16, 1] = 175 if crumbled and traced else 255 if crumbled else 15
        pixels[top : top + 16, left : left + 16, 0] = 15 if crumbled else 255
    return pixels


@pytest.mark.parametrize(
    ("pixels", "whole"),
    [
        (painted(1200), True),
        (painted(320), False),
        (painted(1200, bent=True), False),
        (painted(1200, traced=False), False),
        (painted(1200, rows=1024), False),
    ],
    ids=["straight", "short", "bent", "without a trace", "in a narrow view"],
)
def test_a_straight_line_goes_on_where_it_looks_like_a_crack(pixels: NDArray[np.uint8], whole: bool) -> None:
    network, settings = Painted(), MapSettings(scales=((1, 1.0), (4, 0.0)), offset=0.0)
    found = at_scales(pixels, read_crack_map(pixels, network), network, settings)
    like_a_crack = np.argwhere(pixels[..., 0] == 15)
    inner = like_a_crack[(like_a_crack[:, 0] % 16 > 4) & (like_a_crack[:, 0] % 16 < 12)]
    inner = inner[inner[:, 1] < inner[:, 1].max() - 16]
    values = found.crack[inner[:, 0], inner[:, 1]]
    assert (values < 100).all() if whole else np.median(values) > 200
