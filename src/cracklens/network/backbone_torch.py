"""Takes windows of pixels; gives feature maps by torch in full precision, the reference. Needs the extra `train`."""

from __future__ import annotations

import hashlib
from functools import cached_property
from pathlib import Path

import numpy as np
import torch
import torchvision
from numpy.typing import NDArray
from safetensors.torch import load_file
from torch import Tensor, nn

from cracklens.errors import SettingError
from cracklens.network.taps import TAPS
from cracklens.network.windows import check_windows
from cracklens.values import FeatureMaps

IMAGENET_MEAN = (0.485, 0.456, 0.406)
IMAGENET_STD = (0.229, 0.224, 0.225)


class FeatureNet(nn.Module):
    """ResNet50 without its classifier: pixels in, feature maps of layer3 and layer4 out.

    The weights are of the *v1* net, whose stride of 2 stands in the first 1x1 convolution of a stage, where
    torchvision has it in the 3x3 one. Loaded without moving it they fit without an error and are ten points worse.

    Source: He et al. 2015, "Deep Residual Learning", section 4.1, table 1 (50-layer).
    """

    mean: Tensor
    std: Tensor

    def __init__(self, weights: Path) -> None:
        """Load the weights of a safetensors file with torchvision parameter names."""
        super().__init__()
        self.net = torchvision.models.resnet50(weights=None)
        self.net.fc = nn.Identity()
        for stage in (self.net.layer2, self.net.layer3, self.net.layer4):
            stage[0].conv1.stride, stage[0].conv2.stride = (2, 2), (1, 1)
        self.net.load_state_dict({name: value.float() for name, value in load_file(weights).items()})
        self.register_buffer("mean", 255 * torch.tensor(IMAGENET_MEAN).view(1, 3, 1, 1))
        self.register_buffer("std", 255 * torch.tensor(IMAGENET_STD).view(1, 3, 1, 1))

    def forward(self, pixels: Tensor) -> tuple[Tensor, Tensor]:
        """Give layer3 (N, 1024, H/16, W/16) and layer4 (N, 2048, H/32, W/32) of pixels (N, 3, H, W), 0-255."""
        *_, fine, coarse = self.taps(pixels).values()
        return fine, coarse

    def taps(self, pixels: Tensor) -> dict[str, Tensor]:
        """Give what a crack map's decoder reads, the maps of `TAPS`, of pixels (N, 3, H, W), 0-255."""
        net = self.net
        stem = net.relu(net.bn1(net.conv1((pixels - self.mean) / self.std)))  # (N, 64, H/2, W/2)
        maps = [stem, net.layer1(net.maxpool(stem))]  # (N, 256, H/4, W/4)
        for stage in (net.layer2, net.layer3, net.layer4):
            maps.append(stage(maps[-1]))
        return dict(zip(TAPS, maps, strict=True))


class TorchBackbone:
    """The float network in torch, on a GPU or as the reference of the INT8 one."""

    name = "ResNet50 v1, ImageNet, float32"

    def __init__(self, weights: Path, *, device: str) -> None:
        """Load the weights onto a torch device.

        Raises:
            SettingError: the device is not there.
        """
        if device == "cuda" and not torch.cuda.is_available():
            raise SettingError("device cuda needs a GPU that torch can use; none was found. Leave device out.")
        self._weights, self._device = weights, torch.device(device)
        self._net = FeatureNet(weights).eval().to(self._device)

    @cached_property
    def hash(self) -> str:
        """SHA-256 of the weights file."""
        return hashlib.sha256(self._weights.read_bytes()).hexdigest()

    @torch.inference_mode()
    def feature_maps(self, windows: NDArray[np.uint8]) -> FeatureMaps:
        """Give the feature maps of windows (N, H, W, 3) uint8 RGB; H and W are multiples of 32."""
        check_windows(windows)
        pixels = torch.from_numpy(windows).to(self._device).permute(0, 3, 1, 2).float()  # (N, 3, H, W)
        layer3, layer4 = self._net(pixels)
        return FeatureMaps(layer3=layer3.cpu().numpy(), layer4=layer4.cpu().numpy())

    def release(self) -> None:
        """Give back the memory that is kept for the next window; on the CPU torch keeps none."""
        if self._device.type == "cuda":
            torch.cuda.empty_cache()
