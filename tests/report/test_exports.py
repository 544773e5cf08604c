"""Takes saved GeoJSON, COCO and Label Studio files; gives faults where the tools that read them would stumble."""

from __future__ import annotations

import contextlib
import io
import json
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import jsonschema
import pytest
from pycocotools.coco import COCO
from tests.report import made
from tests.said import because

from cracklens.report.report import Format, Report
from cracklens.values import Failure, Inspection, Outcome

FORMATS: tuple[Format, ...] = ("geojson", "coco", "labelstudio")


@pytest.fixture
def exported(tmp_path: Path) -> Path:
    return made.report(guide="aci224r").save(tmp_path, formats=FORMATS)


def read(folder: Path, name: str) -> Any:
    return json.loads((folder / name).read_text(encoding="utf-8"))


def opened_coco(path: Path) -> COCO:
    with contextlib.redirect_stdout(io.StringIO()):
        return COCO(str(path))


def test_geojson_has_a_point_for_each_photo_with_a_place(exported: Path) -> None:
    found = read(exported, "report.geojson")
    assert found["type"] == "FeatureCollection"
    (feature,) = found["features"]
    assert feature["geometry"] == {"type": "Point", "coordinates": [-8.541694, 47.3768891]}  # longitude first
    properties = feature["properties"]
    assert (properties["photo"], properties["rank"], properties["direction_deg"]) == ("Brücke/Pfeiler 3.jpg", 1, 211.5)
    assert (properties["cracks"], properties["doubtful"]) == (["P2-C1", "P2-C2"], 1)
    assert (properties["id"], properties["places"], properties["longest_px"]) == ("P2", 2, 167.631)
    assert any(sentence.startswith("exceeds the guide value of 0.41 mm") for sentence in properties["guide"])


def test_geojson_invents_no_place(exported: Path) -> None:
    found = read(exported, "report.geojson")
    assert found["photos_without_place"] == [made.HOSTILE, "site/clear.jpg", "=cmd|' /C calc'!A0.jpg"]
    assert found["photos_not_inspected"] == ["site/empty.jpg", "+49.jpg"]


def test_geojson_of_no_places_and_of_nothing_is_one(tmp_path: Path) -> None:
    for name, of in (("a", [made.inspection()]), ("b", [])):
        folder = Report(of, made.card()).save(tmp_path / name, formats=["geojson"])
        assert read(folder, "report.geojson")["features"] == []


def test_geojson_sizes_without_a_scale_are_px_alone(tmp_path: Path) -> None:
    photo = made.inspection(
        gps=(1.0, 2.0), traces=(made.trace(width_median_px=float("nan"), width_p95_px=float("nan")),)
    )
    (feature,) = read(made.report(photo).save(tmp_path, formats=["geojson"]), "report.geojson")["features"]
    assert feature["properties"]["longest_px"] == 160
    assert feature["properties"]["longest_mm"] is feature["properties"]["widest_p95_px"] is None


def test_coco_is_read_by_pycocotools(exported: Path) -> None:
    coco = opened_coco(exported / "report.coco.json")
    assert [image["file_name"] for image in coco.loadImgs(coco.getImgIds())] == [
        outcome.photo for outcome in made.outcomes() if isinstance(outcome, Inspection)
    ]
    assert coco.loadCats(coco.getCatIds())[0]["name"] == "crack"
    annotations = coco.loadAnns(coco.getAnnIds())
    assert len(annotations) == 4
    assert [annotation["attributes"]["trace"] for annotation in annotations] == ["P2-C1", "P2-C2", "P2-C3", "P3-C1"]


@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")  # of pycocotools' masks
def test_coco_masks_cover_the_crack(exported: Path) -> None:
    coco = opened_coco(exported / "report.coco.json")
    wide, _, thin, _ = coco.loadAnns(coco.getAnnIds())
    mask = coco.annToMask(wide)
    assert mask.shape == (240, 320)
    assert wide["area"] == pytest.approx(160 * 6.5, rel=0.01)
    assert mask.sum() == pytest.approx(160 * 6.5, rel=0.1)  # a mask has whole px: 6 of the 6.5
    assert mask[20, 30:130].all()
    assert mask[20:80, 130].all()
    x, y, width, height = wide["bbox"]
    assert (x, width) == (pytest.approx(30), pytest.approx(103, abs=1))
    assert (y + height) == pytest.approx(80)
    assert coco.annToMask(thin).sum() > 140  # a hairline does not vanish


def test_coco_results_can_be_loaded_as_detections(exported: Path) -> None:
    coco = opened_coco(exported / "report.coco.json")
    detections = [
        {key: annotation[key] for key in ("image_id", "category_id", "bbox", "score")}
        for annotation in coco.loadAnns(coco.getAnnIds())
    ]
    with contextlib.redirect_stdout(io.StringIO()):
        loaded = coco.loadRes(detections)
    assert len(loaded.getAnnIds()) == 4


def test_coco_of_nothing_is_read_too(tmp_path: Path) -> None:
    coco = opened_coco(Report([], made.card()).save(tmp_path, formats=["coco"]) / "report.coco.json")
    assert coco.getImgIds() == coco.getAnnIds() == []


def test_label_studio_holds_to_what_its_documentation_says(exported: Path) -> None:
    schema = json.loads((Path(__file__).parent / "labelstudio.schema.json").read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    tasks = read(exported, "report.labelstudio.json")
    jsonschema.validate(tasks, schema)
    tasks[1]["predictions"][0]["result"][0]["value"]["points"][0] = [101, 0]
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(tasks, schema)


def test_label_studio_points_are_per_cent_of_the_photo(exported: Path) -> None:
    task = read(exported, "report.labelstudio.json")[1]
    assert unquote(task["data"]["image"]) == "/data/local-files/?d=Brücke/Pfeiler 3.jpg"
    first = task["predictions"][0]["result"][0]
    assert (first["original_width"], first["original_height"]) == (320, 240)
    xs, ys = zip(*first["value"]["points"], strict=True)
    assert min(xs) == pytest.approx(100 * 30 / 320, abs=0.1)
    assert max(ys) == pytest.approx(100 * 80 / 240, abs=0.1)


@pytest.mark.parametrize(
    "name", [made.HOSTILE, r"C:\photos\wall 1.jpg", "/site/a b.jpg", "caf\udce9.jpg", '"\n,\\u0000']
)
def test_hostile_names_stay_in_their_place(tmp_path: Path, name: str) -> None:
    photos: list[Outcome] = [
        made.inspection(name, gps=(1.0, 2.0), traces=(made.trace(),)),
        Failure(name, because(name)),
    ]
    folder = made.report(*photos).save(tmp_path, formats=FORMATS)
    assert read(folder, "report.geojson")["features"][0]["properties"]["photo"] == name
    assert read(folder, "report.coco.json")["images"][0]["file_name"] == name
    schema = json.loads((Path(__file__).parent / "labelstudio.schema.json").read_text(encoding="utf-8"))
    tasks = read(folder, "report.labelstudio.json")
    jsonschema.validate(tasks, schema)
    assert tasks[0]["data"]["photo"] == name


def test_two_thousand_traces_are_all_exported(tmp_path: Path) -> None:
    photo = made.inspection(traces=made.many_traces(2000))
    folder = made.report(photo).save(tmp_path, formats=[*FORMATS, "csv", "json"])
    assert len(read(folder, "report.coco.json")["annotations"]) == 2000
    assert len(read(folder, "report.labelstudio.json")[0]["predictions"][0]["result"]) == 2000
    assert len(read(folder, "report.json")["photos"][0]["traces"]) == 2000
    assert (folder / "cracks.csv").read_text(encoding="utf-8-sig").count("\n") == 2001
