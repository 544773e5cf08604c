"""Takes the small real sample; gives faults of the shipped detectors on real photos, and of the sample's own form.

The detectors are fitted again from time to time, so that ranks and decisions are held with room, not digits.
"""

from __future__ import annotations

import csv
from collections import Counter
from dataclasses import replace
from functools import cache
from itertools import product
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.metrics import roc_auc_score
from tests.stand_ins import int8_backbone, mapping_backbone

from cracklens import Detector, read_photo
from cracklens.labels.dataset import LabelledTile, read_labelled
from cracklens.models.registry import bundled_detectors

DETECTORS = ("concrete", "concrete-frozen")
SPLITS = ("train", "val", "test")
CELLS = 8
"""Of the score map along a tile of 256 px."""


@cache
def detector(name: str) -> Detector:
    loaded = Detector.load(name)
    return replace(loaded, backbone=int8_backbone(), mapper=mapping_backbone())


@cache
def unseen(folder: Path, name: str) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Give labels and peak scores of the tiles that the detector was not fitted on."""
    tiles = [tile for tile in read_labelled(folder).tiles if tile.split != "train"]
    return np.array([tile.label for tile in tiles]), np.array([detector(name).score(tile.path).peak for tile in tiles])


def test_these_are_the_shipped_detectors() -> None:
    assert set(bundled_detectors()) == set(DETECTORS)


@pytest.mark.parametrize("name", DETECTORS)
def test_cracked_tiles_rank_above_intact_ones(sample_dir: Path, name: str) -> None:
    auroc = {data: roc_auc_score(*unseen(sample_dir / data, name)) for data in ("metu", "sdnet2018")}
    assert auroc["metu"] >= 0.97  # of 20 tiles
    assert auroc["sdnet2018"] >= 0.78  # of 30 tiles; a wrong label costs .07
    both = [np.concatenate(of) for of in zip(*(unseen(sample_dir / data, name) for data in auroc), strict=True)]
    assert roc_auc_score(*both) >= 0.9


@pytest.mark.parametrize("name", DETECTORS)
def test_most_tiles_are_called_what_they_are(sample_dir: Path, name: str) -> None:
    threshold = detector(name).card.threshold
    for data, least_recall, most_alarms in (("metu", 0.9, 0.1), ("sdnet2018", 0.65, 0.4)):
        labels, peaks = unseen(sample_dir / data, name)
        assert (peaks[labels == 1] >= threshold).mean() >= least_recall, data
        assert (peaks[labels == 0] >= threshold).mean() <= most_alarms, data


def crop_labels(sample_dir: Path) -> list[dict[str, str]]:
    with (sample_dir / "photos" / "tile_labels.csv").open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("name", DETECTORS)
def test_cracked_places_of_whole_photos_are_warmer(sample_dir: Path, name: str) -> None:
    rows = crop_labels(sample_dir)
    maps = {photo: detector(name).score(sample_dir / "photos" / photo).values for photo in {r["photo"] for r in rows}}
    places = [(row["photo"], CELLS * int(row["row"]), CELLS * int(row["col"])) for row in rows]
    peaks = [maps[photo][top : top + CELLS, left : left + CELLS].max() for photo, top, left in places]
    assert roc_auc_score([row["label"] == "Cracked" for row in rows], peaks) >= 0.75


def test_the_crack_of_the_wall_is_followed(sample_dir: Path) -> None:
    """By eye it comes in at the left edge, (0, 285), goes through a pore, and leaves at the lower edge, (860, 1280)."""
    found = detector("concrete").inspect(sample_dir / "photos" / "Walls_7110_crop.jpg")
    sure = [trace for trace in found.traces if trace.confidence >= 0.5]
    assert max(trace.length_px for trace in sure) > 900
    points = np.concatenate([branch.points_xy for trace in sure for branch in trace.branches])
    for place in ((0, 285), (410, 630), (860, 1280)):
        assert np.hypot(*(points - place).T).min() < 60


# The sample itself


def tiles(sample_dir: Path, data: str) -> tuple[LabelledTile, ...]:
    return read_labelled(sample_dir / data).tiles


def test_it_is_small_and_has_every_class_surface_and_split(sample_dir: Path) -> None:
    assert sum(path.stat().st_size for path in sample_dir.rglob("*")) <= 4e6
    metu = Counter((tile.label, tile.split) for tile in tiles(sample_dir, "metu"))
    assert set(metu) == set(product((0, 1), SPLITS))
    sdnet = Counter((tile.file.rpartition("/")[0], tile.split) for tile in tiles(sample_dir, "sdnet2018"))
    folders = [f"{surface}/{of}" for surface in ("Decks", "Pavements", "Walls") for of in ("Cracked", "Non-cracked")]
    assert set(sdnet) == set(product(folders, SPLITS))


@pytest.mark.parametrize("data", ["metu", "sdnet2018"])
def test_every_tile_has_its_row_and_every_row_its_tile(sample_dir: Path, data: str) -> None:
    with (sample_dir / "splits" / f"{data}.csv").open(newline="", encoding="utf-8") as file:
        rows = [row["file"] for row in csv.DictReader(file)]
    assert rows == sorted(path.relative_to(sample_dir / data).as_posix() for path in (sample_dir / data).rglob("*.jpg"))


def test_every_tile_of_a_crop_has_a_label(sample_dir: Path) -> None:
    rows = crop_labels(sample_dir)
    photos = sorted(path.name for path in (sample_dir / "photos").glob("*.jpg"))
    places = sorted((row["photo"], int(row["row"]), int(row["col"])) for row in rows)
    assert places == list(product(photos, range(5), range(5)))
    assert {read_photo(sample_dir / "photos" / photo).hw for photo in photos} == {(1280, 1280)}
    assert {row["label"] for row in rows} == {"Cracked", "Non-cracked"}


def test_it_is_what_its_rule_gives_of_the_whole_splits(sample_dir: Path, data_dir: Path) -> None:
    for data in ("metu", "sdnet2018"):
        whole = set((data_dir / "splits" / f"{data}.csv").read_text(encoding="utf-8").splitlines())
        assert set((sample_dir / "splits" / f"{data}.csv").read_text(encoding="utf-8").splitlines()) <= whole
