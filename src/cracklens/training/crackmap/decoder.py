"""Takes pixels and what the frozen network makes of them at five strides; gives logits of crack and line."""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn import functional

CHANNELS = {"stem": (64, 2), "layer1": (256, 4), "layer2": (512, 8), "layer3": (1024, 16), "layer4": (2048, 32)}
"""What a decoder reads: channels and stride of each of the network's outputs."""

STRIDE = 4
"""Px between the decoder's last cells: each gives the logits of 4 x 4 px at once, as cells of 1 px would cost more."""

WIDE, DEEP = 48, 64
"""Channels at strides 4 and 8, and at 16 and 32: chosen by cost, see `python -m benchmarks map_cost`."""


def mixed(channels: int, *, dilation: int = 1) -> nn.Sequential:
    """Give a 3 x 3 convolution with its normalisation."""
    convolution = nn.Conv2d(channels, channels, 3, padding=dilation, dilation=dilation, bias=False)
    return nn.Sequential(convolution, nn.BatchNorm2d(channels), nn.ReLU())


class Deeper(nn.Module):
    """Adds to a map what two convolutions see in it; at first nothing.

    Source: He et al. 2016, residual blocks, with the last scale at 0 (Goyal et al. 2017, section 5.1).
    """

    def __init__(self, channels: int, *, dilation: int = 1) -> None:
        """Make a block for maps of so many channels."""
        super().__init__()
        last = nn.BatchNorm2d(channels)
        nn.init.zeros_(last.weight)
        onward = nn.Conv2d(channels, channels, 3, padding=dilation, dilation=dilation, bias=False)
        self.seen = nn.Sequential(mixed(channels, dilation=dilation), onward, last)

    def forward(self, maps: Tensor) -> Tensor:
        """Give maps of the same shape."""
        return functional.relu(maps + self.seen(maps))


class Decoder(nn.Module):
    """A top-down path: from the coarsest map to the finest each step adds what the network saw at its own stride."""

    def __init__(self, *, wide: int = WIDE, deep: int = DEEP) -> None:
        """Make a decoder with random weights."""
        super().__init__()
        sizes = {"layer1": wide, "layer2": wide, "layer3": deep, "layer4": deep}
        self.sides = nn.ModuleDict({tap: nn.Conv2d(CHANNELS[tap][0], size, 1) for tap, size in sizes.items()})
        self.far = nn.Sequential(mixed(deep), mixed(deep, dilation=2), mixed(deep, dilation=4))
        self.mixes = nn.ModuleDict(
            {
                "layer3": nn.Sequential(mixed(deep), mixed(deep), Deeper(deep, dilation=2), Deeper(deep, dilation=4)),
                "layer2": nn.Sequential(mixed(wide), mixed(wide), Deeper(wide), Deeper(wide, dilation=2)),
                "layer1": nn.Sequential(mixed(wide), mixed(wide), mixed(wide), Deeper(wide)),
            }
        )
        self.narrower = nn.Conv2d(deep, wide, 1)
        self.onward = nn.Conv2d(wide, wide, 1)
        self.edges = nn.Conv2d(CHANNELS["stem"][0], wide, 2, stride=2)
        self.grain = nn.Conv2d(3, wide, 8, stride=STRIDE, padding=2)
        self.crack = nn.Conv2d(wide, STRIDE**2, 1)
        self.line = nn.Conv2d(wide, 1, 1)

    def forward(self, pixels: Tensor, maps: dict[str, Tensor]) -> tuple[Tensor, Tensor]:
        """Give the logits of crack (N, H, W) and of a line that is no crack (N, H / 4, W / 4).

        Args:
            pixels: (N, 3, H, W), -1 to 1.
            maps: of `TAPS`, (N, C, H / stride, W / stride).
        """
        coarse = self.far(self.sides["layer4"](maps["layer4"]))  # (N, deep, H / 32, W / 32)
        coarse = self.mixes["layer3"](functional.relu(self.sides["layer3"](maps["layer3"]) + _doubled(coarse)))
        coarse = self.narrower(coarse)  # (N, wide, H / 16, W / 16)
        coarse = self.mixes["layer2"](functional.relu(self.sides["layer2"](maps["layer2"]) + _doubled(coarse)))
        fine = self.sides["layer1"](maps["layer1"]) + self.edges(maps["stem"]) + self.grain(pixels)
        fine = self.mixes["layer1"](functional.relu(fine + _doubled(self.onward(coarse))))  # (N, wide, H / 4, W / 4)
        return functional.pixel_shuffle(self.crack(fine), STRIDE)[:, 0], self.line(fine)[:, 0]


def _doubled(maps: Tensor) -> Tensor:
    return functional.interpolate(maps, scale_factor=2, mode="bilinear", align_corners=False)


def as_input(windows: Tensor) -> Tensor:
    """Give what the decoder takes for pixels (N, 3, H, W), -1 to 1, of windows (N, H, W, 3) uint8."""
    return windows.permute(0, 3, 1, 2).float().div(127.5).sub(1)
