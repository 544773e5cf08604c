"""Takes a folder; gives a project of inspected photos in it, and pages of a real Chromium on its workbench."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from benchmarks.workbench import chromium as launched
from benchmarks.workbench import served
from playwright.sync_api import Browser, BrowserContext, Page
from tests.conftest import Once
from tests.stand_ins import bundled_detector
from tests.web.made import Site, copied, make_gone_through, make_project

from cracklens import Detector
from cracklens.projects import Project, take_in_all, work_off
from cracklens.projects.teaching import teach


@pytest.fixture(scope="session")
def inspected(once: Once, sample_dir: Path) -> Path:
    """Give the folder of a project whose three photos are inspected; not to be changed."""

    def make(folder: Path) -> None:
        project = Project.make(folder, name="Mill Bridge")
        take_in_all(project, sorted((sample_dir / "photos").glob("*.jpg")))
        work_off(project, Detector.load)
        project.close()

    return once("inspected", make)


@pytest.fixture
def folder(inspected: Path, tmp_path: Path) -> Path:
    """Give a copy of that project, to be changed."""
    return Path(shutil.copytree(inspected, tmp_path / "project"))


@pytest.fixture
def project(folder: Path) -> Iterator[Project]:
    """Give the copy, opened."""
    opened = Project.open(folder)
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def made(once: Once) -> Path:
    """Give the folder of a small project, not to be written to."""
    return once("bridge", make_project)


@pytest.fixture
def site(made: Path, tmp_path: Path) -> Iterator[Site]:
    """Give a small project of the test's own, to come to as whoever it wants."""
    project = Project.open(copied(made, tmp_path / "bridge"))
    yield Site(project)
    project.close()


@pytest.fixture(scope="session")
def gone_through(once: Once, sample_dir: Path) -> Path:
    """Give the folder of a project of nine small photos, gone through, five with cracks; not to be changed."""
    return once("gone", lambda folder: make_gone_through(folder, sample_dir / "photos" / "Walls_7110_crop.jpg"))


@pytest.fixture(scope="session")
def fitted(once: Once, gone_through: Path) -> Path:
    """Give the folder of that project with a detector that was fitted in it, which is not in use; not to be changed."""

    def make(folder: Path) -> None:
        project = Project.open(copied(gone_through, folder))
        teach(project, opened=lambda _: bundled_detector())
        project.close()

    return once("fitted", make)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """Give the system's Chromium; skip aloud where there is none, fail where it must be there."""
    if not shutil.which("chromium"):
        reason = "chromium is needed to walk through the workbench: apt-get install chromium"
        if os.environ.get("CRACKLENS_REQUIRE_BROWSER") == "1":
            pytest.fail(f"{reason}; CRACKLENS_REQUIRE_BROWSER is 1", pytrace=False)
        pytest.skip(reason)
    with launched() as browser:
        yield browser


@contextmanager
def walking(browser: Browser, project: Path, *, conflicts: int = 0, **how: object) -> Iterator[Page]:
    """Serve a project, and give a page that has entered its workbench."""
    with served(project) as address, entering(browser, address, conflicts=conflicts, **how) as page:
        yield page


@contextmanager
def entering(browser: Browser, address: str, *, conflicts: int = 0, **how: object) -> Iterator[Page]:
    """Give a page that has entered a workbench; what its console complains of is a fault, but conflicts."""
    context: BrowserContext = browser.new_context(**{"viewport": {"width": 1280, "height": 800}, **how})  # type: ignore[arg-type]
    page = context.new_page()
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("request", lambda request: said.append(request.url) if not at_home(request.url, address) else None)
    page.goto(address)
    yield page
    context.close()
    told = [text for text in said if text.endswith("409 (Conflict)")]
    assert said == told
    assert len(told) == conflicts


def at_home(url: str, address: str) -> bool:
    """Say whether an address is the server's own, or a page's own picture."""
    home = re.match(r"http://[^/]+/", address)
    return url.startswith(("data:", "blob:")) or (home is not None and url.startswith(home[0]))
