"""Takes a name of starting weights or a file; gives the network they belong to. Knows nothing of heads or training."""

from __future__ import annotations

import difflib
import json
import pickle
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import get_args

import torch
import torchvision
from safetensors import SafetensorError, safe_open
from torch import Tensor, nn

from cracklens.errors import CheckpointError, SettingError
from cracklens.models import FLOAT_BACKBONE
from cracklens.network import FeatureNet
from cracklens.training.nets.plan import (
    TIMM,
    NetPlan,
    State,
    Strides,
    TimmNet,
    build,
    import_timm,
    load_state,
    map_depths,
    plan_from_json,
)

CONFIG_FILE = "config.json"


@dataclass(frozen=True)
class StartingNet:
    """A backbone in torch: pixels (N, 3, H, W), 0-255, in; feature maps at strides of 16 and 32 px out.

    Attributes:
        net: the network.
        plan: what it was built from.
        source: where its weights come from, for the card.
    """

    net: nn.Module
    plan: NetPlan
    source: str


def open_starting(weights: str | Path = "bundled", *, strides: Strides | None = None) -> StartingNet:
    """Give the backbone of starting weights.

    Args:
        weights: "bundled", "IMAGENET1K_V1", "IMAGENET1K_V2" (torchvision's, downloaded once), "timm:NAME", or a file:
            .safetensors, or a .pth state dict with torchvision's names.
        strides: of a file that does not say where its strides stand; None reads them from the file or its run folder.

    Raises:
        SettingError: an unknown name, timm that is not installed, or strides that are needed and not given.
        CheckpointError: weights that cannot be downloaded, are damaged, or hold code.
    """
    name = str(weights)
    if name in STARTING:
        return STARTING[name]()
    if name.startswith(TIMM):
        return _open_timm(name)
    if Path(name).is_file():
        return _open_file(Path(name), strides)
    near = difflib.get_close_matches(name, STARTING, n=1, cutoff=0.4)
    hint = f"Did you mean {near[0]!r}?" if near else "See docs/train.md."
    expected = f"weights must be one of {', '.join(STARTING)}, {TIMM}NAME or a file"
    raise SettingError(f"{expected}; got {name!r}. {hint}")


def read_state_dict(path: Path) -> State:
    """Give the tensors of a .pth file. It is read with torch's `weights_only=True`: code in it is not run.

    Raises:
        CheckpointError: code, damage, or no state dict.
    """
    try:
        read = torch.load(path, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:
        advice = "Save only its weights: torch.save(model.state_dict(), PATH)."
        raise CheckpointError(f"{path}: holds code besides weights, or is damaged; it was not run. {advice}") from error
    except (OSError, RuntimeError, EOFError, ValueError) as error:
        raise CheckpointError(f"{path}: expected a state dict that torch saved ({error}). Save it again.") from error
    state = read.get("state_dict", read) if isinstance(read, dict) else None
    if not isinstance(state, dict) or not state or not all(isinstance(value, Tensor) for value in state.values()):
        raise CheckpointError(f"{path}: expected a state dict, names and tensors; got another thing. Save it again.")
    return {str(name): value for name, value in state.items()}


def _open_bundled() -> StartingNet:
    return StartingNet(FeatureNet(FLOAT_BACKBONE), NetPlan(), "bundled: ResNet50 v1, ImageNet")


def _open_torchvision(name: str) -> StartingNet:
    try:
        state = torchvision.models.ResNet50_Weights[name].get_state_dict(progress=False, check_hash=True)
    except (OSError, RuntimeError, EOFError, pickle.UnpicklingError) as error:  # RuntimeError: the hash is another
        advice = "Check the connection, or give a file that was downloaded elsewhere."
        raise CheckpointError(f"{name}: torchvision's weights cannot be downloaded ({error}). {advice}") from error
    return _resnet_of(state, NetPlan(strides="v1.5"), source=f"torchvision ResNet50 {name}")


def _resnet_of(state: State, plan: NetPlan, *, source: str) -> StartingNet:
    net = build(plan)
    without_classifier = {name: value for name, value in state.items() if not name.startswith("fc.")}
    load_state(net.get_submodule("net"), without_classifier, source=source)
    return StartingNet(net, plan, source)


def _open_file(path: Path, strides: Strides | None) -> StartingNet:
    if path.suffix == ".safetensors":
        return _open_safetensors(path, strides)
    state = read_state_dict(path)
    return _resnet_of(state, _given_plan(path, strides), source=path.name)


def _open_safetensors(path: Path, strides: Strides | None) -> StartingNet:
    try:
        with safe_open(path, framework="pt") as file:
            metadata = file.metadata() or {}
            state = {name: file.get_tensor(name).float() for name in file.keys()}  # noqa: SIM118 it is no dict
    except (SafetensorError, OSError) as error:
        raise CheckpointError(f"{path}: the file is damaged ({error}). Save it again.") from error
    if "net" not in metadata:
        return _resnet_of(state, _given_plan(path, strides), source=path.name)
    plan = plan_from_json(json.loads(metadata["net"]), source=str(path))
    net = build(plan)
    prefix = "backbone."
    load_state(net, {n.removeprefix(prefix): v for n, v in state.items() if n.startswith(prefix)}, source=path.name)
    return StartingNet(net, plan, path.name)


def _given_plan(path: Path, strides: Strides | None) -> NetPlan:
    """Give the plan of a state dict: what was said, else what its run folder says; never a guess."""
    if strides is not None:
        if strides not in get_args(Strides):
            raise SettingError(f"strides must be one of {', '.join(get_args(Strides))}; got {strides!r}.")
        return NetPlan(strides=strides)
    config = path.parent / CONFIG_FILE
    try:
        said = json.loads(config.read_text(encoding="utf-8")).get("net") if config.is_file() else None
    except (OSError, ValueError) as error:
        raise CheckpointError(f"{config}: expected the JSON of a training run ({error}). Say strides.") from error
    if said is None:
        came = f"{path}: a state dict does not tell where the strides of a ResNet50 stand"
        raise SettingError(f"{came}. Say strides: v1.5 for torchvision's own, v1 for the bundled network's.")
    return plan_from_json(said, source=str(config))


def _open_timm(name: str) -> StartingNet:
    timm = import_timm()
    known = timm.list_models()
    asked = name.removeprefix(TIMM).split(".")[0]
    if asked not in known:
        near = difflib.get_close_matches(asked, known, n=1)
        hint = f"Did you mean {TIMM + near[0]!r}?" if near else "See timm.list_models()."
        raise SettingError(f"weights must name a model that timm has; got {name!r}. {hint}")
    try:
        told = timm.get_pretrained_cfg(name.removeprefix(TIMM))
        plan = NetPlan(name, mean=tuple(told.mean), std=tuple(told.std)) if told else NetPlan(name)
        net = TimmNet(plan, pretrained=True)
    except (OSError, RuntimeError) as error:
        raise CheckpointError(f"{name}: the weights cannot be had ({error}). Check the connection.") from error
    map_depths(net)
    return StartingNet(net, plan, name)


STARTING: dict[str, Callable[[], StartingNet]] = {
    "bundled": _open_bundled,
    "IMAGENET1K_V1": lambda: _open_torchvision("IMAGENET1K_V1"),
    "IMAGENET1K_V2": lambda: _open_torchvision("IMAGENET1K_V2"),
}
"""Starting weights by name; the registry of backbones for training."""
