"""Takes the words of `cracklens train --recipe crackmap`; gives faults from annotations to a report."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch")
pytest.importorskip("nncf")

from tests.cli.conftest import Cli
from tests.labels.masks.made import (
    BOX,
    HW,
    LINE,
    box_mask,
    coco,
    coco_rle,
    cvat,
    cvat_points,
    percent,
    region,
    save_mask,
    save_photo,
    task,
    write_json,
)
from tests.stand_ins import save_wall

import cracklens.detector
from cracklens.models import read_checkpoint
from cracklens.network import open_backbone
from cracklens.training.crackmap import finish

pytestmark = pytest.mark.slow
PHOTOS = 10


def walls(folder: Path) -> None:
    for seed in range(PHOTOS):
        save_wall(folder / "images" / f"{seed}.png", seed=seed, hw=(64, 96))


def by_polyline(folder: Path) -> Path:
    """Write CVAT's XML with a line through each photo, and one in a photo that is not there."""
    walls(folder)
    images = [cvat(cvat_points("polyline", LINE), name=f"{seed}.png") for seed in range(PHOTOS + 1)]
    one = "".join(text.partition("<meta/>")[2].removesuffix("</annotations>") for text in images)
    (folder / "annotations.xml").write_text(f"<annotations><version>1.1</version><meta/>{one}</annotations>")
    return folder / "annotations.xml"


def test_annotations_become_a_detector_that_inspects(cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cracklens.detector, "open_backbone", open_backbone)  # the shared one has the shipped crack map
    monkeypatch.setattr(finish, "RANGE_CROPS", 4)
    data = by_polyline(tmp_path / "north")
    few = ("--steps", "2", "--batch", "1", "--line-width", "4", "--least-agreement", "0.5")
    answer = cli("train", data, "--recipe", "crackmap", "--out", "mine", *few)
    assert answer.code == 0, answer.err
    assert answer.out.count("\n\ncrack map of annotations  (Apache-2.0, made ") == 1
    for words in ("F1 within 2 px", "INT8 against float, Dice", "began with", "annotations: 8 pictures (random by"):
        assert words in answer.out
    assert "left out: 10.png: there is no photo of this name in" in answer.err
    assert "10 lines count as 4 px wide; --line-width says otherwise" in answer.err
    assert read_checkpoint(Path("mine")).crack_map is not None
    assert cli("models", "show", "mine").out == answer.out
    report = cli("inspect", tmp_path / "north" / "images", "--out", "report", "--detector", "mine", "--json")
    assert report.code == 0, report.err
    assert json.loads(report.out)["summary"]["photos"] == PHOTOS
    again = cli("train", data, "--recipe", "crackmap", "--out", "mine", *few, "--resume", "--json")
    assert again.out == Path("mine/crackmap.json").read_text(encoding="utf-8")
    assert json.loads(again.out)["recipe"]["masks"]["line_width_px"] == 4


def folder_of_another_size(folder: Path) -> Path:
    for number in range(4):
        save_photo(folder / "images" / f"{number}.png")
        save_mask(folder / "masks" / f"{number}.png", np.ones((8, 8), np.bool_))
    return folder


def coco_of_other_things(folder: Path) -> Path:
    save_photo(folder / "a.png")
    return write_json(folder / "labels.json", coco([coco_rle(box_mask())], name="spalling"))


def studio_of_nobody(folder: Path) -> Path:
    save_photo(folder / "a.png")
    one = task([region("polygonlabels", {"points": percent(BOX)})])
    return write_json(folder / "labels.json", [one | {"annotations": [], "predictions": one["annotations"]}])


def cvat_of_boxes(folder: Path) -> Path:
    save_photo(folder / "a.png", hw=HW)
    (folder / "labels.xml").write_text(cvat('<box label="crack" xtl="1" ytl="1" xbr="9" ybr="9"/>'))
    return folder / "labels.xml"


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (folder_of_another_size, "4 of 4 are left out: images/0.png: its mask is 8 x 8 px, the photo 96 x 64 px"),
        (coco_of_other_things, "it has spalling (1). Say which are cracks: --cracks NAME"),
        (studio_of_nobody, "nobody has annotated it; submit it, empty where no crack is"),
        (cvat_of_boxes, "1 of 1 are left out: a.png: 'crack' is marked by a box alone; outline it."),
    ],
)
def test_what_cannot_be_learnt_from_is_a_sentence(
    cli: Cli, tmp_path: Path, make: Callable[[Path], Path], sentence: str
) -> None:
    answer = cli("train", make(tmp_path / "d"), "--recipe", "crackmap", "--out", "mine")
    assert (answer.code, answer.out) == (1, "")
    assert answer.err.splitlines()[-1].startswith("Error: ")
    assert sentence in answer.err
    assert not Path("mine").exists()


def test_flags_of_other_recipes_and_masks_without_the_recipe(cli: Cli, tmp_path: Path) -> None:
    data = folder_of_another_size(tmp_path / "d")
    assert (
        "recipe crackmap does not know --epochs."
        in cli("train", data, "--recipe", "crackmap", "--out", "o", "--epochs", "2").err
    )
    assert (
        "recipe frozen does not know --cracks. Use recipe crackmap"
        in cli("train", data, "--out", "o", "--cracks", "x").err
    )
    assert (
        "device must be one of auto, cpu, cuda; got 'tpu'"
        in cli("train", data, "--recipe", "crackmap", "--out", "o", "--device", "tpu").err
    )
    assert (
        "recipe frozen does not know --device. Use recipe finetune or crackmap"
        in cli("train", data, "--out", "o", "--device", "cpu").err
    )
    assert "Train on masks with --recipe crackmap" in cli("train", data, "--out", "o").err
