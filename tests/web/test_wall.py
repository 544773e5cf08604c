"""Takes the photo wall in a real browser; gives faults of its filter by the guide, its plan and its folders."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect
from sqlalchemy import select
from tests.web.conftest import walking
from tests.web.made import Site
from tests.web.test_pages import faults

from cracklens.projects import Project, describe_project, set_scale
from cracklens.projects.records import PhotoRow
from cracklens.projects.views import wall
from cracklens.values import Scale

SHOWN = "#wall li:not([hidden])"


def with_positions(folder: Path) -> tuple[int, int]:
    """Give two photos a place, and all a scale and a guide; say how many photos exceed it, and how many cracks."""
    project = Project.open(folder)
    describe_project(project, {"guide": "en1992"})
    with project.database.writing() as session:
        photos = session.scalars(select(PhotoRow).order_by(PhotoRow.id)).all()
        for i, row in enumerate(photos[:2]):
            row.latitude, row.longitude = 47.3769 + i * 1e-4, 8.5417
        ids = [row.id for row in photos]
    set_scale(project, ids[:2], Scale(2.0))
    with project.database.reading() as session:
        exceeding = [of.exceeding for of in wall(session)]
    project.close()
    return sum(map(bool, exceeding)), sum(exceeding)


@pytest.mark.slow
def test_what_exceeds_the_guide_stands_on_the_plan_and_a_folder_is_put_in(
    chromium: Browser, folder: Path, tmp_path: Path, sample_dir: Path
) -> None:
    photos, cracks = with_positions(folder)
    site = tmp_path / "site"
    site.mkdir()
    shutil.copy(next((sample_dir / "photos").glob("*.jpg")), site / "known.jpg")
    (site / "<b>torn.jpg").write_bytes(b"no photo")
    with walking(chromium, folder, bypass_csp=True) as page:
        page.click("#plan-toggle")
        expect(page.locator("#plan-map a")).to_have_count(2)
        expect(page.locator("#plan-said")).to_contain_text("1 of the photos shown below has no position.")
        expect(page.locator(".plan-scale text").first).to_have_text("5 m")
        page.click("#exceeds")
        assert 0 < photos < 3
        expect(page.locator(SHOWN)).to_have_count(photos)
        expect(page.locator("#exceeds b")).to_have_text(str(photos))
        expect(page.locator("#plan-map a")).to_have_count(photos)
        page.fill("#folder", str(site))
        page.click("#from-go")
        expect(page.locator("#from-said")).to_have_text("1 of 2 files of site put in, 1 refused.")
        expect(page.locator("#from-refused li")).to_contain_text("<b>torn.jpg: expected a photo")
        assert faults(page) == []
        page.focus("#plan-map [tabindex='0']")
        name = page.locator("#plan-one b").inner_text()
        page.keyboard.press("Enter")
        page.wait_for_selector("body[data-shown]")
        expect(page.locator("#which")).to_contain_text(name)
        expect(page.locator("#guide-said")).to_contain_text("guide value of")
    assert cracks >= photos


def test_the_filter_is_there_with_a_guide_and_a_scale_alone(site: Site, tmp_path: Path) -> None:
    def hidden(of: Site) -> bool:
        page = of.at_home().get("/").text
        (label,) = (part.partition(">")[0] for part in page.split("<label") if 'id="exceeds"' in part)
        return label.endswith(" hidden")

    assert hidden(site)
    describe_project(site.project, {"guide": "aci224r"})
    assert hidden(site)
    set_scale(site.project, [1], Scale(2.0))
    assert not hidden(site)
    assert [of["exceeding"] for of in site.at_home().get("/api/photos").json()] == [2]
    describe_project(site.project, {"guide": "none"})
    assert hidden(site)
    empty = Project.make(tmp_path / "empty")
    describe_project(empty, {"guide": "aci224r"})
    assert hidden(Site(empty))
    empty.close()
