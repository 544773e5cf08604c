"""Takes days of photos; gives faults where a wrong clock dates the cover, or dates far apart are not named."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest
from tests.report import made

from cracklens.report.material.dates import Dated, dated
from cracklens.report.material.facts import run_notes

DAYS = ["2024-05-03", "2024-05-07", "2024-06-01", "2031-01-01"]


def report(*days: str, date: str | None = None):
    photos = [made.inspection(str(i), taken_at=day and f"{day}T10:00:00") for i, day in enumerate(days)]
    return made.report(*photos, date=date) if date else made.report(*photos)


@pytest.mark.parametrize("days", list(itertools.permutations(DAYS)))
def test_one_wrong_clock_does_not_date_the_cover(days):
    assert dated(days) == Dated("2024-06-01", "2024-05-03", "2031-01-01", elsewhere=1, of=4)


@pytest.mark.parametrize(
    ("days", "day"),
    [
        ([], ""),
        (["2024-05-03"], "2024-05-03"),
        (["2024-05-03", "2031-01-01"], ""),
        (["2024-05-03", "2031-01-01", "2031-01-02"], "2031-01-02"),
        (["2019-01-01", "2024-05-03", "2031-01-01"], ""),
        (["2024-03-15", "2024-04-30", "2024-05-15", "2024-05-20", "2024-07-15"], "2024-05-20"),
    ],
)
def test_the_day_that_most_photos_lie_around(days, day):
    assert dated(days).day == day


def test_dates_far_apart_are_named_with_how_many():
    material = made.material(report(*DAYS))
    assert material.date == "2024-06-01"
    (note,) = run_notes(material)
    assert note.startswith("1 of 4 dated photos are more than a month away from the others")
    unclear = made.material(report("2024-05-03", "2031-01-01"))
    assert unclear.date == ""
    assert "dated from 2024-05-03 to 2031-01-01" in run_notes(unclear)[0]
    assert run_notes(made.material(report("2024-05-03", "2031-01-01", date="2024-05-04"))) == ()
    assert run_notes(made.material(report("2024-05-03", "2024-05-07"))) == ()


def test_notes_of_the_run_stand_in_page_and_pdf(tmp_path: Path):
    folder = report(*DAYS).save(tmp_path, formats=("html", "pdf", "json"))
    assert "1 of 4 dated photos" in (folder / "report.html").read_text(encoding="utf-8")
    assert "2024-06-01 (by the photos)" in (folder / "report.html").read_text(encoding="utf-8")
