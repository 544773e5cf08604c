"""Takes users who are logged in; gives them by the token of their browser, until their time is up. Knows no cookie.

A session has so many seconds left, and each use takes off those that the clock moved since the last: no moment to come
is kept, which a clock that is set back would put off. A clock that is set forward ends sessions early. One that is set
back leaves the last use in its future, where nobody can tell how long the session was idle: by more than the
corrections that clocks get from a network, the session is over, and forgotten when it is next used or somebody logs in.
A smaller step back gives that step, once: seconds are counted from the latest use on.
"""

from __future__ import annotations

import hashlib
import secrets
import time
from collections.abc import Callable

from sqlalchemy import ColumnElement, delete, or_, select

from cracklens.errors import ProjectError
from cracklens.projects import Project
from cracklens.projects.accounts.people import User, user_of
from cracklens.projects.records import SessionRow, UserRow, now

LIFE_SECONDS = 7 * 24 * 3600.0
"""So long a session lives, however much it is used: a week of work is logged in to once."""

IDLE_SECONDS = 12 * 3600.0
"""So long it may stay unused: a night ends it, a long lunch does not."""

COUNT_SECONDS = 60.0
"""Not every tile writes: seconds are counted when so many have gone."""

BACK_SECONDS = 300.0
"""So far a clock may be set back without a doubt."""

Clock = Callable[[], float]


def open_session(project: Project, user: User, *, clock: Clock = time.time) -> str:
    """Log a user in and give the new token, which is kept nowhere else; what is over is forgotten.

    Raises:
        ProjectError: the user was disabled in the meantime.
    """
    token, seconds = secrets.token_urlsafe(32), clock()
    row = SessionRow(
        token_sha256=_sha256(token), user_id=user.id, made_at=now(), last_seen=seconds, seconds_left=LIFE_SECONDS
    )
    with project.database.writing() as session:
        if session.get_one(UserRow, user.id).disabled:
            raise ProjectError(f"{user.name} may not come in any more. Ask who runs the server.")
        session.execute(delete(SessionRow).where(_over(seconds)))
        session.add(row)
    return token


def session_user(project: Project, token: str, *, used: bool = True, clock: Clock = time.time) -> User | None:
    """Give who is logged in by a token, with the role of now; None where nobody is, or no more.

    Args:
        project: that has the users.
        token: that came.
        used: whether this is use of the session: what a page asks by itself is none, however long it stays open.
        clock: s since 1970.
    """
    seconds = clock()
    of_token = SessionRow.token_sha256 == _sha256(token)
    with project.database.reading() as session:
        found = session.execute(select(SessionRow, UserRow, _over(seconds)).join(UserRow).where(of_token)).one_or_none()
    if found is None:
        return None
    row, user, over = found
    if over or user.disabled:
        close_session(project, token)
        return None
    if used and seconds - row.last_seen >= COUNT_SECONDS:
        _count(project, row.id, seconds)
    return user_of(user)


def close_session(project: Project, token: str) -> None:
    """Log out by a token; nothing is there to do where nobody is logged in by it."""
    with project.database.writing() as session:
        session.execute(delete(SessionRow).where(SessionRow.token_sha256 == _sha256(token)))


def _count(project: Project, number: int, seconds: float) -> None:
    """Take the seconds that went by off those that a session has left; it may have been closed meanwhile."""
    with project.database.writing() as session:
        row = session.get(SessionRow, number)
        if row is not None:
            row.seconds_left -= max(seconds - row.last_seen, 0.0)
            row.last_seen = max(seconds, row.last_seen)


def _over(seconds: float) -> ColumnElement[bool]:
    """Give which sessions are over at a moment of the clock."""
    gone = seconds - SessionRow.last_seen
    return or_(gone >= SessionRow.seconds_left, gone >= IDLE_SECONDS, gone < -BACK_SECONDS)


def _sha256(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
