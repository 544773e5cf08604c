"""Takes a user who comes over a network; gives faults of logging in, looking and logging out, in a real browser."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from benchmarks.workbench import served
from playwright.sync_api import Browser, Page, expect
from tests.web.made import WORDS, copied

pytestmark = pytest.mark.slow

INSECURE = ("--host", "0.0.0.0", "--name", "127.0.0.1", "--insecure")  # noqa: S104


@contextmanager
def coming(browser: Browser, *, scripts: bool = True) -> Iterator[Page]:
    """Give a page of a browser of its own; scripts that fail and parts that the policy refuses are faults."""
    context = browser.new_context(java_script_enabled=scripts)
    page, said = context.new_page(), list[str]()
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on(
        "console", lambda of: said.append(of.text) if of.type == "error" and "server responded" not in of.text else None
    )
    yield page
    context.close()
    assert not said, said


def log_in(page: Page, name: str, password: str) -> None:
    page.get_by_label("Name").fill(name)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Log in").click()


def shown(page: Page) -> None:
    page.wait_for_selector("body[data-shown]")


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
def test_who_may_look_logs_in_looks_and_logs_out(chromium: Browser, made: Path, tmp_path: Path, scripts: bool) -> None:
    bridge = copied(made, tmp_path / "bridge")
    with served(bridge, *INSECURE) as address, coming(chromium, scripts=scripts) as page:
        page.goto(f"{address}photos/1")
        assert page.url == f"{address}login?next=%2Fphotos%2F1"
        log_in(page, "Lou", "not the password")
        expect(page.get_by_role("alert")).to_contain_text("do not belong together")
        expect(page.get_by_label("Name")).to_have_value("Lou")
        log_in(page, "lou", WORDS)
        expect(page).to_have_url(f"{address}photos/1")
        expect(page.locator("#visitor")).to_have_text("Lou")
        if scripts:
            look(page)
        page.get_by_role("button", name="Log out").click()
        expect(page).to_have_url(f"{address}login")
        page.goto(f"{address}photos/1")
        expect(page.get_by_label("Password")).to_be_visible()


def look(page: Page) -> None:
    """Look at a photo; what would change it is not offered, and by its key it is refused with a sentence."""
    shown(page)
    expect(page.locator("#cracks-head")).to_have_text("Cracks: 2 of 2 to decide")
    for name in ("#confirm", "[data-reason=joint]", "#draw", "#scale", "#undo", "#cut", ".done"):
        expect(page.locator(name)).to_be_hidden()
    expect(page.locator("#measure")).to_be_visible()
    assert not page.locator("#note").is_editable()
    page.keyboard.press("c")
    expect(page.locator("#said")).to_have_text(
        "You may look at this project, but change nothing. Ask who runs the server for the role 'review'; "
        "nothing was changed."
    )
    expect(page.locator("#cracks-head")).to_have_text("Cracks: 2 of 2 to decide")
    page.click("nav >> text=Report")
    expect(page.locator("#sign")).to_be_hidden()
    expect(page.locator("#make")).to_be_hidden()
    assert not page.locator("#about [name=structure]").is_editable()


def test_the_second_of_two_is_told_in_the_page_who_was_first(chromium: Browser, made: Path, tmp_path: Path) -> None:
    bridge = copied(made, tmp_path / "bridge")
    with served(bridge, *INSECURE) as address, coming(chromium) as ann, coming(chromium) as rob:
        for page, name in ((ann, "Ann"), (rob, "Rob")):
            page.goto(f"{address}photos/1")
            log_in(page, name, WORDS)
            shown(page)
        ann.keyboard.press("c")
        expect(ann.locator("#said")).to_have_text("Confirmed.")
        rob.keyboard.press("1")
        expect(rob.locator("#said")).to_contain_text(
            "This was changed by Ann in the meantime; nothing was overwritten."
        )
        expect(rob.locator("#cracks .confirmed")).to_have_count(1)
        expect(rob.locator("#cracks .rejected")).to_have_count(0)
