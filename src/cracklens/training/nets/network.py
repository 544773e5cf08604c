"""Takes a backbone in torch or OpenVINO and a head; gives networks from windows to scores. Knows no tiles or cards."""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from cracklens.errors import CheckpointError
from cracklens.network import FULL, SIDE, local_maps, pooled_logits
from cracklens.training.nets.detail_layers import DetailLayers
from cracklens.training.nets.parity import WindowLogits
from cracklens.training.nets.quantize import OUTPUT_NAMES
from cracklens.values import NEIGHBOURHOOD_PX, STRIDE_PX, FeatureMaps, Head


class ScoreNet(nn.Module):
    """A backbone and a calibrated head as one network of any input size.

    Windows (N, H, W, 3) uint8 RGB in; out come `local_logits` (N, H/32, W/32), which can be averaged over any box, the
    `detail_logits` (N, H/32, W/32) of a head that has a detail net, and `scores` (N, H/32-6, W/32-6), 0-1, of every
    224 px neighbourhood that lies inside the window.
    """

    weight3: Tensor
    weight4: Tensor

    def __init__(self, backbone: nn.Module, head: Head, *, depth3: int) -> None:
        """Join them; the head's two rows become the one of their difference. What it knows of its data stays out."""
        super().__init__()
        self.backbone, self.head = backbone, head
        weight = torch.from_numpy(head.weight[1] - head.weight[0])
        self.register_buffer("weight3", weight[:depth3].view(1, -1, 1, 1).clone())
        self.register_buffer("weight4", weight[depth3:].view(1, -1, 1, 1).clone())
        self.bias = float(head.bias[1] - head.bias[0])
        self.detail = None if head.detail is None else DetailLayers(head.detail, depth3=depth3)

    def forward(self, windows: Tensor) -> tuple[Tensor, ...]:
        """Give the maps of cells, then the scores."""
        return self.scored(*self.backbone(as_pixels(windows)))

    def scored(self, fine: Tensor, coarse: Tensor, crack: Tensor | None = None) -> tuple[Tensor, ...]:
        """Give the same of the backbone's maps, and of the crack map (N, H, W), 0-255, where the head reads it."""
        *cells, pooled = self.pooled(fine, coarse, crack)
        return *cells, torch.sigmoid(pooled / self.head.temperature + self.head.offset)

    def logits(self, windows: Tensor) -> tuple[Tensor, ...]:
        """Give the maps of cells, then the uncalibrated logits (N, H/32-6, W/32-6) of the neighbourhoods."""
        return self.pooled(*self.backbone(as_pixels(windows)))

    def pooled(self, fine: Tensor, coarse: Tensor, crack: Tensor | None = None) -> tuple[Tensor, ...]:
        """Give the same of the backbone's maps, and of the crack map where the head reads it.

        Raises:
            CheckpointError: the head reads it, and it is not there.
        """
        half = nn.functional.avg_pool2d(nn.functional.conv2d(fine, self.weight3), 2)  # (N, 1, H/32, W/32)
        linear = half + nn.functional.conv2d(coarse, self.weight4) + self.bias
        cells, whole = [linear[:, 0]], nn.functional.avg_pool2d(linear, SIDE, 1)
        if self.detail is not None:
            detail = self.detail(fine, coarse)
            cells.append(detail[:, 0])
            whole = whole + self.detail.pooled(detail)
        if self.head.map_weight is not None:
            whole = whole + self.head.map_weight * torch.log1p(_mass(crack))
        return *cells, whole[:, 0]


def _mass(crack: Tensor | None) -> Tensor:
    """Give the crack map's mass (N, 1, h-6, w-6) in every neighbourhood, of its values (N, H, W), 0-255."""
    if crack is None:
        raise CheckpointError("The score of this head reads the crack map, too; leave --no-crack-map out.")
    squares = (crack[:, None] / FULL).square()
    means = nn.functional.avg_pool2d(nn.functional.avg_pool2d(squares, STRIDE_PX), SIDE, 1)
    return means * float(NEIGHBOURHOOD_PX**2)


def as_pixels(windows: Tensor) -> Tensor:
    """Give what a backbone takes, pixels (N, 3, H, W), 0-255, of windows (N, H, W, 3) uint8."""
    return windows.permute(0, 3, 1, 2).float()


class Scoring(Protocol):
    """A network in torch that scores."""

    def logits(self, windows: Tensor) -> tuple[Tensor, ...]:
        """Give maps of windows (N, H, W, 3) uint8; the last are the uncalibrated logits of the neighbourhoods."""

    def eval(self) -> object:
        """Make it one that is used, not fitted."""


def torch_run(net: Scoring) -> WindowLogits:
    """Give the logits of windows by torch, the reference."""

    @torch.inference_mode()
    def run(windows: NDArray[np.uint8]) -> NDArray[np.float32]:
        logits: NDArray[np.float32] = net.logits(torch.from_numpy(windows))[-1].numpy()
        return logits

    net.eval()
    return run


def backbone_run(compiled: Any, head: Head) -> WindowLogits:
    """Give the logits of windows by a compiled backbone and a head, as the detector computes them."""

    def run(windows: NDArray[np.uint8]) -> NDArray[np.float32]:
        found = [_maps(compiled(one[np.newaxis])) for one in windows]
        inside = slice(SIDE // 2, -(SIDE // 2))
        return np.stack([pooled_logits(local_maps(maps, head), head)[inside, inside] for maps in found])

    return run


def _maps(outputs: Any) -> FeatureMaps:
    return FeatureMaps(outputs[OUTPUT_NAMES[0]], outputs[OUTPUT_NAMES[1]])
