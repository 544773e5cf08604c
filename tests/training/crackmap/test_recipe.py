"""Takes a few photos with masks wider than their cracks; gives faults from them to a checkpoint that inspects."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from scipy import ndimage

pytest.importorskip("torch")
pytest.importorskip("nncf")

from safetensors.numpy import load_file
from tests.said import reasons

from cracklens import Detector, draw_wall, read_photo
from cracklens.errors import CheckpointError, OutputError, SettingError
from cracklens.figures import dice
from cracklens.figures.reach import EDGES, NEAR_PX
from cracklens.labels.masks import read_masked
from cracklens.models import SMALL_DETECTOR, bundled_map, find_checkpoint, read_checkpoint, write_checkpoint
from cracklens.tracing.mask import crack_mask
from cracklens.training.crackmap import CrackMapSettings, TrainedMap, finish, recipe, train_crackmap

pytestmark = pytest.mark.slow

HW = (224, 256)
"""In windows, a decoder fitted on crops of smaller photos goes astray: its INT8 and float masks differ widely."""

CRACKED, FREE = 10, 3
WIDER = 6
"""Px that the masks reach beyond the cracks on both sides."""

QUICK = CrackMapSettings(steps=36, batch=4, side_px=192, learning_rate=2e-3, least_agreement=0.8, device="cpu")


class KilledError(BaseException):
    """Nothing in the code may catch it for good."""


@pytest.fixture(scope="module", autouse=True)
def small() -> Iterator[None]:
    """Save often, and measure INT8 on few crops."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(recipe, "SAVE_EVERY", 4)
        patch.setattr(finish, "RANGE_CROPS", 24)
        yield


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give photos whose masks reach far beyond the cracks, as no others do, and one whose mask is too small."""
    folder = tmp_path_factory.mktemp("data") / "wide"
    for seed in range(CRACKED + FREE):
        wall = draw_wall(HW, widths_px=(4.0,) if seed < CRACKED else (), seed=seed)
        save(folder / "images" / f"{seed:02}.png", wall.pixels)
        save(folder / "masks" / f"{seed:02}.png", ndimage.binary_dilation(wall.true_mask, np.ones((3, 3)), WIDER))
    save(folder / "images" / "odd.png", np.full((*HW, 3), 90, np.uint8))
    save(folder / "masks" / "odd.png", np.zeros((30, 30), np.bool_))
    return folder


def save(path: Path, array: np.ndarray) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(array).save(path)


@pytest.fixture(scope="module")
def trained(data: Path, tmp_path_factory: pytest.TempPathFactory) -> TrainedMap:
    """Give a run that nothing has disturbed."""
    return train_crackmap(data, out=tmp_path_factory.mktemp("runs") / "whole", settings=QUICK)


def test_a_run_may_go_on_on_another_device() -> None:
    assert replace(QUICK, device="cuda").learning() == QUICK.learning()
    assert replace(QUICK, device="cuda").recipe() != QUICK.recipe()


def figure(found: TrainedMap, name: str) -> float:
    return next(one.value for one in found.card.metrics if one.name == name)


def test_it_learns_what_the_shipped_crack_map_does_not_know(trained: TrainedMap) -> None:
    assert figure(trained, "dice_before") < 0.6
    assert figure(trained, "dice") > figure(trained, "dice_before") + 0.2
    assert figure(trained, "dice_int8_float") > QUICK.least_agreement
    assert {one.n for one in trained.card.metrics if one.name == "false_alarm_rate"} == {1}
    with (trained.folder / "log.csv").open() as file:
        losses = [(int(row["step"]), float(row["loss"])) for row in csv.DictReader(file)]
    assert [step for step, _ in losses] == list(range(4, 37, 4))
    assert losses[-1][1] < losses[0][1]


def test_the_figures_of_the_card_are_those_of_the_detector_that_inspects(trained: TrainedMap, data: Path) -> None:
    detector = Detector.load(trained.folder)
    assert detector.map_settings == trained.card.settings
    config = json.loads((trained.folder / "config.json").read_text())
    assert config["split_rule"] == "random by photo: leaks where several show one place"
    val = val_photos(trained, data)
    widths, overlaps = np.zeros((len(EDGES), 2)), []
    near = lambda mask: ndimage.distance_transform_edt(~mask) <= NEAR_PX  # noqa: E731
    for path in val:
        scores, crack_map = detector.maps(read_photo(path))
        true = np.asarray(Image.open(data / "masks" / path.name)) > 0
        for at, edge in enumerate(EDGES):
            mask = crack_mask(crack_map, scores, replace(detector.map_settings, edge=edge))
            widths[at] += (mask & near(true)).sum(), (true & near(mask)).sum()
            if edge == pytest.approx(trained.card.settings.edge):
                overlaps.append(dice(mask, true))
    ratios = widths[:, 0] / widths[:, 1]
    nearest = int(np.argmin(np.abs(np.log(ratios))))  # drawn masks are wider than the map's at any edge
    assert (trained.card.settings.edge, figure(trained, "width_ratio")) == pytest.approx(
        (EDGES[nearest], ratios[nearest]), abs=1e-5
    )
    assert figure(trained, "dice") == pytest.approx(np.mean(overlaps), abs=1e-5)
    assert detector.inspect(val[0]).traces


def val_photos(trained: TrainedMap, data: Path) -> list[Path]:
    """Give the cracked photos of val, drawn again as the run drew them."""
    from cracklens.training.crackmap.photos import folder_for_photos, keep_photos

    with folder_for_photos(trained.folder) as room:
        kept = keep_photos(read_masked(data), room, seed=0, val_share=0.2, tell=lambda *_: None)
        return [tile.path for tile in kept.part("val") if tile.label]


def test_the_folder_is_a_checkpoint_with_all_that_it_is_made_of(trained: TrainedMap) -> None:
    checkpoint, start = read_checkpoint(trained.folder), bundled_map()
    assert checkpoint.crack_map is not None
    card = checkpoint.crack_map.card
    assert card.data[:-1] == start.card.data
    assert (card.data[-1].name, card.data[-1].n) == ("wide", 10)
    assert "odd.png first" in card.data[-1].split
    assert card.recipe["start_sha256"] == start.card.sha256
    assert card.recipe["steps"] == 36
    assert card.recipe["device"] == "cpu"
    assert card.backbone_hash == start.card.backbone_hash
    assert checkpoint.card.name.endswith(" with crack map of wide")
    assert checkpoint.head.weight.shape == Detector.load().head.weight.shape
    known, of_default = checkpoint.head.known, Detector.load().head.known
    assert of_default is not None
    assert known is not None, "in photos unlike its data the score must not count"
    np.testing.assert_array_equal(known.limit, of_default.limit)
    assert [(name, said.partition(";")[0]) for name, said in reasons(trained.left_out).items()] == [
        ("images/odd.png", "its mask is 30 x 30 px, the photo 256 x 224 px")
    ]
    with (trained.folder / "left_out.csv").open(newline="") as file:
        assert {row["file"]: row["reason"] for row in csv.DictReader(file)} == reasons(trained.left_out)
    assert trained.picture is not None
    with Image.open(trained.picture) as picture:
        assert picture.width > 900
    assert not list(trained.folder.glob(".photos-*"))


def test_a_killed_run_goes_on_and_ends_with_the_same_weights(trained: TrainedMap, data: Path, tmp_path: Path) -> None:
    with pytest.raises(KilledError):
        train_crackmap(data, out=tmp_path / "cut", settings=QUICK, on_progress=kill_at("fitting", 30))
    with pytest.raises(SettingError, match=r"holds a training run. Say --resume"):
        train_crackmap(data, out=tmp_path / "cut", settings=QUICK)
    with pytest.raises(SettingError, match=r"steps was 36, now 40"):
        train_crackmap(data, out=tmp_path / "cut", settings=replace(QUICK, steps=40), resume=True)
    steps: list[int] = []

    def tell(what: str, done: int, of: int) -> None:
        if what.startswith("fitting"):
            steps.append(done)

    settings = replace(QUICK, least_agreement=1.0)
    with pytest.raises(OutputError, match=r"a mean Dice of 0\.\d+ on 2 val photos; expected at least 1. No checkpoint"):
        train_crackmap(data, out=tmp_path / "cut", settings=settings, resume=True, on_progress=tell)
    assert steps == list(range(29, 37))
    assert not (tmp_path / "cut" / "card.json").exists()
    found = train_crackmap(data, out=tmp_path / "cut", settings=replace(QUICK, float_network=True), resume=True)
    weights = [load_file(next(folder.glob("crackmap-*.safetensors"))) for folder in (trained.folder, found.folder)]
    for name, value in weights[0].items():
        np.testing.assert_allclose(weights[1][name], value, rtol=1e-3, atol=1e-4)
    assert figure(found, "dice") == pytest.approx(figure(trained, "dice"), abs=0.15)
    (found.folder / "last.ckpt").write_bytes(b"damaged")
    with pytest.raises(CheckpointError, match=r"last.ckpt: the file is damaged"):
        train_crackmap(data, out=found.folder, settings=QUICK, resume=True)


def kill_at(what: str, step: int) -> Callable[[str, int, int], None]:
    def tell(stage: str, done: int, of: int) -> None:
        if stage.startswith(what) and done == step:
            raise KilledError

    return tell


def test_a_head_whose_score_reads_its_crack_map_is_refused(data: Path, tmp_path: Path) -> None:
    whole = read_checkpoint(find_checkpoint(SMALL_DETECTOR))
    folder = write_checkpoint(replace(whole, head=replace(whole.head, map_weight=0.5)), tmp_path / "fused")
    with pytest.raises(CheckpointError, match=f"reads no crack map; .* Say --detector {SMALL_DETECTOR}"):
        train_crackmap(data, out=tmp_path / "out", settings=replace(QUICK, detector=str(folder)))
    assert not (tmp_path / "out").exists()
