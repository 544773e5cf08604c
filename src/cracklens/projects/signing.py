"""Takes a project and who signs; gives the signed PDF, hashed and locked with what the project held."""

from __future__ import annotations

import hashlib
import io
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, UnidentifiedImageError
from sqlalchemy import func, select

from cracklens.errors import ConflictError, SettingError
from cracklens.files import make_folder, output_errors
from cracklens.projects.project import SIGNED, Project
from cracklens.projects.queue import progress
from cracklens.projects.records import SignatureRow, now, others_since
from cracklens.projects.reporting import Held, held, report_of
from cracklens.report import Report, Signature
from cracklens.values import Failure

SHORT_HASH = 12
MOST_PIXELS = 4_000_000
MOST_BYTES = 1_000_000
NAMED = 3
"""So many photos are named that cannot be in a report."""


@dataclass(frozen=True)
class Signed:
    """One signed report.

    Attributes:
        id, revision, name, role, date, pdf_sha256, at: as in the project.
        file: name of its PDF.
        whole: whether the PDF is there as it was signed.
        current: whether the project is as it was then.
    """

    id: int
    revision: int
    name: str
    role: str
    date: str
    pdf_sha256: str
    at: str
    file: str
    whole: bool
    current: bool


@dataclass(frozen=True)
class Signing:
    """Who is to sign.

    Attributes:
        name, role: of who signs.
        date: YYYY-MM-DD.
        drawn_png: the signature as a PNG; b"" signs with the typed name.
    """

    name: str
    role: str
    date: str
    drawn_png: bytes = b""


def sign(
    project: Project,
    by: Signing,
    *,
    who: str = "",
    seen: int | None = None,
    on_photo: Callable[[int, int, str], None] = lambda *_: None,
) -> Signed:
    """Sign what a project holds now: its PDF is written and locked, and a change after it makes a new revision.

    It is signed whole, or not at all: with every photo inspected, and each inspected one in the report.

    Args:
        project: to sign.
        by: who signs.
        who: the user.
        seen: the last line of the log when the user looked at the project; None signs what others changed since, too.
        on_photo: called with (done, of all, name) after each photo.

    Raises:
        ConflictError: the project was changed while the PDF was written, or by somebody else since it was looked at;
            photos wait for their inspection; or an inspected one cannot be in the report.
        SettingError: no name, a date that is none, or a picture that is none.
        OutputError: the PDF cannot be written.
    """
    if not by.name.strip():
        raise SettingError("name must say who signs; got none. Type it.")
    drawn_png = _plain_png(by.drawn_png) if by.drawn_png else b""
    holding = held(project)
    _check_ready(project, who, seen)
    signed = by.name.strip(), by.role.strip(), by.date
    signature = Signature(*signed, _revision(project, holding.sha256), holding.sha256, drawn_png)
    report = report_of(project, holding=holding, signature=signature, on_photo=on_photo)
    folder = report.save(make_folder(project.folder / "drafts" / "signed"), formats=("pdf", "json"))
    _check_whole(report, holding)
    row = _row(signature, drawn_png, who, (folder / "report.pdf").read_bytes())
    path = signed_path(project, row)
    with _whole_or_not(path), project.database.writing() as session:  # nobody changes anything until both are there
        if held(project).sha256 != holding.sha256:
            raise ConflictError("The project was changed while its PDF was written; nothing was signed. Sign again.")
        session.add(row)
        session.flush()
        _lock(folder, path)
        return _signed(project, row, holding.sha256)


def _check_ready(project: Project, who: str, seen: int | None) -> None:
    """Refuse to sign what others changed since it was looked at, and what is not inspected to the end."""
    with project.database.reading() as session:
        others, work = others_since(session, seen, who) if seen is not None else [], progress(session)
    if others:
        by = f"changed by {', '.join(others)} since you looked at it"
        raise ConflictError(f"The project was {by}; nothing was signed. Load the page again, and look at the report.")
    waiting = max(work.waiting, work.preparing)
    if waiting:
        wait = "1 photo waits" if waiting == 1 else f"{waiting} photos wait"
        raise ConflictError(f"{wait} for inspection, or for its end; nothing was signed. Sign once all are inspected.")


def _check_whole(report: Report, holding: Held) -> None:
    """Refuse to sign a report that leaves out a photo which people went through."""
    pairs = zip(holding.photos, report.outcomes, strict=True)
    lost = [photo.name for photo, of in pairs if photo.state == "inspected" and isinstance(of, Failure)]
    if lost:
        more = f" and {len(lost) - NAMED} more" if len(lost) > NAMED else ""
        why = "cannot be in the report: the photo, or what was found in it, is missing or damaged"
        raise ConflictError(f"{', '.join(lost[:NAMED])}{more} {why}; nothing was signed. Inspect it again.")


def _row(signature: Signature, drawn_png: bytes, who: str, pdf: bytes) -> SignatureRow:
    return SignatureRow(
        revision=signature.revision,
        name=signature.name,
        role=signature.role,
        date=signature.date,
        drawn_png=drawn_png or None,
        state_sha256=signature.state_sha256,
        pdf_sha256=hashlib.sha256(pdf).hexdigest(),
        by=who,
        at=now(),
    )


@contextmanager
def _whole_or_not(path: Path) -> Iterator[None]:
    """Take the files of a signature away where its row cannot be kept; those that were there before stay."""
    new = [of for of in (path, path.with_suffix(".json")) if not of.exists()]
    try:
        yield
    except BaseException:
        for of in new:
            of.unlink(missing_ok=True)
        raise


def _lock(folder: Path, path: Path) -> None:
    """Put a PDF and its data in their place, not to be written to."""
    make_folder(path.parent)
    with output_errors(path):
        for name, into in (("report.pdf", path), ("report.json", path.with_suffix(".json"))):
            os.replace(folder / name, into)
            into.chmod(0o444)


def signatures(project: Project) -> tuple[Signed, ...]:
    """Give all signed reports, the latest first."""
    with project.database.reading() as session:
        rows = session.scalars(select(SignatureRow).order_by(SignatureRow.id.desc())).all()
    if not rows:
        return ()  # without reading every line of the project
    state = held(project).sha256
    return tuple(_signed(project, row, state) for row in rows)


def signed_path(project: Project, row: SignatureRow) -> Path:
    """Give the file of a signed report."""
    return project.folder / SIGNED / f"{row.revision}-{row.pdf_sha256[:SHORT_HASH]}.pdf"


def _revision(project: Project, state: str) -> int:
    """Give the number of the revision that a state is: a new one where it is not what was signed last."""
    with project.database.reading() as session:
        last = session.scalar(select(SignatureRow).order_by(SignatureRow.id.desc()).limit(1))
        highest = session.scalar(select(func.max(SignatureRow.revision))) or 0
    return last.revision if last and last.state_sha256 == state else highest + 1


def _signed(project: Project, row: SignatureRow, state: str) -> Signed:
    path = signed_path(project, row)
    same = {field: getattr(row, field) for field in ("id", "revision", "name", "role", "date", "pdf_sha256", "at")}
    return Signed(**same, file=path.name, whole=_is(path, row.pdf_sha256), current=row.state_sha256 == state)


def _is(path: Path, sha256: str) -> bool:
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest() == sha256
    except OSError:
        return False


def _plain_png(content: bytes) -> bytes:
    """Give a drawn signature written anew, so that nothing but its px goes into a report.

    Raises:
        SettingError: it is no PNG, or too large.
    """
    advice = "expected a PNG of a signature, at most 4 megapixels; {came}. Draw it again, or type the name."
    if len(content) > MOST_BYTES:
        raise SettingError(advice.format(came=f"got {len(content):,} bytes"))
    try:
        with Image.open(io.BytesIO(content), formats=("PNG",)) as image:
            if image.width * image.height > MOST_PIXELS:
                raise SettingError(advice.format(came=f"got {image.width} x {image.height} px"))
            white = Image.new("RGB", image.size, "white")
            white.paste(image.convert("RGBA"), mask=image.convert("RGBA").getchannel("A"))
    except (UnidentifiedImageError, OSError, ValueError) as error:
        raise SettingError(advice.format(came="got something else")) from error
    stream = io.BytesIO()
    white.save(stream, "PNG", optimize=True)
    return stream.getvalue()
