"""Takes names, passwords and roles; gives the users of a project, and whether a password is right. Knows no page."""

from __future__ import annotations

import difflib
import secrets
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from typing import get_args

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from cracklens.errors import ProjectError, SettingError
from cracklens.projects import Project
from cracklens.projects.records import Role, SessionRow, UserRow, now
from cracklens.visible import visible

LEAST_PASSWORD, MOST_PASSWORD = 10, 1_000
MOST_NAME = 80
"""Characters."""

HASHER = PasswordHasher()
"""argon2id with the library's own settings, which follow RFC 9106; a hash of older ones is made anew at log-in."""


@dataclass(frozen=True)
class User:
    """One person who may come in over a network.

    Attributes:
        id, name, disabled, made_at: as in the project.
        role: "look" sees everything; "review" changes it, too; "sign" signs, too.
    """

    id: int
    name: str
    role: Role
    disabled: bool
    made_at: str


def users(project: Project) -> tuple[User, ...]:
    """Give all users, in the order of their names."""
    with project.database.reading() as session:
        return tuple(user_of(row) for row in session.scalars(select(UserRow).order_by(UserRow.folded)))


def add_user(project: Project, name: str, password: str, *, role: Role) -> User:
    """Add a user.

    Args:
        project: to come into.
        name: told apart without regard to case, width of letters, and space around it.
        password: at least 10 characters.
        role: of the user.

    Raises:
        SettingError: the name is none or taken, the password too short, or there is no such role.
    """
    name = _plain(name)
    _check_name(name)
    _check_role(role)
    row = UserRow(name=name, folded=folded(name), password=_hashed(password), role=role, disabled=False, made_at=now())
    with project.database.writing() as session:
        taken = _find(session, name)
        if taken is not None:
            raise SettingError(f"There is a user {taken.name!r} already. Choose another name, or set the role of this.")
        session.add(row)
        session.flush()
        return user_of(row)


def set_password(project: Project, name: str, password: str) -> User:
    """Give a user another password; whoever is logged in by the old one is logged out.

    Raises:
        ProjectError: there is no such user.
        SettingError: it is too short.
    """
    hashed = _hashed(password)
    with project.database.writing() as session:
        row = _row(session, name)
        row.password = hashed
        _log_out(session, row)
        return user_of(row)


def set_role(project: Project, name: str, role: Role) -> User:
    """Give a user another role; it holds from the next click on.

    Raises:
        ProjectError: there is no such user.
        SettingError: there is no such role.
    """
    _check_role(role)
    with project.database.writing() as session:
        row = _row(session, name)
        row.role = role
        return user_of(row)


def disable(project: Project, name: str, *, disabled: bool = True) -> User:
    """Let a user in no more, from the next click on, or let one in again. What the user did stays under the name.

    Raises:
        ProjectError: there is no such user.
    """
    with project.database.writing() as session:
        row = _row(session, name)
        row.disabled = disabled
        _log_out(session, row)
        return user_of(row)


def check_password(project: Project, name: str, password: str) -> User | None:
    """Give the user whose password this is; None where it is not, or where the user is disabled or unknown.

    Each answer costs one hash, so that the time it takes does not tell which names there are.
    """
    nobodys = _nobodys()  # for every name, so that the first unknown one does not wait longer
    with project.database.reading() as session:
        row = _find(session, name)
    right = _is(row.password if row else nobodys, password)
    if row is None or row.disabled or not right:
        return None
    if HASHER.check_needs_rehash(row.password):
        _hash_anew(project, row, password)
    return user_of(row)


def user_of(row: UserRow) -> User:
    """Give the user of a row."""
    return User(row.id, row.name, row.role, row.disabled, row.made_at)


def folded(name: str) -> str:
    """Give a name as names are compared: Ann, ANN and a wide Ａnn are one."""
    return visible(_plain(_plain(name).casefold()))


def _plain(name: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", name).split())


def _normal(password: str) -> bytes:
    """Give a password as one text, however a keyboard puts an accent on a letter; of a longer one what is too long."""
    return unicodedata.normalize("NFKC", password)[: MOST_PASSWORD + 1].encode("utf-8", "surrogatepass")


def _find(session: Session, name: str) -> UserRow | None:
    return session.scalar(select(UserRow).where(UserRow.folded == folded(name)))


def _row(session: Session, name: str) -> UserRow:
    row = _find(session, name)
    if row is not None:
        return row
    known = list(session.scalars(select(UserRow.name).order_by(UserRow.folded)))
    near = difflib.get_close_matches(name, known, n=1)
    others = f"There are {', '.join(known)}." if known else "There is none yet."
    advice = f"Did you mean {near[0]!r}?" if near else others
    raise ProjectError(f"There is no user {name!r} in this project. {advice}")


def _log_out(session: Session, row: UserRow) -> None:
    session.execute(delete(SessionRow).where(SessionRow.user_id == row.id))


def _hashed(password: str) -> str:
    came = len(unicodedata.normalize("NFKC", password))
    if not LEAST_PASSWORD <= came <= MOST_PASSWORD:
        expected = f"expected a password of {LEAST_PASSWORD} to {MOST_PASSWORD:,} characters; got {came}"
        raise SettingError(f"{expected}. A few words together are long enough, and easy to keep in mind.")
    return HASHER.hash(_normal(password))


def _is(hashed: str, password: str) -> bool:
    try:
        return HASHER.verify(hashed, _normal(password))
    except (VerificationError, InvalidHashError):
        return False


@lru_cache(maxsize=1)
def _nobodys() -> str:
    """Give the hash of a password that nobody knows."""
    return HASHER.hash(secrets.token_hex())


def _hash_anew(project: Project, row: UserRow, password: str) -> None:
    """Keep a hash by today's settings, unless the password was changed in the meantime."""
    hashed = HASHER.hash(_normal(password))
    with project.database.writing() as session:
        current = session.get_one(UserRow, row.id)
        current.password = hashed if current.password == row.password else current.password


def _check_name(name: str) -> None:
    if not 0 < len(name) <= MOST_NAME or not name.isprintable():
        raise SettingError(f"expected a name of 1 to {MOST_NAME} characters that can be printed; got {name!r}.")


def _check_role(role: str) -> None:
    if role not in get_args(Role):
        raise SettingError(f"role must be of {', '.join(get_args(Role))}; got {role!r}.")
