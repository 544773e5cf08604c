"""Takes projects whose photos stand anywhere; gives what the page of the report hides of them. No browser."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image
from tests.web.made import Site

from cracklens.projects import be_done_with, take_in
from cracklens.projects.records import PhotoRow
from cracklens.projects.views import counts_of


@pytest.mark.parametrize(("more", "said"), [(1, "1 of the 3 photos waits for"), (2, "2 of the 4 photos wait for")])
def test_photos_that_wait_are_on_the_page(site: Site, tmp_path: Path, more: int, said: str) -> None:
    assert "for inspection" not in site.at_home().get("/report").text
    photos = []
    for grey in range(more + 1):
        Image.new("RGB", (320, 240), (grey, 0, 0)).save(tmp_path / f"{grey}.png")
        photos.append(take_in(site.project, tmp_path / f"{grey}.png").photo_id)
    with site.project.database.writing() as session:
        session.get_one(PhotoRow, photos[0]).state = "failed"
    be_done_with(site.project, photos[0])
    with site.project.database.reading() as session:
        counts = counts_of(session)
    assert (counts.photos, counts.inspected, counts.failed, counts.waiting) == (more + 2, 1, 1, more)
    assert counts.gone_through == 0, "one that failed was gone through by eye; of the inspected ones none was"
    page = site.at_home().get("/report").text
    assert "<dd>0 of 1</dd>" in page
    assert f"<dt>Waiting for inspection</dt><dd>{more}</dd>" in page
    assert said in page
    assert "1 photo was not gone through" in page
