"""Takes a tile and a seed; gives the tile as another camera, light or angle would show it. Knows no labels or files."""

from __future__ import annotations

import io
import math
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor, nn
from torchvision.transforms import v2
from torchvision.transforms.v2 import functional as F  # noqa: N812 as torchvision calls it

from cracklens.errors import SettingError


@dataclass(frozen=True)
class AugmentSettings:
    """How tiles are varied in training.

    Attributes:
        turn: flips and turns by quarters: a crack has no upright.
        scale: smallest and largest factor that a tile is zoomed by; beyond its edge it is mirrored. (1, 1): none.
        blur_px: largest standard deviation of a blur, 0 for none; a camera that is out of focus or moves.
        light: brightness and contrast change by up to this share, 0-1.
        jpeg_quality: lowest and highest, 1-100; (100, 100) leaves it out.
        shadow: how dark the darkest shadow is, 0 for none to 1 for black.
        chance: with which blur, JPEG and shadow each happen, 0-1.
    """

    turn: bool = True
    scale: tuple[float, float] = (0.8, 1.2)
    blur_px: float = 1.5
    light: float = 0.3
    jpeg_quality: tuple[int, int] = (40, 95)
    shadow: float = 0.6
    chance: float = 0.3

    def __post_init__(self) -> None:
        """Refuse what no tile survives; all faults at once."""
        faults = [
            f"{name} must be 0-1; got {getattr(self, name)}"
            for name in ("light", "shadow", "chance")
            if not 0 <= getattr(self, name) <= 1
        ]
        if not 0.5 <= self.scale[0] <= self.scale[1] <= 2:
            faults.append(f"scale must be two rising factors of 0.5-2; got {self.scale}")
        if not 0 <= self.blur_px <= 10:
            faults.append(f"blur_px must be 0-10 px; got {self.blur_px}")
        if not 1 <= self.jpeg_quality[0] <= self.jpeg_quality[1] <= 100:
            faults.append(f"jpeg_quality must be two rising whole numbers of 1-100; got {self.jpeg_quality}")
        if faults:
            raise SettingError(f"{'; '.join(faults)}. Leave an option out for its default.")


NOTHING = AugmentSettings(turn=False, scale=(1, 1), blur_px=0, light=0, jpeg_quality=(100, 100), shadow=0, chance=0)
"""Tiles as they are."""


def augment(tile: NDArray[np.uint8], *, settings: AugmentSettings, seed: int) -> NDArray[np.uint8]:
    """Give a tile varied at random; same tile, settings and seed, same pixels, in any process and order.

    Args:
        tile: (H, W, 3) uint8 RGB.
        settings: what may happen to it.
        seed: of the draw, ≥ 0.

    Returns:
        (H, W, 3) uint8 RGB of the same size.
    """
    pixels = torch.from_numpy(np.ascontiguousarray(tile)).permute(2, 0, 1)  # (3, H, W)
    steps = augmentation(settings, square=tile.shape[0] == tile.shape[1])
    with torch.random.fork_rng(devices=()):
        torch.default_generator.manual_seed(seed)
        varied = steps(pixels)
    return np.ascontiguousarray(varied.permute(1, 2, 0).numpy())


def augmentation(settings: AugmentSettings, *, square: bool) -> nn.Module:
    """Give the steps in the order in which the world does them: place, light, lens, file."""
    steps: list[nn.Module] = []
    if settings.turn:
        steps += [v2.RandomHorizontalFlip(), v2.RandomVerticalFlip(), QuarterTurn(square=square)]
    if settings.scale != (1, 1):
        steps.append(Zoom(settings.scale))
    if settings.shadow:
        steps.append(v2.RandomApply([Shadow(settings.shadow)], p=settings.chance))
    if settings.light:
        steps.append(v2.ColorJitter(brightness=settings.light, contrast=settings.light))
    if settings.blur_px:
        side = 2 * math.ceil(2 * settings.blur_px) + 1
        steps.append(v2.RandomApply([v2.GaussianBlur(side, (0.1, max(settings.blur_px, 0.1)))], p=settings.chance))
    if settings.jpeg_quality != (100, 100):
        steps.append(v2.RandomApply([Jpeg(settings.jpeg_quality)], p=settings.chance))
    return nn.Sequential(*steps)


def _between(low: float, high: float) -> float:
    return low + (high - low) * float(torch.rand(()))


class QuarterTurn(nn.Module):
    """Turns a picture by 0, 90, 180 or 270 degrees; one that is not square by 0 or 180, so that its size stays."""

    def __init__(self, *, square: bool) -> None:
        """Remember whether quarters keep the size."""
        super().__init__()
        self.step = 1 if square else 2

    def forward(self, pixels: Tensor) -> Tensor:
        """Give the picture (3, H, W) turned."""
        quarters = self.step * int(torch.randint(4 // self.step, ()))
        return torch.rot90(pixels, quarters, dims=(1, 2))


class Zoom(nn.Module):
    """Shows a picture larger, cut at random, or smaller, continued by its mirror image."""

    def __init__(self, scale: tuple[float, float]) -> None:
        """Remember the smallest and the largest factor."""
        super().__init__()
        self.scale = scale

    def forward(self, pixels: Tensor) -> Tensor:
        """Give the picture (3, H, W) zoomed, in its size."""
        hw = pixels.shape[-2], pixels.shape[-1]
        factor = _between(*self.scale)
        sides = [max(2, round(side * factor)) for side in hw]
        resized = F.resize(pixels, sides, antialias=True)
        missing = [max(0, want - side) for want, side in zip(hw, sides, strict=True)]
        before = [int(torch.randint(gap + 1, ())) for gap in missing]
        padding = [before[1], before[0], missing[1] - before[1], missing[0] - before[0]]  # left, top, right, bottom
        padded = F.pad(resized, padding, padding_mode="reflect") if any(missing) else resized
        top, left = (int(torch.randint(max(0, padded.shape[1 + i] - hw[i]) + 1, ())) for i in range(2))
        zoomed: Tensor = padded[:, top : top + hw[0], left : left + hw[1]]
        return zoomed


class Shadow(nn.Module):
    """Darkens one side of a random straight line; its edge is sharp or soft, as the sun or the sky throws it."""

    def __init__(self, darkest: float) -> None:
        """Remember how much light the darkest shadow takes, 0-1."""
        super().__init__()
        self.darkest = darkest

    def forward(self, pixels: Tensor) -> Tensor:
        """Give the picture (3, H, W) uint8 with a shadow."""
        height, width = pixels.shape[-2:]
        angle, softness_px = _between(0, 2 * math.pi), _between(1, 0.2 * min(height, width))
        x0, y0 = _between(0.2, 0.8) * width, _between(0.2, 0.8) * height
        rows, columns = torch.arange(height)[:, None] - y0, torch.arange(width)[None] - x0
        distance = columns * math.cos(angle) + rows * math.sin(angle)  # (H, W) px from the line
        light = 1 - _between(0.2, 1) * self.darkest * torch.sigmoid(distance / softness_px)
        return (pixels * light).round().to(torch.uint8)


class Jpeg(nn.Module):
    """Writes a picture as JPEG and reads it again, by Pillow: torchvision's own is to be removed."""

    def __init__(self, quality: tuple[int, int]) -> None:
        """Remember the lowest and the highest quality, 1-100."""
        super().__init__()
        self.quality = quality

    def forward(self, pixels: Tensor) -> Tensor:
        """Give the picture (3, H, W) uint8 with what JPEG does to it."""
        low, high = self.quality
        stream = io.BytesIO()
        quality = int(torch.randint(low, high + 1, ()))
        Image.fromarray(pixels.permute(1, 2, 0).contiguous().numpy()).save(stream, "JPEG", quality=quality)
        return torch.from_numpy(np.array(Image.open(stream))).permute(2, 0, 1)
