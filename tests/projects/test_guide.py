"""Takes cracks of many widths and scales; gives faults where SQL does not say of the guide what a report would."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sqlalchemy import select
from tests.projects.made import HW, REPORTS, opened, put_photo, report_folder, save_photo, tracing_detector, unpacked
from tests.report.made import trace

from cracklens.artefacts import pack, unpack
from cracklens.measuring import GUIDES
from cracklens.projects import (
    Project,
    decide,
    describe_project,
    draw,
    move,
    report_of,
    set_scale,
    take_in,
    undo,
    work_off,
)
from cracklens.projects.cracks import keep_cracks, set_trace
from cracklens.projects.exchange import import_report
from cracklens.projects.project import NO_PIXELS
from cracklens.projects.records import CrackRow, PhotoRow
from cracklens.projects.records.following import of_trace
from cracklens.projects.views import photo_view, wall
from cracklens.report.cracks import crack_of, cracks_of, guide_of
from cracklens.values import Inspection, Photo, Scale, Trace

SCALES = [Scale(px_per_mm, relative_error=error) for px_per_mm in (2.0, 9.0, 31.0) for error in (0.0, 0.02, 0.2)]


def odd_traces(n: int) -> list[Trace]:
    """Give traces of any width, interval and confidence, unmeasured ones and such that need checking among them."""
    drawn = np.random.default_rng(4)
    made = []
    for i in range(n):
        width, low, high = drawn.uniform(1, 12), drawn.uniform(0.2, 1), drawn.uniform(1, 2)
        sizes: Any = {"width_p95_px": width, "width_p95_interval_px": (low * width, high * width)}
        sizes |= {"width_median_px": 0.9 * width, "width_max_px": width * (6 if i % 7 == 0 else 1.1)}
        sizes |= {f"width_{of}_interval_px": (0.1 * width, 8 * width) for of in ("median", "max")}
        sizes |= {"width_p95_interval_px": (np.nan, np.nan)} if i % 11 == 0 else {}
        place = (20.0, 5.0 + 3 * i)
        made.append(trace(place, (300.0, 5.0 + 3 * i), confidence=float(drawn.uniform(0.2, 1)), **sizes))
    return made


def judged(row: CrackRow, scale: Scale, guide: str) -> bool:
    """Say what a report says that holds a crack, or would once it is confirmed."""
    listed = row.listed or row.by_hand or row.decision == "confirmed"
    if row.removed or not listed or row.decision == "rejected":
        return False
    found = unpack(row.trace, Trace)
    sure = replace(found, confidence=1.0) if row.decision == "confirmed" else found
    return any(of.relation == "exceeds" for of in guide_of(crack_of(sure, scale, HW), guide))  # type: ignore[arg-type]


def test_the_wall_says_of_the_guide_what_a_report_says(tmp_path: Path) -> None:
    counted = set()
    with opened(tmp_path / "bridge", new=True) as project:
        photo, ids = put_photo(project, save_photo(tmp_path / "a.png"), *odd_traces(60))
        with project.database.writing() as session:
            for i, row in enumerate(session.get_one(CrackRow, key) for key in ids):
                row.decision = ("open", "open", "confirmed", "rejected")[i % 4]
                row.listed, row.removed = i % 5 > 0, i % 13 == 0
        for guide in (*GUIDES, "none"):
            describe_project(project, {"guide": guide})
            for scale in SCALES:
                set_scale(project, [photo], scale)
                with project.database.reading() as session:
                    rows, (shown,) = session.scalars(select(CrackRow)).all(), wall(session)
                assert shown.px_per_mm == scale.px_per_mm
                assert shown.exceeding == sum(judged(row, scale, guide) for row in rows), (guide, scale)
                counted.add(shown.exceeding)
    assert len(counted) > 5


def test_a_short_piece_that_a_person_confirmed_exceeds_the_guide_as_the_report_says(tmp_path: Path) -> None:
    with opened(tmp_path / "bridge", new=True) as project:
        photo = take_in(project, save_photo(tmp_path / "a.png", [(30.0, 60.0), (290.0, 120.0)])).photo_id
        work_off(project, tracing_detector)
        describe_project(project, {"guide": "en1992"})
        set_scale(project, [photo], Scale(4.0))
        with project.database.writing() as session:
            (row,) = session.scalars(select(CrackRow))
            row.listed, crack = False, row.id
        assert (told(project), exceeding(project)[0]) == (0, 0)
        decide(project, crack, "confirmed")
        assert (told(project), exceeding(project)[0]) == (1, 1)


def told(project: Project) -> int:
    """Give how many cracks a report lists as exceeding."""
    (outcome,) = report_of(project).outcomes
    assert isinstance(outcome, Inspection)
    found = [guide_of(crack, "en1992") for crack in cracks_of(outcome, 1) if crack.listed]
    return sum(any(of.relation == "exceeds" for of in beside) for beside in found)


def exceeding(project: Project) -> tuple[int, float | None]:
    with project.database.reading() as session:
        (shown,) = wall(session)
    return shown.exceeding, shown.px_per_mm


def test_a_scale_that_is_set_taken_away_and_undone_changes_who_exceeds(tmp_path: Path) -> None:
    with opened(tmp_path / "bridge", new=True) as project:
        photo, (crack,) = put_photo(project, save_photo(tmp_path / "a.png"), trace(width_px=5.0))
        describe_project(project, {"guide": "en1992"})
        assert exceeding(project) == (0, None)
        set_scale(project, [photo], Scale(9.0))
        assert exceeding(project) == (1, 9.0)
        set_scale(project, [photo], Scale(90.0))
        assert exceeding(project) == (0, 90.0)
        undo(project)
        assert exceeding(project) == (1, 9.0)
        set_scale(project, [photo], None)
        assert exceeding(project) == (0, None)
        with project.database.writing() as session:  # it is read again, and its file says a scale
            session.get_one(PhotoRow, photo).facts = pack(Photo(NO_PIXELS, "a", "ab" * 32, scale=Scale(12.0)))
        assert exceeding(project) == (1, 12.0)
        undo(project)
        assert exceeding(project) == (1, 9.0)
        undo(project, again=True)
        assert exceeding(project) == (1, 12.0)
        decide(project, crack, "rejected", reason="joint")
        assert exceeding(project) == (0, 12.0)
        undo(project)
        describe_project(project, {"guide": "none"})
        assert exceeding(project) == (0, 12.0)


def test_a_line_that_is_traced_moved_or_undone_is_judged_by_its_own_width(tmp_path: Path) -> None:
    line, other = [(30.0, 60.0), (290.0, 120.0)], [(30.0, 60.0), (160.0, 180.0), (290.0, 120.0)]
    with opened(tmp_path / "bridge", new=True) as project:
        photo = take_in(project, save_photo(tmp_path / "a.png", line)).photo_id
        work_off(project, tracing_detector)
        key = draw(project, photo, line)
        lows = [low_of(project, key)]
        move(project, key, 0, other)
        lows.append(low_of(project, key))
        undo(project)
        assert low_of(project, key) == lows[0] != lows[1]
        wide = trace((30.0, 200.0), (290.0, 200.0), width_px=20.0)
        for again in (wide, replace(wide, width_p95_interval_px=(3.0, 30.0)), replace(wide, width_max_px=500.0)):
            with project.database.writing() as session:
                keep_cracks(session, session.get_one(PhotoRow, photo), (again,), HW)
            with project.database.reading() as session:
                (of,) = session.scalars(select(CrackRow).where(~CrackRow.by_hand, CrackRow.seen, ~CrackRow.removed))
            assert of.width_low_px == (None if again.needs_checking else again.width_p95_interval_px[0])


def low_of(project: Project, key: str) -> float | None:
    with project.database.reading() as session:
        row = session.get_one(CrackRow, key)
    assert row.width_low_px == of_trace(row.trace)["width_low_px"]
    return row.width_low_px


def test_a_scale_of_before_the_columns_is_undone_with_them(tmp_path: Path) -> None:
    with opened(unpacked("0003", tmp_path)) as project:
        for _ in range(6):
            undo(project)
        with project.database.reading() as session:
            assert [(of.px_per_mm, of.exceeding) for of in wall(session)] == [(None, 0)] * 2
        undo(project, again=True)
        with project.database.reading() as session:
            assert [of.px_per_mm for of in wall(session)] == [3.2, 3.2]


@pytest.mark.parametrize("schema", ["1.1", "2.0"])
def test_an_imported_report_has_its_scales(schema: str, tmp_path: Path) -> None:
    arrived = import_report(tmp_path / "bridge", report_folder(REPORTS / f"report-{schema}.json", tmp_path / "report"))
    with arrived.project.database.reading() as session:
        for row in session.scalars(select(PhotoRow)):
            scale = unpack(row.scale, Scale) if row.scale else None
            assert row.px_per_mm == (scale and scale.px_per_mm)
        rows = session.scalars(select(CrackRow)).all()
        assert [row.width_low_px for row in rows] == [of_trace(row.trace)["width_low_px"] for row in rows]
    arrived.project.close()


def test_a_crack_says_where_it_stands_to_the_guide_once_confirmed(tmp_path: Path) -> None:
    with opened(tmp_path / "bridge", new=True) as project:
        photo, _ = put_photo(project, save_photo(tmp_path / "a.png"), trace(width_px=5.0, confidence=0.3))
        with project.database.writing() as session:
            session.get_one(PhotoRow, photo).facts = pack(Photo(NO_PIXELS, "a", "ab" * 32))
        describe_project(project, {"guide": "en1992"})
        assert [(of.guide, of.exceeds_guide) for of in photo_view(project, photo).cracks] == [("", False)]
        set_scale(project, [photo], Scale(20.0))
        said = "Its width within the guide value of 0.40 mm; cannot be told apart at this scale"
        (shown,) = photo_view(project, photo).cracks
        assert shown.guide.startswith(said), shown.guide
        assert shown.exceeds_guide
        assert exceeding(project)[0] == 0, "it is doubtful"
        decide(project, shown.id, "confirmed")
        assert exceeding(project)[0] == 1
        with project.database.writing() as session:
            found = unpack(session.get_one(CrackRow, shown.id).trace, Trace)
            uneven = replace(found, width_max_px=500.0, width_max_interval_px=(200.0, 900.0))
            set_trace(session.get_one(CrackRow, shown.id), uneven)
        (shown,) = photo_view(project, photo).cracks
        assert (shown.guide[:15], shown.exceeds_guide) == ("Needs checking:", False)
        assert exceeding(project)[0] == 0
