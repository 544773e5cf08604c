"""Takes projects that people went through; gives faults of fitting to the site over REST, and of its own process."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select
from tests.web.made import Site, copied

import cracklens.web.work.fitting
from cracklens.projects import Project, be_done_with, detector_of
from cracklens.projects.records import CrackRow, JobRow, PhotoRow
from cracklens.projects.teaching import detectors_of, ready_of
from cracklens.web.work.fitting import PROGRAM

pytestmark = pytest.mark.slow

STEPS = """
print("a library says hello")
print('{{"what":"read","done":1,"of":4}}')
print('{{"what":"fit","done":2,"of":4}}')
open({gate!r}).read()
print('{{"detector":"detectors/0123456789ab"}}')
"""
BROKEN = """print('{"error":"wall.png: expected a photo; the file is damaged."}')"""
WAITS = """
import sys, threading
from cracklens.web.work import fitting
def teach(project, on_step):
    on_step("read", 1, 4)
    threading.Event().wait()
fitting.teach = teach
fitting.main(sys.argv[1])
"""
"""A fit that never ends by itself."""


@pytest.fixture
def reviewed(gone_through: Path, tmp_path: Path) -> Iterator[Site]:
    """Give a project that was gone through, of the test's own."""
    project = Project.open(copied(gone_through, tmp_path / "reviewed"))
    yield Site(project)
    project.close()


@pytest.fixture
def taught(fitted: Path, tmp_path: Path) -> Iterator[Site]:
    """Give a project with a fitted detector beside the one in use, of the test's own."""
    project = Project.open(copied(fitted, tmp_path / "taught"))
    yield Site(project)
    project.close()


def stand_in(monkeypatch: pytest.MonkeyPatch, code: str) -> None:
    """Let other code run where the process of a fit would."""
    monkeypatch.setattr(cracklens.web.work.fitting, "PROGRAM", (sys.executable, "-u", "-c", code))


def ended(client: TestClient) -> dict[str, object]:
    """Wait until no fit runs, and say how the last one ended."""
    for thread in threading.enumerate():
        if thread.name == "fit":
            thread.join()
    return dict(client.get("/api/teach/progress").json())


def decisions_of(project: Project) -> dict[str, str]:
    with project.database.reading() as session:
        return {row.id: row.decision for row in session.scalars(select(CrackRow))}


def photos_of(project: Project) -> list[PhotoRow]:
    with project.database.reading() as session:
        return list(session.scalars(select(PhotoRow).order_by(PhotoRow.sha256)))


def waiting(project: Project) -> int:
    with project.database.reading() as session:
        return len(session.scalars(select(JobRow).where(JobRow.kind == "inspect", JobRow.state == "waiting")).all())


# routes


def test_too_few_photos_are_said_on_the_page_and_begin_nothing(reviewed: Site) -> None:
    for photo in photos_of(reviewed.project)[5:]:
        be_done_with(reviewed.project, photo.id, done=False)
    client, said = reviewed.user("Rob"), "Fitting to a site needs 8 photos that are gone through; 5 of this project are"
    answer = client.post("/api/teach")
    assert (answer.status_code, answer.json()["error"]) == (422, f"{said}. Go through 3 more.")
    assert client.get("/api/teach").json()["ready"]["missing"] == f"{said}. Go through 3 more."
    page = client.get("/teach").text
    assert f"{said}. Go through 3 more." in page
    assert '<button type="button" id="fit" class="yes" disabled>' in page
    assert client.get("/api/teach/progress").json()["running"] is False


def test_who_may_only_look_comes_to_none_of_it(taught: Site) -> None:
    client, new = taught.user("Lou"), detectors_of(taught.project)[0].detector
    for path in ("/teach", "/api/teach", "/api/teach/progress", "/api/promise"):
        assert client.get(path).status_code == 403, path
    assert client.post("/api/teach").status_code == 403
    assert client.put("/api/detector", json={"detector": new}).status_code == 403
    assert waiting(taught.project) == 0


def test_a_fit_is_followed_and_a_second_one_is_refused_with_a_sentence(
    reviewed: Site, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    os.mkfifo(tmp_path / "gate")
    stand_in(monkeypatch, STEPS.format(gate=str(tmp_path / "gate")))
    client = reviewed.user("Rob")
    begun = client.post("/api/teach")
    assert (begun.status_code, begun.json()["running"]) == (202, True)
    second = reviewed.user("Ann").post("/api/teach")
    assert second.status_code == 409
    assert second.json() == {"error": "A detector is being fitted to this site already. Wait for it."}
    with (tmp_path / "gate").open("w"):  # opens once the process has told its steps and reads
        while (fit := client.get("/api/teach/progress").json())["done"] < 2:
            assert fit["running"]
        assert {**fit, "seconds_left": 0} == {
            "running": True, "what": "fit", "done": 2, "of": 4, "seconds_left": 0, "detector": "", "error": "",
        }  # fmt: skip
        assert fit["seconds_left"] >= 0
        assert "disabled>Fit to this site" in client.get("/teach").text
    fit = ended(client)
    assert (fit["running"], fit["detector"], fit["error"]) == (False, "detectors/0123456789ab", "")


@pytest.mark.parametrize(
    ("code", "said"),
    [
        (BROKEN, "wall.png: expected a photo; the file is damaged."),
        ("exit(137)", "The fit ended before it was done: out of memory, or stopped from outside."),
    ],
    ids=["said", "killed"],
)
def test_what_went_wrong_is_a_sentence_and_the_next_fit_may_begin(
    reviewed: Site, monkeypatch: pytest.MonkeyPatch, code: str, said: str
) -> None:
    stand_in(monkeypatch, code)
    client = reviewed.user("Rob")
    assert client.post("/api/teach").status_code == 202
    assert str(ended(client)["error"]).startswith(said)
    assert f'role="alert">{said}' in client.get("/teach").text
    assert client.post("/api/teach").status_code == 202
    ended(client)


def test_one_in_use_queues_the_photos_again_and_keeps_decisions(taught: Site) -> None:
    new, old = detectors_of(taught.project)
    before, client = decisions_of(taught.project), taught.user("Rob")
    assert (new.in_use, old.in_use, old.detector) == (False, True, "concrete")
    assert client.put("/api/detector", json={"detector": new.detector}).status_code == 200
    assert detector_of(taught.project) == str(taught.project.folder / new.detector)
    assert waiting(taught.project) == 9
    assert decisions_of(taught.project) == before
    listed = client.get("/api/teach").json()["detectors"]
    assert [(of["detector"], of["in_use"]) for of in listed] == [(new.detector, True), ("concrete", False)]
    assert client.put("/api/detector", json={"detector": "concrete"}).status_code == 200
    assert [of.in_use for of in detectors_of(taught.project)] == [False, True]


@pytest.mark.parametrize("name", ["concrete-frozen", "detectors/0123456789ab", "/etc", "../project", ""])
def test_only_detectors_of_the_project_are_put_to_use(taught: Site, name: str) -> None:
    answer = taught.user("Rob").put("/api/detector", json={"detector": name})
    new = detectors_of(taught.project)[0].detector
    assert answer.status_code == 422
    assert answer.json() == {"error": f"detector must be of {new}, concrete; got {name!r}. Fit one first."}
    assert waiting(taught.project) == 0


def test_what_can_be_promised_is_a_sentence_with_the_threshold_that_would_hold_it(taught: Site) -> None:
    client = taught.user("Rob")
    answer = client.get("/api/promise").json()
    assert (answer["holds"], answer["threshold"]) == ("too few", None)
    assert answer["said"].startswith("That at least 95 % of cracks are found cannot be promised at 90 % confidence yet")
    asked = {"recall": 0.6, "confidence": 0.9}
    assert client.get("/api/promise", params=asked).json()["holds"] == "now"
    client.put("/api/threshold", json={"threshold": 1.0})
    answer = client.get("/api/promise", params=asked).json()
    assert answer["holds"] == "lower"
    assert "The project's threshold is 1.000: from there it is not promised" in answer["said"]
    client.put("/api/threshold", json={"threshold": answer["threshold"]})
    assert client.get("/api/promise", params=asked).json()["holds"] == "now"
    refused = client.get("/api/promise", params={"recall": 1.5})
    assert refused.status_code == 422
    assert "recall must be above 0 and below 1; got 1.5" in refused.json()["error"]


def test_the_page_shows_the_last_fit_also_of_an_earlier_server(taught: Site) -> None:
    page = taught.at_home().get("/teach").text
    new = detectors_of(taught.project)[0]
    assert new.taught is not None
    for rate in (new.taught.old.missed, new.taught.old.false, new.taught.new.missed, new.taught.new.false):
        assert f'<td class="value">{rate.value:.1f}</td><td>{rate.low:.1f} – {rate.high:.1f}</td>' in page
    assert page.count("<svg") == 4
    assert f'data-detector="{new.detector}">Use the new detector' in page


def test_openapi_says_what_is_answered(reviewed: Site) -> None:
    paths = reviewed.user("Rob").get("/api/openapi.json").json()["paths"]

    def model(path: str, method: str, status: str) -> str:
        schema = paths[path][method]["responses"][status]["content"]["application/json"]["schema"]
        return str(schema["$ref"].rpartition("/")[2])

    assert model("/api/teach", "get", "200") == "Teaching"
    assert model("/api/teach", "post", "202") == "Fit"
    assert model("/api/teach/progress", "get", "200") == "Fit"
    assert model("/api/promise", "get", "200") == "Answer"
    assert "/teach" not in paths


# the process itself


def test_a_damaged_photo_is_named_by_the_real_process(reviewed: Site) -> None:
    photo = photos_of(reviewed.project)[0]
    reviewed.project.photo_path(photo).write_bytes(b"no photo")
    client = reviewed.user("Rob")
    assert client.post("/api/teach").status_code == 202
    fit = ended(client)
    assert str(fit["error"]).startswith(f"{photo.name}: ")
    assert [of.detector for of in detectors_of(reviewed.project)] == ["concrete"]


def test_the_process_ends_when_the_server_does(reviewed: Site) -> None:
    command = [sys.executable, "-c", WAITS, str(reviewed.project.folder)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdin is not None
        assert process.stdout.readline() == b'{"what":"read","done":1,"of":4}\n'
        process.stdin.close()  # as it is when who holds the other end is killed
        assert process.wait() == 1
    assert ready_of(reviewed.project).missing == ""


def test_the_process_says_by_itself_what_is_missing(site: Site) -> None:
    command = [*PROGRAM, str(site.project.folder)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.wait() == 1
        assert process.stdout is not None
        assert process.stderr is not None
        said = b"Fitting to a site needs 8 photos that are gone through; 0 of this project are. Go through 8 more."
        assert process.stdout.read() == b'{"error":"' + said + b'"}\n'
        assert process.stderr.read() == b"", "it ends in order while its input is still open"
