"""Takes nothing; gives the frozen values between a photo and the network that looks at it. Knows no scores."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

STRIDE_PX = 32
"""Side of a cell of the score map: one step of ResNet50's layer4."""

NEIGHBOURHOOD_PX = 224
"""Side of the square whose features are averaged for one score: the size that ResNet50 was trained at."""


@dataclass(frozen=True)
class Window:
    """One part of a photo that goes through the network at once.

    Attributes:
        core_cells_xyxy: the cells of the map that this window gives.
        reads_xyxy: the px it reads, core and halo; may reach beyond the photo, where it is filled by reflection.
    """

    core_cells_xyxy: tuple[int, int, int, int]
    reads_xyxy: tuple[int, int, int, int]

    @property
    def core_in_reads(self) -> tuple[slice, slice]:
        """Rows and columns of the core in the feature map of `reads_xyxy`."""
        x0, y0, x1, y1 = self.core_cells_xyxy
        left, top = self.reads_xyxy[0] // STRIDE_PX, self.reads_xyxy[1] // STRIDE_PX
        return slice(y0 - top, y1 - top), slice(x0 - left, x1 - left)


@dataclass(frozen=True)
class FeatureMaps:
    """What the backbone gives for a batch of windows.

    Attributes:
        layer3: (N, 1024, 2h, 2w) float32, stride 16 px.
        layer4: (N, 2048, h, w) float32, stride 32 px.
        crack: (N, 32h, 32w) uint8, stride 1 px: probability of a crack times 255; None of a network without crack map.
        line: (N, 8h, 8w) uint8, stride 4 px: the same for a line that is no crack.
    """

    layer3: NDArray[np.float32]
    layer4: NDArray[np.float32]
    crack: NDArray[np.uint8] | None = None
    line: NDArray[np.uint8] | None = None

    def one(self, number: int) -> FeatureMaps:
        """Give the maps of one window of the batch, N = 1."""
        here = slice(number, number + 1)
        crack, line = (None if maps is None else maps[here] for maps in (self.crack, self.line))
        return FeatureMaps(self.layer3[here], self.layer4[here], crack, line)


class Backbone(Protocol):
    """A network that turns windows into feature maps."""

    @property
    def name(self) -> str:
        """How reports call it."""
        ...

    @property
    def hash(self) -> str:
        """SHA-256 of the weights file; a head fits only the backbone it was fitted on."""
        ...

    def feature_maps(self, windows: NDArray[np.uint8]) -> FeatureMaps:
        """Give the feature maps of windows (N, H, W, 3) uint8 RGB; H and W are multiples of 32."""
        ...

    def release(self) -> None:
        """Give back the memory that is kept for the next window."""
        ...
