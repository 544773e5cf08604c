"""Takes a project with an earlier date; gives faults of both photos side by side, in a real browser, and of roles."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect
from tests.projects.made import opened
from tests.projects.two_dates import earlier_report, today
from tests.web.conftest import walking
from tests.web.made import USERS, WORDS, Site
from tests.web.test_pages import faults

from cracklens.projects import work_off
from cracklens.projects.accounts import add_user
from cracklens.projects.dates import compare_with

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def dated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the folder of a project that was compared, with a user of each role; not to be changed."""
    at = tmp_path_factory.mktemp("dated")
    with opened(today(at / "bridge")) as project:
        work_off(project, lambda: pytest.fail("its cracks came with the report"))
        compare_with(project, earlier_report(at / "2024"))
        for name, role in USERS.items():
            add_user(project, name, WORDS, role=role)  # type: ignore[arg-type]
    return at / "bridge"


@pytest.fixture
def bridge(dated: Path, tmp_path: Path) -> Path:
    """Give a copy of it."""
    return Path(shutil.copytree(dated, tmp_path / "dated"))


def test_who_may_review_says_repaired_and_the_second_of_two_is_told(bridge: Path) -> None:
    with opened(bridge) as project:
        site = Site(project)
        rob, ann = site.user("Rob"), site.user("Ann")
        changes: list[dict[str, Any]] = rob.get("/api/photos/1/earlier").json()["changes"]
        (gone,) = (of for of in changes if of["state"] == "GONE")
        path, said = f"/api/changes/{gone['id']}/said", {"said": "repaired", "version": gone["version"]}
        assert site.user("Lou").post(path, json=said).status_code == 403
        assert rob.post(path, json=said).json() == {"version": gone["version"] + 1}
        late = ann.post(path, json=said)
        assert (late.status_code, "changed by Rob" in late.json()["error"]) == (409, True)
        assert " gone" not in ann.get("/").text.split("<ol")[1], "nothing is left that is gone"
        assert "1 REPAIRED" in ann.get("/report").text
        assert rob.post("/api/undo").json() == {"photo": 1}
        assert "1 GONE" in ann.get("/report").text


def test_only_a_project_with_an_earlier_date_has_its_filters(bridge: Path, site: Site) -> None:
    with opened(bridge) as project:
        page = Site(project).at_home().get("/").text
        assert 'value="newer"' in page
        assert "2 new or grown 1 gone" in page
    assert 'value="newer"' not in site.at_home().get("/").text
    assert "cracklens project compare" in site.at_home().get("/report").text


PLACES = """["earlier-scene", "scene"].map((id) => {
  const line = document.querySelector(`#${id} .state-gone`).getBoundingClientRect();
  const stage = document.getElementById(id).closest("[role=application]").getBoundingClientRect();
  const middle = (box) => [box.left + box.width / 2, box.top + box.height / 2];
  return [...middle(line).map((side, i) => side - middle(stage)[i]), line.width];
})"""
"""Where the line that is gone stands on both stages, from the middle of each, and how wide it is."""


FLIP = """const next = requestAnimationFrame.bind(window), asked = [];
window.requestAnimationFrame = (call) => {
  if (asked.push(call) === 1) next((time) => { for (const one of asked.splice(0).reverse()) one(time); });
  return 0;
};"""
"""Lets what is drawn in each frame be drawn the other way round: neither stage is always the first."""

WHEEL_THEN_KEY = """async (ms) => {
  const photo = document.querySelector("#earlier-stage canvas"), { left, top } = photo.getBoundingClientRect();
  const at = { clientX: left + 100, clientY: top + 100, bubbles: true, cancelable: true };
  photo.dispatchEvent(new WheelEvent("wheel", { ...at, deltaY: 300 }));
  await new Promise((give) => setTimeout(give, ms));
  document.body.dispatchEvent(new KeyboardEvent("keydown", { key: "z", bubbles: true }));
}"""
"""Asks for the line while the earlier photo still zooms out: it must not pull today's back."""


def one_place(page: Page, once: str) -> tuple[float, float, float]:
    """Wait until the line stands at the same place of both stages, at rest, which fulfils a condition, and give it."""
    near = "every((side, i) => Math.abs(side - now[i]) < 4)"
    at_rest = f"() => {{ const before = window.stood, [then, now] = {PLACES}; window.stood = now; return before?.{near}"
    page.wait_for_function(f"{at_rest} && then.{near}; }}", polling=250)
    page.wait_for_function(f"() => {{ const [x, y, wide] = {PLACES}[1]; return {once}; }}")
    x, y, wide = page.evaluate(f"{PLACES}[1]")
    return x, y, wide


def test_both_dates_move_as_one_and_a_gone_line_is_repaired(chromium: Browser, bridge: Path) -> None:
    with walking(chromium, bridge, bypass_csp=True) as page:
        page.add_init_script(FLIP)
        page.click("#wall li:has-text('pier.png') a")
        page.wait_for_selector("body[data-shown]")
        expect(page.locator("#cracks em")).to_contain_text(["GROWN +", "NEW", "STATIC", "GONE"])
        page.keyboard.press("a")
        page.wait_for_selector("body[data-dated]")
        expect(page.locator("#legend li")).to_have_count(4)
        assert faults(page) == []
        wide = one_place(page, "wide > 0")[2]
        stage = page.locator("#earlier-stage").bounding_box()
        assert stage is not None
        x, y = stage["x"] + stage["width"] / 2, stage["y"] + stage["height"] / 2
        page.mouse.move(x, y)
        page.mouse.wheel(0, -400)
        left = one_place(page, f"wide > {1.1 * wide}")[0]
        page.mouse.down()
        page.mouse.move(x + 60, y - 40, steps=5)
        page.mouse.up()
        one_place(page, f"x > {left + 30}")
        page.keyboard.press("ArrowUp")
        expect(page.locator("#lost-told")).to_contain_text("GONE: ")
        for ms in (0, 30, 60, 90):
            page.keyboard.press("f")
            one_place(page, "wide > 0")
            page.evaluate(WHEEL_THEN_KEY, ms)
            one_place(page, "Math.hypot(x, y) < 3")
        page.keyboard.press("1")
        expect(page.locator("#cracks em").last).to_have_text("REPAIRED")
        page.keyboard.press("u")
        expect(page.locator("#cracks em").last).to_have_text("GONE")
        page.set_viewport_size({"width": 820, "height": 1180})
        lower = "document.getElementById('stage').getBoundingClientRect().top"
        page.wait_for_function(f"document.getElementById('earlier').getBoundingClientRect().bottom <= {lower} + 1")
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        page.keyboard.press("ArrowLeft" if page.locator("#which").inner_text().startswith("2") else "ArrowRight")
        expect(page.locator("#earlier-none")).to_contain_text("No earlier photo: not the same place")
