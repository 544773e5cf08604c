"""Takes the bundled network; gives what it computes at five strides, as the shipped one does. Knows no decoder."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from cracklens.network.taps import TAPS, tap_outputs


class Taps:
    """The network with an output for each tap. One inference at a time."""

    def __init__(self, path: Path, *, threads: int | None = None) -> None:
        """Read and compile a network's `.xml`."""
        import openvino
        from openvino.preprocess import PrePostProcessor

        network = openvino.Core().read_model(path)
        sources = list(tap_outputs(network).values())
        outputs = openvino.Model(sources, network.get_parameters(), "taps")
        layout = PrePostProcessor(outputs)
        for number in range(len(sources)):
            layout.output(number).model().set_layout(openvino.Layout("NCHW"))
            layout.output(number).tensor().set_layout(openvino.Layout("NHWC"))
        settings: dict[str, Any] = {"PERFORMANCE_HINT": "LATENCY"}
        if threads is not None:
            settings["INFERENCE_NUM_THREADS"] = threads
        self._network = openvino.Core().compile_model(layout.build(), "CPU", settings)

    def __call__(self, windows: NDArray[np.uint8]) -> dict[str, Tensor]:
        """Give the maps (N, C, H / stride, W / stride) float32, channels last in memory, of windows (N, H, W, 3)."""
        found = self._network(windows)
        return {tap: torch.from_numpy(found[number]).permute(0, 3, 1, 2) for number, tap in enumerate(TAPS)}
