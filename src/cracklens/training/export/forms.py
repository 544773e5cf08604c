"""Takes a backbone in torch or OpenVINO and a head; gives one network from windows to scores, for other programs."""

from __future__ import annotations

import io
import warnings
from typing import Any

import numpy as np
import openvino as ov
import torch
from numpy.typing import NDArray
from openvino import opset13 as ops

from cracklens.network import SIDE
from cracklens.training.export.crack_map import MAPS, MapNet, map_results
from cracklens.training.nets import (
    OUTPUT_NAMES,
    ScoreNet,
    WindowLogits,
    averaged,
    convolved,
    detail_node,
    soft_maximum_node,
    uncalibrated,
)
from cracklens.values import STRIDE_PX, Head

INPUT, LOCAL_LOGITS, DETAIL_LOGITS, SCORES = "windows", "local_logits", "detail_logits", "scores"
OPSET = 18


def output_names(head: Head) -> tuple[str, ...]:
    """Give the names of what an exported network with this head gives, in order."""
    return (LOCAL_LOGITS, SCORES) if head.detail is None else (LOCAL_LOGITS, DETAIL_LOGITS, SCORES)


def onnx_bytes(net: ScoreNet | MapNet) -> bytes:
    """Give a float network as ONNX; its batch and its size in cells are free."""
    names = [*output_names(net.scores.head), *MAPS] if isinstance(net, MapNet) else [*output_names(net.head)]
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
            output_names=names,
            opset_version=OPSET,
            verbose=False,
        )
    stream = io.BytesIO()
    program.save(stream)  # type: ignore[union-attr,arg-type]
    return stream.getvalue()


def with_head(model: ov.Model, head: Head) -> ov.Model:
    """Give an OpenVINO backbone with the calibrated head on it: `ScoreNet`'s outputs, then crack and line if any."""
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
    whole = ov.Model([*results, *map_results(model)], model.get_parameters(), "cracklens")
    whole.inputs[0].get_tensor().set_names({INPUT})
    return whole


def _named(node: Any, name: str) -> Any:
    node.output(0).get_tensor().set_names({name})
    return ops.result(node)


def network_run(compiled: Any, head: Head) -> WindowLogits:
    """Give the logits of windows by a compiled OpenVINO network that has its head, from the scores users read."""

    def run(windows: NDArray[np.uint8]) -> NDArray[np.float32]:
        return uncalibrated(compiled(windows)[SCORES], head)

    return run
