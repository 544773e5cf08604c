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

from cracklens.network.scores import SIDE, local_maps, pooled_logits
from cracklens.network.windows import only_window
from cracklens.photo import read_photo
from cracklens.training.export_detail import DetailLayers, averaged, convolved, detail_node, soft_maximum_node
from cracklens.training.export_parity import WindowLogits, uncalibrated
from cracklens.training.quantize import OUTPUT_NAMES, quantize
from cracklens.values import STRIDE_PX, FeatureMaps, Head

INPUT, LOCAL_LOGITS, DETAIL_LOGITS, SCORES = "windows", "local_logits", "detail_logits", "scores"
OPSET = 18


def output_names(head: Head) -> tuple[str, ...]:
    """Give the names of what an exported network with this head gives, in order."""
    return (LOCAL_LOGITS, SCORES) if head.detail is None else (LOCAL_LOGITS, DETAIL_LOGITS, SCORES)


class ScoreNet(nn.Module):
    """A backbone and a calibrated head as one network of any input size.

    Windows (N, H, W, 3) uint8 RGB in; out come `local_logits` (N, H/32, W/32), which can be averaged over any box, the
    `detail_logits` (N, H/32, W/32) of a head that has a detail net, and `scores` (N, H/32-6, W/32-6), 0-1, of every
    224 px neighbourhood that lies inside the window.
    """

    weight3: Tensor
    weight4: Tensor

    def __init__(self, backbone: nn.Module, head: Head, *, depth3: int) -> None:
        """Join them; the head's two rows become the one of their difference. What it knows of its data stays out."""
        super().__init__()
        self.backbone, self.head = backbone, head
        weight = torch.from_numpy(head.weight[1] - head.weight[0])
        self.register_buffer("weight3", weight[:depth3].view(1, -1, 1, 1).clone())
        self.register_buffer("weight4", weight[depth3:].view(1, -1, 1, 1).clone())
        self.bias = float(head.bias[1] - head.bias[0])
        self.detail = None if head.detail is None else DetailLayers(head.detail, depth3=depth3)

    def forward(self, windows: Tensor) -> tuple[Tensor, ...]:
        """Give the maps of cells, then the scores."""
        *cells, pooled = self.logits(windows)
        return *cells, torch.sigmoid(pooled / self.head.temperature + self.head.offset)

    def logits(self, windows: Tensor) -> tuple[Tensor, ...]:
        """Give the maps of cells, then the uncalibrated logits (N, H/32-6, W/32-6) of the neighbourhoods."""
        fine, coarse = self.backbone(windows.permute(0, 3, 1, 2).float())
        half = nn.functional.avg_pool2d(nn.functional.conv2d(fine, self.weight3), 2)  # (N, 1, H/32, W/32)
        linear = half + nn.functional.conv2d(coarse, self.weight4) + self.bias
        means = nn.functional.avg_pool2d(linear, SIDE, 1)
        if self.detail is None:
            return linear[:, 0], means[:, 0]
        detail = self.detail(fine, coarse)
        return linear[:, 0], detail[:, 0], (means + self.detail.pooled(detail))[:, 0]


def torch_run(net: ScoreNet) -> WindowLogits:
    """Give the logits of windows by torch, the reference."""

    @torch.inference_mode()
    def run(windows: NDArray[np.uint8]) -> NDArray[np.float32]:
        logits: NDArray[np.float32] = net.logits(torch.from_numpy(windows))[-1].numpy()
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
            output_names=list(output_names(net.head)),
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
        return only_window(read_photo(path).pixels)[np.newaxis]  # (1, H, W, 3)

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
    """Give an OpenVINO backbone with the calibrated head on it; its outputs are those of `ScoreNet`."""
    fine, coarse = (model.output(name).get_node().input_value(0) for name in OUTPUT_NAMES)
    depth3 = fine.get_partial_shape()[1].get_length()
    weight = (head.weight[1] - head.weight[0]).reshape(1, -1, 1, 1)
    half = averaged(convolved(fine, weight[:, :depth3]), side=2, stride=2)
    linear = ops.add(ops.add(half, convolved(coarse, weight[:, depth3:])), np.float32(head.bias[1] - head.bias[0]))
    pooled, cells = averaged(linear, side=SIDE, stride=1), [linear]
    if head.detail is not None:
        cells.append(detail_node(fine, coarse, head.detail))
        pooled = ops.add(pooled, soft_maximum_node(cells[1], sharpness=head.detail.sharpness))
    scaled = ops.add(ops.divide(pooled, np.float32(head.temperature)), np.float32(head.offset))
    outputs = zip([*cells, ops.sigmoid(scaled)], output_names(head), strict=True)
    results = [_named(ops.squeeze(node, np.array([1])), name) for node, name in outputs]
    whole = ov.Model(results, model.get_parameters(), "cracklens")
    whole.inputs[0].get_tensor().set_names({INPUT})
    return whole


def _named(node: Any, name: str) -> Any:
    node.output(0).get_tensor().set_names({name})
    return ops.result(node)


def backbone_run(compiled: Any, head: Head) -> WindowLogits:
    """Give the logits of windows by a compiled backbone and a head, as the detector computes them."""

    def run(windows: NDArray[np.uint8]) -> NDArray[np.float32]:
        found = [_maps(compiled(one[np.newaxis])) for one in windows]
        inside = slice(SIDE // 2, -(SIDE // 2))
        return np.stack([pooled_logits(local_maps(maps, head), head)[inside, inside] for maps in found])

    return run


def _maps(outputs: Any) -> FeatureMaps:
    return FeatureMaps(outputs[OUTPUT_NAMES[0]], outputs[OUTPUT_NAMES[1]])


def network_run(compiled: Any, head: Head) -> WindowLogits:
    """Give the logits of windows by a compiled OpenVINO network that has its head, from the scores users read."""

    def run(windows: NDArray[np.uint8]) -> NDArray[np.float32]:
        return uncalibrated(compiled(windows)[SCORES], head)

    return run
