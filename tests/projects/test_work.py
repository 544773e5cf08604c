"""Takes photos that are inspected again; gives faults where a decision goes lost, or it is not on record."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import select, update
from tests.projects.made import HW, lines, opened, photos_of, put_photo, rows_of, save_photo, tracing_detector
from tests.report.made import trace

from cracklens.artefacts import unpack
from cracklens.detector import Detector
from cracklens.errors import CheckpointError, OutputError, ProjectError
from cracklens.projects import (
    Project,
    decide,
    describe_crack,
    detector_of,
    progress,
    report_of,
    take_in,
    try_again,
    undo,
    work_off,
)
from cracklens.projects.cracks import keep_cracks
from cracklens.projects.queue import again
from cracklens.projects.records import CrackRow, InspectionRow, PhotoRow
from cracklens.projects.teaching import use
from cracklens.projects.views import counts_of
from cracklens.report import note_text, words_of
from cracklens.values import Inspection, Note, Trace

LINE = [(30, 60), (290, 120)]


def traced_again(project: Project, photo: int, *traces: Trace) -> None:
    with project.database.writing() as session:
        keep_cracks(session, session.get_one(PhotoRow, photo), tuple(traces), HW)


def test_what_nobody_spoke_of_goes_and_what_somebody_did_is_marked(tmp_path: Path) -> None:
    with opened(tmp_path / "bridge", new=True) as project:
        photo, ids = put_photo(project, save_photo(tmp_path / "a.png"), *lines(5))
        untouched, confirmed, rejected, noted, undone = ids
        decide(project, confirmed, "confirmed")
        decide(project, rejected, "rejected", reason="stain")
        describe_crack(project, noted, {"note": "look from the other side"})
        decide(project, undone, "confirmed")
        undo(project)
        traced_again(project, photo)
        rows = rows_of(project)
        assert {key for key in ids if rows[key]["removed"]} == {untouched}
        assert {key for key in ids if not rows[key]["seen"]} == set(ids)
        undo(project, again=True)
        assert rows_of(project)[undone]["decision"] == "confirmed"
        traced_again(project, photo, *lines(5))
        rows = rows_of(project)
        assert set(rows) == set(ids), "what was gone is back under its id"
        assert not any(of["removed"] for of in rows.values())
        assert all(rows[key]["seen"] for key in (confirmed, rejected, noted, undone))
        assert [rows[key]["decision"] for key in (confirmed, rejected, noted)] == ["confirmed", "rejected", "open"]


def test_a_line_drawn_by_a_person_is_never_replaced(tmp_path: Path) -> None:
    with opened(tmp_path / "bridge", new=True) as project:
        drawn = trace((20, 20), (220, 20), by_hand=True)
        photo, (key,) = put_photo(project, save_photo(tmp_path / "a.png"), drawn)
        with project.database.writing() as session:
            session.get_one(CrackRow, key).by_hand = True
        before = rows_of(project)[key]["trace"]
        for later in ((), (trace((20, 23), (220, 23)),), (trace((20, 20), (110, 20)), trace((115, 20), (220, 20)))):
            traced_again(project, photo, *later)
            rows = rows_of(project)
            assert set(rows) == {key}
            assert (rows[key]["trace"], rows[key]["seen"], rows[key]["removed"]) == (before, True, False)


def test_a_long_crack_over_a_short_line_that_a_person_drew_is_a_crack_of_its_own(tmp_path: Path) -> None:
    with opened(tmp_path / "bridge", new=True) as project:
        photo, (drawn,) = put_photo(project, save_photo(tmp_path / "a.png"), trace((60, 20), (90, 20), by_hand=True))
        with project.database.writing() as session:
            session.get_one(CrackRow, drawn).by_hand = True
        for _ in range(2):
            traced_again(project, photo, trace((20, 20), (300, 20)))
            rows = rows_of(project)
            (new,) = set(rows) - {drawn}
            assert [rows[key]["length_px"] > 200 for key in (drawn, new)] == [False, True]
            assert all(of["seen"] and not of["removed"] for of in rows.values())


def test_what_was_decided_of_a_stub_is_looked_at_again_where_the_crack_is_much_longer(tmp_path: Path) -> None:
    with opened(tmp_path / "bridge", new=True) as project:
        stubs = [trace((20.0, y), (80.0, y)) for y in (20.0, 60.0, 100.0)]
        photo, (rejected, confirmed, untouched) = put_photo(project, save_photo(tmp_path / "a.png"), *stubs)
        decide(project, rejected, "rejected", reason="stain")
        decide(project, confirmed, "confirmed")
        traced_again(project, photo, *(trace((20.0, y), (300.0, y)) for y in (20.0, 60.0, 100.0)))
        rows = rows_of(project)
        assert [rows[key]["seen"] for key in (rejected, confirmed, untouched)] == [False, False, True]
        assert [rows[key]["decision"] for key in (rejected, confirmed, untouched)] == ["rejected", "confirmed", "open"]
        assert all(of["length_px"] > 200 for of in rows.values())


def test_each_inspection_is_on_record(tmp_path: Path) -> None:
    with opened(tmp_path / "bridge", new=True) as project:
        taken = take_in(project, save_photo(tmp_path / "a.png", LINE))
        detector = tracing_detector()
        for _ in range(2):
            work_off(project, lambda: detector)
            with project.database.writing() as session:
                again(session, "inspect", taken.photo_id)
        with project.database.reading() as session:
            made = session.scalars(select(InspectionRow)).all()
        (row,) = photos_of(project).values()
        assert len(made) == 2
        for of in made:
            assert (of.detector, of.networks_sha256) == (detector.card.name, detector.networks_sha256)
            assert (of.photo_id, of.scored_key, of.traced_key) == (row.id, row.scored_key, row.traced_key)
            assert (of.threshold, len(of.at)) == (detector.card.threshold, 20)


def test_a_photo_in_work_while_another_detector_is_put_to_use_is_inspected_with_that_one(tmp_path: Path) -> None:
    names = []
    with opened(tmp_path / "bridge", new=True) as project:
        take_in(project, save_photo(tmp_path / "a.png", LINE))

        def load() -> Detector:
            names.append(detector_of(project))
            use(project, "concrete-frozen")
            return replace(tracing_detector(), card=replace(tracing_detector().card, name=names[-1]))

        work_off(project, load)
        with project.database.reading() as session:
            made = session.scalars(select(InspectionRow.detector).order_by(InspectionRow.id)).all()
            assert (progress(session).done, progress(session).waiting) == (1, 0)
        assert made == names == ["concrete", "concrete-frozen"]


def test_a_detector_that_follows_no_cracks_keeps_its_scores(tmp_path: Path) -> None:
    with opened(tmp_path / "bridge", new=True) as project:
        take_in(project, save_photo(tmp_path / "a.png", LINE))
        detector = replace(tracing_detector(), mapper=None)
        work_off(project, lambda: detector)
        (row,) = photos_of(project).values()
        assert row.state == "inspected"
        assert {path.suffix for path in (project.folder / "artefacts").iterdir()} == {".scoremap", ".traced"}


def no_detector() -> Detector:
    raise CheckpointError("concrete: expected a checkpoint folder. Name another.")


@pytest.mark.parametrize(
    ("place", "error"),
    [
        ("write_pyramid", OutputError("no space left on device. Free some space.")),
        ("end_job", ProjectError("the disk is full; nothing of this change was kept. Free some space.")),
        ("inspect_kept", KeyboardInterrupt()),
        ("detector", CheckpointError("concrete: expected a checkpoint folder. Name another.")),
    ],
)
def test_what_says_nothing_of_a_photo_gives_none_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str, error: BaseException
) -> None:
    def broken(*_: object, **__: object) -> Detector:
        raise error

    with opened(tmp_path / "bridge", new=True) as project:
        take_in(project, save_photo(tmp_path / "a.png", LINE))
        detector = tracing_detector()
        with monkeypatch.context() as patched:
            if place != "detector":
                patched.setattr(f"cracklens.projects.work.{place}", broken)
            for _ in range(3):
                with pytest.raises(type(error)):
                    work_off(project, broken if place == "detector" else lambda: detector)
        assert states(project)[0] in ("waiting", "prepared")
        work_off(project, lambda: detector)
        assert states(project) == ["inspected"]


def test_what_was_broken_off_says_why_though_it_cannot_be_given_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise ProjectError("the disk is full")

    with opened(tmp_path / "bridge", new=True) as project:
        take_in(project, save_photo(tmp_path / "a.png", LINE))
        monkeypatch.setattr("cracklens.projects.work.give_back", full)
        work_off(project, tracing_detector, ended=lambda: states(project) == ["prepared"])
        with pytest.raises(CheckpointError):
            work_off(project, no_detector)


@pytest.mark.parametrize("how", ["unreadable", "damaged", "ended twice"])
def test_a_photo_that_cannot_be_inspected_again_keeps_what_was_found_in_it(tmp_path: Path, how: str) -> None:
    with opened(tmp_path / "project", new=True) as project:
        photo = take_in(project, save_photo(tmp_path / "a.png", LINE)).photo_id
        work_off(project, tracing_detector)
        with project.database.reading() as session:
            row, crack = session.get_one(PhotoRow, photo), session.scalars(select(CrackRow)).one()
        decide(project, crack.id, "confirmed")
        path = project.photo_path(row)
        whole = path.read_bytes()
        assert try_again(project, [photo]) == 1
        assert states(project) == ["inspected"], "it is in the report until more is known"
        if how == "unreadable":
            path.write_bytes(whole[: len(whole) // 2])
        elif how == "damaged":
            put_trace(project, crack.id, b"none")
        else:
            end_twice(project)
        work_off(project, tracing_detector)
        (row,) = photos_of(project).values()
        assert row.state == "inspected"
        assert row.reason is not None
        said = note_text(unpack(row.reason, Note), words_of())
        assert {"unreadable": "checksum", "damaged": "restore a backup", "ended twice": "ended twice"}[how] in said
        with project.database.reading() as session:
            assert (counts_of(session).inspected, counts_of(session).failed, counts_of(session).not_again) == (1, 0, 1)
            assert progress(session).failed == 1
        path.write_bytes(whole)
        put_trace(project, crack.id, crack.trace)
        assert [len(of.traces) for of in report_of(project).outcomes if isinstance(of, Inspection)] == [1]
        assert try_again(project) == 1
        work_off(project, tracing_detector)
        (row,) = photos_of(project).values()
        assert (row.state, row.reason) == ("inspected", None)
        assert try_again(project) == 0


def put_trace(project: Project, crack: str, trace: bytes) -> None:
    """Write where a crack runs as a fault of the disk does, which tells nobody."""
    with project.database.engine.execution_options(writes=True).begin() as connection:
        connection.execute(update(CrackRow).where(CrackRow.id == crack).values(trace=trace))


class EndedError(BaseException):
    """What nothing in a worker catches, as a kill is."""


def end_twice(project: Project) -> None:
    """Let two workers end while they read the next photo."""

    def ended(*_: object, **__: object) -> None:
        raise EndedError

    for _ in range(2):
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr("cracklens.projects.work.read_photo", ended)
            with pytest.raises(EndedError):
                work_off(project, tracing_detector)


def test_a_photo_that_ends_the_worker_twice_is_given_up_with_its_reason(tmp_path: Path) -> None:
    with opened(tmp_path / "bridge", new=True) as project:
        take_in(project, save_photo(tmp_path / "a.png", LINE))
        end_twice(project)
        work_off(project, tracing_detector)
        (row,) = photos_of(project).values()
        assert row.state == "failed"
        assert row.reason is not None
        assert "ended twice" in note_text(unpack(row.reason, Note), words_of())


def test_a_photo_that_was_given_up_is_inspected_when_it_is_asked_for_again(tmp_path: Path) -> None:
    with opened(tmp_path / "project", new=True) as project:
        for name in ("a.png", "b.png"):
            take_in(project, save_photo(tmp_path / name, LINE, seed=ord(name[0])))
        with project.database.reading() as session:
            paths = [project.photo_path(row) for row in session.scalars(select(PhotoRow).order_by(PhotoRow.id))]
        whole = paths[0].read_bytes()
        paths[0].write_bytes(whole[: len(whole) // 2])
        work_off(project, tracing_detector)
        assert states(project) == ["failed", "inspected"]
        assert try_again(project) == 1
        assert states(project) == ["waiting", "inspected"]
        paths[0].write_bytes(whole)
        work_off(project, tracing_detector)
        assert states(project) == ["inspected", "inspected"]
        assert try_again(project) == 0


def test_a_photo_that_is_inspected_again_keeps_what_was_decided(tmp_path: Path) -> None:
    with opened(tmp_path / "project", new=True) as project:
        photo = take_in(project, save_photo(tmp_path / "a.png", LINE)).photo_id
        work_off(project, tracing_detector)
        with project.database.reading() as session:
            crack = session.scalars(select(CrackRow.id)).one()
        decide(project, crack, "confirmed")
        with pytest.raises(ProjectError, match="no such photo"):
            try_again(project, [photo, 99])
        assert states(project) == ["inspected"]
        assert try_again(project, [photo]) == 1
        work_off(project, tracing_detector)
        with project.database.reading() as session:
            row = session.scalars(select(CrackRow)).one()
            assert (row.id, row.decision, row.seen, row.removed) == (crack, "confirmed", True, False)
            assert len(session.scalars(select(InspectionRow)).all()) == 2


def states(project: Project) -> list[str]:
    with project.database.reading() as session:
        return list(session.scalars(select(PhotoRow.state).order_by(PhotoRow.id)))
