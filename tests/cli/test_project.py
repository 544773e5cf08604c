"""Takes the words of `cracklens project`; gives faults in what it prints and how it ends."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.projects.made import REPORTS, photos_of, report_folder
from tests.projects.two_dates import earlier_report, today
from typer.testing import CliRunner, Result

from cracklens.cli.main import app
from cracklens.projects import Project

pytestmark = pytest.mark.slow


def run(*words: object) -> Result:
    return CliRunner().invoke(app, ["project", *map(str, words)])


def test_a_report_is_imported_backed_up_and_restored(tmp_path: Path) -> None:
    report = report_folder(REPORTS / "report-1.1.json", tmp_path / "report")
    imported = run("import", report, tmp_path / "bridge")
    assert imported.stdout.strip() == str(tmp_path / "bridge")
    assert "not in the project: site/empty.jpg: the file is empty" in imported.stderr
    assert imported.exit_code == 1, "two photos of the report were not inspected"
    packed = run("backup", tmp_path / "bridge", tmp_path / "bridge.zip")
    assert (packed.exit_code, packed.stdout.strip()) == (0, str(tmp_path / "bridge.zip"))
    restored = run("restore", tmp_path / "bridge.zip", tmp_path / "again")
    assert (restored.exit_code, restored.stdout.strip()) == (0, str(tmp_path / "again"))
    project = Project.open(tmp_path / "again")
    assert len(photos_of(project)) == 4
    project.close()


def test_photos_are_looked_for_where_they_are_said_to_be(tmp_path: Path) -> None:
    report = report_folder(REPORTS / "report-1.2.json", tmp_path / "report", photos=tmp_path / "away")
    assert run("import", report, tmp_path / "bridge").exit_code == 1
    assert not (tmp_path / "bridge").exists()
    imported = run("import", report, tmp_path / "bridge", "--photos", tmp_path / "away")
    assert imported.stdout.strip() == str(tmp_path / "bridge")


def test_a_project_is_compared_with_an_earlier_date(tmp_path: Path) -> None:
    bridge, earlier = today(tmp_path / "bridge"), earlier_report(tmp_path / "2024")
    told = run("compare", bridge, earlier)
    assert told.stdout.strip() == "1 photo compared: 1 NEW, 1 GROWN, 1 STATIC, 1 GONE"
    assert "not compared: new: deck.png: not the same place as any older photo that was left" in told.stderr
    assert told.exit_code == 0
    result = json.loads(run("compare", bridge, earlier, "--json").stdout)
    assert (result["pairs"], result["counts"]["GROWN"], result["counts"]["REPAIRED"]) == (1, 1, 0)
    assert [of["photo"] for of in result["not_compared"]] == ["deck.png"]
    refused = run("compare", bridge, tmp_path)
    assert refused.exit_code == 1
