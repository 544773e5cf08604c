"""Takes a reviewer who is quicker than the server; gives faults where a key is lost or meant for something else."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Route, expect
from sqlalchemy import select
from tests.web.conftest import walking
from tests.web.test_tools import ALONG, click, cracks, said

from cracklens.projects import Project
from cracklens.projects.records import CrackRow, PhotoRow

pytestmark = pytest.mark.slow


@contextmanager
def slow(page: Page, what: str) -> Iterator[list[Route]]:
    """Hold what is asked of the server until the block ends, and give it."""
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route(what, hold)
    yield held
    for route in held:
        route.continue_()
    page.unroute(what)


def opened(page: Page, photo: str) -> None:
    page.click(f"#wall li:has-text('{photo}') a")
    page.wait_for_selector("body[data-shown]")


def rows(folder: Path) -> tuple[list[CrackRow], list[PhotoRow]]:
    project = Project.open(folder)
    with project.database.reading() as session:
        found = list(session.scalars(select(CrackRow))), list(session.scalars(select(PhotoRow)))
    project.close()
    return found


def test_a_key_decides_once_and_what_is_typed_meanwhile_stays(chromium: Browser, folder: Path) -> None:
    with walking(chromium, folder) as page:
        opened(page, "Decks")
        head, note = page.locator("#cracks-head"), page.locator("#note")
        with slow(page, "**/decision") as held:
            for _ in range(3):
                page.keyboard.down("c")  # held down
            page.keyboard.up("c")
            page.wait_for_timeout(100)
            assert len(held) == 1
        expect(head).to_have_text("Cracks: 1 of 2 to decide")
        with slow(page, "**/decision"):
            page.keyboard.press("c")
            page.keyboard.press("n")
            page.keyboard.insert_text("wet")
        said(page, "Confirmed.")
        expect(head).to_have_text("Cracks: all decided")
        expect(note).to_have_value("wet")
        expect(note).to_be_focused()
        with slow(page, "**/api/cracks/*") as held:
            page.keyboard.press("Enter")
            page.keyboard.press("2")
            page.wait_for_timeout(100)
            assert len(held) == 1, "the decision waits for the note, whose version it needs"
        said(page, "Rejected: edge.")
        page.keyboard.press("o")
        said(page, "Open again.")
    said_of = [(of.decision, of.note) for of in rows(folder)[0] if of.decided_at or of.note]
    assert sorted(said_of) == [("confirmed", ""), ("open", "wet")]


def test_two_keys_before_an_answer_are_of_two_cracks(chromium: Browser, folder: Path) -> None:
    with walking(chromium, folder) as page:
        opened(page, "Decks")
        with slow(page, "**/decision"):
            page.keyboard.press("c")
            page.keyboard.press("3")
        said(page, "Rejected: stain.")
        expect(page.locator("#cracks-head")).to_have_text("Cracks: all decided")
        page.click("[data-reason=joint]")
        said(page, "Rejected: joint.")
        page.keyboard.press("Space")  # what was clicked does not get it
        expect(page.locator("#which")).to_contain_text("3 / 3")
        page.wait_for_selector("body[data-shown]")
        slider = page.locator("#threshold").bounding_box()
        assert slider is not None
        page.mouse.click(slider["x"] + 0.8 * slider["width"], slider["y"] + slider["height"] / 2)
        page.keyboard.press("c")
        said(page, "Confirmed.")
    every, photos = rows(folder)
    assert sorted(of.decision for of in every if of.decided_at) == ["confirmed", "confirmed", "rejected"]
    assert [of.name for of in photos if of.reviewed_at] == ["Decks_7043_crop.jpg"]


def test_what_is_not_shown_yet_is_not_decided_on(chromium: Browser, folder: Path) -> None:
    with walking(chromium, folder) as page:
        opened(page, "Walls")
        with slow(page, "**/done*"):
            page.keyboard.press("Space")
            page.keyboard.press("c")
            page.keyboard.press("Space")
        expect(page.locator("#which")).to_contain_text("2 / 3")
        page.wait_for_selector("body[data-shown]")
        left, middle, right = page.locator("#scene .crack .line").first.evaluate(ALONG)
        before = cracks(page)
        page.click("#draw")
        click(page, left, middle, right)
        page.keyboard.press("ArrowRight")
        expect(page.locator("#said")).to_have_text("A line is being drawn: Enter keeps it, Esc gives it up.")
        with slow(page, "**/api/photos/*/cracks"):
            page.click("#mode-keep")
            page.keyboard.press("ArrowRight")
            expect(page.locator("#which")).to_contain_text("3 / 3")
        said(page, "Drawn and confirmed.")
        page.keyboard.press("ArrowLeft")
        expect(page.locator("#which")).to_contain_text("2 / 3")
        page.wait_for_selector("body[data-shown]")
        assert cracks(page) == before + 1
    every, photos = rows(folder)
    assert [of.by_hand for of in every if of.decided_at] == [True]
    assert [of.name for of in photos if of.reviewed_at] == ["Walls_7110_crop.jpg"]


def test_a_photo_that_does_not_come_is_told_and_none_is_skipped(chromium: Browser, folder: Path) -> None:
    with walking(chromium, folder) as first:
        page = first.context.new_page()  # the console of the first one complains of nothing
        page.route("**/api/photos/*", lambda route: route.abort())
        page.goto(first.url)
        page.click("#wall li:has-text('Walls') a")
        expect(page.locator("#said")).to_contain_text("The workbench does not answer.", timeout=15_000)
        page.unroute("**/api/photos/*")
        page.reload()
        page.wait_for_selector("body[data-shown]")
        page.route("**/api/photos/*/done*", lambda route: route.abort())
        page.keyboard.press("Space")
        expect(page.locator("#said")).to_contain_text("Whether this was kept is not known", timeout=15_000)
        expect(page.locator("#which")).to_contain_text("1 / 3")
        expect(page.locator("#done")).not_to_be_checked()
        page.unroute("**/api/photos/*/done*")
        page.keyboard.press("Space")
        expect(page.locator("#which")).to_contain_text("2 / 3")
    assert [of.name for of in rows(folder)[1] if of.reviewed_at] == ["Walls_7110_crop.jpg"]


def test_a_photo_that_waits_says_so_and_is_read_again(chromium: Browser, folder: Path) -> None:
    with walking(chromium, folder) as page:
        opened(page, "Walls")
        view = page.evaluate("fetch('/api/photos/1').then((of) => of.json())")
        waiting = {**view, "photo": {**view["photo"], "state": "waiting"}, "cracks": [], "tiles": None}
        page.route("**/api/photos/1", lambda route: route.fulfill(json=waiting))
        page.reload()
        page.wait_for_selector("body[data-shown]")
        page.keyboard.press("ArrowRight")
        expect(page.locator("#cracks-head")).to_have_text("Not inspected yet")
        page.keyboard.press("s")
        said(page, "The tiles of this photo are still being made.")
        page.unroute("**/api/photos/1")
        page.keyboard.press("ArrowLeft")
        expect(page.locator("#which")).to_contain_text("1 / 3")
        page.keyboard.press("ArrowRight")
        expect(page.locator("#cracks-head")).to_have_text("Cracks: 2 of 2 to decide")
        page.wait_for_selector("body[data-shown]")


def test_escape_sets_no_scale(chromium: Browser, folder: Path) -> None:
    def points(page: Page, right: float) -> None:
        stage = page.locator("#stage").bounding_box()
        assert stage is not None
        page.keyboard.press("s")
        click(page, *((stage["x"] + share * stage["width"], stage["y"] + 300) for share in (0.3, right)))

    with walking(chromium, folder) as page:
        opened(page, "Walls")
        points(page, 0.7)
        page.fill("#mm", "250")
        page.click("#ruler >> text=Set the scale")
        expect(page.locator("#said")).to_contain_text("for 1 photo.")
        (scale,) = (of.px_per_mm for of in rows(folder)[1] if of.px_per_mm)
        points(page, 0.4)
        with slow(page, "**/scale") as held:
            page.keyboard.press("Escape")
            expect(page.locator("#ruler")).to_be_hidden()
            page.keyboard.press("c")
            said(page, "Confirmed.")
            assert held == []
    assert [of.px_per_mm for of in rows(folder)[1] if of.px_per_mm] == [scale]
