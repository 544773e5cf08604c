"""Takes the plan of a backbone; gives its network in torch, to be loaded with weights. Knows no heads or training."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from importlib import import_module
from typing import Any, Literal

import torch
from torch import Tensor, nn

from cracklens.errors import CheckpointError, SettingError
from cracklens.models import FLOAT_BACKBONE
from cracklens.network import IMAGENET_MEAN, IMAGENET_STD, FeatureNet

Strides = Literal["v1", "v1.5"]
State = dict[str, Tensor]
TIMM = "timm:"
MAX_NAMES = 3


@dataclass(frozen=True)
class NetPlan:
    """What a backbone is built from, besides its weights.

    Attributes:
        architecture: "resnet50" or "timm:NAME".
        strides: where a ResNet50's stride of 2 stands in layer2, layer3 and layer4: "v1" in the first 1x1 convolution,
            "v1.5" in the 3x3 one, as in torchvision. A state dict does not tell.
        mean, std: of the red, green and blue that the weights expect, 0-1.
    """

    architecture: str = "resnet50"
    strides: Strides = "v1"
    mean: tuple[float, ...] = IMAGENET_MEAN
    std: tuple[float, ...] = IMAGENET_STD


def build(plan: NetPlan) -> nn.Module:
    """Give the network of a plan; its weights are to be loaded.

    Raises:
        CheckpointError: an architecture that this cracklens does not know.
    """
    kind = plan.architecture.split(":")[0]
    if kind not in BUILDERS:
        came = f"architecture must be one of {', '.join(BUILDERS)}; got {plan.architecture!r}"
        raise CheckpointError(f"{came}. Install the cracklens that wrote it.")
    return BUILDERS[kind](plan)


def stages(net: nn.Module) -> dict[str, nn.Module]:
    """Give the parts of a backbone that have weights, from the pixels up, by name."""
    inner = getattr(net, "net", net)
    return {name: part for name, part in inner.named_children() if any(True for _ in part.parameters())}


@torch.inference_mode()
def map_depths(net: nn.Module) -> tuple[int, int]:
    """Give the depths of the two maps of a backbone, by a pass over 64 px of black.

    Raises:
        CheckpointError: it does not give maps at strides of 16 and 32 px.
    """
    try:
        maps = net.eval()(torch.zeros(1, 3, 64, 64))
    except (AssertionError, RuntimeError, ValueError) as error:  # some nets take one size only
        raise CheckpointError(
            f"A backbone must take any size; this one refuses 64 px ({error}). Choose another."
        ) from error
    shapes = [tuple(one.shape) for one in maps]
    if [shape[2:] for shape in shapes] != [(4, 4), (2, 2)]:
        raise CheckpointError(
            f"A backbone must give maps at strides of 16 and 32 px; on 64 px it gives {shapes}. Choose another."
        )
    return shapes[0][1], shapes[1][1]


def load_state(net: nn.Module, state: State, *, source: str) -> None:
    """Load weights into a network, every one of them; only BatchNorm's counters of batches may be missing.

    Raises:
        CheckpointError: names or shapes that do not fit.
    """
    want = net.state_dict()
    state = {name: value for name, value in want.items() if name.endswith("num_batches_tracked")} | state
    faults = _some("missing", want.keys() - state.keys()) + _some("unknown", state.keys() - want.keys())
    faults += _some("of another shape", {n for n in want.keys() & state.keys() if want[n].shape != state[n].shape})
    if faults:
        raise CheckpointError(f"{source}: they do not fit the network; {'; '.join(faults)}. Choose another file.")
    net.load_state_dict(state)


def plan_from_json(raw: Any, *, source: str) -> NetPlan:
    """Give the plan that a config or a weights file names.

    Raises:
        CheckpointError: it is none.
    """
    try:
        plan = NetPlan(raw["architecture"], raw["strides"], tuple(raw["mean"]), tuple(raw["std"]))
    except (KeyError, TypeError) as error:
        raise CheckpointError(f"{source}: expected the plan of a network; got {raw!r}. Train it again.") from error
    return plan


def plan_to_json(plan: NetPlan) -> dict[str, Any]:
    """Give a plan as JSON holds it."""
    return {name: list(value) if isinstance(value, tuple) else value for name, value in asdict(plan).items()}


def _some(fault: str, names: set[str]) -> list[str]:
    first = sorted(names)[:MAX_NAMES]
    more = f" and {len(names) - MAX_NAMES} more" if len(names) > MAX_NAMES else ""
    return [f"{fault}: {', '.join(first)}{more}"] if names else []


def _resnet50(plan: NetPlan) -> FeatureNet:
    net = FeatureNet(FLOAT_BACKBONE)
    first, second = ((2, 2), (1, 1)) if plan.strides == "v1" else ((1, 1), (2, 2))
    for stage in (net.net.layer2, net.net.layer3, net.net.layer4):
        stage[0].conv1.stride, stage[0].conv2.stride = first, second
    net.mean.copy_(255 * torch.tensor(plan.mean).view(1, 3, 1, 1))
    net.std.copy_(255 * torch.tensor(plan.std).view(1, 3, 1, 1))
    return net


class TimmNet(nn.Module):
    """A timm model that gives its maps at strides of 16 and 32 px."""

    mean: Tensor
    std: Tensor

    def __init__(self, plan: NetPlan, *, pretrained: bool = False) -> None:
        """Build the model that a plan names, with its own weights if `pretrained`."""
        super().__init__()
        name = plan.architecture.removeprefix(TIMM)
        self.net = import_timm().create_model(name, pretrained=pretrained, features_only=True)
        self._strides = list(self.net.feature_info.reduction())
        if not {16, 32} <= set(self._strides):
            expected = f"{plan.architecture}: expected a model with maps at strides of 16 and 32 px"
            raise CheckpointError(f"{expected}; it has {self._strides}. Choose another.")
        self.register_buffer("mean", 255 * torch.tensor(plan.mean).view(1, 3, 1, 1))
        self.register_buffer("std", 255 * torch.tensor(plan.std).view(1, 3, 1, 1))

    def forward(self, pixels: Tensor) -> tuple[Tensor, Tensor]:
        """Give the maps (N, D, H/16, W/16) and (N, D, H/32, W/32) of pixels (N, 3, H, W), 0-255."""
        maps = self.net((pixels - self.mean) / self.std)
        return maps[self._strides.index(16)], maps[self._strides.index(32)]


def import_timm() -> Any:
    """Give timm.

    Raises:
        SettingError: it is not installed.
    """
    try:
        return import_module("timm")
    except ImportError as error:
        came = "Weights of timm need timm, which is not installed"
        raise SettingError(f"{came}. Run: pip install timm") from error


BUILDERS: dict[str, Callable[[NetPlan], nn.Module]] = {"resnet50": _resnet50, "timm": TimmNet}
"""Networks by the first word of their architecture."""
