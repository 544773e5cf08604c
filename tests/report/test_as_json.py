"""Takes a saved report.json; gives faults against its schema, its documentation and what went in."""

from __future__ import annotations

import base64
import json
import re
from importlib.resources import files
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np
import pytest
from tests.report import made

from cracklens.models import MapCard
from cracklens.models.card import card_from_json
from cracklens.models.described import read_card
from cracklens.values import Inspection


@pytest.fixture(scope="module")
def schema() -> dict[str, Any]:
    raw: dict[str, Any] = json.loads(
        (files("cracklens.report.data") / "report.schema.json").read_text(encoding="utf-8")
    )
    return raw


def read(folder: Path) -> dict[str, Any]:
    raw: dict[str, Any] = json.loads((folder / "report.json").read_text(encoding="utf-8"))
    return raw


def test_report_holds_to_its_schema(saved: Path, schema: dict[str, Any]) -> None:
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(read(saved), schema)


def test_empty_report_holds_to_its_schema(tmp_path: Path, schema: dict[str, Any]) -> None:
    from cracklens.report.report import Report

    raw = read(Report([], made.card()).save(tmp_path))
    jsonschema.validate(raw, schema)
    assert raw["photos"] == raw["failures"] == []
    assert raw["crack_map"] is None


def test_the_card_of_the_crack_map_is_there_whole(saved: Path) -> None:
    text = json.dumps(read(saved)["crack_map"])
    assert read_card(MapCard, text, source="report.json") == made.map_card()


def test_schema_refuses_what_a_report_never_says(saved: Path, schema: dict[str, Any]) -> None:
    raw = read(saved)
    raw["photos"][0]["score"] = 1.5
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(raw, schema)


def test_counts_and_order(saved: Path) -> None:
    raw = read(saved)
    counts = {"photos": 6, "inspected": 4, "with_findings": 2, "failed": 2, "covered": 0, "other_files": 0}
    lines = {"findings": 3, "traces": 4, "cracks": 3, "doubtful": 1, "short": 0, "places": 2}
    assert raw["summary"] == {**counts, **lines}
    assert [photo["photo"] for photo in raw["photos"]] == [
        o.photo for o in made.outcomes() if isinstance(o, Inspection)
    ]


def test_numbers_are_rounded_and_plain(saved: Path) -> None:
    photo = read(saved)["photos"][1]
    assert photo["score"] == 0.997
    assert photo["gps"] == {"latitude": 47.3768891, "longitude": -8.541694}
    assert photo["findings"][0] == {
        "box_xyxy": [32, 0, 64, 32],
        "area_px": 1024,
        "peak_score": 0.997,
        "mean_score": 0.997,
    }
    assert photo["flagged_share"] == round(2048 / (240 * 320), 6)


def test_a_trace_says_how_it_ends_and_where_it_was_bridged(saved: Path) -> None:
    photo = read(saved)["photos"][1]
    assert photo["id"] == "P2"
    whole, pieces, doubtful = photo["traces"]
    assert [trace["id"] for trace in (whole, pieces, doubtful)] == ["P2-C1", "P2-C2", "P2-C3"]
    assert [trace["certainty"] for trace in (whole, pieces, doubtful)] == ["clear", "likely", "doubtful"]
    assert pieces["pieces"] == 3
    assert pieces["gaps"][0] == {"start_xy": [60.0, 150.0], "stop_xy": [70.0, 152.0]}
    assert [end["kind"] for end in pieces["ends"]] == ["leaves", "lost"]
    assert doubtful["doubts"] == [{"kind": "joint", "amount": 0.4, "sentence": "runs along a straight edge"}]
    assert photo["other_lines"] == [[[0.0, 100.0], [320.0, 110.0]]]
    assert [place["peak_score"] for place in photo["places"]] == [0.8, 0.7]


def test_card_is_whole(saved: Path) -> None:
    assert card_from_json(json.dumps(read(saved)["card"]), source="report") == made.card()


def test_snippet_of_the_documentation_gives_the_scores(
    saved: Path, repo_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = (repo_dir / "docs" / "report.md").read_text(encoding="utf-8")
    found = re.search(r"```python\n(.*?)```", page, re.DOTALL)
    assert found
    assert found.group(1).count("\n") == 3
    monkeypatch.chdir(saved)
    names: dict[str, Any] = {"json": json, "np": np, "base64": base64, "Path": Path}
    exec(found.group(1), names)  # noqa: S102 the page is ours
    first = made.outcomes()[0]
    assert isinstance(first, Inspection)
    np.testing.assert_allclose(names["scores"], first.score_map.values, rtol=0, atol=0.5 / 65_535 + 1e-7)


def test_every_key_is_documented(schema: dict[str, Any], repo_dir: Path) -> None:
    page = (repo_dir / "docs" / "report.md").read_text(encoding="utf-8")
    keys = {*schema["properties"], *schema["properties"]["summary"]["properties"]}
    keys |= {key for part in schema["$defs"].values() for key in part.get("properties", {})}
    assert {key for key in keys if f"`{key}`" not in page} == set()


def test_name_that_is_no_utf8_comes_back_as_it_was(tmp_path: Path) -> None:
    name = b"Br\xfccke.jpg".decode("utf-8", "surrogateescape")
    folder = made.report(made.inspection(name)).save(tmp_path)
    assert read(folder)["photos"][0]["photo"] == name
    assert r"Br\udcfccke.jpg" in (folder / "report.html").read_text(encoding="utf-8")
