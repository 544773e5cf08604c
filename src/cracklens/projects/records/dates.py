"""Takes nothing; gives the tables of an earlier date and of what became of the cracks since. Knows no comparison."""

from __future__ import annotations

from typing import Literal

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from cracklens.projects.records.tables import Base

GoneSaid = Literal["", "repaired", "not visible"]
"""What a person says of a line that is GONE: nothing; that it was repaired; or that it cannot be seen any more."""


class ComparisonRow(Base):
    """What a project was compared with; there is one, or none.

    Attributes:
        source: name of the folder of the earlier date, without the folders that it lies in.
        made_at: when.
        notes: packed notes on all of it, such as that two detectors found the cracks.
    """

    __tablename__ = "comparison"
    id: Mapped[int] = mapped_column(primary_key=True)
    source: Mapped[str]
    made_at: Mapped[str]
    notes: Mapped[bytes]


class EarlierRow(Base):
    """What a photo showed at the earlier date; one of each photo that was there to be compared.

    Attributes:
        sha256, suffix: of the earlier photo's file, which the project keeps; "" where no earlier photo shows the place.
        reason: why there is none, as a packed `Note`; None where there is one.
        name, height, width, taken_at: of the earlier photo.
        old_to_new: packed (3, 3) homography, px of the earlier photo to px of this one; None without one.
        error_px: how far the features miss that agree on it, px of this photo.
        notes: packed notes on the two.
        lines_sha256: of this photo's lines as they were compared.
    """

    __tablename__ = "earlier"
    id: Mapped[int] = mapped_column(primary_key=True)
    photo_id: Mapped[int] = mapped_column(ForeignKey("photo.id"), unique=True)
    sha256: Mapped[str] = mapped_column(default="")
    suffix: Mapped[str] = mapped_column(default="")
    reason: Mapped[bytes | None]
    name: Mapped[str] = mapped_column(default="")
    height: Mapped[int] = mapped_column(default=0)
    width: Mapped[int] = mapped_column(default=0)
    taken_at: Mapped[str | None]
    old_to_new: Mapped[bytes | None]
    error_px: Mapped[float | None]
    notes: Mapped[bytes]
    lines_sha256: Mapped[str] = mapped_column(default="")


class ChangeRow(Base):
    """What became of one crack since the earlier date, or of a line that only the earlier photo has.

    Attributes:
        id: that of the crack; of a line of the earlier photo alone one of its own, which it keeps.
        crack_id: the crack today; None where there is none.
        status: as `cracklens.compare` has it.
        change: packed `Change` with sizes then and now; of cracks that run together each has the same.
        shape: lines of the earlier photo, as JSON for pages.
        said, said_at, said_by: what a person says of a line that is GONE; "" leaves it so.
        removed: not in the latest comparison; what a person has spoken of stays for the record.
        version: rises with every change by a person.
    """

    __tablename__ = "change"
    id: Mapped[str] = mapped_column(primary_key=True)
    photo_id: Mapped[int] = mapped_column(ForeignKey("photo.id"))
    crack_id: Mapped[str | None] = mapped_column(ForeignKey("crack.id"))
    status: Mapped[str]
    change: Mapped[bytes]
    shape: Mapped[bytes]
    said: Mapped[GoneSaid] = mapped_column(String, default="")
    said_at: Mapped[str | None]
    said_by: Mapped[str] = mapped_column(default="")
    removed: Mapped[bool] = mapped_column(default=False)
    version: Mapped[int] = mapped_column(default=1)
    __table_args__ = (Index("ix_change_photo_id", "photo_id"),)
