"""Takes drawn tiles; gives faults of what varies them: another size, another draw, or a crack that is lost."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("torch")

import torch

from cracklens.drawn.wall import draw_wall
from cracklens.errors import SettingError
from cracklens.training.finetune.transforms import NOTHING, AugmentSettings, Jpeg, QuarterTurn, Shadow, Zoom, augment


def tile(hw: tuple[int, int] = (64, 64), *, seed: int = 0) -> np.ndarray:
    return draw_wall(hw, widths_px=(5.0,), seed=seed).pixels


def as_tensor(pixels: np.ndarray) -> torch.Tensor:
    return torch.from_numpy(pixels.copy()).permute(2, 0, 1)


@pytest.mark.parametrize("hw", [(64, 64), (64, 96), (97, 71)])
@pytest.mark.parametrize("seed", range(4))
def test_a_tile_keeps_its_size_and_kind(hw: tuple[int, int], seed: int) -> None:
    varied = augment(tile(hw), settings=AugmentSettings(chance=1.0), seed=seed)
    assert varied.shape == (*hw, 3)
    assert varied.dtype == np.uint8
    assert varied.flags.c_contiguous


def test_the_seed_alone_decides() -> None:
    torch.manual_seed(3)
    one = augment(tile(), settings=AugmentSettings(), seed=5)
    drawn = torch.rand(3)
    torch.manual_seed(3)
    other = augment(tile(), settings=AugmentSettings(), seed=5)
    assert np.array_equal(one, other)
    assert torch.equal(drawn, torch.rand(3))  # the process's own draws go on as if nothing was drawn
    assert len({augment(tile(), settings=AugmentSettings(), seed=seed).tobytes() for seed in range(8)}) == 8


def test_nothing_changes_nothing_and_the_tile_itself_never_changes() -> None:
    pixels = tile()
    before = pixels.copy()
    assert np.array_equal(augment(pixels, settings=NOTHING, seed=1), pixels)
    augment(pixels, settings=AugmentSettings(chance=1.0), seed=1)
    assert np.array_equal(pixels, before)


def test_turns_reach_every_side_and_keep_every_pixel() -> None:
    only = AugmentSettings(scale=(1, 1), blur_px=0, light=0, jpeg_quality=(100, 100), shadow=0)
    pixels = tile()
    found = {augment(pixels, settings=only, seed=seed).tobytes() for seed in range(60)}
    true = {turned.tobytes() for k in range(4) for turned in (np.rot90(pixels, k), np.rot90(pixels, k)[:, ::-1])}
    assert found == true


def test_a_picture_that_is_not_square_turns_by_halves() -> None:
    pixels = as_tensor(tile((64, 96)))
    assert {tuple(QuarterTurn(square=False)(pixels).shape) for _ in range(9)} == {(3, 64, 96)}


@pytest.mark.parametrize("factor", [0.5, 0.8, 1.0, 1.3, 2.0])
def test_zoom_keeps_the_size_and_the_look(factor: float) -> None:
    pixels = as_tensor(tile((64, 80)))
    zoomed = Zoom((factor, factor))(pixels)
    assert zoomed.shape == pixels.shape
    assert abs(float(zoomed.float().mean()) - float(pixels.float().mean())) < 20


def test_a_shadow_darkens_one_side_only() -> None:
    white = torch.full((3, 64, 64), 255, dtype=torch.uint8)
    with torch.random.fork_rng(devices=()):
        torch.default_generator.manual_seed(3)
        shaded, *others = (Shadow(0.6)(white).float() for _ in range(20))
    assert shaded.max() > 250
    assert shaded.min() < 240
    assert all(one.min() >= 255 * 0.39 for one in (shaded, *others))
    assert all(one.max() - one.min() > 15 for one in others), "a shadow has an edge, be it soft"


def test_jpeg_changes_little_and_more_at_low_quality() -> None:
    pixels = as_tensor(tile())
    apart = [float((Jpeg((q, q))(pixels).float() - pixels.float()).abs().mean()) for q in (95, 10)]
    assert 0 < apart[0] < apart[1] < 30


def test_all_faults_of_settings_come_at_once() -> None:
    with pytest.raises(SettingError, match=r"light must be 0-1; got 2; scale must be .*; blur_px .*; jpeg_quality"):
        AugmentSettings(light=2, scale=(2, 1), blur_px=-1, jpeg_quality=(0, 50))
