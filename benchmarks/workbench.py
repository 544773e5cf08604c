"""Takes a project's folder; gives its workbench served in a process of its own, and pages of a real Chromium on it."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from cracklens.errors import MissingExtraError

RUN = "from cracklens.cli.main import run; run()"
FLAGS = ["--no-sandbox", "--disable-dev-shm-usage"]
VIEW = {"width": 1280, "height": 800}


@contextmanager
def served(project: Path, *words: str) -> Iterator[str]:
    """Serve a project until the block ends, with more words of `cracklens serve`, and give its first address."""
    command = [sys.executable, "-c", RUN, "serve", str(project), "--no-open", *words]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield process.stdout.readline().strip()
        finally:
            process.terminate()
            process.wait(60)


@contextmanager
def chromium() -> Iterator[Browser]:
    """Give the system's Chromium, without a window.

    Raises:
        MissingExtraError: there is none.
    """
    found = shutil.which("chromium")
    if not found:
        raise MissingExtraError("chromium", "dev")
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=found, args=FLAGS)
        yield browser
        browser.close()


@contextmanager
def entered(browser: Browser, address: str) -> Iterator[Page]:
    """Give a page of 1,280 x 800 px that has entered by the first address."""
    context = browser.new_context(viewport={"width": VIEW["width"], "height": VIEW["height"]})
    page = context.new_page()
    page.goto(address)
    yield page
    context.close()
