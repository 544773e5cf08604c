"""Takes a backbone in torch and real tiles; gives its float and INT8 OpenVINO networks. Knows nothing of heads."""

from __future__ import annotations

import io
import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, redirect_stdout
from pathlib import Path
from typing import Any

import nncf
import numpy as np
import openvino as ov
import torch
from openvino.preprocess import PrePostProcessor
from torch import nn

from cracklens.network import only_window
from cracklens.photo import read_photo
from cracklens.values import STRIDE_PX

OUTPUT_NAMES = ("layer3", "layer4")


def convert_net(backbone: nn.Module) -> ov.Model:
    """Give the float OpenVINO network of a backbone: uint8 RGB (N, H, W, 3) in, layer3 and layer4 maps out."""
    cells = torch.export.Dim("h"), torch.export.Dim("w")
    free = {0: torch.export.Dim("n"), 2: STRIDE_PX * cells[0], 3: STRIDE_PX * cells[1]}
    example = torch.zeros(2, 3, 9 * STRIDE_PX, 8 * STRIDE_PX)
    return take_pixels(ov.convert_model(torch.export.export(backbone.eval(), (example,), dynamic_shapes=(free,))))


def take_pixels(model: ov.Model) -> ov.Model:
    """Give a network of two feature maps that takes uint8 RGB (N, H, W, 3), its outputs named layer3 and layer4."""
    for output, name in zip(model.outputs, OUTPUT_NAMES, strict=True):
        output.get_tensor().set_names({name})
    steps = PrePostProcessor(model)
    steps.input().tensor().set_element_type(ov.Type.u8).set_layout(ov.Layout("NHWC"))
    steps.input().model().set_layout(ov.Layout("NCHW"))
    return steps.build()


@contextmanager
def quiet_nncf() -> Iterator[None]:
    """Keep NNCF's progress off stdout, where results go: what it draws, and what it logs. Its warnings go to stderr."""
    log, aloud = logging.getLogger("nncf"), logging.StreamHandler()
    aloud.setLevel(logging.WARNING)
    handlers, log.handlers = log.handlers, [aloud]  # its own holds the stdout of its import
    try:
        with redirect_stdout(io.StringIO()):
            yield
    finally:
        log.handlers = handlers


def quantize(model: ov.Model, tiles: Sequence[Path], *, fast_bias_correction: bool = True) -> ov.Model:
    """Give the INT8 form of a float network, its ranges measured on real tiles, each read as the detector reads it.

    Args:
        model: what `convert_net` gives.
        tiles: paths of photos or tiles of the training split; some hundred of every material.
        fast_bias_correction: False corrects layer after layer with what the quantized ones before it give; slower.

    Source: NNCF post-training quantization; fast bias correction is the library's default.
    """
    with quiet_nncf():
        return nncf.quantize(
            model,
            _dataset(tiles),
            preset=nncf.QuantizationPreset.MIXED,
            subset_size=len(tiles),
            fast_bias_correction=fast_bias_correction,
        )


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

    def validate(compiled: ov.CompiledModel, _: Any) -> tuple[float, None]:
        return agreement(compiled), None

    dataset = _dataset(tiles)
    with quiet_nncf():
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


def _dataset(tiles: Sequence[Path]) -> nncf.Dataset:
    """Give NNCF the tiles, each read as the detector reads it."""

    def one_window(path: Path) -> Any:
        return only_window(read_photo(path).pixels)[np.newaxis]  # (1, H, W, 3)

    return nncf.Dataset(list(tiles), one_window)
