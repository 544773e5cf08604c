"""Takes drawn and real tiles; gives faults of building the INT8 network. Needs the extra `train`."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch")
pytest.importorskip("nncf")

from makers.backbone import build_backbone, calibration_tiles
from tests.stand_ins import save_wall

from cracklens.drawn.wall import draw_wall
from cracklens.models.registry import FLOAT_BACKBONE
from cracklens.network.backbone import OpenVinoBackbone, open_backbone
from cracklens.training.features.neighbourhoods import pixels_features


@pytest.fixture
def split_dir(tmp_path: Path) -> Path:
    """Give a folder laid out as docs/data.md says, with four train tiles a class, of which one is absent."""
    (tmp_path / "splits").mkdir()
    for name, classes in (("metu", ("Positive", "Negative")), ("sdnet2018", ("Walls/Cracked", "Walls/Non-cracked"))):
        files = [(f"{of}/{i}.png", "train" if i < 4 else "test") for of in classes for i in range(6)]
        rows = "".join(f"{file},{split}\n" for file, split in files)
        (tmp_path / "splits" / f"{name}.csv").write_text(f"file,split\n{rows}")
        for file, _ in files:
            if not file.endswith("0.png"):
                (tmp_path / name / file).parent.mkdir(parents=True, exist_ok=True)
                (tmp_path / name / file).touch()
    return tmp_path


def test_calibration_tiles_are_train_tiles_of_every_class_that_are_there(split_dir: Path) -> None:
    found = calibration_tiles(split_dir, per_class=2)
    classes = Counter(tile.parent.relative_to(split_dir).as_posix() for tile in found)
    assert classes == dict.fromkeys(
        ("metu/Positive", "metu/Negative", "sdnet2018/Walls/Cracked", "sdnet2018/Walls/Non-cracked"), 2
    )
    assert {tile.stem for tile in found} <= {"1", "2", "3"}


def test_calibration_tiles_are_drawn_with_a_seed(split_dir: Path) -> None:
    draws = [calibration_tiles(split_dir, per_class=1, seed=seed) for seed in (0, 0, *range(1, 6))]
    assert draws[0] == draws[1]
    assert any(draw != draws[0] for draw in draws)


def test_a_class_with_few_tiles_gives_what_it_has(split_dir: Path) -> None:
    assert len(calibration_tiles(split_dir, per_class=50)) == 4 * 3


def test_calibration_tiles_of_the_real_sets(sample_dir: Path) -> None:
    found = calibration_tiles(sample_dir, per_class=3)
    assert len(found) == 8 * 3
    assert all(tile.is_file() for tile in found)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")  # torch.jit, nncf and openvino warn of each other
def test_the_network_can_be_built_again(tmp_path: Path) -> None:
    tiles = [save_wall(tmp_path / f"{seed}.png", cracked=seed % 2 == 0, seed=seed, hw=(224, 224)) for seed in range(8)]
    built = OpenVinoBackbone(build_backbone(FLOAT_BACKBONE, tiles, out=tmp_path / "net.xml"))
    assert (tmp_path / "net.bin").stat().st_size < 30e6  # INT8: a byte a weight
    window = draw_wall((224, 224), widths_px=(4.0,), seed=30).pixels
    one, other = (pixels_features([window], of)[0][0].astype(np.float64) for of in (built, open_backbone("torch-cpu")))
    assert one @ other / np.linalg.norm(one) / np.linalg.norm(other) >= 0.98
