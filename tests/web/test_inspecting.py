"""Takes processes that inspect photos and end; gives faults where a page is not told why, or they are begun at once."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from playwright.sync_api import Browser, expect
from tests.projects.made import opened, photos_of, save_photo
from tests.stand_ins import grey_detector
from tests.web.conftest import walking
from tests.web.made import AT_HOME, LOCAL, Site

import cracklens.web.work.inspecting
from cracklens.projects import Project, take_in, work_off
from cracklens.projects.records import ProjectRow
from cracklens.web import make_app
from cracklens.web.work import Working, working
from cracklens.web.work.inspecting import AGAIN_SECONDS, ENDED, EVERY_SECONDS, _keep

SAYS = """import sys; print('{"said":"bridge: the disk is full. Free some space."}'); sys.exit(1)"""
GOES_ON = """print("a library says hello"); print('{"said":""}');""" + SAYS
KILLED = "import os; os.kill(os.getpid(), 9)"
FULL = "bridge: the disk is full. Free some space."


class Ends(threading.Event):
    """Is set after some waits between two processes, and waits no longer than it must."""

    def __init__(self, after: int) -> None:
        super().__init__()
        self.after, self.waits = after, list[float]()

    def wait(self, timeout: float | None = None) -> bool:
        self.waits += [timeout or 0.0]
        if len(self.pauses()) == self.after:
            self.set()
        return super().wait(0.01)

    def pauses(self) -> list[float]:
        return [seconds for seconds in self.waits if seconds != EVERY_SECONDS]


@pytest.mark.parametrize(
    ("code", "said", "pauses"),
    [
        (SAYS, FULL, [2.0, 4.0, 8.0, 16.0, 32.0, 60.0, 60.0]),
        (KILLED, ENDED, [2.0, 4.0, 8.0]),
        (GOES_ON, FULL, [2.0, 2.0, 2.0]),
    ],
    ids=["says why", "killed", "does something"],
)
def test_a_process_that_ends_is_begun_again_later_and_later_and_why_is_known(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: str, said: str, pauses: list[float]
) -> None:
    monkeypatch.setattr(cracklens.web.work.inspecting, "PROGRAM", (sys.executable, "-c", code))
    ended, work = Ends(len(pauses)), Working()
    _keep(tmp_path, ended, work)
    assert (ended.pauses(), work.said) == (pauses, said)


@pytest.fixture
def stuck(tmp_path: Path) -> Path:
    """Give the folder of a project whose detector is not there, with a photo to inspect."""
    with opened(tmp_path / "bridge", new=True) as project:
        take_in(project, save_photo(tmp_path / "wall.png", [(30, 60), (290, 120)]))
        set_detector(project, "nowhere")
    return tmp_path / "bridge"


def set_detector(project: Project, name: str) -> None:
    with project.database.writing() as session:
        row = session.get_one(ProjectRow, 1)
        row.detector, row.threshold = name, 0.5  # as they are set together when a detector is put to use


def until(come: Callable[[], bool]) -> None:
    """Wait for what another process does; the time limit of the tests ends it."""
    while not come():
        time.sleep(0.05)


def test_why_the_inspection_stopped_is_told_until_a_photo_is_inspected(
    stuck: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cracklens.web.work.inspecting, "AGAIN_MOST_SECONDS", AGAIN_SECONDS)
    with opened(stuck) as project, working(stuck) as work:
        client = TestClient(make_app(project, LOCAL, stopped=lambda: work.said), base_url=AT_HOME)
        client.get(f"/?token={LOCAL.token}")
        until(lambda: bool(work.said))
        told = client.get("/api/progress").json()
        assert told["stopped"].startswith("nowhere: expected a checkpoint folder or the name of a bundled detector.")
        assert (told["waiting"], told["failed"]) == (1, 0)
        set_detector(project, "concrete-frozen")
        until(lambda: client.get("/api/progress").json()["done"] == 1)
        until(lambda: not work.said)
        assert client.get("/api/progress").json()["stopped"] == ""
        assert [row.state for row in photos_of(project).values()] == ["inspected"]


@pytest.mark.slow
def test_the_wall_says_why_the_inspection_stopped(stuck: Path, chromium: Browser) -> None:
    with walking(chromium, stuck) as page:
        expect(page.locator("#work")).to_contain_text("The inspection has stopped and is tried again.", timeout=60_000)
        expect(page.locator("#work")).to_contain_text("nowhere: expected a checkpoint folder")


def test_the_wall_says_why_a_photo_was_not_inspected_again(site: Site) -> None:
    (row,) = photos_of(site.project).values()
    site.project.photo_path(row).write_bytes(b"no photo")
    client = site.user("Rob")
    asked = client.post("/api/inspections", json={"photos": [row.id]})
    assert (asked.status_code, asked.json()["waiting"], asked.json()["stopped"]) == (202, 1, "")
    work_off(site.project, grey_detector)
    assert client.get("/api/progress").json()["failed"] == 1
    page = client.get("/").text
    assert '<b class="mark">not inspected again: ' in page
    assert '<b class="mark">2 to decide</b>' in page, "what was found in it before stands"
