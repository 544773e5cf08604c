"""Takes a crack map; gives its network beside one that scores, in OpenVINO as it is shipped or in torch. No tiles."""

from __future__ import annotations

from typing import Any

import openvino as ov
import torch
from torch import Tensor, nn

from cracklens.models import INT8_BACKBONE, MapPart
from cracklens.network import FULL, FeatureNet, with_crack_map
from cracklens.training.crackmap import Decoder
from cracklens.training.nets import ScoreNet, as_pixels

CRACK, LINE = MAPS = "crack", "line"
"""Outputs of a network with a crack map."""


def shipped_maps(part: MapPart) -> ov.Model:
    """Give the bundled INT8 network with the INT8 decoder of a crack map, as the detector runs it."""
    core = ov.Core()
    return with_crack_map(core.read_model(INT8_BACKBONE), core.read_model(part.network))


def beside(backbone: ov.Model, mapper: ov.Model) -> ov.Model:
    """Give one network of two that take the same windows: the outputs of the first, then crack and line of the second.

    Both are taken apart.
    """
    (pixels,), (own,) = backbone.get_parameters(), mapper.get_parameters()
    own.output(0).replace(pixels.output(0))
    return ov.Model([*backbone.get_results(), *map_results(mapper)], [pixels], "cracklens")


def map_results(model: ov.Model) -> list[Any]:
    """Give the nodes that put crack and line out; none of a network without crack map."""
    found = {name: output.get_node() for output in model.outputs for name in output.get_names()}
    return [found[name] for name in MAPS if name in found]


class MapNet(nn.Module):
    """A score network with a crack map, in float: the outputs of `ScoreNet`, then crack and line, uint8, 0-255."""

    def __init__(self, scores: ScoreNet, seen: FeatureNet, decoder: Decoder) -> None:
        """Join them; `seen` is the network that the decoder reads, of which the scores may be, too."""
        super().__init__()
        self.scores, self.seen, self.decoder = scores, seen, decoder
        self.one = seen is scores.backbone

    def forward(self, windows: Tensor) -> tuple[Tensor, ...]:
        """Give the outputs of windows (N, H, W, 3) uint8: crack is (N, H, W), line (N, H / 4, W / 4)."""
        pixels = as_pixels(windows)
        taps = self.seen.taps(pixels)
        own = (taps["layer3"], taps["layer4"]) if self.one else self.scores.backbone(pixels)
        crack, line = self.decoder(pixels / (FULL / 2) - 1, taps)
        return *self.scores.scored(*own), _levels(crack), _levels(line)


def _levels(logits: Tensor) -> Tensor:
    return (torch.sigmoid(logits) * FULL).round().to(torch.uint8)
