"""Takes a backbone; gives a net of it and a linear head, and its weights as a file. Knows nothing of training."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor, nn

from cracklens.errors import CheckpointError, SettingError
from cracklens.network import SIDE
from cracklens.training.nets.plan import NetPlan, build, load_state, map_depths, plan_from_json, plan_to_json, stages
from cracklens.training.nets.starting import StartingNet
from cracklens.values import Head

HEAD = "head"
NOTHING_OPEN = "none"


class CrackNet(nn.Module):
    """A backbone and a linear head on its pooled maps, as the detector reads tiles.

    A tile comes with a cell of reflection on every side. The head reads the mean features of each neighbourhood in it;
    the highest logit is the tile's.
    """

    def __init__(self, backbone: nn.Module) -> None:
        """Put a fresh head, all zeros, on a backbone: the first step then depends on no draw."""
        super().__init__()
        self.backbone = backbone
        self.head = nn.Linear(sum(map_depths(backbone)), 2)
        nn.init.zeros_(self.head.weight)
        nn.init.zeros_(self.head.bias)
        self._open: tuple[str, ...] = ()

    def features(self, pixels: Tensor) -> Tensor:
        """Give the mean features (N, D, p, q) of all neighbourhoods of windows (N, 3, H, W), 0-255, with edge cells."""
        fine, coarse = self.backbone(pixels.float())
        inner3, inner4 = fine[:, :, 2:-2, 2:-2], coarse[:, :, 1:-1, 1:-1]  # the tile's own cells
        cells = torch.cat([nn.functional.avg_pool2d(inner3, 2), inner4], dim=1)  # (N, D, h, w)
        return nn.functional.avg_pool2d(cells, SIDE, 1)

    def forward(self, pixels: Tensor) -> Tensor:
        """Give the logits (N, 2) of windows (N, 3, H, W), 0-255: of the neighbourhood that most looks cracked."""
        with torch.set_grad_enabled(torch.is_grad_enabled() and bool(self._open)):
            features = self.features(pixels)
        logits = self.head(features.flatten(2).transpose(1, 2))  # (N, p * q, 2); the second is of a crack
        peak = (logits[..., 1] - logits[..., 0]).argmax(1)
        return logits[torch.arange(len(peak)), peak]  # type: ignore[no-any-return]

    def unfreeze(self, names: tuple[str, ...]) -> None:
        """Let these stages learn, and freeze the others: their weights, and the statistics of their BatchNorm."""
        self._open = names
        self.train(self.training)

    def train(self, mode: bool = True) -> CrackNet:
        """Go into training mode or out of it; stages that are frozen stay in evaluation mode."""
        super().train(mode)
        self.backbone.eval()
        for name, stage in stages(self.backbone).items():
            stage.train(mode and name in self._open)
        return self


def open_stages(backbone: nn.Module, unfreeze: str) -> tuple[str, ...]:
    """Give the names of the stages from one up to the last, e.g. ("layer3", "layer4").

    Args:
        backbone: of the net.
        unfreeze: the lowest stage that learns; "all" or "none".

    Raises:
        SettingError: no stage of that name.
    """
    names = tuple(stages(backbone))
    if unfreeze in ("all", NOTHING_OPEN):
        return names if unfreeze == "all" else ()
    if unfreeze not in names:
        raise SettingError(f"unfreeze must be one of {', '.join((*names, 'all', NOTHING_OPEN))}; got {unfreeze!r}.")
    return names[names.index(unfreeze) :]


def head_of(net: CrackNet) -> Head:
    """Give the head as the detector holds it, not calibrated yet."""
    weight, bias = (value.detach().cpu().float().numpy() for value in (net.head.weight, net.head.bias))
    return Head(weight, bias)


def weights_bytes(net: CrackNet, plan: NetPlan) -> tuple[str, bytes]:
    """Give the float weights as safetensors that carry their plan, and the name of their file, by content."""
    tensors = {name: value.detach().cpu().contiguous() for name, value in net.state_dict().items()}
    content = save(tensors, {"net": json.dumps(plan_to_json(plan), sort_keys=True)})
    return f"weights-{hashlib.sha256(content).hexdigest()[:12]}.safetensors", content


def read_weights(path: Path) -> CrackNet:
    """Read what `weights_bytes` gave.

    Raises:
        CheckpointError: missing, damaged, or of a network that this cracklens does not know.
    """
    try:
        content = path.read_bytes()
        with safe_open(path, framework="pt") as file:
            metadata = file.metadata() or {}
            state = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 it is no dict
    except (OSError, SafetensorError) as error:
        raise CheckpointError(f"{path}: expected the weights of a training run ({error}). Train it again.") from error
    if "net" not in metadata or hashlib.sha256(content).hexdigest()[:12] not in path.name:
        raise CheckpointError(f"{path}: the file is damaged (its content is not what its name says). Train it again.")
    net = CrackNet(build(plan_from_json(json.loads(metadata["net"]), source=str(path))))
    load_state(net, state, source=str(path))
    return net.eval()


def fresh_net(started: StartingNet) -> CrackNet:
    """Give starting weights with a fresh head."""
    return CrackNet(started.net)
