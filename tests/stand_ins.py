"""Takes nothing; gives what stands in for real things in tests: drawn photos, one detector, counting backbones."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from cracklens.detector import Detector
from cracklens.drawn.wall import draw_wall
from cracklens.files import write_whole
from cracklens.models.registry import INT8_BACKBONE, bundled_map, show_detector
from cracklens.network.backbone import OpenVinoBackbone
from cracklens.values import Backbone, FeatureMaps, Head


@cache
def int8_backbone() -> OpenVinoBackbone:
    """Give the bundled network, compiled once for all tests."""
    return OpenVinoBackbone(INT8_BACKBONE)


@cache
def mapping_backbone() -> OpenVinoBackbone:
    """Give the bundled network with its crack map, compiled once for all tests."""
    return OpenVinoBackbone(INT8_BACKBONE, crack_map=bundled_map().network)


@cache
def bundled_detector() -> Detector:
    """Give the default detector on the networks that all tests share."""
    return replace(Detector.load(), backbone=int8_backbone(), mapper=mapping_backbone())


DARK = 0.25


@dataclass(frozen=True)
class CountingBackbone:
    """A backbone that keeps the sizes (N, H, W) of what it was asked for."""

    inner: Backbone
    calls: list[tuple[int, ...]] = field(default_factory=list)
    released_after: list[int] = field(default_factory=list)

    @property
    def name(self) -> str:
        return self.inner.name

    @property
    def hash(self) -> str:
        return self.inner.hash

    def feature_maps(self, windows: NDArray[np.uint8]) -> FeatureMaps:
        self.calls.append(windows.shape[:3])
        return self.inner.feature_maps(windows)

    def release(self) -> None:
        self.released_after.append(len(self.calls))


@dataclass(frozen=True)
class GreyBackbone:
    """A backbone that looks at nothing but grey: of cells, and of px for cracks; where the network does not matter."""

    name: str = "grey"
    hash: str = "0" * 64

    def feature_maps(self, windows: NDArray[np.uint8]) -> FeatureMaps:
        grey = windows.mean(3, dtype=np.float32) / 255  # (N, H, W)
        n, height, width = grey.shape
        fine = grey.reshape(n, 1, height // 16, 16, width // 16, 16).mean((3, 5))  # (N, 1, 2h, 2w)
        coarse = grey.reshape(n, 1, height // 32, 32, width // 32, 32).mean((3, 5))  # (N, 1, h, w)
        dark = np.where(grey < DARK, 255, 0).astype(np.uint8)
        nothing = np.zeros((n, height // 4, width // 4), np.uint8)
        return FeatureMaps(fine.repeat(1024, 1), coarse.repeat(2048, 1), dark, nothing)

    def release(self) -> None:
        """Nothing is kept."""


def grey_detector() -> Detector:
    """Give a detector that calls dark photos cracked: score .99 for black, .01 for white."""
    weight = np.full((2, 3072), [[4.6 / 3072], [-4.6 / 3072]], np.float32)
    return Detector(GreyBackbone(), Head(weight, np.array([-2.3, 2.3], np.float32)), show_detector())


def save_wall(path: Path, *, cracked: bool = True, seed: int = 0, hw: tuple[int, int] = (64, 96)) -> Path:
    """Draw a small wall into a file of any kind, with one crack of 6 px or none, and give its path."""
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(draw_wall(hw, widths_px=(6.0,) if cracked else (), seed=seed).pixels).save(path)
    return path


def save_grey(path: Path, grey: int, *, hw: tuple[int, int] = (64, 96)) -> Path:
    """Write a plain grey photo, 0 black to 255 white, and give its path."""
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.full((*hw, 3), grey, np.uint8)).save(path)
    return path


@contextmanager
def killed_at(monkeypatch: pytest.MonkeyPatch, *names: str) -> Iterator[None]:
    """Kill who writes a checkpoint, at the first file with one of these in its name; what is inside must be killed."""

    def killed(path: Path, content: bytes) -> None:
        if any(name in path.name for name in names):
            raise KeyboardInterrupt
        write_whole(path, content)

    with monkeypatch.context() as patch:
        patch.setattr("cracklens.models.checkpoint.write_whole", killed)
        with pytest.raises(KeyboardInterrupt):
            yield


def pool(maps: FeatureMaps, *, cells: tuple[slice, slice]) -> np.ndarray:
    """Give the mean features (N, 3072) of a box of cells: layer3, then layer4."""
    rows, cols = cells
    fine = maps.layer3[:, :, 2 * rows.start : 2 * rows.stop, 2 * cols.start : 2 * cols.stop]
    return np.concatenate([fine.mean((2, 3)), maps.layer4[:, :, rows, cols].mean((2, 3))], axis=1)
