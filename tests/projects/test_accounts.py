"""Takes names, passwords and a clock; gives faults of users, of their sessions, and of guesses at passwords."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import pytest
from argon2 import PasswordHasher
from sqlalchemy import select, update

from cracklens.errors import ProjectError, SettingError
from cracklens.projects import Project
from cracklens.projects.accounts import (
    Guesses,
    User,
    add_user,
    check_password,
    close_session,
    disable,
    open_session,
    people,
    session_user,
    set_password,
    set_role,
    users,
)
from cracklens.projects.accounts.guesses import MOST_WRONG, WITHIN_SECONDS
from cracklens.projects.accounts.sessions import BACK_SECONDS, COUNT_SECONDS, IDLE_SECONDS, LIFE_SECONDS
from cracklens.projects.records import SessionRow, UserRow

RIGHT = "stairs and a lamp"
OTHER = "a lamp and stairs"


@dataclass
class Clock:
    """A clock that stands still until it is set."""

    seconds: float = 1_000_000_000.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    made = Project.make(tmp_path / "bridge")
    yield made
    made.close()


@pytest.fixture
def ann(project: Project) -> User:
    return add_user(project, "Ann Öst", RIGHT, role="sign")


def rows(project: Project, table: type[Any]) -> list[Any]:
    with project.database.reading() as session:
        return list(session.scalars(select(table)))


# users


def test_who_is_added_is_there_and_known_by_the_password(project: Project, ann: User) -> None:
    rob = add_user(project, " Rob ", RIGHT, role="look")
    assert users(project) == (ann, rob)
    assert (rob.name, rob.role, rob.disabled) == ("Rob", "look", False)
    assert check_password(project, "Rob", RIGHT) == rob
    assert check_password(project, "Rob", OTHER) is None
    assert check_password(project, "nobody", RIGHT) is None


def test_passwords_are_kept_as_argon2_with_a_salt_of_their_own(project: Project, ann: User) -> None:
    add_user(project, "Rob", RIGHT, role="look")
    one, two = (row.password for row in rows(project, UserRow))
    assert one.startswith("$argon2id$")
    assert one != two
    assert RIGHT not in one
    assert RIGHT.encode() not in (project.folder / "project.sqlite-wal").read_bytes()


@pytest.mark.parametrize("name", ["ann öst", "ANN ÖST", "Ann O\u0308st", "  Ann \t Öst ", "Ａnn Öst"])
def test_a_name_is_one_in_whatever_case_it_is_typed(project: Project, ann: User, name: str) -> None:
    assert check_password(project, name, RIGHT) == ann
    with pytest.raises(SettingError, match=r"There is a user 'Ann Öst' already\. Choose another"):
        add_user(project, name, OTHER, role="look")
    assert users(project) == (ann,)


@pytest.mark.parametrize("name", ["", "   ", "x" * 81, "Ann\x1b[31m", "Ann\u202e", "Ann\udce9"])
def test_a_name_can_be_read_by_others(project: Project, name: str) -> None:
    with pytest.raises(SettingError, match="expected a name of 1 to 80 characters"):
        add_user(project, name, RIGHT, role="look")


@pytest.mark.parametrize(("password", "came"), [("", 0), ("lamp", 4), ("nine char", 9), ("x" * 1001, 1001)])
def test_a_short_password_is_refused_with_what_is_expected(
    project: Project, ann: User, password: str, came: int
) -> None:
    said = rf"expected a password of 10 to 1,000 characters; got {came}\. A few words"
    with pytest.raises(SettingError, match=said):
        add_user(project, "Rob", password, role="look")
    with pytest.raises(SettingError, match=said):
        set_password(project, "Ann Öst", password)
    assert users(project) == (ann,)
    assert check_password(project, "Ann Öst", RIGHT) == ann


def test_an_accent_is_one_however_it_was_typed(project: Project) -> None:
    add_user(project, "Rob", "caf\u00e9 au lait", role="look")
    assert check_password(project, "Rob", "cafe\u0301 au lait")
    assert not check_password(project, "Rob", "cafe au lait")


def test_a_password_counts_to_its_last_letter(project: Project) -> None:
    add_user(project, "Rob", "x" * 1000, role="look")
    assert check_password(project, "Rob", "x" * 1000)
    assert not check_password(project, "Rob", "x" * 1001)
    assert not check_password(project, "Rob", "x" * 999)


def test_there_are_three_roles(project: Project, ann: User) -> None:
    odd: Any = "admin"
    for change in (lambda: add_user(project, "Rob", RIGHT, role=odd), lambda: set_role(project, "Ann Öst", odd)):
        with pytest.raises(SettingError, match="role must be of look, review, sign; got 'admin'"):
            change()
    assert set_role(project, "ann öst", "look").role == "look"
    assert users(project)[0].role == "look"


@pytest.mark.parametrize("change", [disable, lambda of, name: set_role(of, name, "look")])
def test_who_is_not_there_is_named_with_the_nearest(project: Project, ann: User, change) -> None:
    with pytest.raises(ProjectError, match=r"There is no user 'Ann Ost' in this project\. Did you mean 'Ann Öst'"):
        change(project, "Ann Ost")
    with pytest.raises(ProjectError, match=r"There are Ann Öst\."):
        change(project, "Zed")


def test_each_answer_costs_one_hash(project: Project, ann: User, monkeypatch: pytest.MonkeyPatch) -> None:
    check_password(project, "nobody", RIGHT)
    rob = add_user(project, "Rob", RIGHT, role="look")
    disable(project, rob.name)
    calls: list[str] = []

    class Counting(PasswordHasher):
        def verify(self, hash: str | bytes, password: str | bytes) -> Literal[True]:  # noqa: A002
            calls.append(str(hash))
            return super().verify(hash, password)

    monkeypatch.setattr(people, "HASHER", Counting())
    answers = [check_password(project, *pair) for pair in (("Ann Öst", RIGHT), ("Ann Öst", OTHER), ("Zed", OTHER))]
    assert [bool(of) for of in answers] == [True, False, False]
    assert check_password(project, "Rob", RIGHT) is None
    assert len(calls) == 4
    assert len(set(calls)) == 3, "of the one, of the disabled one, and of nobody"
    assert len({hashed.rpartition("$")[0].rpartition("$")[0] for hashed in calls}) == 1, "of one cost"


def test_a_hash_of_weaker_settings_is_made_anew_at_log_in(project: Project, ann: User) -> None:
    weak = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)
    with project.database.writing() as session:
        session.scalars(select(UserRow)).one().password = weak.hash(RIGHT)
    assert check_password(project, ann.name, OTHER) is None
    assert "m=64," in rows(project, UserRow)[0].password
    assert check_password(project, ann.name, RIGHT) == ann
    assert not PasswordHasher().check_needs_rehash(rows(project, UserRow)[0].password)
    assert check_password(project, ann.name, RIGHT) == ann


def test_a_damaged_hash_lets_nobody_in(project: Project, ann: User) -> None:
    with project.database.writing() as session:
        session.execute(update(UserRow).values(password="not a hash"))  # noqa: S106
    assert check_password(project, ann.name, RIGHT) is None


# sessions


def test_a_session_is_found_by_its_token_which_is_kept_nowhere(project: Project, ann: User) -> None:
    one, two = open_session(project, ann), open_session(project, ann)
    assert one != two
    assert session_user(project, one) == session_user(project, two) == ann
    assert session_user(project, "") is None
    assert session_user(project, one[:-1]) is None
    kept = {row.token_sha256 for row in rows(project, SessionRow)}
    assert len(kept) == 2
    assert not kept & {one, two}
    close_session(project, one)
    assert (session_user(project, one), session_user(project, two)) == (None, ann)


def test_a_role_holds_from_the_next_use_on(project: Project, ann: User) -> None:
    token = open_session(project, ann)
    set_role(project, ann.name, "look")
    found = session_user(project, token)
    assert found is not None
    assert found.role == "look"


def test_who_is_disabled_is_out_at_once_and_stays_so(project: Project, ann: User) -> None:
    token = open_session(project, ann)
    assert disable(project, ann.name).disabled
    assert session_user(project, token) is None
    assert check_password(project, ann.name, RIGHT) is None
    with pytest.raises(ProjectError, match="Ann Öst may not come in any more"):
        open_session(project, ann)
    disable(project, ann.name, disabled=False)
    assert session_user(project, token) is None, "the old session is over"
    assert check_password(project, ann.name, RIGHT) == ann


def test_another_password_ends_the_sessions_of_this_user_alone(project: Project, ann: User) -> None:
    rob = add_user(project, "Rob", RIGHT, role="look")
    tokens = [open_session(project, user) for user in (ann, ann, rob)]
    set_password(project, ann.name, OTHER)
    assert [session_user(project, token) for token in tokens] == [None, None, rob]
    assert check_password(project, ann.name, RIGHT) is None
    assert check_password(project, ann.name, OTHER) == ann


def test_a_session_that_is_not_used_ends(project: Project, ann: User) -> None:
    clock = Clock()
    token = open_session(project, ann, clock=clock)
    clock.seconds += IDLE_SECONDS - 1
    assert session_user(project, token, clock=clock) == ann
    clock.seconds += IDLE_SECONDS
    assert session_user(project, token, clock=clock) is None
    assert rows(project, SessionRow) == []


def test_a_session_about_which_a_page_asks_by_itself_ends_as_one_that_is_not_used(project: Project, ann: User) -> None:
    clock = Clock()
    token = open_session(project, ann, clock=clock)
    for _ in range(3):
        clock.seconds += IDLE_SECONDS / 4
        assert session_user(project, token, used=False, clock=clock) == ann
    clock.seconds += IDLE_SECONDS / 4
    assert session_user(project, token, used=False, clock=clock) is None
    assert rows(project, SessionRow) == []


def test_a_session_that_is_used_ends_when_its_seconds_are_gone(project: Project, ann: User) -> None:
    clock, step, used = Clock(), IDLE_SECONDS / 2, 0.0
    token = open_session(project, ann, clock=clock)
    while session_user(project, token, clock=clock):
        used += step
        clock.seconds += step
        assert used <= LIFE_SECONDS
    assert used == LIFE_SECONDS


def test_a_clock_that_is_set_back_far_ends_a_session_for_good(project: Project, ann: User) -> None:
    clock = Clock()
    token = open_session(project, ann, clock=clock)
    clock.seconds -= BACK_SECONDS + 1
    assert session_user(project, token, clock=clock) is None
    clock.seconds += BACK_SECONDS + 1
    assert session_user(project, token, clock=clock) is None


def test_a_clock_that_is_set_back_a_little_gives_no_more_than_that(project: Project, ann: User) -> None:
    clock, life = Clock(), 0.0
    token = open_session(project, ann, clock=clock)
    while session_user(project, token, clock=clock):
        clock.seconds += IDLE_SECONDS / 4
        life += IDLE_SECONDS / 4
        assert session_user(project, token, clock=clock) or life >= LIFE_SECONDS
        clock.seconds -= BACK_SECONDS
        assert life < 2 * LIFE_SECONDS
    backs = life / (IDLE_SECONDS / 4)
    assert life - LIFE_SECONDS <= backs * BACK_SECONDS + IDLE_SECONDS / 4


def test_a_clock_that_is_set_back_again_and_again_keeps_no_idle_session(project: Project, ann: User) -> None:
    clock = Clock()
    token = open_session(project, ann, clock=clock)
    for _ in range(3):
        clock.seconds -= BACK_SECONDS / 2
        alive = session_user(project, token, clock=clock)
    assert alive is None, "seconds are counted from the latest use, which no step back moves"


def test_what_is_over_is_forgotten_when_somebody_logs_in(project: Project, ann: User) -> None:
    clock = Clock()
    open_session(project, ann, clock=clock)
    clock.seconds += 2 * IDLE_SECONDS
    open_session(project, ann, clock=clock)
    assert len(rows(project, SessionRow)) == 1
    clock.seconds -= 2 * BACK_SECONDS
    open_session(project, ann, clock=clock)
    assert [row.last_seen for row in rows(project, SessionRow)] == [clock.seconds]


def test_not_every_use_writes(project: Project, ann: User) -> None:
    clock = Clock()
    token = open_session(project, ann, clock=clock)
    begun = clock.seconds
    clock.seconds += COUNT_SECONDS - 1
    session_user(project, token, clock=clock)
    assert rows(project, SessionRow)[0].last_seen == begun
    clock.seconds += 1
    session_user(project, token, clock=clock)
    (row,) = rows(project, SessionRow)
    assert (row.last_seen, row.seconds_left) == (begun + COUNT_SECONDS, LIFE_SECONDS - COUNT_SECONDS)


# guesses


def test_after_five_wrong_passwords_the_next_waits_a_minute() -> None:
    clock = Clock()
    guesses = Guesses(clock)
    for _ in range(MOST_WRONG):
        assert guesses.wait_seconds("Ann") == 0
        guesses.add("Ann")
        clock.seconds += 1
    assert guesses.wait_seconds("ANN ") == WITHIN_SECONDS - MOST_WRONG
    assert guesses.wait_seconds("Rob") == 0
    clock.seconds += WITHIN_SECONDS - MOST_WRONG
    assert guesses.wait_seconds("Ann") == 0
    guesses.add("Ann")
    assert guesses.wait_seconds("Ann") == 1, "one more for each that is a minute old"


def test_the_right_password_forgets_the_wrong_ones() -> None:
    guesses = Guesses(Clock())
    for _ in range(MOST_WRONG - 1):
        guesses.add("Ann")
    guesses.forget("ann")
    guesses.add("Ann")
    assert guesses.wait_seconds("Ann") == 0


def test_names_that_were_guessed_long_ago_are_kept_no_more() -> None:
    clock = Clock()
    guesses = Guesses(clock)
    for number in range(1000):
        guesses.add(f"name {number}")
    clock.seconds += WITHIN_SECONDS
    guesses.add("Ann")
    assert list(guesses.wrong) == ["ann"]
