"""Takes what a person said of the device; gives the one that a fit runs on. Knows no recipe; loads torch when asked."""

from __future__ import annotations

from typing import Literal

from cracklens.errors import SettingError

Device = Literal["auto", "cpu", "cuda"]
"""auto takes a GPU where torch can use one."""


def device_there(said: Device) -> Literal["cpu", "cuda"]:
    """Give the device that a fit runs on.

    Raises:
        SettingError: a GPU is asked for and there is none.
    """
    import torch

    there = torch.cuda.is_available() and torch.cuda.device_count() > 0
    if said == "cuda" and not there:
        raise SettingError("device cuda needs a GPU that torch can use; none was found. Leave device out.")
    return "cuda" if there and said != "cpu" else "cpu"
