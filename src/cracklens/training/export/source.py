"""Takes the folder of a checkpoint or a run; gives its network in torch, head, crack map and card. Knows no tiles."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import openvino as ov
from torch import nn

from cracklens.errors import CheckpointError
from cracklens.models import (
    CARD_FILE,
    FLOAT_BACKBONE,
    INT8_BACKBONE,
    Card,
    MapPart,
    bundled_map,
    card_from_json,
    read_checkpoint,
    read_map,
)
from cracklens.network import FeatureNet
from cracklens.training.crackmap import read_decoder
from cracklens.training.export.crack_map import MapNet, beside, shipped_maps
from cracklens.training.nets import (
    FLOAT,
    NetPlan,
    ScoreNet,
    build,
    map_depths,
    open_starting,
    read_state_dict,
    read_weights,
)
from cracklens.values import Head

LAYER3_DEPTH = 1024


@dataclass(frozen=True)
class Source:
    """What is exported.

    Attributes:
        backbone: in torch, float; the reference.
        head: calibrated.
        card: what it is.
        network: INT8 backbone; None where there is none yet.
        crack_map: the checkpoint's own, else the bundled one; None where it is left out.
    """

    backbone: nn.Module
    head: Head
    card: Card
    network: Path | None
    crack_map: MapPart | None = None

    def score_net(self) -> ScoreNet:
        """Give the reference as one network."""
        return ScoreNet(self.backbone, self.head, depth3=map_depths(self.backbone)[0])

    def whole_net(self) -> ScoreNet | MapNet:
        """Give the same with the crack map's float decoder, which reads the bundled network."""
        if self.crack_map is None:
            return self.score_net()
        bundled = self.network == INT8_BACKBONE
        own = self.backbone if bundled and isinstance(self.backbone, FeatureNet) else None
        return MapNet(self.score_net(), own or FeatureNet(FLOAT_BACKBONE), read_decoder(self.crack_map.weights))

    def shipped(self, network: Path) -> ov.Model:
        """Give a backbone from its file with the crack map beside it, which reads the bundled one: once, if it is."""
        if network == INT8_BACKBONE and self.crack_map is not None:
            return shipped_maps(self.crack_map)
        return self.with_maps(ov.Core().read_model(network))

    def with_maps(self, backbone: ov.Model) -> ov.Model:
        """Give a backbone of its own with the crack map's network beside it."""
        return backbone if self.crack_map is None else beside(backbone, shipped_maps(self.crack_map))


def open_source(folder: Path, *, crack_map: bool = True) -> Source:
    """Read what is to be exported, with its float weights; `crack_map` says whether with one.

    Raises:
        CheckpointError: it cannot be read, or its float weights are not there.
    """
    part = (read_map(folder) or bundled_map()) if crack_map else None
    state_file = _state_file(folder)
    if state_file is not None:
        return replace(_open_notebook(folder, state_file), crack_map=part)
    loaded = read_checkpoint(folder)
    if loaded.backbone is None:
        net = build(NetPlan())  # it has the bundled weights
        return Source(net, loaded.head, loaded.card, INT8_BACKBONE, part)
    name = loaded.card.recipe.get("weights_file")
    if not isinstance(name, str):
        raise CheckpointError(f"{folder}: the card names no float weights, which the export is compared with.")
    network = None if loaded.card.recipe.get("network") == FLOAT else loaded.backbone
    return Source(read_weights(folder / Path(name).name).backbone, loaded.head, loaded.card, network, part)


def _state_file(folder: Path) -> str | None:
    """Give the state dict of a run of recipe notebook; None where the folder is another thing."""
    try:
        name = json.loads((folder / CARD_FILE).read_text(encoding="utf-8"))["recipe"]["state_file"]
    except (OSError, ValueError, KeyError, TypeError):
        return None  # no such run: read_checkpoint says what is wrong with it
    return Path(name).name if isinstance(name, str) else None


def _open_notebook(folder: Path, state_file: str) -> Source:
    """Read the notebook's net: its last layer reads layer4 alone."""
    card = card_from_json((folder / CARD_FILE).read_text(encoding="utf-8"), source=str(folder / CARD_FILE))
    net, state = open_starting(folder / state_file).net, read_state_dict(folder / state_file)
    if "fc.weight" not in state or "fc.bias" not in state:
        raise CheckpointError(f"{folder / state_file}: expected a last layer fc; it has none. Train it again.")
    weight = np.pad(state["fc.weight"].float().numpy(), ((0, 0), (LAYER3_DEPTH, 0)))  # (2, 3072)
    return Source(net, Head(weight, state["fc.bias"].float().numpy()), card, None)
