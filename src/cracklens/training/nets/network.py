"""Takes a backbone in torch or OpenVINO and a head; gives networks from windows to scores. Knows no tiles or cards."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from cracklens.network import SIDE, local_maps, pooled_logits
from cracklens.training.nets.detail_layers import DetailLayers
from cracklens.training.nets.parity import WindowLogits
from cracklens.training.nets.quantize import OUTPUT_NAMES
from cracklens.values import FeatureMaps, Head


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

    def scored(self, fine: Tensor, coarse: Tensor) -> tuple[Tensor, ...]:
        """Give the same of the backbone's maps."""
        *cells, pooled = self._logits(fine, coarse)
        return *cells, torch.sigmoid(pooled / self.head.temperature + self.head.offset)

    def logits(self, windows: Tensor) -> tuple[Tensor, ...]:
        """Give the maps of cells, then the uncalibrated logits (N, H/32-6, W/32-6) of the neighbourhoods."""
        return self._logits(*self.backbone(as_pixels(windows)))

    def _logits(self, fine: Tensor, coarse: Tensor) -> tuple[Tensor, ...]:
        half = nn.functional.avg_pool2d(nn.functional.conv2d(fine, self.weight3), 2)  # (N, 1, H/32, W/32)
        linear = half + nn.functional.conv2d(coarse, self.weight4) + self.bias
        means = nn.functional.avg_pool2d(linear, SIDE, 1)
        if self.detail is None:
            return linear[:, 0], means[:, 0]
        detail = self.detail(fine, coarse)
        return linear[:, 0], detail[:, 0], (means + self.detail.pooled(detail))[:, 0]


def as_pixels(windows: Tensor) -> Tensor:
    """Give what a backbone takes, pixels (N, 3, H, W), 0-255, of windows (N, H, W, 3) uint8."""
    return windows.permute(0, 3, 1, 2).float()


def torch_run(net: ScoreNet) -> WindowLogits:
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
