"""Takes a few drawn walls laid out as the train sets are; gives faults in the stages of the crack map's maker."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from makers.crackmap import build as module
from makers.crackmap import pseudo
from makers.crackmap.build import Build, build_map

from cracklens import Detector
from cracklens.errors import DataError
from cracklens.models import SMALL_DETECTOR, bundled_map, read_map


@pytest.mark.slow
def test_all_stages_give_a_crack_map_and_are_not_done_twice(data: Path, tmp_path: Path) -> None:
    build = Build(data, None, tmp_path / "work", quick=0.001, rounds=2, drawn=64, crops=8)
    build.work.mkdir()
    shutil.copy(bundled_map().weights, build.work / "decoder0.safetensors")  # a first round that has learnt something
    out = build_map(build)
    part = read_map(out)
    assert part is not None
    assert part.card.recipe["rounds"] == 2
    assert 0.05 <= part.card.settings.edge <= 0.8
    assert {weight for _, weight in part.card.settings.scales} != {1.0}, "fitted on the photos with masks"
    before = {path: path.stat().st_mtime_ns for path in build.work.rglob("*") if path.is_file()}
    assert build_map(build) == out
    assert {path: path.stat().st_mtime_ns for path in build.work.rglob("*") if path.is_file()} == before


def test_a_decoder_that_sees_no_crack_teaches_nothing(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "int8_form", lambda *_: bundled_map().network)
    build = Build(data, None, tmp_path, without="SDNET2018", crops=5000)
    with pytest.raises(DataError, match="expected photos with cracks"):
        module.make_pseudo(build, bundled_map().weights, tmp_path / "pseudo1")


def test_the_score_that_teaches_holds_no_crack_map(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Detector] = []

    def nothing(_: Path, detector: Detector, *__: object, **___: object) -> list[object]:
        asked.append(detector)
        return []

    monkeypatch.setattr(pseudo, "sdnet_photos", nothing)
    monkeypatch.setattr(pseudo, "metu_crops", nothing)
    monkeypatch.setattr(module, "int8_form", lambda *_: bundled_map().network)
    with pytest.raises(DataError, match="saw 0 crops"):
        module.make_pseudo(Build(tmp_path, None, tmp_path), tmp_path, tmp_path / "pseudo1")
    assert {(of.card.name, of.head.map_weight) for of in asked} == {(SMALL_DETECTOR, None)}
    assert asked[0].mapper is not None
