"""Takes a net of two layers; gives faults of its features, its logits, its stages and its weights as a file."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch")
pytest.importorskip("lightning")

import torch
from tests.stand_ins import pool
from tests.training.tiny import TinyNet, register_tiny

from cracklens.errors import CheckpointError
from cracklens.training.nets.crack_net import CrackNet, open_stages, read_weights, weights_bytes
from cracklens.training.nets.plan import NetPlan
from cracklens.values import FeatureMaps

pytestmark = pytest.mark.slow  # minutes of torch; the fast suite stays under 90 s


@pytest.fixture(scope="module", autouse=True)
def tiny() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        register_tiny(patch.setitem)
        yield


def test_weights_that_were_changed_are_refused(tmp_path: Path) -> None:
    name, content = weights_bytes(CrackNet(TinyNet()), NetPlan("tiny"))
    (tmp_path / name).write_bytes(content[:-1] + b"\1")
    with pytest.raises(CheckpointError, match="damaged"):
        read_weights(tmp_path / name)
    with pytest.raises(CheckpointError, match="expected the weights of a training run"):
        read_weights(tmp_path / "absent.safetensors")


def test_stages_open_from_one_up() -> None:
    net = TinyNet()
    assert open_stages(net, "high") == ("high",)
    assert open_stages(net, "low") == open_stages(net, "all") == ("low", "high")
    assert open_stages(net, "none") == ()


def test_features_are_those_of_the_detector() -> None:
    net = CrackNet(TinyNet()).eval()
    pixels = 255 * torch.rand(2, 3, 288, 320)
    with torch.no_grad():
        fine, coarse = net.backbone(pixels)
        found = net.features(pixels).numpy()
    maps = FeatureMaps(fine.numpy(), coarse.numpy())
    assert found.shape[2:] == (1, 2)
    for col in (0, 1):
        expected = pool(maps, cells=(slice(1, 8), slice(1 + col, 8 + col)))
        np.testing.assert_allclose(found[:, :, 0, col], expected, atol=1e-5)


def test_the_logit_of_a_tile_is_that_of_its_highest_neighbourhood() -> None:
    net = CrackNet(TinyNet()).eval()
    torch.nn.init.normal_(net.head.weight)
    pixels = 255 * torch.rand(3, 3, 352, 384)
    with torch.no_grad():
        each = torch.stack([net.head(one.T) for one in net.features(pixels).flatten(2)])  # (3, p * q, 2)
        found = net(pixels)
    crack = each[..., 1] - each[..., 0]
    torch.testing.assert_close(found[:, 1] - found[:, 0], crack.amax(1))
