"""Takes reports of each schema; gives faults where the project made of one lacks what the report has."""

from __future__ import annotations

import csv
import hashlib
import json
import math
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np
import pytest
from sqlalchemy import select
from tests.projects.made import REPORTS, photos_of, report_folder, rows_of, save_photo, tracing_detector
from tests.report import made

from cracklens.artefacts import unpack
from cracklens.errors import CracklensError, DataError, ProjectError
from cracklens.projects import decide, describe_crack, report_of, undo, work_off
from cracklens.projects.exchange import Arrived, import_report
from cracklens.projects.queue import again
from cracklens.projects.records import AuditRow, InspectionRow, JobRow
from cracklens.projects.views import counts_of, photo_view
from cracklens.report import FILES
from cracklens.report.data import as_json as as_json_module
from cracklens.report.data.as_json import as_json
from cracklens.values import Scale, ScoreMap, Trace

OLD = [REPORTS / f"report-{version}.json" for version in ("1.1", "1.2", "2.0")]


def latest(**options: object) -> dict[str, Any]:
    """Give report.json as this version writes it."""
    of = made.report(**options)  # type: ignore[arg-type]
    found: dict[str, Any] = json.loads("".join(as_json(made.material(of))))
    return found


def reasons(arrived: Arrived) -> dict[str, str]:
    return {of.photo: str(of.reason.amounts.get("reason", of.reason.kind)) for of in arrived.failures}


@pytest.fixture(params=[*OLD, None], ids=["1.1", "1.2", "2.0", "now"])
def reported(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    source = latest() if request.param is None else request.param
    return report_folder(source, tmp_path / "report")


def test_a_report_of_each_schema_becomes_a_project(reported: Path, tmp_path: Path) -> None:
    raw = json.loads((reported / "report.json").read_text())
    arrived = import_report(tmp_path / "bridge", reported)
    assert set(reasons(arrived)) == {of["photo"] for of in raw["failures"]}
    photos, rows = photos_of(arrived.project), rows_of(arrived.project)
    for of in raw["photos"]:
        row = photos[Path(of["photo"]).name]
        assert (row.sha256, row.height, row.width) == (of["sha256"], of["height_px"], of["width_px"])
        assert (row.state, row.taken_at) == ("inspected", of["taken_at"])
        own = [unpack(crack["trace"], Trace) for crack in rows.values() if crack["photo_id"] == row.id]
        assert len(own) == len(of["traces"])
        for trace in of["traces"]:
            check_trace(next(one for one in own if one.length_px == trace["length_px"]), trace)
        scores = arrived.project.artefacts.get(row.scored_key or "", ScoreMap)
        assert scores is not None
        assert scores.values.shape == tuple(of["score_map"]["hw"])
        assert scores.peak == pytest.approx(of["score"], abs=1e-4)
        assert (unpack(row.scale, Scale).px_per_mm if row.scale else None) == of["px_per_mm"]
    arrived.project.close()


def check_trace(trace: Trace, raw: dict[str, Any]) -> None:
    for line, branch in zip(raw["lines"], trace.branches, strict=True):
        far = np.abs(branch.points_xy[:, None] - np.asarray(line, np.float32)).max(-1).min(0)
        assert far.max() < 1e-3, "each point of the report stands in the line"
        assert np.hypot(*np.diff(branch.points_xy, axis=0).T).max() <= 1.001
    for name in ("width_median", "width_p95", "width_max"):
        assert getattr(trace, f"{name}_px") == raw[f"{name}_px"]
        interval = getattr(trace, f"{name}_interval_px")
        assert (
            interval == tuple(raw[f"{name}_interval_px"]) if f"{name}_interval_px" in raw else np.isnan(interval).all()
        )
    assert (trace.score, trace.confidence) == (raw["score"], raw["confidence"])


def test_what_was_imported_can_be_shown_decided_on_and_reported(reported: Path, tmp_path: Path) -> None:
    arrived = import_report(tmp_path / "bridge", reported)
    project = arrived.project
    for row in photos_of(project).values():
        view = photo_view(project, row.id)
        assert view.scores is not None
        assert view.tiles is None, "they are made once the project is served"
        assert view.map_key == ""
        for crack in view.cracks:
            assert "nan" not in crack.width + crack.length
            decide(project, crack.id, "confirmed")
    report_of(project).save(tmp_path / "out", formats=tuple(FILES))  # type: ignore[arg-type]
    raw = json.loads((tmp_path / "out" / "report.json").read_text())
    assert sum(len(of["traces"]) for of in raw["photos"]) == len(rows_of(project))
    assert not raw["failures"]
    project.close()


def test_no_network_is_asked_and_tiles_are_queued(reported: Path, tmp_path: Path) -> None:
    arrived = import_report(tmp_path / "bridge", reported)
    with arrived.project.database.reading() as session:
        jobs = {(row.kind, row.state) for row in session.scalars(select(JobRow))}
        made_by = session.scalars(select(InspectionRow)).all()
    assert jobs == {("prepare", "waiting"), ("inspect", "done")}
    raw = json.loads((reported / "report.json").read_text())
    assert {of.detector for of in made_by} == {raw["card"]["name"]}
    assert {of.networks_sha256 for of in made_by} == {raw["checkpoint_sha256"]}
    work_off(arrived.project, no_detector)
    assert {row.state for row in photos_of(arrived.project).values()} == {"inspected"}
    arrived.project.close()


def no_detector() -> Any:
    raise AssertionError("a network was asked for")


def fill_in(folder: Path, rows: list[dict[str, str]], *, columns: tuple[str, ...] = ()) -> None:
    names = list(dict.fromkeys(["photo", "crack", *columns, *(name for row in rows for name in row)]))
    with (folder / "cracks.csv").open("w", newline="", encoding="utf-8-sig") as file:
        writer = csv.DictWriter(file, names)
        writer.writeheader()
        writer.writerows(rows)


def test_what_was_filled_in_by_hand_becomes_decisions(tmp_path: Path) -> None:
    folder = report_folder(OLD[1], tmp_path / "report")
    photo = "site/wall 1.png"
    rows = [
        {"photo": photo, "crack": "T1", "decision": "Accepted", "severity": "2", "action": "seal it"},
        {"photo": photo, "crack": "T2", "decision": "rejected"},
        {"photo": "site/wall 2.png", "crack": "T1", "decision": "re-measured", "remeasured_width_mm": "0,4"},
        {"photo": photo, "crack": "T7", "decision": "accepted"},
        {"photo": photo, "crack": "T2", "decision": ""},
    ]
    fill_in(folder, rows)
    arrived = import_report(tmp_path / "bridge", folder)
    project = arrived.project
    said = {(of["decision"], of["reason"], of["severity"], of["note"]) for of in rows_of(project).values()}
    assert said == {
        ("confirmed", "", "2", "action: seal it"),
        ("rejected", "other", "", ""),
        ("confirmed", "", "", "measured again: 0,4 mm"),
    }
    assert "T7 in cracks.csv is of no crack" in reasons(arrived)[photo]
    with project.database.reading() as session:
        assert session.scalars(select(AuditRow.action)).all() == ["import", "import"]
    undo(project)
    assert sorted(of["decision"] for of in rows_of(project).values()) == ["confirmed", "open", "rejected"]
    project.close()


def test_a_decision_that_is_none_is_listed_and_a_severity_alone_decides_nothing(tmp_path: Path) -> None:
    folder = report_folder(OLD[1], tmp_path / "report")
    photo = "site/wall 1.png"
    fill_in(
        folder,
        [
            {"photo": photo, "crack": "T1", "decision": "maybe"},
            {"photo": photo, "crack": "T2", "severity": "3"},
        ],
    )
    arrived = import_report(tmp_path / "bridge", folder)
    assert "expected accepted, re-measured, rejected; got 'maybe'" in reasons(arrived)[photo]
    assert {(of["decision"], of["severity"]) for of in rows_of(arrived.project).values()} == {
        ("open", ""),
        ("open", "3"),
    }
    arrived.project.close()


def test_cracks_stay_themselves_when_the_photo_is_inspected_again(tmp_path: Path) -> None:
    folder = report_folder(latest(), tmp_path / "report")
    raw = json.loads((folder / "report.json").read_text())
    photo = next(of for of in raw["photos"] if len(of["traces"]) == 3)
    first = photo["traces"][0] | {"lines": [[[30.0, 20.0], [250.0, 40.0]]], "length_px": 220.9}
    photo["traces"][0] = first
    path = save_photo(folder / photo["photo"], [tuple(xy) for xy in first["lines"][0]], seed=9)
    photo["sha256"] = made_sha256(path)
    (folder / "report.json").write_text(json.dumps(raw))
    project = import_report(tmp_path / "bridge", folder).project
    number = photos_of(project)[path.name].id
    ids = {
        unpack(of["trace"], Trace).length_px: key for key, of in rows_of(project).items() if of["photo_id"] == number
    }
    kept, lost = ids[first["length_px"]], ids[photo["traces"][1]["length_px"]]
    decide(project, kept, "confirmed")
    decide(project, lost, "rejected", reason="joint")
    with project.database.writing() as session:
        again(session, "inspect", number)
    work_off(project, tracing_detector)
    rows = {key: of for key, of in rows_of(project).items() if of["photo_id"] == number and not of["removed"]}
    assert set(rows) == {kept, lost}
    assert (rows[kept]["decision"], rows[kept]["seen"]) == ("confirmed", True)
    assert (rows[lost]["decision"], rows[lost]["seen"]) == ("rejected", False), "for a second look"
    assert math.isfinite(unpack(rows[kept]["trace"], Trace).branches[0].widths_px[5]), "it was traced anew"
    project.close()


def made_sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_a_project_goes_into_a_report_and_comes_back_with_its_ids_and_decisions(tmp_path: Path) -> None:
    first = import_report(tmp_path / "one", report_folder(latest(), tmp_path / "report")).project
    ids = sorted(rows_of(first))
    for crack in ids[1:]:
        decide(first, crack, "confirmed", who="Ann")
    decide(first, ids[0], "rejected", reason="cable", who="Ben")
    describe_crack(first, ids[0], {"note": "power line"}, who="Ben")
    out = tmp_path / "out"
    report_of(first).save(out, formats=("json", "csv"))
    schema = json.loads(Path(as_json_module.__file__).with_name("report.schema.json").read_text())
    jsonschema.validate(json.loads((out / "report.json").read_text()), schema)
    arrived = import_report(tmp_path / "two", out, photos=tmp_path / "report")
    second = arrived.project
    said = ("decision", "reason", "note", "decided_by", "decided_at", "by_hand")
    before, after = rows_of(first), rows_of(second)
    assert {key: [of[name] for name in said] for key, of in after.items()} == {
        key: [of[name] for name in said] for key, of in before.items()
    }
    assert not arrived.failures
    first.close()
    second.close()


def test_photos_are_found_by_content_elsewhere_under_any_name(tmp_path: Path) -> None:
    folder = report_folder(OLD[0], tmp_path / "report", photos=tmp_path / "away")
    with pytest.raises(DataError, match=r"none of its 4 photos .* --photos"):
        import_report(tmp_path / "bridge", folder)
    assert not (tmp_path / "bridge").exists()
    gone, renamed, *_ = sorted((tmp_path / "away" / "site").iterdir())
    renamed.rename(renamed.with_name("other.png"))
    gone.unlink()
    arrived = import_report(tmp_path / "bridge", folder, photos=tmp_path / "away")
    assert reasons(arrived)["site/wall 0.png"] == "photo_gone"
    assert set(photos_of(arrived.project)) == {"wall 1.png", "wall 2.png", "wall 3.png"}
    arrived.project.close()


def test_a_photo_that_was_changed_and_one_that_is_there_twice_are_listed(tmp_path: Path) -> None:
    folder = report_folder(OLD[1], tmp_path / "report")
    raw = json.loads((folder / "report.json").read_text())
    raw["photos"].append({**raw["photos"][1], "photo": "copy.png"})
    (folder / "report.json").write_text(json.dumps(raw))
    save_photo(folder / "site" / "wall 0.png", seed=99)
    arrived = import_report(tmp_path / "bridge", folder)
    assert reasons(arrived)["site/wall 0.png"] == "photo_changed"
    assert reasons(arrived)["copy.png"] == "same_file"
    with arrived.project.database.reading() as session:
        assert counts_of(session).photos == 3
    arrived.project.close()


def broken(change: Any) -> Any:
    def make(raw: dict[str, Any]) -> None:
        change(next(of for of in raw["photos"] if of["traces"]))

    return make


@pytest.mark.parametrize(
    "change",
    [
        broken(lambda of: of["traces"][0].update(lines=[[[1e9, 0], [2e9, 5]]])),
        broken(lambda of: of["traces"][0].update(lines=[[[float("nan"), 0], [2, 5]]])),
        broken(lambda of: of["traces"][0].update(lines=[])),
        broken(lambda of: of["traces"][0].update(confidence=7)),
        broken(lambda of: of["score_map"].update(hw=[1, 1])),
        broken(lambda of: of["score_map"].update(values="####")),
        broken(lambda of: of.update(sha256="../../x")),
        broken(lambda of: of.pop("traces")),
        lambda raw: raw.update(photos=3),
        lambda raw: raw.update(schema_version="3.0"),
        lambda raw: raw["about"].update(guide="none such"),
    ],
)
def test_a_report_that_does_not_fit_is_refused_and_nothing_is_left(change: Any, tmp_path: Path) -> None:
    folder = report_folder(OLD[1], tmp_path / "report")
    raw = json.loads((folder / "report.json").read_text())
    change(raw)
    (folder / "report.json").write_text(json.dumps(raw))
    before = sorted(tmp_path.iterdir())
    with pytest.raises(CracklensError, match=r"expected|must be"):
        import_report(tmp_path / "bridge", folder)
    assert sorted(tmp_path.iterdir()) == before


def test_a_folder_that_holds_something_is_left_as_it_is(tmp_path: Path) -> None:
    folder = report_folder(OLD[1], tmp_path / "report")
    (tmp_path / "bridge").mkdir()
    (tmp_path / "bridge" / "letter.txt").write_text("mine")
    with pytest.raises(ProjectError, match="expected an empty folder"):
        import_report(tmp_path / "bridge", folder)
    assert [path.name for path in (tmp_path / "bridge").iterdir()] == ["letter.txt"]


def test_a_full_disk_half_way_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = report_folder(OLD[1], tmp_path / "report")
    calls: list[int] = []

    def full(*_: object) -> None:
        calls.append(1)
        if len(calls) > 2:
            raise OSError(28, "No space left on device")

    monkeypatch.setattr("cracklens.projects.intake.shutil.copyfileobj", full)
    before = sorted(tmp_path.iterdir())
    with pytest.raises(CracklensError, match="no space left on device"):
        import_report(tmp_path / "bridge", folder)
    assert sorted(tmp_path.iterdir()) == before


def test_a_rejected_line_without_a_place_is_listed(tmp_path: Path) -> None:
    raw = latest()
    rejected = {"photo": "site/wall 0.png", "id": "C-AAAAA", "box_xyxy": [0, 0, 9, 9], "decision": "rejected"}
    raw["review"] = {"undecided": 0, "not_gone_through": 0, "signature": None, "rejected": [rejected]}
    arrived = import_report(tmp_path / "bridge", report_folder(raw, tmp_path / "report"))
    assert "rejected line C-AAAAA" in reasons(arrived)["site/wall 0.png"]
    arrived.project.close()
