"""Takes the torch backbone and real tiles; gives the INT8 OpenVINO network that is shipped. Knows nothing of heads."""

from __future__ import annotations

import random
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import nncf
import numpy as np
import openvino as ov
import torch
from openvino.preprocess import PrePostProcessor
from torch import nn

from cracklens.models.registry import FLOAT_BACKBONE
from cracklens.network.backbone_torch import FeatureNet
from cracklens.network.windows import only_window
from cracklens.photo import read_photo
from cracklens.tables import read_table
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


def quantize(model: ov.Model, tiles: Sequence[Path], *, fast_bias_correction: bool = True) -> ov.Model:
    """Give the INT8 form of a float network, its ranges measured on real tiles, each read as the detector reads it.

    Args:
        model: what `convert_net` gives.
        tiles: paths of photos or tiles of the training split; some hundred of every material.
        fast_bias_correction: False corrects layer after layer with what the quantized ones before it give; slower.

    Source: NNCF post-training quantization; fast bias correction is the library's default.
    """

    def one_window(path: Path) -> Any:
        return only_window(read_photo(path).pixels)[np.newaxis]  # (1, H, W, 3)

    dataset = nncf.Dataset(list(tiles), one_window)
    return nncf.quantize(
        model,
        dataset,
        preset=nncf.QuantizationPreset.MIXED,
        subset_size=len(tiles),
        fast_bias_correction=fast_bias_correction,
    )


def build_backbone(weights: Path, tiles: Sequence[Path], *, out: Path) -> Path:
    """Write the INT8 network of the weights beside its `.bin` file and give the path of its `.xml`."""
    ov.save_model(quantize(convert_net(FeatureNet(weights)), tiles), out, compress_to_fp16=True)
    return out


def calibration_tiles(data: Path, *, per_class: int = 50, seed: int = 0) -> list[Path]:
    """Give per_class train tiles of each class folder of both sets, drawn with a seed.

    Args:
        data: a folder with `metu/`, `sdnet2018/` and `splits/`, laid out as docs/data.md says.
        per_class: tiles of each of the eight class folders.
        seed: of the draw.
    """
    chosen: list[Path] = []
    for name in ("metu", "sdnet2018"):
        rows = read_table(data / "splits" / f"{name}.csv", ("file", "split")).rows
        train = sorted(row["file"] for row in rows if row["split"] == "train")
        classes: dict[str, list[Path]] = {}
        for tile in train:
            if (data / name / tile).is_file():
                classes.setdefault(str(Path(tile).parent), []).append(data / name / tile)
        draw = random.Random(seed)  # noqa: S311 no secret
        chosen += [tile for tiles in classes.values() for tile in draw.sample(tiles, min(per_class, len(tiles)))]
    return chosen


def main() -> None:
    """Build the INT8 backbone from a folder of data: `python -m cracklens.training.quantize DATA OUT.xml`."""
    data, out = Path(sys.argv[1]), Path(sys.argv[2])
    print(build_backbone(FLOAT_BACKBONE, calibration_tiles(data), out=out))


if __name__ == "__main__":
    main()
