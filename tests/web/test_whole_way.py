"""Takes photos and an inspector; gives faults on the way from an empty project to the signed PDF, in a real browser."""

from __future__ import annotations

from pathlib import Path

import pypdfium2
import pytest
from playwright.sync_api import Browser, Page, expect
from tests.web.conftest import walking
from tests.web.made import save_parts
from tests.web.test_tools import ALONG

pytestmark = pytest.mark.slow


def shown(page: Page) -> str:
    """Wait until a photo is shown whole, and give its number."""
    page.wait_for_selector("body[data-shown]")
    return str(page.evaluate("document.body.dataset.shown"))


def text_of(pdf: Path) -> str:
    document = pypdfium2.PdfDocument(pdf)
    try:
        return "\n".join(page.get_textpage().get_text_range() for page in document)
    finally:
        document.close()


def put_in(page: Page, photos: list[Path]) -> None:
    page.set_input_files("#files", photos)
    expect(page.locator("#uploads-said")).to_have_text(f"{len(photos)} put in")
    expect(page.locator("#work")).to_have_text("All photos are inspected.", timeout=300_000)
    expect(page.locator("#wall li.inspected")).to_have_count(len(photos), timeout=20_000)


def test_an_inspector_puts_photos_in_reviews_draws_scales_teaches_and_signs(
    chromium: Browser, sample_dir: Path, tmp_path: Path
) -> None:
    photos = save_parts(sample_dir / "photos" / "Walls_7110_crop.jpg", tmp_path)
    with walking(chromium, tmp_path / "bridge") as page:
        assert "token" not in page.url
        put_in(page, photos)
        page.click("nav >> text=Review")
        shown(page)
        expect(page.locator("#cracks-head")).to_contain_text("to decide")
        page.keyboard.press("c")
        expect(page.locator("#said")).to_have_text("Confirmed.")
        page.keyboard.press("u")
        expect(page.locator("#said")).to_have_text("Undone.")
        page.keyboard.press("3")
        expect(page.locator("#said")).to_have_text("Rejected: stain.")
        draw(page)
        scale(page)
        for number in range(1, len(photos) + 1):
            expect(page.locator("#which")).to_contain_text(f"{number} / {len(photos)}")
            go_through(page)
        fit(page)
        sign(page)
        with page.expect_download() as download:
            page.click("#signed a")
        download.value.save_as(tmp_path / "signed.pdf")
    said = text_of(tmp_path / "signed.pdf")
    for part in ("Ann Inspector", "Revision 1", "Annex: lines that are no cracks", "a stain", "drawn by hand", "mm"):
        assert part in said
    assert "fitted to this site" in said


def go_through(page: Page) -> None:
    """Confirm all that is left of a photo, and go to the next one."""
    shown(page)
    head = page.locator("#cracks-head")
    while "to decide" in (left := head.inner_text()):
        page.keyboard.press("c")
        expect(head).not_to_have_text(left)
    page.keyboard.press("Space")
    if page.locator("#which").inner_text().startswith("9 /"):
        expect(page.locator("#said")).to_have_text("This was the last photo.")


def fit(page: Page) -> None:
    """Fit the detector to the photos that were gone through, look at what it is worth, and use it."""
    page.click("nav >> text=Teach")
    page.click("#fit")
    expect(page.locator("#fitting")).to_be_visible()
    expect(page.locator("#result .value")).to_have_count(4, timeout=300_000)
    expect(page.locator("#result")).to_contain_text("On 9 photos with")
    page.click("text=Use the new detector")
    expect(page.locator("#detectors .in-use")).to_contain_text("concrete, fitted to this site")
    page.click("nav >> text=Photos")
    expect(page.locator("#work")).to_have_text("All photos are inspected.", timeout=300_000)
    expect(page.locator("#wall li.reviewed")).to_have_count(9)


def draw(page: Page) -> None:
    """Draw a crack along the first one, as a person would: three clicks and Enter."""
    before = page.locator("#scene .by-hand").count()
    page.keyboard.press("d")
    for x, y in page.locator("#scene .crack .line").first.evaluate(ALONG):
        page.mouse.click(x, y)
        page.wait_for_timeout(400)
    expect(page.locator("#scene .hand path").first).to_be_attached()
    page.keyboard.press("Enter")
    expect(page.locator("#said")).to_have_text("Drawn and confirmed.", timeout=15_000)
    assert page.locator("#scene .by-hand").count() == before + 1


def scale(page: Page) -> None:
    page.keyboard.press("s")
    box = page.locator("#stage").bounding_box()
    assert box is not None
    for share in (0.3, 0.7):
        page.mouse.click(box["x"] + share * box["width"], box["y"] + box["height"] / 2)
        page.wait_for_timeout(400)
    page.fill("#mm", "250")
    page.check("input[name=photos][value=camera]")
    page.click("#ruler >> text=Set the scale")
    expect(page.locator("#said")).to_contain_text("px per mm")
    expect(page.locator("#cracks button b").first).to_contain_text("mm")


def sign(page: Page) -> None:
    page.click("nav >> text=Report")
    page.fill("#about [name=structure]", "Pier 3 <b>north</b>")
    page.fill("#sign [name=name]", "Ann Inspector")
    page.fill("#sign [name=role]", "Dipl.-Ing.")
    pad = page.locator("#pad").bounding_box()
    assert pad is not None
    page.mouse.move(pad["x"] + 20, pad["y"] + 40)
    page.mouse.down()
    page.mouse.move(pad["x"] + 120, pad["y"] + 20, steps=5)
    page.mouse.move(pad["x"] + 200, pad["y"] + 60, steps=5)
    page.mouse.up()
    page.click("text=Sign the report")
    expect(page.locator("#signed a")).to_contain_text("Revision 1, Ann Inspector", timeout=60_000)
    expect(page.locator("#signed .soft")).to_have_text("as the project is now")
