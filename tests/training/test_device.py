"""Takes machines with and without GPUs; gives faults of the device that is chosen for a fit."""

from __future__ import annotations

import pytest

pytest.importorskip("torch")

import torch

from cracklens.errors import SettingError
from cracklens.training import device_there


@pytest.mark.parametrize(("gpus", "auto"), [(0, "cpu"), (1, "cuda")])
def test_a_gpu_is_taken_where_there_is_one(monkeypatch: pytest.MonkeyPatch, gpus: int, auto: str) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: gpus > 0)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: gpus)
    assert device_there("auto") == auto
    assert device_there("cpu") == "cpu"
    if gpus:
        assert device_there("cuda") == "cuda"
    else:
        with pytest.raises(SettingError, match=r"needs a GPU that torch can use; none was found. Leave device out."):
            device_there("cuda")
