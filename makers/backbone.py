"""Takes the torch backbone and real tiles; gives the INT8 OpenVINO network that is bundled. Knows nothing of heads."""

from __future__ import annotations

import random
import sys
from collections.abc import Sequence
from pathlib import Path

import openvino as ov

from cracklens.models import FLOAT_BACKBONE
from cracklens.network import FeatureNet
from cracklens.tables import read_table
from cracklens.training.nets import convert_net
from cracklens.training.nets.quantize import quantize


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
    """Build the INT8 backbone from a folder of data: `python -m makers.backbone DATA OUT.xml`."""
    data, out = Path(sys.argv[1]), Path(sys.argv[2])
    print(build_backbone(FLOAT_BACKBONE, calibration_tiles(data), out=out))


if __name__ == "__main__":
    main()
