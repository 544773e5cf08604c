"""Takes photos that are traced while people work; gives faults where they wait for it, or what they do goes lost."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from tests.projects.made import HW, lines, opened, put_photo, rows_of, save_photo, tracing_detector
from tests.report.made import trace

from cracklens.artefacts import unpack
from cracklens.projects import Project, decide, draw, move, take_in, try_again, undo, work_off
from cracklens.projects.cracks import keep_cracks
from cracklens.projects.records import CrackRow, PhotoRow
from cracklens.values import Trace

LINE = [(30, 60), (290, 120)]


def watched(of: str, before: Callable[[], object], patched: pytest.MonkeyPatch) -> list[str]:
    """Let something be done before each call of a function, and give its name so often as it was called."""
    module, _, name = of.rpartition(".")
    calls, function = [], getattr(__import__(module, fromlist=[name]), name)

    def called(*given: Any, **named: Any) -> Any:
        before()
        calls.append(name)
        return function(*given, **named)

    patched.setattr(of, called)
    return calls


@pytest.mark.parametrize("of", ["cracks.match", "cracks.shape_of", "cracks.pack", "cracks.short_ones", "work.find"])
def test_nobody_waits_for_what_is_computed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, of: str) -> None:
    with opened(tmp_path / "bridge", new=True) as project:
        take_in(project, save_photo(tmp_path / "a.png", LINE))

        def write_at_once() -> None:
            with closing(sqlite3.connect(project.database.path, timeout=0, isolation_level=None)) as other:
                other.execute("begin immediate")
                other.execute("rollback")

        calls = watched(f"cracklens.projects.{of}", write_at_once, monkeypatch)
        for _ in range(2):
            n_calls = len(calls)
            work_off(project, tracing_detector)
            assert len(calls) > n_calls
            try_again(project, [1])


def between(project: Project, monkeypatch: pytest.MonkeyPatch, change: Callable[[], object]) -> None:
    """Inspect photos, and let a person change something after the plan was made and before it is written."""
    left = [change]
    calls = watched("cracklens.projects.work.find", lambda: left and left.pop()(), monkeypatch)
    work_off(project, tracing_detector)
    assert calls


def test_what_a_person_decides_meanwhile_is_not_dropped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with opened(tmp_path / "bridge", new=True) as project:
        _, (gone, decided) = put_photo(project, save_photo(tmp_path / "a.png", LINE), *lines(2))
        between(project, monkeypatch, lambda: decide(project, decided, "confirmed"))
        rows = rows_of(project)
        assert [rows[key]["removed"] for key in (gone, decided)] == [True, False]
        assert (rows[decided]["decision"], rows[decided]["seen"]) == ("confirmed", False)
        assert len(rows) == 3


def test_what_a_person_draws_meanwhile_is_no_crack_twice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with opened(tmp_path / "bridge", new=True) as project:
        photo = take_in(project, save_photo(tmp_path / "a.png", LINE)).photo_id
        work_off(project, tracing_detector)
        (traced,) = rows_of(project)
        with project.database.writing() as session:
            session.delete(session.get_one(CrackRow, traced))
        try_again(project, [photo])
        between(project, monkeypatch, lambda: draw(project, photo, [(float(x), float(y)) for x, y in LINE]))
        with project.database.reading() as session:
            (row,) = session.scalars(select(CrackRow))
            assert row.by_hand
            assert unpack(row.trace, Trace).by_hand, "it runs where the person drew it"


def test_an_id_that_is_taken_meanwhile_is_not_given_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with opened(tmp_path / "bridge", new=True) as project:
        take_in(project, save_photo(tmp_path / "a.png", LINE))
        work_off(project, tracing_detector)
        (found,) = rows_of(project)
        other, _ = put_photo(project, save_photo(tmp_path / "b.png", seed=1), trace((20, 20), (200, 20)))
        with project.database.writing() as session:
            session.delete(session.get_one(CrackRow, found))

        def take() -> None:
            with project.database.writing() as session:
                (row,) = session.scalars(select(CrackRow))
                row.id, row.version = found, 2

        try_again(project, [1])
        between(project, monkeypatch, take)
        rows = rows_of(project)
        assert rows[found]["photo_id"] == other
        assert [row["photo_id"] for row in rows.values()].count(1) == 1


def test_a_decision_ends_the_second_look_and_undoing_it_asks_for_it_again(tmp_path: Path) -> None:
    with opened(tmp_path / "bridge", new=True) as project:
        photo, (key, other) = put_photo(project, save_photo(tmp_path / "a.png"), *lines(2))
        for crack in (key, other):
            decide(project, crack, "confirmed")

        def traced(*again: Trace) -> list[bool]:
            with project.database.writing() as session:
                keep_cracks(session, session.get_one(PhotoRow, photo), again, HW)
            return seen()

        def seen() -> list[bool]:
            return [rows_of(project)[crack]["seen"] for crack in (key, other)]

        assert traced() == [False, False]
        decide(project, key, "rejected", reason="stain")
        assert seen() == [True, False]
        undo(project)
        assert seen() == [False, False]
        undo(project, again=True)
        assert seen() == [True, False]
        assert traced() == [False, False]
        undo(project)
        assert rows_of(project)[key]["decision"] == "confirmed", "a tracing in between is no conflict"
        assert traced(*lines(2)) == [True, True]
        undo(project)
        undo(project)
        assert {row["decision"] for row in rows_of(project).values()} == {"open"}


def test_a_line_that_a_person_draws_anew_needs_no_second_look(tmp_path: Path) -> None:
    with opened(tmp_path / "bridge", new=True) as project:
        photo = take_in(project, save_photo(tmp_path / "a.png", LINE)).photo_id
        work_off(project, tracing_detector)
        (key,) = rows_of(project)
        decide(project, key, "confirmed")
        with project.database.writing() as session:
            keep_cracks(session, session.get_one(PhotoRow, photo), (), HW)
        assert not rows_of(project)[key]["seen"]
        move(project, key, 0, [(float(x), float(y)) for x, y in LINE])
        assert rows_of(project)[key]["seen"]
        undo(project)
        assert not rows_of(project)[key]["seen"]
