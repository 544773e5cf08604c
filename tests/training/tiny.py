"""Takes nothing; gives a net of two layers and how to fine-tune it quickly. Needs torch."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

pytest.importorskip("torch")
pytest.importorskip("lightning")

import torch
from torch import nn

from cracklens.training.finetune.settings import (
    FinetuneSettings,
    MachineSettings,
)
from cracklens.training.nets import plan, starting
from cracklens.training.nets.plan import NetPlan
from cracklens.training.nets.starting import StartingNet


class TinyNet(nn.Module):
    """A backbone of two stages: maps of 8 and 12 features at strides of 16 and 32 px."""

    def __init__(self) -> None:
        super().__init__()
        with torch.random.fork_rng(devices=()):
            torch.default_generator.manual_seed(0)
            self.low = nn.Sequential(nn.Conv2d(3, 8, 16, 16, bias=False), nn.BatchNorm2d(8), nn.ReLU())
            self.high = nn.Sequential(nn.Conv2d(8, 12, 2, 2, bias=False), nn.BatchNorm2d(12), nn.ReLU())

    def forward(self, pixels: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        fine = self.low(pixels / 255 - 0.5)
        return fine, self.high(fine)


def register_tiny(set_item: Callable[[dict[str, Any], str, Any], None]) -> None:
    """Make "tiny" a name of starting weights."""
    set_item(starting.STARTING, "tiny", lambda: StartingNet(TinyNet(), NetPlan("tiny"), "made in a test"))
    set_item(plan.BUILDERS, "tiny", lambda _: TinyNet())


SMALL = FinetuneSettings(
    weights="tiny",
    unfreeze="high",
    epochs=3,
    batch=8,
    learning_rate=0.05,
    backbone_learning_rate=0.01,
    most_flipped=0.5,
    least_recall=0.8,
    machine=MachineSettings(device="cpu"),
)
