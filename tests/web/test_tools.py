"""Takes every tool of the review page; gives faults where what is done by hand is not kept, in a real browser."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import select
from tests.web.conftest import walking

from cracklens.projects import Project
from cracklens.projects.records import CrackRow, PhotoRow, ProjectRow

pytestmark = pytest.mark.slow

ALONG = """line => [.2, .5, .8].map(share => {
  const d = line.getAttribute("d").split("M")[1], path = line.cloneNode();
  path.setAttribute("d", `M${d}`);
  const at = path.getPointAtLength(share * path.getTotalLength()).matrixTransform(line.getScreenCTM());
  return [at.x, at.y];
})"""
"""Three places on the first branch of a crack."""

SETTLED_MS = 350
"""Two clicks that are nearer in time are one double click."""


def opened(page: Page) -> None:
    page.click("nav >> text=Review")
    page.wait_for_selector("body[data-shown]")


def click(page: Page, *places: tuple[float, float]) -> None:
    for x, y in places:
        page.mouse.click(x, y)
        page.wait_for_timeout(SETTLED_MS)


def said(page: Page, text: str) -> None:
    expect(page.locator("#said")).to_have_text(text, timeout=15_000)


def cracks(page: Page) -> int:
    return page.locator("#scene .crack").count()


def test_lines_are_drawn_moved_thinned_cut_joined_and_deleted(chromium: Browser, folder: Path) -> None:
    with walking(chromium, folder) as page:
        opened(page)
        before = cracks(page)
        left, middle, right = page.locator("#scene .crack .line").first.evaluate(ALONG)
        page.click("#draw")
        click(page, left, middle, right)
        page.keyboard.press("Enter")
        said(page, "Drawn and confirmed.")
        assert cracks(page) == before + 1
        drawn = page.locator("#scene .chosen .line")
        line = drawn.get_attribute("d")
        page.click("#move")
        click(page, left, (left[0], left[1] + 30))
        said(page, "Moved.")
        moved = drawn.get_attribute("d")
        assert moved != line
        page.click("#thin")
        click(page, (left[0], left[1] + 30))
        said(page, "Point taken away.")
        assert drawn.get_attribute("d") != moved
        page.click("#cut")
        click(page, middle)
        said(page, "Cut in two.")
        assert cracks(page) == before + 2
        page.click("#join")
        other = page.locator("#scene .by-hand:not(.chosen) .case").bounding_box()
        assert other is not None
        click(page, (other["x"] + other["width"] / 2, other["y"] + other["height"] / 2))
        said(page, "Joined.")
        assert cracks(page) == before + 1
        page.click("#discard")
        said(page, "Deleted.")
        assert cracks(page) == before
        page.keyboard.press("u")
        said(page, "Undone.")
        assert cracks(page) == before + 1


def test_severity_element_and_notes_are_said_with_lists_of_ones_own(chromium: Browser, folder: Path) -> None:
    with walking(chromium, folder) as page:
        page.click("nav >> text=Report")
        page.fill("#lists [name=severities]", "minor\n\n major \nminor")
        page.locator("#lists [name=severities]").blur()
        said(page, "Kept.")
        opened(page)
        assert page.locator("#severities option").evaluate_all("all => all.map(of => of.value)") == ["minor", "major"]
        for key, text in (("y", "major"), ("e", "Pier 3"), ("n", "wet <b>below</b>")):
            page.keyboard.press(key)
            page.keyboard.insert_text(text)
            page.keyboard.press("Enter")
            said(page, "Kept.")
            page.wait_for_timeout(SETTLED_MS)
        page.fill("#photo-note", "given up by Escape")
        page.keyboard.press("Escape")
        expect(page.locator("#photo-note")).to_have_value("")
        page.fill("#photo-element", "East face")
        page.keyboard.press("Enter")
        said(page, "Kept.")
        page.keyboard.press("c")
        said(page, "Confirmed.")
    project = Project.open(folder)
    with project.database.reading() as session:
        (crack,) = session.scalars(select(CrackRow).where(CrackRow.decision == "confirmed"))
        photos = list(session.scalars(select(PhotoRow).where(PhotoRow.element != "")))
        assert (crack.severity, crack.element, crack.note) == ("major", "Pier 3", "wet <b>below</b>")
        assert [(of.id, of.element, of.note) for of in photos] == [(crack.photo_id, "East face", "")]
        assert session.scalars(select(ProjectRow)).one().severities == {"names": ["minor", "major"]}
    project.close()


def test_a_scale_is_for_the_photos_that_are_chosen_and_for_no_others(chromium: Browser, folder: Path) -> None:
    with walking(chromium, folder) as page:
        opened(page)
        page.keyboard.press("s")
        stage = page.locator("#stage").bounding_box()
        assert stage is not None
        click(page, *((stage["x"] + share * stage["width"], stage["y"] + 300) for share in (0.3, 0.7)))
        page.fill("#mm", "250")
        page.check("input[name=photos][value=chosen]")
        page.fill("#choice-find", "deck")
        expect(page.locator("#choice-list li:visible")).to_have_count(1)
        page.click("#choice-all")
        page.fill("#choice-find", "")
        expect(page.locator("#choice-n")).to_have_text("(1 chosen)")
        page.click("#ruler >> text=Set the scale")
        expect(page.locator("#said")).to_contain_text("for 1 photo.")
    project = Project.open(folder)
    with project.database.reading() as session:
        scaled = list(session.scalars(select(PhotoRow.name).where(PhotoRow.scale.is_not(None))))
    project.close()
    assert len(scaled) == 1
    assert scaled[0].startswith("Deck")
