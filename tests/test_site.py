"""Takes the site of the documentation, built once; gives faults that a reader with no network would meet."""

from __future__ import annotations

import ast
import os
import re
import shutil
import subprocess
import sys
import tomllib
import zlib
from functools import cache
from html.parser import HTMLParser
from itertools import chain
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import unquote

import pytest
from makers.site import place_of, with_links
from tests.report.browser import opened
from tests.test_rooms import FACES, NAMES, PACKAGE, ROOMS

import cracklens

REPO = Path(__file__).parents[1]
DOCS = REPO / "docs"
LOADED = {"script": "src", "link": "href", "img": "src", "iframe": "src", "source": "src"}
"""What a browser fetches by itself, by the attribute that says from where."""

SEARCHED = """
document.querySelector('.md-search__button').click();
new Promise(done => {
  const look = () => {
    const root = document.activeElement?.shadowRoot, field = root?.querySelector('input');
    if (field && !field.value) document.execCommand('insertText', false, 'hairline');
    root?.querySelectorAll('a').length ? done(root.textContent) : requestAnimationFrame(look);
  };
  look();
})
"""
"""Types a word as a person would, and gives what the search shows."""

pytestmark = pytest.mark.slow


class Page(HTMLParser):
    """What a page fetches, where its links lead and what they may lead to."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.loaded: list[str] = []
        self.links: list[str] = []
        self.anchors: set[str] = {""}
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.anchors |= {given[name] for name in ("id", "name") if name in given}
        if tag == "a" and "href" in given:
            self.links.append(given["href"])
        if LOADED.get(tag, "") in given and given.get("rel") not in ("next", "prev", "canonical"):
            self.loaded.append(given[LOADED[tag]])


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """Give the folder of the site, and what was said while it was built."""
    out = tmp_path_factory.mktemp("built")
    run = subprocess.run(
        [sys.executable, "-m", "makers.site", out], cwd=REPO, capture_output=True, text=True, check=False
    )
    said = run.stdout + run.stderr
    assert run.returncode == 0, said
    return out / "site", said


@pytest.fixture(scope="session")
def pages(built: tuple[Path, str]) -> dict[str, Page]:
    """Give every page by its place in the site."""
    site, _ = built
    found = {path.relative_to(site).as_posix(): path.read_text(encoding="utf-8") for path in site.rglob("*.html")}
    return {place: Page(text) for place, text in found.items() if place != "404.html"}


@pytest.fixture(scope="session")
def inventory(built: tuple[Path, str]) -> dict[str, str]:
    """Give where in the site each name of the code stands, by its full name."""
    _, _, packed = (built[0] / "objects.inv").read_bytes().partition(b"zlib.\n")
    rows = [line.split(" ") for line in zlib.decompress(packed).decode().splitlines()]
    return {row[0]: row[3].replace("$", row[0]) for row in rows}


def test_nothing_is_warned_of(built: tuple[Path, str]) -> None:
    assert "No issues found" in built[1]
    assert "warning" not in built[1].lower()


def test_no_page_fetches_anything_from_elsewhere(built: tuple[Path, str], pages: dict[str, Page]) -> None:
    away = {f"{place}: {url}" for place, page in pages.items() for url in page.loaded if re.match(r"\w+:|//", url)}
    assert not {row for row in away if ": data:" not in row}
    styles = [path.read_text(encoding="utf-8") for path in built[0].rglob("*.css")]
    assert styles
    assert not [url for text in styles for url in re.findall(r"(?:url\(|@import )[\"']?(https?:[^\"')]+)", text)]


def test_every_link_and_picture_leads_somewhere(built: tuple[Path, str], pages: dict[str, Page]) -> None:
    faults = []
    for place, page in pages.items():
        for link in [*page.links, *page.loaded]:
            path, _, anchor = unquote(link).partition("#")
            if re.match(r"\w+:|//", link):
                continue
            to = os.path.normpath(Path(place).parent / path) if path else place
            if not (built[0] / to).is_file() or (to in pages and anchor not in pages[to].anchors):
                faults.append(f"{place}: {link}")
    assert not faults


def test_every_public_name_has_its_reference(inventory: dict[str, str], pages: dict[str, Page]) -> None:
    names = [f"cracklens.{name}" for name in cracklens.__all__]
    assert [name for name in names if name not in inventory] == []
    for name in names:
        place, _, anchor = inventory[name].partition("#")
        assert place == "reference/index.html"
        assert anchor in pages[place].anchors


def listed(face: str) -> list[str]:
    """Give `__all__` of a room as it is written, for some rooms need an extra to be imported."""
    tree = ast.parse((PACKAGE.parent / face.replace(".", "/") / "__init__.py").read_text(encoding="utf-8"))
    assigned = [node for node in tree.body if isinstance(node, ast.Assign | ast.AnnAssign)]
    (names,) = [node.value for node in assigned if ast.unparse(node).startswith("__all__") and node.value]
    return list(ast.literal_eval(names))


def test_every_name_of_a_room_has_its_reference(inventory: dict[str, str]) -> None:
    rooms = {f"cracklens.{room}" for room in ROOMS if room != "cli"} & NAMES
    names = {f"{face}.{name}" for face in FACES for name in listed(face)}
    missing = sorted((rooms | names) - inventory.keys())
    assert not missing, "give a new room its line `::: cracklens.room` in docs/reference; a name its own assignment"


def test_examples_are_shown_as_code(built: tuple[Path, str]) -> None:
    assert "&gt;&gt;&gt;" in (built[0] / "reference" / "index.html").read_text(encoding="utf-8")
    for path in (built[0] / "reference").glob("*.html"):
        assert 'class="example"' not in path.read_text(encoding="utf-8"), path.name


def test_the_search_has_its_index_in_a_script_that_opens_from_a_disk(built: tuple[Path, str]) -> None:
    index = (built[0] / "search.js").read_text(encoding="utf-8")
    assert "inspect_photos" in index
    assert "hairline" in index
    shim = "assets/iframe-worker.js"
    assert (built[0] / shim).is_file()
    assert shim in (built[0] / "index.html").read_text(encoding="utf-8")


def test_the_search_finds_a_word_from_a_disk(built: tuple[Path, str], tmp_path: Path) -> None:
    chromium = shutil.which("chromium")
    if not chromium:
        reason = "chromium is needed to search in the site: apt-get install chromium"
        if os.environ.get("CRACKLENS_REQUIRE_BROWSER") == "1":
            pytest.fail(f"{reason}; CRACKLENS_REQUIRE_BROWSER is 1", pytrace=False)
        pytest.skip(reason)
    with opened(chromium, tmp_path) as browser:
        browser.open(built[0] / "reference" / "index.html")
        assert "Two dates" in browser.run(SEARCHED)
        assert browser.told == []


@cache
def in_nav() -> set[str]:
    """Give the pages that docs/site.toml has a place for."""

    def leaves(node: Any) -> list[str]:
        if isinstance(node, str):
            return [node]
        return list(chain(*map(leaves, node.values() if isinstance(node, dict) else node)))

    return set(leaves(tomllib.loads((DOCS / "site.toml").read_text(encoding="utf-8"))["project"]["nav"]))


def test_every_page_has_its_place_in_the_navigation() -> None:
    pages = {path.relative_to(DOCS).as_posix() for path in DOCS.rglob("*.md")}
    assert not pages - in_nav(), "give them a place in nav of docs/site.toml"


def test_every_decision_is_listed() -> None:
    listed = (DOCS / "decisions" / "index.md").read_text(encoding="utf-8")
    decisions = [path.name for path in (DOCS / "decisions").glob("[0-9]*.md")]
    assert not [name for name in decisions if f"]({name})" not in listed]


PICTURES = sorted(path for path in DOCS.rglob("*") if path.suffix in {".jpg", ".png", ".svg", ".webp", ".gif"})


@pytest.mark.parametrize("picture", PICTURES, ids=lambda path: path.name)
def test_a_picture_is_shown_with_the_command_that_makes_it(picture: Path) -> None:
    texts = [path.read_text(encoding="utf-8") for path in [REPO / "README.md", *DOCS.rglob("*.md")]]
    after = [text.partition(picture.name)[2] for text in texts if picture.name in text]
    assert after, f"no page shows {picture.name}"
    captions = [" ".join(text.split("\n\n")[1].split()) for text in after]
    assert all(re.search(r"`(python -m|make) \S+", caption) for caption in captions)


def test_the_readme_begins_with_the_picture_of_a_result() -> None:
    lines = (REPO / "README.md").read_text(encoding="utf-8").split("\n\n")
    assert re.match(r"<img src=\"docs/\S+\" width=\"\d+\" alt=\"[^\"]{20,}\">", lines[1])


def test_links_are_led_to_pages_but_not_those_in_code() -> None:
    text = (
        "[a](../README.md#limits) `[b](../no.md)` [c](trace.md) [d](https://example.org/x) [e](#f) "
        "[g](../tests/test_rooms.py)"
    )
    led, found = with_links(text, PurePosixPath("docs/how.md"))
    assert led == (
        "[a](project/readme.md#limits) `[b](../no.md)` [c](trace.md) [d](https://example.org/x) [e](#f) "
        "[g](project/files/tests/test_rooms.py.md)"
    )
    assert found == [PurePosixPath(path) for path in ("README.md", "docs/trace.md", "tests/test_rooms.py")]
    assert with_links('<img src="docs/trace-walls-7110.jpg">', PurePosixPath("README.md"))[0] == (
        '<img src="../trace-walls-7110.jpg">'
    )


def test_a_link_to_nothing_stops_the_site_and_says_where() -> None:
    with pytest.raises(SystemExit, match=r"docs/how.md: expected .* \(gone.md\)"):
        with_links("[a](gone.md)", PurePosixPath("docs/how.md"))


def test_folders_have_pages_too() -> None:
    assert place_of(PurePosixPath("docs/decisions")) == PurePosixPath("decisions/index.md")
    assert place_of(PurePosixPath("benchmarks/lists")) == PurePosixPath("project/files/benchmarks/lists/index.md")
