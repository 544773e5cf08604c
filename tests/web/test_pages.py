"""Takes every page of the workbench; gives faults that axe finds in it, wide and narrow, light and dark."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from benchmarks.workbench import served
from playwright.sync_api import Browser, Page, expect
from tests.web.conftest import entering, walking

AXE = (Path(__file__).parents[1] / "report" / "axe" / "axe.min.js").read_text(encoding="utf-8")
RUN = "() => axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa'] })"
A_PLACE = "of => of.append(document.createElementNS('http://www.w3.org/2000/svg', 'rect'))"
"""Draws a place to check, whether the photo has one or not."""

FILLS = "all => all.map(of => getComputedStyle(of).fill)"
PAGES = {
    "Review": "body[data-shown]",
    "Teach": ".notice:has-text('needs 8 photos that are gone through; 0 of this project')",
    "Report": "#pad",
}
VIEWS = [(1280, 800, "light"), (1920, 1080, "dark"), (820, 1180, "light"), (820, 1180, "dark")]

pytestmark = pytest.mark.slow


def faults(page: Page) -> list[Any]:
    """Give what axe finds serious or critical."""
    page.evaluate(AXE)
    found = page.evaluate(RUN)["violations"]
    serious = [of for of in found if of["impact"] in ("serious", "critical")]
    return [(of["id"], [node["html"][:120] for node in of["nodes"]][:3]) for of in serious]


def test_every_page_is_open_to_everybody(chromium: Browser, folder: Path) -> None:
    with served(folder) as address:
        for width, height, scheme in VIEWS:
            view: dict[str, Any] = {
                "viewport": {"width": width, "height": height},
                "color_scheme": scheme,
                "bypass_csp": True,
            }
            with entering(chromium, address, **view) as page:
                expect(page.locator("#wall li.inspected")).to_have_count(3)
                assert faults(page) == []
                for link, there in PAGES.items():
                    page.click(f"nav >> text={link}")
                    page.wait_for_selector(there)
                    assert faults(page) == [], (link, width, scheme)
                    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), (link, width)


def test_a_photo_is_gone_through_by_keys_alone(chromium: Browser, folder: Path) -> None:
    with walking(chromium, folder) as page:
        page.click("nav >> text=Review")
        page.wait_for_selector("body[data-shown]")
        page.locator("#scene .places").evaluate(A_PLACE)
        for kind in ("#scene .places rect", "#scene .line", "#scene .case"):
            over = page.locator(kind).evaluate_all(FILLS)
            assert set(over) == {"none"}, f"{kind}: what is drawn over a photo must not hide it"
        photos = page.locator("#which").inner_text()
        assert photos.startswith("1 / 3")
        while "to decide" in page.locator("#cracks-head").inner_text():
            left = page.locator("#cracks-head").inner_text()
            page.keyboard.press("c")
            expect(page.locator("#cracks-head")).not_to_have_text(left)
        page.keyboard.press("Space")
        expect(page.locator("#which")).to_contain_text("2 / 3")
        page.keyboard.press("ArrowLeft")
        expect(page.locator("#which")).to_contain_text("1 / 3")
        expect(page.locator("#done")).to_be_checked()


def test_two_tabs_overwrite_nothing(chromium: Browser, folder: Path) -> None:
    with walking(chromium, folder) as page:
        page.click("nav >> text=Review")
        page.wait_for_selector("body[data-shown]")
        other = page.context.new_page()
        other.goto(page.url)
        other.wait_for_selector("body[data-shown]")
        page.keyboard.press("c")
        expect(page.locator("#said")).to_have_text("Confirmed.")
        errors: list[str] = []
        other.on("console", lambda message: errors.append(message.text))
        other.keyboard.press("1")
        expect(other.locator("#said")).to_contain_text("nothing was overwritten")
        expect(other.locator("#cracks .confirmed")).to_have_count(1)
        expect(other.locator("#cracks .rejected")).to_have_count(0)


def test_names_and_notes_are_text_everywhere(chromium: Browser, folder: Path, sample_dir: Path, tmp_path: Path) -> None:
    hostile = tmp_path / "<img src=x onerror=alert(1)>.jpg"
    hostile.write_bytes((sample_dir / "photos" / "Walls_7110_crop.jpg").read_bytes() + b"\0")
    with walking(chromium, folder) as page:
        page.set_input_files("#files", [hostile])
        expect(page.locator("#uploads-said")).to_have_text("1 put in")
        card = page.locator("#wall li", has_text="<img src=x onerror=alert(1)>.jpg")
        expect(card).to_have_count(1, timeout=30_000)
        expect(page.locator("#wall img[src=x]")).to_have_count(0)
