"""Takes a net of two layers; gives faults of how fast each part of it learns, and of how its average moves."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise

import pytest

pytest.importorskip("torch")
pytest.importorskip("lightning")

import torch
from tests.training.tiny import SMALL, TinyNet, register_tiny

from cracklens.training.finetune.callbacks import AveragedWeights
from cracklens.training.finetune.module import cosine, parameter_groups
from cracklens.training.nets.crack_net import CrackNet

pytestmark = pytest.mark.slow  # minutes of torch; the fast suite stays under 90 s


@pytest.fixture(scope="module", autouse=True)
def tiny() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        register_tiny(patch.setitem)
        yield


def test_the_average_starts_short_and_grows_long() -> None:
    mean = AveragedWeights(0.9)._kwargs["avg_fn"]
    old, new = torch.tensor(0.0), torch.tensor(1.0)
    assert [float(mean(old, new, torch.tensor(count))) for count in (0, 8, 1000)] == pytest.approx([0.9, 0.5, 0.1])
    assert int(mean(torch.tensor(3), torch.tensor(5), 1)) == 5  # a counter


def test_lower_stages_learn_slower() -> None:
    settings = replace(SMALL, learning_rate=1.0, backbone_learning_rate=0.1, stage_decay=0.5)
    groups = parameter_groups(CrackNet(TinyNet()), settings, ("low", "high"))
    assert [(group["name"], group["lr"]) for group in groups] == [("head", 1.0), ("high", 0.1), ("low", 0.05)]


def test_the_schedule_rises_and_falls() -> None:
    factors = [cosine(step, start=20, stop=120) for step in range(121)]
    assert set(factors[:20]) == {0.0}
    assert factors[20:25] == pytest.approx([0.2, 0.4, 0.6, 0.8, 1.0])
    assert all(one >= other for one, other in pairwise(factors[25:]))
    assert factors[120] == pytest.approx(0)
