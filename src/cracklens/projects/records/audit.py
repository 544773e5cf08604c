"""Takes rows and what a person does to them; gives the change in the audit log, and takes it back. Knows no rules."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import msgspec
from sqlalchemy import func, inspect, or_, select
from sqlalchemy.orm import Session, object_session

from cracklens.artefacts import from_msgpack
from cracklens.errors import ConflictError, ProjectError
from cracklens.projects.records.dates import ChangeRow
from cracklens.projects.records.following import FOLLOWING
from cracklens.projects.records.tables import AuditRow, Base, CrackRow, PhotoRow, ProjectRow

REVIEWED: dict[str, type[ChangeRow | CrackRow | PhotoRow | ProjectRow]] = {
    "change": ChangeRow,
    "crack": CrackRow,
    "photo": PhotoRow,
    "project": ProjectRow,
}
"""Tables that people change."""

TRACED: dict[str, tuple[str, ...]] = {"crack": ("seen",)}
"""Columns by table that tracing sets as well: to undo sets them back, but does not come too late by them."""

Row = ChangeRow | CrackRow | PhotoRow | ProjectRow

SOMEBODY = "somebody"
"""Who did what the log has no name of: in local use nobody has one."""


class Changed(msgspec.Struct, frozen=True, array_like=True):
    """What became of one row.

    Attributes:
        table, id: which.
        before, after: the columns that changed, and no others; of a new row `before` says that it is removed. What
            tracing sets as well stands in `before` alone.
    """

    table: str
    id: str | int
    before: dict[str, Any]
    after: dict[str, Any]


def now() -> str:
    """Give this moment in UTC, to the second; what order things have does not hang on a clock."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


@contextmanager
def changing(
    session: Session,
    who: str,
    action: str,
    rows: Sequence[Row],
    *,
    new: Sequence[CrackRow] = (),
    undoes: int | None = None,
) -> Iterator[None]:
    """Hold rows while a person changes them; what changed is logged with them, and their versions rise.

    Args:
        session: that writes.
        who: the user.
        action: what is done, such as "confirm".
        rows: that may change.
        new: cracks that are new with it.
        undoes: the change that this one takes back.
    """
    before = [_state(row) for row in rows]
    yield
    session.add_all(new)
    changes = [_changed(row, old) for row, old in zip(rows, before, strict=True)]
    changes += [Changed("crack", row.id, {"removed": True}, {"removed": False}) for row in new]
    for row, change in zip(rows, changes, strict=False):
        row.version += bool(change.after)
    photos = {_photo_of(row) for row in (*rows, *new)} - {None}
    kept = [change for change in changes if change.after]
    if kept:
        of = photos.pop() if len(photos) == 1 else None
        session.add(AuditRow(at=now(), who=who, action=action, photo_id=of, changes=packed(kept), undoes=undoes))


def packed(changes: Sequence[Changed]) -> bytes:
    """Give changes as the log keeps them."""
    return msgspec.msgpack.encode(changes)


def changes_of(row: AuditRow) -> list[Changed]:
    """Give what a line of the log says."""
    return from_msgpack(row.changes, list[Changed])


def check_version(row: Row, version: int | None) -> None:
    """Refuse a change of what somebody else has changed since it was looked at; None takes it as it is.

    Raises:
        ConflictError: it has another version now.
    """
    if version is not None and row.version != version:
        by = _changed_by(row)
        raise ConflictError(f"This was changed by {by} in the meantime; nothing was overwritten. Look at it again.")


def _changed_by(row: Row) -> str:
    """Give who changed a row last, as the log says; who says or decides something need not be who did it last."""
    return next((line.who or SOMEBODY for line in _lines_of(row)), SOMEBODY)


def _lines_of(row: Row, after: int = 0) -> Iterator[AuditRow]:
    """Give the lines of the log that name a row, the latest first, down to one that is not among them."""
    session = object_session(row)
    of_it = select(AuditRow).where(or_(AuditRow.photo_id == _photo_of(row), AuditRow.photo_id.is_(None)))
    for line in session.scalars(of_it.where(AuditRow.id > after).order_by(AuditRow.id.desc())) if session else ():
        if any((change.table, change.id) == (row.__tablename__, row.id) for change in changes_of(line)):
            yield line


def _spoken_of_since(row: Row, last: AuditRow) -> str:
    """Give which other person changed a row after a line of the log, so that it stands; "" where nobody did."""
    taken_back: set[int] = set()
    for line in _lines_of(row, last.id):
        stands = line.id not in taken_back
        if stands and line.undoes is not None:
            taken_back.add(line.undoes)
        anew = line.action != "undo" or (line.undoes or 0) < last.id
        if stands and anew and line.who != last.who:
            return line.who or SOMEBODY
    return ""


def _photo_of(row: Row) -> int | None:
    """Give the photo that a row is of; None of the whole project."""
    if isinstance(row, ProjectRow):
        return None
    return row.id if isinstance(row, PhotoRow) else row.photo_id


def last_line(session: Session) -> int:
    """Give the number of the last line of the log; 0 of an empty one."""
    return session.scalar(select(func.max(AuditRow.id))) or 0


def others_since(session: Session, seen: int, who: str) -> list[str]:
    """Give which other people changed anything after a line of the log, the latest first.

    Args:
        session: that reads.
        seen: number of the line.
        who: the user, who is not among them.
    """
    latest = select(AuditRow.who, func.max(AuditRow.id)).where(AuditRow.who != who).group_by(AuditRow.who)
    found = sorted(((line, name or SOMEBODY) for name, line in session.execute(latest) if line > seen), reverse=True)
    return [name for _, name in found]


def take_back(session: Session, who: str, *, again: bool = False) -> AuditRow:
    """Undo the last change of a person, or with `again` the last undoing, as long as there are any.

    A row that it would take away stays where somebody else has said anything of it since: that would be lost with it.

    Raises:
        ProjectError: there is nothing more.
        ConflictError: somebody else has changed the same since.
    """
    last = _last(session, who, again=again)
    if last is None:
        raise ProjectError("There is nothing more to undo." if not again else "There is nothing more to do again.")
    changes = changes_of(last)
    rows = [_row(session, change) for change in changes]
    for row, change in zip(rows, changes, strict=True):
        changed = any(getattr(row, name) != value for name, value in change.after.items())
        by = _changed_by(row) if changed else _spoken_of_since(row, last) if change.before.get("removed") else ""
        if by:
            raise ConflictError(f"This was changed by {by} since; it cannot be undone. Look at it again.")
    with changing(session, who, "redo" if again else "undo", rows, undoes=last.id):
        for row, change in zip(rows, changes, strict=True):
            for name, value in change.before.items():
                setattr(row, name, value)
    return last


def _last(session: Session, who: str, *, again: bool) -> AuditRow | None:
    """Give the last change that stands and is to be undone; with `again` the last undoing that stands."""
    taken_back: set[int] = set()
    for row in session.scalars(select(AuditRow).where(AuditRow.who == who).order_by(AuditRow.id.desc())):
        stands = row.id not in taken_back
        if row.undoes is not None and stands:
            taken_back.add(row.undoes)
        if again and row.action not in ("undo", "redo"):
            return None  # something new was done since: there is nothing to do again
        if stands and (row.action == "undo") == again and not (row.action == "redo" and again):
            return row
    return None


def _row(session: Session, change: Changed) -> Row:
    row: Row | None = session.get(REVIEWED[change.table], change.id)  # type: ignore[assignment]
    if row is None:
        raise ProjectError(f"{change.table} {change.id} is not in the project any more. Restore a backup.")
    return row


def _state(row: Base) -> dict[str, Any]:
    return {column.key: getattr(row, column.key) for column in inspect(type(row)).column_attrs}


def _changed(row: Row, before: dict[str, Any]) -> Changed:
    after = _state(row)
    table, key = row.__tablename__, before["id"]
    unsaid = {"version", *FOLLOWING.get(table, ())}
    names = [name for name in after if after[name] != before[name] and name not in unsaid]
    said = [name for name in names if name not in TRACED.get(table, ())]
    return Changed(table, key, {name: before[name] for name in names}, {name: after[name] for name in said})
