"""Takes grey tiles and the grey detector; gives faults of scoring, its cache, its rows of reasons and its cautions."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from tests.evaluation.made import tile
from tests.said import reasons
from tests.stand_ins import GreyBackbone, bundled_detector, grey_detector, save_grey

from cracklens.detector import Detector
from cracklens.drawn import draw_wall
from cracklens.errors import CheckpointError, DataError, OutputError
from cracklens.evaluation.protocol import LogitCache, cautions, check_split, peak_logits, score_tiles
from cracklens.figures.tiles import ScoredTile
from cracklens.models.card import Card
from cracklens.models.described import DataSource
from cracklens.models.registry import show_detector
from cracklens.values import FeatureMaps


@dataclass(frozen=True)
class Given:
    """A labelled picture of no data set."""

    path: Path
    file: str
    label: int
    group: str


@dataclass(frozen=True)
class Counting(GreyBackbone):
    """A grey backbone that counts."""

    asked: list[int] = field(default_factory=list)

    def feature_maps(self, windows: np.ndarray) -> FeatureMaps:
        self.asked.append(len(windows))
        return super().feature_maps(windows)


@pytest.fixture
def detector() -> Detector:
    return replace(grey_detector(), backbone=Counting())


@pytest.fixture
def three(tmp_path: Path) -> list[Given]:
    greys = {"a": 20, "b": 120, "c": 230}
    return [Given(save_grey(tmp_path / f"{name}.png", grey), name, 1, name) for name, grey in greys.items()]


def test_a_tile_scores_as_the_users_photo_does(three: list[Given], detector: Detector) -> None:
    scored, failures = score_tiles(three, detector)
    assert not failures
    assert [one.score for one in scored] == [detector.score(one.path).peak for one in three]
    assert [one.score for one in scored] == sorted((one.score for one in scored), reverse=True)


def test_progress_counts_to_the_end(three: list[Given], detector: Detector, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[tuple[int, int]] = []
    monkeypatch.setattr("cracklens.evaluation.protocol.BATCH", 2)
    score_tiles(three, detector, on_progress=lambda *step: seen.append(step))
    assert seen == [(2, 3), (3, 3)]


def test_an_unreadable_tile_is_a_row_with_its_reason_and_the_rest_goes_on(
    three: list[Given], detector: Detector
) -> None:
    three[1].path.write_bytes(b"no picture")
    missing = Given(three[0].path.with_name("gone.png"), "gone", 0, "gone")
    scored, failures = score_tiles([*three, missing], detector)
    assert [one.file for one in scored] == ["a", "c"]
    assert [one.photo for one in failures] == ["b", "gone"]
    assert [one.reason.kind for one in failures] == ["because"] * 2
    assert all(reasons(failures).values())


@pytest.mark.parametrize("score", [float("nan"), -0.1, 1.1, float("inf")])
def test_what_is_no_score_is_refused(score: float) -> None:
    with pytest.raises(CheckpointError, match=r"expected a score 0-1; got"):
        tile(score, 1)


# Cache


def test_a_second_run_asks_the_network_nothing(three: list[Given], detector: Detector, tmp_path: Path) -> None:
    cache = LogitCache(tmp_path / "cache")
    first = score_tiles(three, detector, cache=cache)
    again = replace(detector, backbone=Counting())
    assert score_tiles(three, again, cache=cache) == first
    assert isinstance(again.backbone, Counting)
    assert not again.backbone.asked


def test_another_calibration_asks_the_network_nothing(three: list[Given], detector: Detector, tmp_path: Path) -> None:
    cache = LogitCache(tmp_path / "cache")
    first, _ = score_tiles(three, detector, cache=cache)
    other = replace(detector, backbone=Counting(), head=replace(detector.head, offset=1.0))
    second, _ = score_tiles(three, other, cache=cache)
    assert isinstance(other.backbone, Counting)
    assert not other.backbone.asked
    assert all(one.score < of.score for one, of in zip(first, second, strict=True))


def test_a_tile_changed_or_another_head_is_scored_again(three: list[Given], detector: Detector, tmp_path: Path) -> None:
    cache = LogitCache(tmp_path / "cache")
    first, _ = score_tiles(three, detector, cache=cache)
    save_grey(three[0].path, 250)
    second, _ = score_tiles(three, detector, cache=cache)
    assert second[0].score < first[0].score
    assert second[1:] == first[1:]
    other = replace(detector, head=replace(detector.head, bias=detector.head.bias + np.array([0, 9], np.float32)))
    assert score_tiles(three, other, cache=cache)[0][1].score > first[1].score


@given(cut=st.integers(1, 90))
def test_a_cache_cut_off_anywhere_gives_no_wrong_score(tmp_path_factory: pytest.TempPathFactory, cut: int) -> None:
    cache = LogitCache(tmp_path_factory.mktemp("cache"))
    cache.add("key", "a" * 64, 0.123456789)
    cache.add("key", "b" * 64, -1e-05)
    (path,) = cache.folder.iterdir()
    path.write_bytes(path.read_bytes()[:-cut])
    cache.add("key", "c" * 64, 1.0)
    found = cache.read("key")
    assert found.pop("c" * 64) == 1.0
    assert found.items() <= {"a" * 64: 0.123456789, "b" * 64: -1e-05}.items()


def test_garbage_in_the_cache_is_passed_over(tmp_path: Path) -> None:
    cache = LogitCache(tmp_path)
    cache.add("key", "a" * 64, 0.5)
    (path,) = tmp_path.iterdir()
    path.write_bytes(path.read_bytes() + b"\xff\n" + b"b" * 64 + b" 7..5;\n" + b"c" * 64 + b" nan;\nnan\n")
    assert cache.read("key") == {"a" * 64: 0.5}


def test_a_cache_that_cannot_be_written_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(OutputError, match="scores cannot be kept"):
        LogitCache(tmp_path / "file").add("key", "a" * 64, 0.5)


# Cautions

CARD = replace(
    show_detector(),
    data=(DataSource("METU", 9, "official, by group"), DataSource("SDNET2018 Walls, single tiles", 9, "official")),
)


@pytest.mark.parametrize(
    ("data", "split", "says"),
    [
        ("metu", "train", "was fitted on these tiles"),
        ("METU", "val", "Threshold and calibration were chosen here"),
        ("sdnet2018", "test", "fitted on other tiles of the same set"),
        ("metu", "all", "may have been learnt from"),
    ],
)
def test_data_that_was_learnt_from_is_said(data: str, split: str, says: str) -> None:
    (caution,) = cautions(CARD, data=data, split=split, split_rule="splits/metu.csv")
    assert says in caution


@pytest.mark.parametrize("data", ["site", "met", "walls"])
def test_data_of_ones_own_raises_no_caution(data: str) -> None:
    assert cautions(CARD, data=data, split="all", split_rule=None) == ()


def test_a_leaking_split_is_said() -> None:
    rule = "random by tile: leaks if tiles of one photo are on both sides"
    assert "leaks" in cautions(CARD, data="site", split="test", split_rule=rule)[0]
    leaky = replace(CARD, data=(DataSource("site", 9, rule),))
    assert len(cautions(leaky, data="site", split="test", split_rule="column split")) == 2


def test_scored_tile_is_labelled() -> None:
    assert tile(0.5, 1) == ScoredTile(Path("Cracked/00000.png"), "Cracked/00000.png", 1, "Cracked/00000.png", 0.5)


# Splits


def fitted_by(split_sha256: str | None) -> Card:
    return replace(bundled_detector().card, data=(DataSource("METU", 9, "splits/metu.csv", split_sha256=split_sha256),))


def test_test_figures_of_a_detector_fitted_by_another_split_are_refused() -> None:
    for other in ("b" * 64, None):
        with pytest.raises(DataError, match=r"metu: expected a detector fitted by the split.*Train it again"):
            check_split(fitted_by(other), data="metu", split="test", split_sha256="a" * 64)


def test_figures_by_the_same_split_and_of_other_data_and_splits_are_printed() -> None:
    check_split(fitted_by("a" * 64), data="metu", split="test", split_sha256="a" * 64)
    check_split(fitted_by("b" * 64), data="sdnet2018", split="test", split_sha256="a" * 64)
    check_split(fitted_by("b" * 64), data="metu", split="val", split_sha256="a" * 64)


def test_tiles_that_are_scored_together_score_as_each_alone(tmp_path: Path) -> None:
    detector = bundled_detector()
    walls = [
        draw_wall(hw, seed=seed, widths_px=(4.0,)).pixels for seed, hw in enumerate([(227, 227)] * 3 + [(256, 256)])
    ]
    tiles = [tmp_path / f"{i}.png" for i in range(len(walls))]
    for path, pixels in zip(tiles, walls, strict=True):
        Image.fromarray(pixels).save(path)
    together = peak_logits(tiles, detector.scorer, detector.head)
    assert together == [peak_logits([path], detector.scorer, detector.head)[0] for path in tiles]
