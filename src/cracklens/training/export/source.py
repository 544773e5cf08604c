"""Takes the folder of a checkpoint or a run; gives its network in torch, head, crack map and card. Knows no tiles."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from torch import nn

from cracklens.errors import CheckpointError
from cracklens.models import (
    CARD_FILE,
    INT8_BACKBONE,
    Card,
    MapPart,
    bundled_map,
    card_from_json,
    read_checkpoint,
    read_map,
)
from cracklens.training.export.crack_map import MapNet, open_decoder
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
    crack_map: MapPart | None

    def score_net(self) -> ScoreNet:
        """Give the reference as one network."""
        return ScoreNet(self.backbone, self.head, depth3=map_depths(self.backbone)[0])

    def whole_net(self) -> ScoreNet | MapNet:
        """Give the same with the crack map's float decoder, which reads the bundled network."""
        if self.crack_map is None:
            return self.score_net()
        seen = self.backbone if self.network == INT8_BACKBONE else build(NetPlan())
        return MapNet(self.score_net(), seen, open_decoder(self.crack_map))


def open_source(folder: Path) -> Source:
    """Read what is to be exported, with its float weights.

    Raises:
        CheckpointError: it cannot be read, or its float weights are not there.
    """
    state_file = _state_file(folder)
    if state_file is not None:
        return _open_notebook(folder, state_file)
    loaded = read_checkpoint(folder)
    crack_map = loaded.crack_map or bundled_map()
    if loaded.backbone is None:
        net = build(NetPlan())  # it has the bundled weights
        return Source(net, loaded.head, loaded.card, INT8_BACKBONE, crack_map)
    name = loaded.card.recipe.get("weights_file")
    if not isinstance(name, str):
        raise CheckpointError(f"{folder}: the card names no float weights, which the export is compared with.")
    network = None if loaded.card.recipe.get("network") == FLOAT else loaded.backbone
    return Source(read_weights(folder / Path(name).name).backbone, loaded.head, loaded.card, network, crack_map)


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
    return Source(net, Head(weight, state["fc.bias"].float().numpy()), card, None, read_map(folder) or bundled_map())
