"""Takes nothing; gives the tables of a project's database. Knows no migration, and no rule of what is written."""

from __future__ import annotations

from typing import Any, Literal

from sqlalchemy import JSON, ForeignKey, Index, LargeBinary, MetaData, String
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

PhotoState = Literal["waiting", "prepared", "inspected", "failed"]
"""Taken in; with its tiles made; with its cracks found; or not to be inspected, with the reason."""

Decision = Literal["open", "confirmed", "rejected"]

JobState = Literal["waiting", "running", "done", "failed"]

Role = Literal["look", "review", "sign"]
"""What a user may do; each may do what those before it may."""

NAMES = {
    "ix": "ix_%(column_0_label)s",
    "uq": "uq_%(table_name)s_%(column_0_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s",
    "pk": "pk_%(table_name)s",
}
"""Of constraints, so that a migration can name them."""


class Base(DeclarativeBase):
    """Every table."""

    metadata = MetaData(naming_convention=NAMES)
    type_annotation_map = {  # noqa: RUF012
        bytes: LargeBinary,
        dict[str, Any]: JSON,
        PhotoState: String,
        Decision: String,
        Role: String,
    }


class ProjectRow(Base):
    """What holds for the whole project; there is one.

    Attributes:
        name, structure, number, inspector, guide, language: as in `ReportOptions`.
        detector: name or folder of a checkpoint.
        threshold: score 0-1 from which a region is a finding; None takes the detector's.
        severities, elements: lists of one's own, `{"names": [...]}`.
        revision: of the signed report; rises with the first change after a signature.
    """

    __tablename__ = "project"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(default="")
    structure: Mapped[str] = mapped_column(default="")
    number: Mapped[str] = mapped_column(default="")
    inspector: Mapped[str] = mapped_column(default="")
    guide: Mapped[str] = mapped_column(default="none")
    language: Mapped[str] = mapped_column(default="en")
    detector: Mapped[str] = mapped_column(default="")
    threshold: Mapped[float | None]
    severities: Mapped[dict[str, Any]] = mapped_column(default=dict)
    elements: Mapped[dict[str, Any]] = mapped_column(default=dict)
    revision: Mapped[int] = mapped_column(default=1)
    version: Mapped[int] = mapped_column(default=1)
    made_at: Mapped[str]


class PhotoRow(Base):
    """One photo, by its content: the same file put in twice is one.

    Attributes:
        name: as it came; never used as a path.
        suffix: of that name, lower case, only where it is a photo's.
        facts: the `Photo` without its pixels, packed; None until it was read.
        state, reason: where it stands; the reason is a packed `Note`.
        score, flagged_share, novelty: what photos are ordered by, once inspected.
        scored_key, traced_key: of its artefacts.
        scale: a packed `Scale`, set by a person; None takes the photo's own.
        px_per_mm, scale_error: of the scale in force, and its relative error; None where unknown.
        reviewed_at, reviewed_by: when a person was done with it.
        version: rises with every change by a person.
    """

    __tablename__ = "photo"
    id: Mapped[int] = mapped_column(primary_key=True)
    sha256: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    suffix: Mapped[str]
    n_bytes: Mapped[int]
    height: Mapped[int] = mapped_column(default=0)
    width: Mapped[int] = mapped_column(default=0)
    added_at: Mapped[str]
    added_by: Mapped[str] = mapped_column(default="")
    facts: Mapped[bytes | None]
    state: Mapped[PhotoState] = mapped_column(default="waiting")
    reason: Mapped[bytes | None]
    taken_at: Mapped[str | None]
    latitude: Mapped[float | None]
    longitude: Mapped[float | None]
    score: Mapped[float | None]
    flagged_share: Mapped[float | None]
    novelty: Mapped[float | None]
    scored_key: Mapped[str | None]
    traced_key: Mapped[str | None]
    scale: Mapped[bytes | None]
    px_per_mm: Mapped[float | None]
    scale_error: Mapped[float | None]
    element: Mapped[str] = mapped_column(default="")
    note: Mapped[str] = mapped_column(default="")
    reviewed_at: Mapped[str | None]
    reviewed_by: Mapped[str] = mapped_column(default="")
    version: Mapped[int] = mapped_column(default=1)


class CrackRow(Base):
    """One crack, which stays itself when it is traced again.

    Attributes:
        id: by content and place.
        trace: a packed `Trace`.
        shape: its branches in few points with the width at each, as JSON for pages.
        confidence, length_px, width_px: of it, to order by; the width is that of 95 %.
        width_low_px: the low end of that width; None of a crack that is compared with no guide.
        listed: whether it is more than a short piece beside longer cracks.
        by_hand: drawn by a person, or where it runs: tracing again leaves it as it is.
        seen: whether the latest tracing has it, or a person has decided on it since; where not, a second look is due.
        removed: joined into another, cut in two, or deleted; it stays for the record.
        decision, reason, severity, element, note: what a person said.
        version: rises with every change.
    """

    __tablename__ = "crack"
    id: Mapped[str] = mapped_column(primary_key=True)
    photo_id: Mapped[int] = mapped_column(ForeignKey("photo.id"))
    trace: Mapped[bytes]
    shape: Mapped[bytes]
    confidence: Mapped[float]
    length_px: Mapped[float]
    width_px: Mapped[float | None]
    width_low_px: Mapped[float | None]
    listed: Mapped[bool] = mapped_column(default=True)
    by_hand: Mapped[bool] = mapped_column(default=False)
    seen: Mapped[bool] = mapped_column(default=True)
    removed: Mapped[bool] = mapped_column(default=False)
    decision: Mapped[Decision] = mapped_column(default="open")
    reason: Mapped[str] = mapped_column(default="")
    severity: Mapped[str] = mapped_column(default="")
    element: Mapped[str] = mapped_column(default="")
    note: Mapped[str] = mapped_column(default="")
    decided_at: Mapped[str | None]
    decided_by: Mapped[str] = mapped_column(default="")
    version: Mapped[int] = mapped_column(default=1)
    __table_args__ = (Index("ix_crack_photo_id", "photo_id"),)


class AuditRow(Base):
    """One change by a person; rows are only ever added, which the database itself holds.

    Attributes:
        who: name of the user; "" of local use without accounts.
        action: what was done, such as "confirm".
        photo_id: of which photo; None of the whole project.
        changes: packed: table, id, and the changed columns before and after of each row.
        undoes: the change that this one takes back.
    """

    __tablename__ = "audit"
    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[str]
    who: Mapped[str]
    action: Mapped[str]
    photo_id: Mapped[int | None] = mapped_column(ForeignKey("photo.id"))
    changes: Mapped[bytes]
    undoes: Mapped[int | None] = mapped_column(ForeignKey("audit.id"))


class JobRow(Base):
    """One piece of work on a photo, for the worker.

    Attributes:
        kind: "prepare" makes tiles, "inspect" finds cracks.
        state: of it.
        attempts: how often it was begun: a photo that ends the worker twice is given up.
        seconds: that it took.
    """

    __tablename__ = "job"
    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str]
    photo_id: Mapped[int] = mapped_column(ForeignKey("photo.id"))
    state: Mapped[str] = mapped_column(default="waiting")
    attempts: Mapped[int] = mapped_column(default=0)
    seconds: Mapped[float | None]
    __table_args__ = (Index("ix_job_state", "state", "kind", "id"),)


class InspectionRow(Base):
    """One inspection of a photo: which networks found what, whatever is found later.

    Attributes:
        at: when; "" where it was not kept.
        detector: its name; "" where it was not kept.
        networks_sha256: the hash of all that its scores depend on.
        scored_key, traced_key: of what it found.
        threshold: score 0-1 from which a region was a finding.
        version: of the cracklens that inspected.
    """

    __tablename__ = "inspection"
    id: Mapped[int] = mapped_column(primary_key=True)
    photo_id: Mapped[int] = mapped_column(ForeignKey("photo.id"))
    at: Mapped[str]
    detector: Mapped[str]
    networks_sha256: Mapped[str]
    scored_key: Mapped[str]
    traced_key: Mapped[str]
    threshold: Mapped[float | None]
    version: Mapped[str]
    __table_args__ = (Index("ix_inspection_photo_id", "photo_id"),)


class SignatureRow(Base):
    """One signed report.

    Attributes:
        revision: of the project that it states.
        name, role, date: of who signs, as the report says.
        drawn_png: the signature as a picture; None where the name is typed.
        state_sha256: of all that the project held.
        pdf_sha256: of the file `signed/<revision>-<the hash's first 12 digits>.pdf`.
        by, at: the user, and when.
    """

    __tablename__ = "signature"
    id: Mapped[int] = mapped_column(primary_key=True)
    revision: Mapped[int]
    name: Mapped[str]
    role: Mapped[str]
    date: Mapped[str]
    drawn_png: Mapped[bytes | None]
    state_sha256: Mapped[str]
    pdf_sha256: Mapped[str]
    by: Mapped[str]
    at: Mapped[str]


class UserRow(Base):
    """One person who may come in over a network; local use needs none.

    Attributes:
        name: as it is shown, and as `who` of what the user does.
        folded: the name without regard to case, by which it is found; SQLite itself folds ASCII alone.
        password: its argon2 hash, with salt and parameters.
        role: of the user.
        disabled: whether the user may not come in any more; the row stays, since the log names it.
    """

    __tablename__ = "user"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    folded: Mapped[str] = mapped_column(unique=True)
    password: Mapped[str]
    role: Mapped[Role]
    disabled: Mapped[bool] = mapped_column(default=False)
    made_at: Mapped[str]


class SessionRow(Base):
    """One user who is logged in, in one browser.

    Attributes:
        token_sha256: of the cookie, so that who reads this table cannot come in by it.
        last_seen: when the seconds were last counted, s since 1970 by the server's clock.
        seconds_left: of the session at that moment; see `cracklens.projects.accounts.sessions`.
    """

    __tablename__ = "session"
    id: Mapped[int] = mapped_column(primary_key=True)
    token_sha256: Mapped[str] = mapped_column(unique=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    made_at: Mapped[str]
    last_seen: Mapped[float]
    seconds_left: Mapped[float]
    __table_args__ = (Index("ix_session_user_id", "user_id"),)
