"""Takes nothing; gives how the recipe `finetune` runs, with a reason for each default. Loads no torch."""

from __future__ import annotations

import math
import os
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

from cracklens.errors import SettingError
from cracklens.training import Device, device_there
from cracklens.training.finetune.transforms import AugmentSettings

Precision = Literal["auto", "32-true", "16-mixed", "bf16-mixed"]


@dataclass(frozen=True)
class MachineSettings:
    """What a run runs on; it may differ when the run goes on.

    Attributes:
        device: "auto" takes a GPU where torch can use one.
        devices: GPUs, or processes on the CPU, of each host; ≥ 1.
        hosts: machines that train together, ≥ 1; each is started with Lightning's own environment variables.
        strategy: Lightning's; "auto" is one process, or DDP where there are more.
        precision: "auto" is mixed where the device has it: bfloat16, or else float16, on a GPU; 32 bit on a CPU.
        workers: processes that read tiles ahead, ≥ 0.
    """

    device: Device = "auto"
    devices: int = 1
    hosts: int = 1
    strategy: str = "auto"
    precision: Precision = "auto"
    workers: int = 0


@dataclass(frozen=True)
class FinetuneSettings:
    """How the recipe `finetune` runs.

    Attributes:
        weights: what the network starts from, see `open_starting`.
        strides: of weights that are a file.
        unfreeze: the lowest stage that learns; layer4 holds 15 of ResNet50's 23.5 million weights.
        head_epochs: at first only the head learns, so that a fresh head does not shake good weights; ≥ 0.
        epochs: at most, the head's included; ≥ 1.
        batch: tiles of a step on one device, ≥ 1.
        accumulate: steps whose gradients are added before the weights move, ≥ 1.
        learning_rate: of the head.
        backbone_learning_rate: of the topmost stage; smaller, because its weights are good already.
        stage_decay: each stage below learns by this factor slower, above 0 to 1.
        weight_decay: of AdamW.
        average: weights are averaged over steps with this decay, 0 for no average, below 1; the average is what is
            validated and kept.
        balance: both classes weigh the same in the loss.
        patience: epochs without a better loss on val before the run stops, ≥ 1.
        augmentation: how tiles are varied.
        least_recall: the default threshold is the highest up to .5 that reaches this recall on val, 0-1.
        most_flipped: share of val tiles, 0-1, whose decision may differ between torch and the INT8 network.
        float_network: write the float network in place of an INT8 one: some 3 times slower, for nets that INT8 changes.
        seed: of the split where the data gives none, the order, and the augmentation.
        name: of the checkpoint; None takes the data's.
        machine: what it runs on.
    """

    weights: str = "bundled"
    strides: Literal["v1", "v1.5"] | None = None
    unfreeze: str = "layer4"
    head_epochs: int = 1
    epochs: int = 12
    batch: int = 32
    accumulate: int = 1
    learning_rate: float = 1e-3
    backbone_learning_rate: float = 1e-4
    stage_decay: float = 0.5
    weight_decay: float = 0.01
    average: float = 0.998
    balance: bool = True
    patience: int = 4
    augmentation: AugmentSettings = field(default_factory=AugmentSettings)
    least_recall: float = 0.95
    most_flipped: float = 0.003
    float_network: bool = False
    seed: int = 0
    name: str | None = None
    machine: MachineSettings = field(default_factory=MachineSettings)

    def __post_init__(self) -> None:
        """Refuse what cannot be run; all faults at once."""
        faults = [*_too_small(self), *_out_of_range(self), *_unknown(self.machine)]
        if faults:
            raise SettingError(f"{'; '.join(faults)}. Leave an option out for its default.")


def _too_small(settings: FinetuneSettings) -> list[str]:
    least = {"head_epochs": 0, "epochs": 1, "batch": 1, "accumulate": 1, "patience": 1, "seed": 0}
    on_machine = {"devices": 1, "hosts": 1, "workers": 0}
    pairs: list[tuple[Any, str, int]] = [(settings, name, low) for name, low in least.items()]
    pairs += [(settings.machine, name, low) for name, low in on_machine.items()]
    return [f"{name} must be ≥ {low}; got {getattr(of, name)}" for of, name, low in pairs if getattr(of, name) < low]


def _out_of_range(settings: FinetuneSettings) -> list[str]:
    rates = ("learning_rate", "backbone_learning_rate")
    faults = [f"{n} must be above 0; got {v}" for n in rates if not 0 < (v := getattr(settings, n)) < math.inf]
    shares = ("stage_decay", "least_recall")
    faults += [
        f"{n} must be above 0 and at most 1; got {v}" for n in shares if not 0 < (v := getattr(settings, n)) <= 1
    ]
    if not 0 <= settings.average < 1:
        faults.append(f"average must be at least 0 and below 1; got {settings.average}")
    if not 0 <= settings.most_flipped <= 1:
        faults.append(f"most_flipped must be 0-1; got {settings.most_flipped}")
    if not 0 <= settings.weight_decay < math.inf:
        faults.append(f"weight_decay must be ≥ 0; got {settings.weight_decay}")
    return faults


def _unknown(machine: MachineSettings) -> list[str]:
    known = {"device": get_args(Device), "precision": get_args(Precision)}
    return [
        f"{name} must be one of {', '.join(of)}; got {getattr(machine, name)!r}"
        for name, of in known.items()
        if getattr(machine, name) not in of
    ]


def chosen_device(machine: MachineSettings) -> Literal["cpu", "cuda"]:
    """Give the device that the run runs on.

    Raises:
        SettingError: a GPU that is not there, or more devices than there are.
    """
    import torch

    device = device_there(machine.device)
    there, what = (torch.cuda.device_count(), "GPUs") if device == "cuda" else (os.cpu_count() or 1, "CPU cores")
    if machine.devices > there:
        raise SettingError(f"devices must be at most the {there} {what} that are there; got {machine.devices}.")
    return device


def chosen_precision(machine: MachineSettings, device: str) -> str:
    """Give Lightning's name of the precision: mixed where the device has it, unless it was said."""
    import torch

    if machine.precision != "auto":
        return machine.precision
    if device == "cpu":
        return "32-true"
    return "bf16-mixed" if torch.cuda.is_bf16_supported() else "16-mixed"


def chosen_strategy(machine: MachineSettings) -> str:
    """Give Lightning's name of the strategy; while only the head learns, the other weights stand unused."""
    several = machine.devices * machine.hosts > 1
    if machine.strategy in ("auto", "ddp") and several:
        return "ddp_find_unused_parameters_true"
    return machine.strategy
