"""Takes a folder; gives the workbench served from it in a process of its own, and a page of a real Chromium on it."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright
from tests.web.made import Site, copied, make_project

from cracklens.projects import Project

FLAGS = ["--no-sandbox", "--disable-dev-shm-usage"]


@contextmanager
def served(project: Path, *words: str) -> Iterator[str]:
    """Serve a project until the block ends, and give its first address."""
    run = "from cracklens.cli.main import run; run()"
    command = [sys.executable, "-c", run, "serve", str(project), "--no-open", *words]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        address = process.stdout.readline().strip()
        try:
            yield address
        finally:
            process.terminate()
            process.wait(60)


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the folder of a small project, not to be written to."""
    return make_project(tmp_path_factory.mktemp("made") / "bridge")


@pytest.fixture
def site(made: Path, tmp_path: Path) -> Iterator[Site]:
    """Give a small project of the test's own, to come to as whoever it wants."""
    project = Project.open(copied(made, tmp_path / "bridge"))
    yield Site(project)
    project.close()


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """Give the system's Chromium; skip aloud where there is none, fail where it must be there."""
    found = shutil.which("chromium")
    if not found:
        reason = "chromium is needed to walk through the workbench: apt-get install chromium"
        if os.environ.get("CRACKLENS_REQUIRE_BROWSER") == "1":
            pytest.fail(f"{reason}; CRACKLENS_REQUIRE_BROWSER is 1", pytrace=False)
        pytest.skip(reason)
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=found, args=FLAGS)
        yield browser
        browser.close()


@contextmanager
def walking(browser: Browser, address: str, *, width: int = 1280, height: int = 800) -> Iterator[Page]:
    """Give a page that has entered by the first address; what its console complains of is a fault."""
    context: BrowserContext = browser.new_context(viewport={"width": width, "height": height})
    page = context.new_page()
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("request", lambda request: said.append(request.url) if not at_home(request.url, address) else None)
    page.goto(address)
    yield page
    context.close()
    assert not said, said


def at_home(url: str, address: str) -> bool:
    """Say whether an address is the server's own, or a page's own picture."""
    home = re.match(r"http://[^/]+/", address)
    return url.startswith(("data:", "blob:")) or (home is not None and url.startswith(home[0]))
