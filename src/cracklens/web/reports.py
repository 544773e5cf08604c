"""Takes who signs and what a report is to be; gives its files, as drafts or signed. Writes none of what they say."""

from __future__ import annotations

import base64
import binascii
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from fastapi import APIRouter
from starlette.responses import FileResponse, Response

from cracklens.errors import ConflictError, ProjectError, SettingError
from cracklens.projects import Project, Signed, Signing, report_of, sign, signatures
from cracklens.report import FILES, USUAL
from cracklens.web.access import Who
from cracklens.web.answers import FRESH, as_json

DRAFT = "drafts/report"
PNG = "data:image/png;base64,"
_SIGNED = re.compile(r"\d{1,9}-[0-9a-f]{12}\.(?:pdf|json)")
_DRAFT_FILES = frozenset(name for format_ in USUAL for name in FILES[format_])


@dataclass(frozen=True)
class SignatureForm:
    """Who signs, as the page sends it.

    Attributes:
        name, date, role: of who signs.
        drawn: a PNG as a data address; "" signs with the typed name.
        seen: the last line of the log when the page was loaded; None signs what others changed since, too.
    """

    name: str
    date: str
    role: str = ""
    drawn: str = ""
    seen: int | None = None


@dataclass
class Making:
    """How far the report that is being made is; one at a time.

    Attributes:
        done, of: photos; 0 of 0 where none is being made.
    """

    done: int = 0
    of: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    @contextmanager
    def one(self) -> Iterator[None]:
        """Hold the making of reports.

        Raises:
            ConflictError: another is being made.
        """
        if not self.lock.acquire(blocking=False):
            raise ConflictError("A report of this project is being made already. Wait for it.")
        try:
            yield
        finally:
            self.done = self.of = 0
            self.lock.release()

    def step(self, done: int, of: int, _: str) -> None:
        """Say how far it is."""
        self.done, self.of = done, of


def report_routes(project: Project) -> APIRouter:
    """Give the routes by which reports are made and signed."""
    router, making = APIRouter(tags=["report"]), Making()

    @router.post("/api/report", status_code=204)
    def draft() -> Response:
        """Make the report as it is now, unsigned."""
        with making.one():
            report_of(project, on_photo=making.step).save(project.folder / DRAFT, formats=USUAL)
        return Response(status_code=204, headers=FRESH)

    @router.get("/api/report/progress")
    def progress() -> dict[str, int]:
        """Say how far the report that is being made is."""
        return {"done": making.done, "of": making.of}

    @router.post("/api/signatures", response_model=Signed)
    def signing(form: SignatureForm, who: Who) -> Response:
        """Sign what the project holds now."""
        with making.one():
            by = Signing(form.name, form.role, form.date, _png(form.drawn))
            return as_json(sign(project, by, who=who, seen=form.seen, on_photo=making.step))

    @router.get("/api/signatures", response_model=list[Signed])
    def signed() -> Response:
        """Give all signed reports, the latest first."""
        return as_json(signatures(project))

    @router.get("/report/{name}", include_in_schema=False)
    def file(name: str) -> Response:
        """Give a file of the draft, or a signed one."""
        folder = "signed" if _SIGNED.fullmatch(name) else DRAFT if name in _DRAFT_FILES else ""
        path = project.folder / folder / name
        if not folder or not path.is_file():
            raise ProjectError(f"There is no report file {name!r}. Make the report first.")
        return FileResponse(path, filename=name, content_disposition_type="attachment", headers=FRESH)

    return router


def _png(drawn: str) -> bytes:
    """Give the px of a drawn signature.

    Raises:
        SettingError: it is no data address of a PNG.
    """
    if not drawn:
        return b""
    try:
        return base64.b64decode(drawn.removeprefix(PNG), validate=True)
    except binascii.Error as error:
        raise SettingError("drawn must be a PNG as a data address. Draw it again, or type the name.") from error
