"""Takes an inspector with photos gone through; gives faults of fitting to the site on its page, in a real browser."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import select
from tests.web.conftest import walking
from tests.web.made import copied
from tests.web.test_pages import VIEWS, faults

from cracklens.projects import Project
from cracklens.projects.records import CrackRow, PhotoRow

pytestmark = pytest.mark.slow

SET_THRESHOLD = """(threshold) => fetch("/api/threshold", {
  method: "PUT", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ threshold }),
}).then((answer) => answer.status)"""


def held(folder: Path) -> tuple[dict[str, str], dict[str, str | None]]:
    """Give what was decided of each crack, and by which scores each photo is shown."""
    project = Project.open(folder)
    with project.database.reading() as session:
        decisions: dict[str, str] = {row.id: row.decision for row in session.scalars(select(CrackRow))}
        scored = {row.name: row.scored_key for row in session.scalars(select(PhotoRow))}
    project.close()
    return decisions, scored


def open_to_everybody(page: Page) -> None:
    for width, height, scheme in VIEWS:
        page.set_viewport_size({"width": width, "height": height})
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        assert faults(page) == [], (width, scheme)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), width


def test_what_a_fit_is_worth_is_shown_and_left_or_used(chromium: Browser, fitted: Path, tmp_path: Path) -> None:
    folder = copied(fitted, tmp_path / "bridge")
    decisions, scored = held(folder)
    with walking(chromium, folder, conflicts=2, bypass_csp=True) as page:
        page.click("nav >> text=Teach")
        expect(page.locator("#result .value")).to_have_count(4)
        expect(page.locator("#result")).to_contain_text("On 9 photos with")
        open_to_everybody(page)
        promised(page)
        page.click("text=Leave it")
        expect(page.locator("#said")).to_contain_text("Nothing was changed.")
        assert held(folder) == (decisions, scored)
        page.reload()
        page.click("text=Use the new detector")
        expect(page.locator("#choice")).to_have_count(0)
        page.click("nav >> text=Photos")
        expect(page.locator("#work")).to_have_text("All photos are inspected.", timeout=300_000)
        kept, anew = held(folder)
        assert {crack: kept[crack] for crack in decisions} == decisions
        assert all(anew[name] != scored[name] for name in scored)


def promised(page: Page) -> None:
    """Ask for what cannot be promised, for what a lower threshold holds, and set that one."""
    page.click("text=What can be promised?")
    expect(page.locator("#answer")).to_contain_text("cannot be promised at 90 % confidence yet")
    expect(page.locator("#lower")).to_be_hidden()
    assert page.evaluate(SET_THRESHOLD, 1) == 200
    page.fill("[name=recall]", "60")
    page.click("text=What can be promised?")
    page.click("#lower")
    expect(page.locator("#said")).to_contain_text("nothing was overwritten")
    expect(page.locator("#said")).to_contain_text("Load this page again.")
    page.click("#detectors [data-detector]")
    expect(page.locator("#said")).to_contain_text("Load this page again.")
    assert page.evaluate(SET_THRESHOLD, 1) == 200
    page.reload()
    page.fill("[name=recall]", "60")
    page.click("text=What can be promised?")
    expect(page.locator("#answer")).to_contain_text("from there it is not promised")
    open_to_everybody(page)
    page.click("#lower")
    expect(page.locator("#answer")).to_contain_text("and so they are from the project's threshold")
    expect(page.locator("#lower")).to_be_hidden()
