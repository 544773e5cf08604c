"""Takes crack maps in folders; gives faults where a damaged one is read, or a whole one is not what was written."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from cracklens.errors import CheckpointError
from cracklens.models import MapPart, bundled_map, read_map, write_map
from cracklens.models.map_part import MAP_CARD_FILE, SUFFIXES
from cracklens.values import MapSettings


@pytest.fixture
def part(tmp_path: Path) -> MapPart:
    network = tmp_path / "decoder.xml"
    network.write_text("<net/>", encoding="utf-8")
    network.with_suffix(".bin").write_bytes(b"weights")
    network.with_suffix(".safetensors").write_bytes(b"float weights")
    settings = MapSettings(low=0.2, high=0.7, confidence=(1.0, 2.0, 3.0, 4.0))
    return MapPart(replace(bundled_map().card, settings=settings), network)


def test_comes_back_as_written(part: MapPart, tmp_path: Path) -> None:
    written = write_map(part, tmp_path / "out")
    assert read_map(tmp_path / "out") == written
    assert written.card.settings == part.card.settings
    assert written.network.name == f"crackmap-{written.card.sha256[:12]}.xml"
    assert read_map(tmp_path) is None


def test_second_one_replaces_the_first(part: MapPart, tmp_path: Path) -> None:
    write_map(part, tmp_path / "out")
    part.network.write_text("<other/>", encoding="utf-8")
    second = write_map(part, tmp_path / "out")
    names = {path.name for path in (tmp_path / "out").iterdir()}
    assert names == {MAP_CARD_FILE, *(second.network.with_suffix(suffix).name for suffix in SUFFIXES)}


@pytest.mark.parametrize(
    "change", ["bin", "gone", "version", "field", "text", "settings", "confidence", "kind", "none"]
)
def test_damaged_is_refused(part: MapPart, tmp_path: Path, change: str) -> None:
    written = write_map(part, tmp_path / "out")
    card = tmp_path / "out" / MAP_CARD_FILE
    raw = json.loads(card.read_text(encoding="utf-8"))
    if change == "bin":
        written.network.with_suffix(".bin").write_bytes(b"weightz")
    elif change == "gone":
        written.network.unlink()
    elif change == "text":
        card.write_text("{", encoding="utf-8")
    else:
        if change == "kind":
            raw["metrics"] = [{"name": "dice", "value": "high", "n": 1, "data": ""}]
        elif change == "none":
            del raw["limits"]
        elif change in ("settings", "confidence"):
            raw["settings"] |= {"low": 7.0} if change == "settings" else {"confidence": [1.0]}
        else:
            raw |= {"card_version": 9} if change == "version" else {"mood": "fine"}
        card.write_text(json.dumps(raw), encoding="utf-8")
    with pytest.raises(CheckpointError):
        read_map(tmp_path / "out")


@pytest.mark.parametrize("scales", [[[1, 0.75], [4, 0.35]], [0, 1], [1, 64], [1.5]])
def test_scales_that_are_none_are_refused(part: MapPart, tmp_path: Path, scales: list[object]) -> None:
    write_map(part, tmp_path / "out")
    card = tmp_path / "out" / MAP_CARD_FILE
    raw = json.loads(card.read_text(encoding="utf-8"))
    raw["settings"]["scales"] = scales
    card.write_text(json.dumps(raw), encoding="utf-8")
    with pytest.raises(CheckpointError, match=r"scales must be whole numbers, 1-16; got"):
        read_map(tmp_path / "out")
