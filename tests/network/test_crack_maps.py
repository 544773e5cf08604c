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


def painted(
    known_px: int, *, hw: tuple[int, int] = (1664, 2048), bend_px: int = 0, slope: float = 0.0, trace: int = 80
) -> NDArray[np.uint8]:
    """Give a line of a number of px across a picture that goes on for 400 px like a crack, with a trace of a line."""
    pixels = np.full((*hw, 3), 255, np.uint8)
    for left in range(0, known_px + 400, 16):
        top = 16 * round((512 + slope * left) / 16) + (left // 256 % 2) * bend_px
        here = pixels[top : top + 16, left : left + 16]
        here[..., 1] = 15 if left < known_px else 255 - trace
        here[..., 0] = 255 if left < known_px else 15
    return pixels


FAR = MapSettings(scales=(4,), offset=-20.0)


def fused(pixels: NDArray[np.uint8]) -> CrackMap:
    network = Painted()
    return at_scales(pixels, read_crack_map(pixels, network), network, FAR)


def like_a_crack(pixels: NDArray[np.uint8], *, past_px: int = 0, upright: bool = False) -> NDArray[np.uint8]:
    """Give the crack map's values in the middle of what is painted like a crack, from so many px past its begin."""
    crack = fused(pixels.transpose(1, 0, 2).copy()).crack.T if upright else fused(pixels).crack
    rows, cols = np.nonzero(pixels[..., 0] == 15)
    inner = (rows % 16 > 4) & (rows % 16 < 12) & (cols >= cols.min() + past_px) & (cols < cols.max() - 16)
    return np.asarray(crack[rows[inner], cols[inner]])


@pytest.mark.parametrize("slope", [0.0, 0.25])
@pytest.mark.parametrize("upright", [False, True])
def test_a_straight_line_goes_on_where_it_looks_like_a_crack(slope: float, upright: bool) -> None:
    pixels = painted(1200, slope=slope)
    assert (like_a_crack(pixels, upright=upright) < 128).all()


@pytest.mark.parametrize(
    "pixels",
    [
        painted(320),
        painted(1200, bend_px=64),
        painted(1200, trace=0),
        painted(1200, trace=10),
        painted(1200, hw=(1024, 2048)),
    ],
    ids=["short", "bent", "no trace", "too little of a trace", "a narrow view"],
)
def test_what_looks_like_a_crack_is_one_beside_a_line_that_is_not_known(pixels: NDArray[np.uint8]) -> None:
    assert np.median(like_a_crack(pixels)) > 200


def test_a_trace_of_a_twentieth_is_one() -> None:
    assert (like_a_crack(painted(1200, trace=16)) < 100).all()


def test_a_course_ends_once_its_length_past_its_line() -> None:
    pixels = painted(816)
    pixels[512:528, 816:2048, 0], pixels[512:528, 816:2048, 1] = 15, 175
    values = like_a_crack(pixels)
    assert np.median(values[: len(values) // 2]) < 100
    assert np.median(like_a_crack(pixels, past_px=900)) > 200


def test_a_line_is_as_sure_as_its_own_surest_cell() -> None:
    pixels = painted(1200)
    pixels[512:1552, 1696:1712, 1] = 100  # an upright one, less sure, that begins on the course of the first
    line = fused(pixels).line
    assert line[200:380, 425].max() == 155
    assert line[128:131, 425].max() > 200


def test_what_is_known_farther_along_a_line_is_of_it() -> None:
    pixels = painted(816)
    pixels[512:528, 816:2048, 0], pixels[512:528, 816:2048, 1] = 15, 175
    pixels[512:528, 1408:1584, 0], pixels[512:528, 1408:1584, 1] = 255, 15
    assert np.median(like_a_crack(pixels, past_px=900)) < 100


@pytest.mark.parametrize("hw", [(641, 645), (3003, 530)])
def test_what_is_seen_from_afar_lies_where_it_is_at_any_size(hw: tuple[int, int]) -> None:
    pixels = np.full((*hw, 3), 255, np.uint8)
    top = (hw[0] - 40) // 16 * 16
    pixels[top : top + 16, :, 1] = 15
    line = fused(pixels).line[:, 20]
    middle = float((np.arange(len(line)) * line.astype(float)).sum() / line.sum())
    assert middle == pytest.approx(top / 4 + 1.5, abs=0.3)
