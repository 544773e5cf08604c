"""Takes a detail net; gives it, and its soft maximum, as layers of torch and as OpenVINO operations. Knows no tiles."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from openvino import opset13 as ops
from torch import Tensor, nn

from cracklens.network import SIDE
from cracklens.values.head import DetailNet


class DetailLayers(nn.Module):
    """A detail net in torch: layer3 (N, D3, 2h, 2w) and layer4 (N, D4, h, w) in, the logit of each cell out."""

    weight3: Tensor
    weight4: Tensor
    bias_in: Tensor
    weight_out: Tensor

    def __init__(self, net: DetailNet, *, depth3: int) -> None:
        """Split the first layer into its part for layer3, `depth3` features, and for layer4."""
        super().__init__()
        weight = torch.tensor(net.weight_in)[:, :, None, None]  # (H, D, 1, 1)
        self.register_buffer("weight3", weight[:, :depth3].clone())
        self.register_buffer("weight4", weight[:, depth3:].clone())
        self.register_buffer("bias_in", torch.tensor(net.bias_in))
        self.register_buffer("weight_out", torch.tensor(net.weight_out).view(1, -1, 1, 1))
        self.bias_out, self.sharpness = net.bias_out, net.sharpness

    def forward(self, fine: Tensor, coarse: Tensor) -> Tensor:
        """Give the logit (N, 1, h, w) of every cell."""
        roots3 = nn.functional.avg_pool2d(fine, 2).relu().sqrt()  # (N, D3, h, w)
        hidden = nn.functional.conv2d(roots3, self.weight3, self.bias_in)
        hidden = hidden + nn.functional.conv2d(coarse.relu().sqrt(), self.weight4)  # (N, H, h, w)
        return nn.functional.conv2d(nn.functional.gelu(hidden), self.weight_out) + self.bias_out

    def pooled(self, cells: Tensor) -> Tensor:
        """Give the soft maximum (N, 1, h-6, w-6) of the cells (N, 1, h, w) of every neighbourhood, row by row first."""
        sums = self.sharpness * cells
        for axis in (2, 3):
            last = sums.shape[axis] - SIDE + 1
            sums = torch.stack([sums.narrow(axis, step, last) for step in range(SIDE)]).logsumexp(0)
        return (sums - math.log(SIDE**2)) / self.sharpness


def detail_node(fine: Any, coarse: Any, net: DetailNet) -> Any:
    """Give a detail net on OpenVINO's layer3 and layer4: the logit (N, 1, h, w) of every cell, as `DetailLayers`."""
    depth3 = fine.get_partial_shape()[1].get_length()
    weight = net.weight_in[:, :, np.newaxis, np.newaxis]  # (H, D, 1, 1)
    roots3, roots4 = (ops.sqrt(ops.relu(maps)) for maps in (averaged(fine, side=2, stride=2), coarse))
    hidden = ops.add(convolved(roots3, weight[:, :depth3]), convolved(roots4, weight[:, depth3:]))
    active = ops.gelu(ops.add(hidden, net.bias_in.reshape(1, -1, 1, 1)), "erf")  # (N, H, h, w)
    return ops.add(convolved(active, net.weight_out.reshape(1, -1, 1, 1)), np.float32(net.bias_out))


def soft_maximum_node(cells: Any, *, sharpness: float) -> Any:
    """Give the soft maximum (N, 1, h-6, w-6) of an OpenVINO map of cells (N, 1, h, w), as `DetailLayers.pooled`."""
    sides = [SIDE, SIDE], [1, 1], [1, 1]
    powers = ops.multiply(ops.extract_image_patches(cells, *sides, "valid"), np.float32(sharpness))  # (N, 49, h-6, w-6)
    highest = ops.reduce_max(powers, np.array([1]), keep_dims=True)
    sums = ops.reduce_sum(ops.exp(ops.subtract(powers, highest)), np.array([1]), keep_dims=True)
    means = ops.add(ops.log(ops.divide(sums, np.float32(SIDE**2))), highest)
    return ops.divide(means, np.float32(sharpness))


def convolved(maps: Any, weight: NDArray[np.float32]) -> Any:
    """Give OpenVINO maps (N, D, h, w) times a weight (K, D, 1, 1) at every cell."""
    return ops.convolution(maps, weight.astype(np.float32), [1, 1], [0, 0], [0, 0], [1, 1])


def averaged(maps: Any, *, side: int, stride: int) -> Any:
    """Give the means of OpenVINO maps over boxes of side x side cells that lie inside."""
    return ops.avg_pool(maps, [stride, stride], [0, 0], [0, 0], [side, side], exclude_pad=True)
