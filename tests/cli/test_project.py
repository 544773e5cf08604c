"""Takes the words of `cracklens project`; gives faults in what it prints and how it ends."""

from __future__ import annotations

import json
import shutil
from functools import partial
from pathlib import Path

import pytest
from tests.projects.made import REPORTS, photos_of, report_folder
from tests.projects.painted import make_site, opened
from tests.projects.two_dates import earlier_report, today
from typer.testing import CliRunner, Result

from cracklens import Detector
from cracklens.cli.main import app
from cracklens.errors import DataError, SettingError
from cracklens.projects import Project, try_again
from cracklens.projects.teaching import KeptDetector, detectors_of, teach

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


@pytest.fixture(scope="module")
def gone_through(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_site(tmp_path_factory.mktemp("site"))


@pytest.fixture
def bridge(gone_through: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give a project that was gone through, on a network that sees lines."""
    monkeypatch.setattr("cracklens.projects.teaching.teach", partial(teach, opened=opened))
    return Path(shutil.copytree(gone_through, tmp_path / "bridge"))


def held(folder: Path) -> tuple[KeptDetector, ...]:
    project = Project.open(folder)
    found = detectors_of(project)
    project.close()
    return found


def test_a_detector_is_fitted_to_the_site_and_used_only_when_asked(bridge: Path) -> None:
    said = run("teach", bridge)
    assert said.exit_code == 0
    name, sentence = said.stdout.splitlines()
    assert sentence.startswith("On 10 gone-through photos, each read by a fit that had not seen it: of 6 cracks")
    assert (held(bridge)[0].detector, held(bridge)[0].in_use) == (name, False)
    assert "Not in use" in said.stderr
    used = run("teach", bridge, "--use")
    assert f"cracklens project inspect {bridge}" in used.stderr
    assert held(bridge)[0].in_use


def test_a_fit_as_json_has_its_figures(bridge: Path) -> None:
    told = json.loads(run("teach", bridge, "--json").stdout)
    (new, _) = held(bridge)
    assert new.taught is not None
    assert (told["detector"], told["in_use"], len(told["photos"])) == (new.detector, False, 10)
    assert told["new"]["false"]["high"] == new.taught.new.false.high
    assert told["old"]["false"]["value"] == 10.0


def test_a_photo_that_fails_when_it_is_inspected_again_is_told_and_stays(
    bridge: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Detector, "load", opened)
    project = Project.open(bridge)
    photo = next(iter(photos_of(project).values()))
    project.photo_path(photo).write_bytes(b"no photo")
    try_again(project, [photo.id])
    project.close()
    first = run("inspect", bridge, "--json")
    assert first.exit_code == 1, first.stderr
    before = json.loads(first.stdout)
    assert (before["failed"], before["not_again"], before["inspected"]) == (0, 1, before["photos"])
    again = run("inspect", bridge, "--again")
    assert again.exit_code == 1
    assert f"{before['photos']} photos inspected, 1 not inspected again, " in again.stdout + again.stderr


def test_a_promise_is_a_sentence_or_numbers(bridge: Path) -> None:
    said = run("promise", bridge, "--recall", 0.6)
    assert said.stdout.startswith("At 90 % confidence at least 60 % of cracks like those that were confirmed here")
    told = json.loads(run("promise", bridge, "--json").stdout)
    assert (told["promise"], told["photos"], told["needed"]) == (None, 6, 45)
    assert isinstance(run("promise", bridge, "--confidence", 2).exception, SettingError)


def test_too_few_photos_are_a_sentence(tmp_path: Path) -> None:
    Project.make(tmp_path / "empty").close()
    error = run("teach", tmp_path / "empty").exception
    assert isinstance(error, DataError)
    assert "0 of this project are. Go through 8 more." in str(error)


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
