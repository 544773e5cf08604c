"""Takes a saved report.html into headless Chromium; gives faults in what a person would see, reach and print there.

Skipped aloud where `chromium` is not installed; with CRACKLENS_REQUIRE_BROWSER=1 that is a fault.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pypdfium2
import pytest
from PIL import Image
from tests.report import made
from tests.report.browser import Browser, opened

from cracklens.models import show_detector
from cracklens.report import read_elements
from cracklens.report.words import read_template
from cracklens.values import Inspection, Scale

AXE = (Path(__file__).parent / "axe" / "axe.min.js").read_text(encoding="utf-8")
LONG = "a photo with a name that is far too long for any table on any telephone of today.jpg"


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    chromium = shutil.which("chromium")
    if not chromium:
        reason = "chromium is needed to look at the page: apt-get install chromium"
        if os.environ.get("CRACKLENS_REQUIRE_BROWSER") == "1":
            pytest.fail(f"{reason}; CRACKLENS_REQUIRE_BROWSER is 1", pytrace=False)
        pytest.skip(reason)
    with opened(chromium, tmp_path_factory.mktemp("profile")) as browser:
        yield browser


def many() -> Inspection:
    """Give a photo with crossing cracks, gaps, doubtful lines, places and other lines all over it."""
    traces = (
        made.trace((20.0, 20.0), (300.0, 200.0), width_px=6.5),
        made.in_pieces(width_p95_interval_px=(0.98, 16.7)),
        made.trace((20.0, 200.0), (300.0, 20.0), width_px=4.0, width_max_px=40.0, width_max_interval_px=(20.0, 45.0)),
        *made.many_traces(8),
        made.trace((200.0, 60.0), (240.0, 200.0), width_px=1.9, confidence=0.4),
    )
    close_ups = tuple(made.close_up(i) for i in range(len(traces) - 1))
    return made.inspection(
        f"north/{LONG}",
        scores=(0.1, 0.95),
        preview_jpeg=made.jpeg((480, 640)),
        traces=traces,
        close_ups=close_ups,
        places=made.places(5),
        scale=Scale(3.2),
        other_lines=(np.array([[0, 100], [320, 110]], np.float32),),
    )


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the page of a report of one of everything, with a crowded photo and the card of the bundled detector."""
    folder = tmp_path_factory.mktemp("page")
    (folder / "elements.csv").write_text(
        f"file,element,face,exposure\n{LONG},Pier 3 of the long bridge,north,dry air\n"
    )
    elements = read_elements(folder / "elements.csv", guide="aci224r")
    report = made.report(*made.outcomes(), many(), structure="Pier 3", number="7", guide="aci224r", elements=elements)
    return replace(report, card=show_detector()).save(folder, formats=["html"]) / "report.html"


def test_page_opens_without_a_word_in_the_console(browser: Browser, page: Path) -> None:
    browser.told.clear()
    browser.open(page)
    assert browser.told == []
    dom = browser.run("document.documentElement.outerHTML")
    assert dom.count("<article") == 3
    assert "<script" not in dom
    assert not re.search(r'(src|href)="(?!data:|#|https://doi\.org/10\.)', dom)


def test_console_would_tell(browser: Browser, tmp_path: Path) -> None:
    (tmp_path / "page.html").write_text(
        "<meta http-equiv=Content-Security-Policy content=\"default-src 'none'\"><img src=other.png>", encoding="utf-8"
    )
    browser.told.clear()
    browser.open(tmp_path / "page.html")
    browser.run("new Promise(done => setTimeout(done, 200))")
    assert browser.told
    browser.told.clear()


def test_the_crack_to_look_at_first_stands_at_the_top_of_the_screen(browser: Browser, page: Path) -> None:
    browser.open(page, width_px=1280, height_px=800)
    bottom = browser.run("document.querySelector('.worst').getBoundingClientRect().bottom")
    assert 0 < bottom < 800
    seen = browser.run("document.querySelector('.worst').innerText")
    for said in ("The crack to look at first", "Width (95 %)", "Length", "Photo"):
        assert said in seen
    assert browser.run("document.querySelectorAll('.worst .pair svg').length") == 2
    assert browser.run("document.querySelector('.worst a').hash").startswith("#P")


def test_a_full_head_leaves_it_there(browser: Browser, tmp_path: Path) -> None:
    Image.new("RGB", (600, 200), (0, 95, 115)).save(tmp_path / "logo.png")
    (tmp_path / "firm.toml").write_text('name = "Example Engineers and Surveyors"\nlogo = "logo.png"\n')
    said: dict[str, Any] = {
        "project": "Renewal of the bridges between the river and the old harbour, second lot",
        "structure": "Bridge 7 over the river, pier 3, north face, and the abutment beside it",
        "number": "2026-11-25/07-B",
        "inspector": "A person with two names and a title, of Example Engineers and Surveyors",
        "date": "2026-11-25",
    }
    report = made.report(*made.outcomes(), many(), template=read_template(tmp_path / "firm.toml"), **said)
    browser.open(report.save(tmp_path, formats=["html"]) / "report.html", width_px=1280, height_px=800)
    assert 0 < browser.run("document.querySelector('.worst').getBoundingClientRect().bottom") < 800


ROWS = """
[...document.querySelectorAll('tbody tr')].filter(row => row.offsetParent).map(row => {
  const lines = cell => {
    const texts = document.createTreeWalker(cell, NodeFilter.SHOW_TEXT), boxes = [];
    while (texts.nextNode()) {
      const range = document.createRange();
      range.selectNodeContents(texts.currentNode);
      boxes.push(...[...range.getClientRects()].filter(box => box.width > 1));
    }
    let count = 0, end = -Infinity;
    for (const box of boxes.sort((a, b) => a.top - b.top)) {
      if (box.top > end - 3) count += 1;
      end = Math.max(end, box.bottom);
    }
    return count;
  };
  return [row.innerText, Math.max(...[...row.cells].map(lines))];
})
"""


@pytest.mark.parametrize("width_px", [390, 1280])
def test_a_row_has_at_most_three_lines_and_the_page_does_not_scroll_aside(
    browser: Browser, page: Path, width_px: int
) -> None:
    browser.open(page, width_px=width_px)
    browser.run("document.querySelectorAll('details').forEach(of => of.open = true)")
    assert browser.run("document.documentElement.scrollWidth") == width_px
    rows = browser.run(ROWS)
    assert len(rows) > 15
    assert any("between 0.304 and 5.3 mm" in text for text, _ in rows)
    assert any("prevalence" in text for text, _ in rows)  # the last setting of the recipe
    assert max(lines for _, lines in rows) > 1
    assert [row for row in rows if row[1] > 3] == []


def test_a_phone_shows_both_ends_of_a_name_in_the_table(browser: Browser, page: Path) -> None:
    for width_px, said in ((390, "a photo wit … oday.jpg"), (1280, LONG)):
        browser.open(page, width_px=width_px)
        names = browser.run("[...document.querySelectorAll('.all .where a')].map(of => of.innerText)")
        assert said in names
    browser.open(page, width_px=390)
    cut = "[...document.querySelectorAll('.all .where a')].filter(of => of.scrollWidth > of.clientWidth + 1)"
    assert browser.run(f"{cut}.map(of => of.innerText)") == []


OVERLAPS = """
[...document.querySelectorAll('.view')].flatMap(view => {
  const box = of => of.getBoundingClientRect(), edge = box(view);
  const boxes = [...view.querySelectorAll('.names rect, .ruler')].map(box).filter(of => of.width);
  const out = of => of.left < edge.left - 1 || of.right > edge.right + 1 || of.bottom > edge.bottom + 1;
  const apart = (a, b) => Math.max(a.left, b.left) > Math.min(a.right, b.right) - .5
    || Math.max(a.top, b.top) > Math.min(a.bottom, b.bottom) - .5;
  const faults = boxes.filter((of, i) => out(of) || boxes.slice(i + 1).some(other => !apart(of, other)));
  return faults.map(of => [of.left, of.top, of.width]) })
"""


@pytest.mark.parametrize("width_px", [390, 700, 1280])
def test_labels_never_cover_each_other_and_can_be_read(browser: Browser, page: Path, width_px: int) -> None:
    browser.open(page, width_px=width_px)
    browser.run("document.querySelectorAll('input').forEach(of => of.checked = true)")
    assert browser.run(OVERLAPS) == []
    heights = browser.run(
        "[...document.querySelectorAll('.names text')].map(of => of.getBoundingClientRect().height).filter(h => h)"
    )
    assert len(heights) >= 17
    assert min(heights) > 9


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width_px", [390, 1280])
def test_axe_finds_nothing_serious(browser: Browser, page: Path, width_px: int, scheme: str) -> None:
    browser.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
    browser.open(page, width_px=width_px)
    browser.run("document.querySelectorAll('details').forEach(of => of.open = true)")
    browser.run(f"{AXE}; 0")
    found = browser.run(
        "axe.run(document, {resultTypes: ['violations']}).then(found => found.violations.map("
        "of => [of.impact, of.id, of.help, of.nodes.slice(0, 3).map(node => node.html.slice(0, 200))]))"
    )
    browser.call("Emulation.setEmulatedMedia", features=[])
    assert [fault for fault in found if fault[0] in ("serious", "critical", "moderate")] == []


def test_every_switch_link_and_fold_is_reached_by_the_keyboard_and_seen(browser: Browser, page: Path) -> None:
    browser.open(page)
    wanted = browser.run("document.querySelectorAll('a[href], input, summary, [tabindex=\"0\"]').length")
    reached = []
    for _ in range(wanted + 20):
        for kind in ("keyDown", "keyUp"):
            browser.call("Input.dispatchKeyEvent", type=kind, key="Tab", code="Tab", windowsVirtualKeyCode=9)
        reached.append(
            browser.run(
                "(() => { const of = document.activeElement; const box = of.getBoundingClientRect();"
                "const at = Math.round(box.left) + ':' + Math.round(box.top + scrollY);"
                "return [of.tagName + of.id + (of.hash || '') + at, getComputedStyle(of).outlineStyle,"
                "of === document.body] })()"
            )
        )
    at = {name for name, _, body in reached if not body}
    folded = browser.run(
        "[...document.querySelectorAll('details:not([open]) a, details:not([open]) [tabindex]')].length"
    )
    assert len(at) >= wanted - folded
    assert {style for _, style, body in reached if not body} <= {"solid", "auto"}


def test_every_table_has_a_caption_and_its_heads_a_scope(browser: Browser, page: Path) -> None:
    browser.open(page)
    assert (
        browser.run("[...document.querySelectorAll('table')].filter(of => !of.caption?.textContent.trim()).length") == 0
    )
    assert browser.run("document.querySelectorAll('th:not([scope])').length") == 0
    pictures = browser.run("[...document.querySelectorAll('img:not([alt]), svg[role=img]:not([aria-label])')].length")
    assert pictures == 0


def switch(browser: Browser, name: str) -> None:
    browser.run(f"document.getElementById('show-{name}').focus()")
    for kind in ("keyDown", "keyUp"):
        browser.call("Input.dispatchKeyEvent", type=kind, key=" ", code="Space", windowsVirtualKeyCode=32, text=" ")


def shown(browser: Browser, what: str) -> bool:
    return bool(browser.run(f"getComputedStyle(document.querySelector('{what}')).display !== 'none'"))


@pytest.mark.parametrize(
    ("name", "what", "at_first"),
    [
        ("heat", ".heat", False),
        ("doubtful", ".over > .doubt", False),
        ("traces", ".over > .traces", True),
        ("others", ".over > .others", True),
        ("places", ".over > .place", True),
    ],
)
def test_a_switch_shows_and_hides_its_layer(browser: Browser, page: Path, name: str, what: str, at_first: bool) -> None:
    browser.open(page)
    assert shown(browser, what) is at_first
    switch(browser, name)
    assert shown(browser, what) is not at_first


def green_photo(*scores: float) -> Inspection:
    return made.inspection(scores=scores, preview_jpeg=made.jpeg((240, 320), rgb=(0, 255, 0)))


def is_green(rgb: np.ndarray) -> np.ndarray:
    bare: np.ndarray = (rgb[..., 1] > 220) & (rgb[..., 0] < 40) & (rgb[..., 2] < 40)
    return bare


@pytest.mark.parametrize("width_px", [1280, 390])
def test_heatmap_lies_on_its_cell_on_every_screen(browser: Browser, tmp_path: Path, width_px: int) -> None:
    page = made.report(green_photo(0, 0, 0, 0, 0, 1)).save(tmp_path, formats=["html"]) / "report.html"
    browser.open(page, width_px=width_px, height_px=2400)
    rows, cols = np.nonzero(is_green(browser.picture()))
    x0, y0, x1, y1 = int(cols.min()), int(rows.min()), int(cols.max()), int(rows.max())
    switch(browser, "heat")
    rgb = browser.picture()
    moved = int(browser.run("document.querySelector('.view').getBoundingClientRect().top")) - y0
    for x, y, expected in (
        (176, 16, [68, 112, 63]),
        (112, 16, [4, 254, 2]),
        (240, 16, [4, 254, 2]),
        (176, 80, [4, 254, 2]),
    ):
        colour = rgb[y0 + moved + round(y * (y1 - y0) / 240), x0 + round(x * (x1 - x0) / 320)].tolist()
        assert colour == pytest.approx(expected, abs=12)


def is_cyan(rgb: np.ndarray) -> np.ndarray:
    line: np.ndarray = (rgb[..., 0] < 90) & (rgb[..., 1] > 150) & (rgb[..., 2] > 220)
    return line


@pytest.mark.parametrize("width_px", [1280, 390])
def test_trace_lies_on_its_crack(browser: Browser, tmp_path: Path, width_px: int) -> None:
    white = made.jpeg((240, 320), rgb=(250, 250, 250))
    photo = made.inspection(scores=(0.6,), preview_jpeg=white, traces=(made.trace((100, 60), (300, 160)),))
    page = made.report(photo).save(tmp_path, formats=["html"]) / "report.html"
    browser.open(page, width_px=width_px, height_px=2400)
    rows, cols = np.nonzero(is_cyan(browser.picture()))
    assert np.ptp(cols) / np.ptp(rows) == pytest.approx(2, rel=0.05)
    switch(browser, "traces")
    assert not is_cyan(browser.picture()).any()


def test_printing_gives_pages_not_fragments(browser: Browser, page: Path, tmp_path: Path) -> None:
    browser.open(page)
    (tmp_path / "printed.pdf").write_bytes(browser.pdf())
    document = pypdfium2.PdfDocument(tmp_path / "printed.pdf")
    pages = [re.sub(r"\s+", " ", page.get_textpage().get_text_range()) for page in document]
    assert document[0].get_size() == pytest.approx((595, 842), abs=1)
    starts = [re.sub("^Photos with something.*?places to check. ", "", page)[:3] for page in pages]
    assert {"P2 ", "P3 ", "P5 "} <= set(starts)  # each photo begins a page
    assert max(page.count("P2-C1") for page in pages[1:]) >= 3  # its line, its name in the picture, its card
    for card in ("P2-C1", "P2-C2", "P3-C1"):
        (own,) = (
            page for page in pages if re.search(rf"{card} (clear|likely) .*?Direction", page) and "accepted" in page
        )
        block = own[own.index(f"{card} ") :].split("By when")[0]
        assert "Severity" in block
    whole = " ".join(pages)
    assert whole.index("All cracks of the structure") < whole.index("Probably no crack (2)") < whole.index("P2-C3")
    assert "Layers" not in whole
