"""Takes photos and an inspector; gives faults on the way from an empty project to the signed PDF, in a real browser."""

from __future__ import annotations

from pathlib import Path

import pypdfium2
import pytest
from playwright.sync_api import Browser, Page, expect
from tests.web.conftest import walking

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


def first_line(page: Page) -> tuple[float, float, float, float]:
    """Give both ends of a long stretch of the first crack, on the screen."""
    box = page.locator("#scene .crack .line").first.bounding_box()
    assert box is not None
    return box["x"], box["y"], box["x"] + box["width"], box["y"] + box["height"]


def test_an_inspector_puts_photos_in_reviews_draws_scales_and_signs(
    chromium: Browser, sample_dir: Path, tmp_path: Path
) -> None:
    photos = sorted((sample_dir / "photos").glob("*.jpg"))
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
        page.keyboard.press("Space")
        page.wait_for_timeout(300)
        sign(page)
        with page.expect_download() as download:
            page.click("#signed a")
        download.value.save_as(tmp_path / "signed.pdf")
    said = text_of(tmp_path / "signed.pdf")
    for part in ("Ann Inspector", "Revision 1", "Annex: lines that are no cracks", "a stain", "drawn by hand", "mm"):
        assert part in said


def draw(page: Page) -> None:
    """Draw a crack from corner to corner of the first one's place, as a person would: two clicks and Enter."""
    before = page.locator("#scene .by-hand").count()
    page.keyboard.press("d")
    x0, y0, x1, y1 = first_line(page)
    for x, y in ((x0, y0), ((x0 + x1) / 2, (y0 + y1) / 2), (x1, y1)):
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
