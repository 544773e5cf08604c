"""Takes what people do in any order; gives faults where undoing it does not lead back, or the log can be changed."""

from __future__ import annotations

import tempfile
from itertools import count
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule
from sqlalchemy import func, select, text
from sqlalchemy.exc import IntegrityError
from tests.projects.made import columns, lines, photos_of, put_photo, rows_of, save_photo, tracing_detector

from cracklens.errors import ConflictError, ProjectError
from cracklens.projects import (
    Project,
    be_done_with,
    decide,
    describe_crack,
    describe_photo,
    draw,
    join,
    part,
    set_scale,
    take_in,
    undo,
    work_off,
)
from cracklens.projects.records import AuditRow, ProjectRow, changes_of
from cracklens.values import Scale

PEOPLE = st.sampled_from(["ann", "ben"])
Rows = dict[str, dict[str, Any]]


def state(project: Project) -> Rows:
    """Give all that people change, without the versions, which only ever rise."""
    with project.database.reading() as session:
        about = columns(session.scalars(select(ProjectRow)).one())
    found = {**rows_of(project), **{name: columns(row) for name, row in photos_of(project).items()}, "project": about}
    return {key: {name: value for name, value in of.items() if name != "version"} for key, of in found.items()}


def bridge(folder: Path) -> tuple[Project, int, list[str]]:
    project = Project.make(folder / "bridge")
    return (project, *put_photo(project, save_photo(folder / "a.png"), *lines(2)))


class Review(RuleBasedStateMachine):
    """Two people who decide, undo and do again, each on a crack of their own, beside what each would expect."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        ticks = count()  # by the real clock a second would lie between two steps of some runs, and of others not
        self.clock = patch("cracklens.projects.review.now", lambda: f"{next(ticks)}")
        self.clock.start()
        self.project, self.photo, ids = bridge(Path(self.folder.name))
        self.own = dict(zip(("ann", "ben"), ids, strict=True))
        self.first = state(self.project)
        self.done: dict[str, list[dict[str, Any]]] = {who: [] for who in self.own}
        self.undone: dict[str, list[dict[str, Any]]] = {who: [] for who in self.own}

    def now(self, who: str) -> dict[str, Any]:
        return state(self.project)[self.own[who]]

    def act(self, who: str, change: Any) -> None:
        before = self.now(who)
        change()
        if self.now(who) != before:
            self.done[who].append(before)
            self.undone[who].clear()

    @rule(who=PEOPLE, decision=st.sampled_from([("confirmed", ""), ("rejected", "stain"), ("open", "")]))
    def decides(self, who: str, decision: tuple[Any, str]) -> None:
        self.act(who, lambda: decide(self.project, self.own[who], decision[0], reason=decision[1], who=who))

    @rule(who=PEOPLE, note=st.sampled_from(["", "wide", "wet"]))
    def notes(self, who: str, note: str) -> None:
        self.act(who, lambda: describe_crack(self.project, self.own[who], {"note": note}, who=who))

    @rule(who=PEOPLE)
    def undoes(self, who: str) -> None:
        if not self.done[who]:
            with pytest.raises(ProjectError, match="nothing more to undo"):
                undo(self.project, who=who)
            return
        before = self.now(who)
        undo(self.project, who=who)
        assert self.now(who) == self.done[who].pop()
        self.undone[who].append(before)

    @rule(who=PEOPLE)
    def does_again(self, who: str) -> None:
        if not self.undone[who]:
            with pytest.raises(ProjectError, match="nothing more to do again"):
                undo(self.project, who=who, again=True)
            return
        before = self.now(who)
        undo(self.project, who=who, again=True)
        assert self.now(who) == self.undone[who].pop()
        self.done[who].append(before)

    def teardown(self) -> None:
        for who, done in self.done.items():
            for _ in done:
                undo(self.project, who=who)
        last = state(self.project)
        self.clock.stop()
        self.project.close()
        self.folder.cleanup()
        assert last == self.first


TestReview = Review.TestCase
TestReview.settings = settings(max_examples=25, stateful_step_count=25)


def test_two_people_undo_their_own_alone(tmp_path: Path) -> None:
    project, _, (one, two) = bridge(tmp_path)
    decide(project, one, "confirmed", who="ann")
    decide(project, two, "confirmed", who="ben")
    undo(project, who="ann")
    assert [rows_of(project)[key]["decision"] for key in (one, two)] == ["open", "confirmed"]
    with pytest.raises(ProjectError, match="nothing more to undo"):
        undo(project, who="cat")
    project.close()


def test_what_another_has_changed_since_is_not_undone(tmp_path: Path) -> None:
    project, _, (one, _) = bridge(tmp_path)
    decide(project, one, "confirmed", who="ann")
    decide(project, one, "rejected", reason="joint", who="ben")
    before = state(project)
    with pytest.raises(ConflictError, match="This was changed by ben since"):
        undo(project, who="ann")
    assert state(project) == before
    undo(project, who="ben")
    undo(project, who="ann")
    assert rows_of(project)[one]["decision"] == "open"
    project.close()


def site(folder: Path) -> tuple[Project, int]:
    """Give a project of an inspected photo on which can be drawn."""
    project = Project.make(folder / "site")
    photo = take_in(project, save_photo(folder / "wall.png")).photo_id
    work_off(project, tracing_detector)
    return project, photo


def standing(project: Project) -> set[str]:
    return {key for key, row in rows_of(project).items() if not row["removed"]}


def test_a_cut_is_not_undone_once_another_has_decided_on_a_part(tmp_path: Path) -> None:
    project, photo = site(tmp_path)
    whole = draw(project, photo, [(20.0, 60.0), (300.0, 60.0)], who="ann")
    one, two = part(project, whole, (160.0, 60.0), who="ann")
    decide(project, one, "rejected", reason="joint", who="ben")
    with pytest.raises(ConflictError, match="This was changed by ben since; it cannot be undone"):
        undo(project, who="ann")
    assert standing(project) == {one, two}
    undo(project, who="ben")
    undo(project, who="ben", again=True)
    with pytest.raises(ConflictError, match="This was changed by ben since"):
        undo(project, who="ann")
    undo(project, who="ben")
    undo(project, who="ann")
    assert standing(project) == {whole}
    project.close()


def test_a_drawn_crack_to_which_another_joined_one_is_not_undrawn(tmp_path: Path) -> None:
    project, photo = site(tmp_path)
    other = draw(project, photo, [(20.0, 180.0), (300.0, 180.0)], who="ben")
    crack = draw(project, photo, [(20.0, 60.0), (300.0, 60.0)], who="ann")
    join(project, crack, other, who="ben")
    with pytest.raises(ConflictError, match="This was changed by ben since"):
        undo(project, who="ann")
    assert standing(project) == {crack}
    undo(project, who="ben")
    undo(project, who="ann")
    assert standing(project) == {other}
    project.close()


def test_a_join_is_not_done_again_once_another_has_noted_something_of_the_crack_that_would_go(tmp_path: Path) -> None:
    project, photo = site(tmp_path)
    crack, other = (draw(project, photo, [(20.0, y), (300.0, y)]) for y in (60.0, 180.0))
    describe_crack(project, other, {"note": "wet"}, who="ben")
    join(project, crack, other, who="ann")
    undo(project, who="ann")
    undo(project, who="ben")
    with pytest.raises(ConflictError, match="This was changed by ben since"):
        undo(project, who="ann", again=True)
    assert standing(project) == {crack, other}
    project.close()


def test_a_change_of_what_another_changed_meanwhile_is_refused(tmp_path: Path) -> None:
    project, _, (one, _) = bridge(tmp_path)
    version = decide(project, one, "confirmed", who="ann", version=1)
    with pytest.raises(ConflictError, match="changed by ann in the meantime"):
        decide(project, one, "rejected", reason="joint", who="ben", version=1)
    assert decide(project, one, "rejected", reason="joint", who="ben", version=version) == version + 1
    project.close()


def test_one_change_of_many_photos_is_undone_at_once(tmp_path: Path) -> None:
    project, first = site(tmp_path)
    second, _ = put_photo(project, save_photo(tmp_path / "b.png", seed=1))
    describe_photo(project, second, {"element": "Pier 3"})
    before = state(project)
    set_scale(project, [first, second], Scale(2.0))
    be_done_with(project, first)
    undo(project)
    undo(project)
    assert state(project) == before
    project.close()


def test_the_log_says_what_was_and_what_became_of_it(tmp_path: Path) -> None:
    project, photo, (one, _) = bridge(tmp_path)
    decide(project, one, "rejected", reason="cable", who="ann")
    with project.database.reading() as session:
        (row,) = session.scalars(select(AuditRow))
        ((table, key, before, after),) = [(of.table, of.id, of.before, of.after) for of in changes_of(row)]
    assert (row.who, row.action, row.photo_id, table, key) == ("ann", "reject", photo, "crack", one)
    assert before == {"decision": "open", "reason": "", "decided_at": None, "decided_by": ""}
    assert after == {"decision": "rejected", "reason": "cable", "decided_at": row.at, "decided_by": "ann"}
    project.close()


@pytest.mark.parametrize("change", ["update audit set who = 'nobody'", "delete from audit"])
def test_the_database_itself_holds_the_log(change: str, tmp_path: Path) -> None:
    project, _, (one, _) = bridge(tmp_path)
    decide(project, one, "confirmed")
    with pytest.raises(IntegrityError, match="only ever added to"), project.database.writing() as session:
        session.execute(text(change))
    with project.database.reading() as session:
        assert session.scalar(select(func.count()).select_from(AuditRow)) == 1
    project.close()


def test_a_clock_that_is_set_back_changes_no_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    project, _, (one, _) = bridge(tmp_path)
    said = [("confirmed", ""), ("rejected", "stain"), ("rejected", "cable")]
    for year, (decision, reason) in zip((2030, 2020, 1999), said, strict=True):
        for module in ("review", "records.audit"):
            monkeypatch.setattr(f"cracklens.projects.{module}.now", lambda year=year: f"{year}-01-01T00:00:00Z")
        decide(project, one, decision, reason=reason)  # type: ignore[arg-type]
    for decision, reason in (*reversed(said[:-1]), ("open", "")):
        undo(project)
        assert (rows_of(project)[one]["decision"], rows_of(project)[one]["reason"]) == (decision, reason)
    for decision, reason in said:
        undo(project, again=True)
        assert (rows_of(project)[one]["decision"], rows_of(project)[one]["reason"]) == (decision, reason)
    project.close()
