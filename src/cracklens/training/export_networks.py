"""Takes a backbone in torch or OpenVINO and a head; gives networks from windows to scores. Knows no tiles or cards."""

from __future__ import annotations

import io
import sys
import warnings
from collections.abc import Callable, Sequence
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

import nncf
import numpy as np
import openvino as ov
import torch
from numpy.typing import NDArray
from openvino import opset13 as ops
from torch import Tensor, nn

from cracklens.photo import read_photo
from cracklens.scores import local_logits
from cracklens.training.quantize import OUTPUT_NAMES, quantize
from cracklens.values import NEIGHBOURHOOD_PX, STRIDE_PX, FeatureMaps, Head
from cracklens.windows import cut, plan_windows

SIDE = NEIGHBOURHOOD_PX // STRIDE_PX
INPUT, LOCAL_LOGITS, SCORES = "windows", "local_logits", "scores"
OPSET = 18


class ScoreNet(nn.Module):
    """A backbone and a calibrated head as one network of any input size.

    Windows (N, H, W, 3) uint8 RGB in; out come `local_logits` (N, H/32, W/32), which can be averaged over any box, and
    `scores` (N, H/32-6, W/32-6), 0-1, of every 224 px neighbourhood that lies inside the window.
    """

    weight3: Tensor
    weight4: Tensor

    def __init__(self, backbone: nn.Module, head: Head, *, depth3: int) -> None:
        """Join them; the head's two rows become the one of their difference."""
        super().__init__()
        self.backbone = backbone
        weight = torch.from_numpy(head.weight[1] - head.weight[0])
        self.register_buffer("weight3", weight[:depth3].view(1, -1, 1, 1).clone())
        self.register_buffer("weight4", weight[depth3:].view(1, -1, 1, 1).clone())
        self.bias = float(head.bias[1] - head.bias[0])
        self.temperature, self.offset = head.temperature, head.offset

    def forward(self, windows: Tensor) -> tuple[Tensor, Tensor]:
        """Give local logits and scores."""
        fine, coarse = self.backbone(windows.permute(0, 3, 1, 2).float())
        half = nn.functional.avg_pool2d(nn.functional.conv2d(fine, self.weight3), 2)  # (N, 1, H/32, W/32)
        logits = half + nn.functional.conv2d(coarse, self.weight4) + self.bias
        means = nn.functional.avg_pool2d(logits, SIDE, 1)
        return logits[:, 0], torch.sigmoid(means[:, 0] / self.temperature + self.offset)


def torch_run(net: ScoreNet) -> Callable[[NDArray[np.uint8]], NDArray[np.float32]]:
    """Give the local logits of windows by torch, the reference."""

    @torch.inference_mode()
    def run(windows: NDArray[np.uint8]) -> NDArray[np.float32]:
        logits: NDArray[np.float32] = net(torch.from_numpy(windows))[0].numpy()
        return logits

    net.eval()
    return run


def onnx_bytes(net: ScoreNet) -> bytes:
    """Give a float network as ONNX; its batch and its size in cells are free."""
    cells = torch.export.Dim("h"), torch.export.Dim("w")
    free = {0: torch.export.Dim("n"), 1: STRIDE_PX * cells[0], 2: STRIDE_PX * cells[1]}
    example = torch.zeros(2, 9 * STRIDE_PX, 8 * STRIDE_PX, 3, dtype=torch.uint8)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # onnxscript's use of its own copy of onnx
        program = torch.onnx.export(
            net.eval(),
            (example,),
            dynamo=True,
            dynamic_shapes=(free,),
            input_names=[INPUT],
            output_names=[LOCAL_LOGITS, SCORES],
            opset_version=OPSET,
            verbose=False,
        )
    stream = io.BytesIO()
    program.save(stream)  # type: ignore[union-attr,arg-type]
    return stream.getvalue()


def quantize_plainly(model: ov.Model, tiles: Sequence[Path], *, fast_bias_correction: bool = True) -> ov.Model:
    """Give the INT8 form of a network by post-training quantization, its ranges measured on tiles of train."""
    with redirect_stdout(sys.stderr):  # NNCF's progress is talk
        return quantize(model, tiles, fast_bias_correction=fast_bias_correction)


def quantize_with_control(
    model: ov.Model, tiles: Sequence[Path], agreement: Callable[[ov.CompiledModel], float], *, most_lost: float
) -> ov.Model:
    """Give the INT8 form with those layers left in float without which too many decisions would flip.

    Args:
        model: float network.
        tiles: of the train split, for the ranges.
        agreement: share of decisions on val, 0-1, that a compiled network shares with torch.
        most_lost: of the agreement, 0-1.

    Source: NNCF, quantization with accuracy control.
    """

    def one_window(path: Path) -> Any:
        photo = read_photo(path)
        return cut(photo.pixels, plan_windows(photo.hw)[0])[np.newaxis]  # (1, H, W, 3)

    def validate(compiled: ov.CompiledModel, _: Any) -> tuple[float, None]:
        return agreement(compiled), None

    dataset = nncf.Dataset(list(tiles), one_window)
    with redirect_stdout(sys.stderr):
        return nncf.quantize_with_accuracy_control(
            model,
            dataset,
            dataset,
            validation_fn=validate,
            max_drop=most_lost,
            drop_type=nncf.DropType.ABSOLUTE,
            preset=nncf.QuantizationPreset.MIXED,
            subset_size=len(tiles),
        )


def with_head(model: ov.Model, head: Head) -> ov.Model:
    """Give an OpenVINO backbone with the calibrated head on it: `local_logits` and `scores` out, as `ScoreNet`."""
    fine, coarse = (model.output(name).get_node().input_value(0) for name in OUTPUT_NAMES)
    depth3 = fine.get_partial_shape()[1].get_length()
    weight = (head.weight[1] - head.weight[0]).reshape(1, -1, 1, 1)
    bias = np.float32(head.bias[1] - head.bias[0])
    half = _mean(_conv(fine, weight[:, :depth3]), side=2, stride=2)
    logits = ops.add(ops.add(half, _conv(coarse, weight[:, depth3:])), bias)
    scaled = ops.add(
        ops.divide(_mean(logits, side=SIDE, stride=1), np.float32(head.temperature)), np.float32(head.offset)
    )
    outputs = {LOCAL_LOGITS: logits, SCORES: ops.sigmoid(scaled)}
    results = [_named(ops.squeeze(node, np.array([1])), name) for name, node in outputs.items()]
    whole = ov.Model(results, model.get_parameters(), "cracklens")
    whole.inputs[0].get_tensor().set_names({INPUT})
    return whole


def _conv(maps: Any, weight: NDArray[np.float32]) -> Any:
    return ops.convolution(maps, weight.astype(np.float32), [1, 1], [0, 0], [0, 0], [1, 1])


def _mean(maps: Any, *, side: int, stride: int) -> Any:
    return ops.avg_pool(maps, [stride, stride], [0, 0], [0, 0], [side, side], exclude_pad=True)


def _named(node: Any, name: str) -> Any:
    node.output(0).get_tensor().set_names({name})
    return ops.result(node)


def backbone_run(compiled: Any, head: Head) -> Callable[[NDArray[np.uint8]], NDArray[np.float32]]:
    """Give the local logits of windows by a compiled backbone and a head."""

    def run(windows: NDArray[np.uint8]) -> NDArray[np.float32]:
        outputs = compiled(windows)
        return local_logits(FeatureMaps(outputs[OUTPUT_NAMES[0]], outputs[OUTPUT_NAMES[1]]), head)

    return run


def network_run(compiled: Any) -> Callable[[NDArray[np.uint8]], NDArray[np.float32]]:
    """Give the local logits of windows by a compiled OpenVINO network that has its head."""

    def run(windows: NDArray[np.uint8]) -> NDArray[np.float32]:
        logits: NDArray[np.float32] = compiled(windows)[LOCAL_LOGITS]
        return logits

    return run
