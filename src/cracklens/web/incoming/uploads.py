"""Takes pieces of files from a page; gives photos of the project, however often the line breaks. Trusts no name.

The protocol is tus 1.0, the open standard of resumable uploads, with its extensions creation and termination.
Source: https://tus.io/protocols/resumable-upload
"""

from __future__ import annotations

import base64
import binascii
import os
import re
import secrets
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

import msgspec
from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.responses import Response

from cracklens.errors import ConflictError, PhotoError
from cracklens.files import make_folder, output_errors, write_whole
from cracklens.projects import Project, TakenIn, take_in
from cracklens.web.access import Access, Who
from cracklens.web.answers import FRESH, as_error
from cracklens.web.incoming.room import COMING, Room, Upload, about

TUS = {"Tus-Resumable": "1.0.0", **FRESH}
MOST_BYTES = 4 << 30
"""Of one file."""

KEPT_SECONDS = 7 * 24 * 3600
"""So long half an upload can be gone on with."""

PIECE = "application/offset+octet-stream"
_ID = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True)
class Uploads:
    """Files that are coming into a project.

    Attributes:
        project: of them.
        room: that it has.
    """

    project: Project
    room: Room
    _turn: threading.Lock = field(default_factory=threading.Lock)
    _writers: dict[str, object] = field(default_factory=dict)

    def path(self, key: str) -> Path:
        """Give the file that the pieces go into."""
        return self.project.folder / COMING / f"{key}.part"

    def about(self, key: str) -> Upload | None:
        """Give what was said of an upload; None where there is none."""
        if not _ID.fullmatch(key):
            return None
        return about(self.path(key).with_suffix(".json"))

    def begin(self, upload: Upload) -> str:
        """Make the place of an upload, and give its key."""
        key = secrets.token_hex(16)
        folder = make_folder(self.path(key).parent)
        with output_errors(folder):
            self.path(key).touch(exist_ok=False)
            write_whole(self.path(key).with_suffix(".json"), msgspec.json.encode(upload))
        return key

    def claim(self, key: str, offset: str) -> tuple[object, int]:
        """Make who asks the one writer of an upload, from where it stands on; whoever wrote before writes no more.

        Raises:
            ConflictError: it does not stand at the offset.
        """
        with self._turn:
            has = self.path(key).stat().st_size if self.path(key).is_file() else None
            if has is None or offset != str(has):
                raise ConflictError(f"expected the piece from byte {has or 0} on. Ask where the upload stands.")
            writer = self._writers[key] = object()
            return writer, has

    def write(self, key: str, writer: object, part: bytes) -> None:
        """Write the next part, into the file at once.

        Raises:
            ConflictError: another writer has gone on with it: the page was opened twice, or the line had broken.
        """
        path = self.path(key)
        with self._turn, output_errors(path):
            if self._writers.get(key) is not writer or not path.is_file():
                raise ConflictError("This upload is gone on with elsewhere. Ask where it stands.")
            with path.open("ab") as file:
                file.write(part)

    def end(self, key: str) -> None:
        """Forget an upload."""
        with self._turn:
            self._writers.pop(key, None)
        for path in (self.path(key), self.path(key).with_suffix(".json")):
            path.unlink(missing_ok=True)

    def tidy(self) -> None:
        """Forget uploads that nobody has gone on with for a week."""
        for path in self.path("").parent.glob("*.part"):
            if time.time() - path.stat().st_mtime > KEPT_SECONDS:
                self.end(path.stem)


def upload_routes(project: Project, access: Access) -> APIRouter:
    """Give the routes by which photos come in."""
    router, uploads = (
        APIRouter(prefix="/api/uploads", tags=["photos"]),
        Uploads(project, Room(project, access.quota_bytes)),
    )
    uploads.tidy()

    @router.post("", status_code=201)
    def begin(request: Request) -> Response:
        """Begin an upload: its size in Upload-Length, its name in Upload-Metadata."""
        return _begun(uploads, request.headers)

    @router.head("/{key}")
    def offset(key: str) -> Response:
        """Say how much of an upload has come."""
        upload = uploads.about(key)
        if upload is None:
            return Response(status_code=404, headers=TUS)
        sizes = {"Upload-Offset": str(uploads.path(key).stat().st_size), "Upload-Length": str(upload.n_bytes)}
        return Response(headers={**TUS, **sizes})

    @router.patch("/{key}", status_code=204)
    async def piece(key: str, request: Request, who: Who) -> Response:
        """Take the next piece of a file; with the last one it is a photo of the project."""
        upload = uploads.about(key)
        if upload is None:
            return _refused(404, "This upload is not known any more. Put the file in again.")
        return await _piece(uploads, key, upload, request, who=who)

    @router.delete("/{key}", status_code=204)
    def end(key: str) -> Response:
        """Give an upload up."""
        if uploads.about(key) is not None:
            uploads.end(key)
        return Response(status_code=204, headers=TUS)

    return router


def _begun(uploads: Uploads, headers: Headers) -> Response:
    length = headers.get("upload-length", "")
    if not length.isdecimal() or not 0 < int(length) <= MOST_BYTES:
        said = f"expected a file of at most {MOST_BYTES >> 30} GB; got {length or 'no size'} bytes"
        return _refused(413, f"{said}. Split it, or put it in from the machine itself.")
    lacking = uploads.room.lacking(int(length))
    if lacking:
        return _refused(507, lacking)
    key = uploads.begin(Upload(_name(headers.get("upload-metadata", "")), int(length)))
    return Response(status_code=201, headers={**TUS, "Location": f"/api/uploads/{key}"})


async def _piece(uploads: Uploads, key: str, upload: Upload, request: Request, *, who: str) -> Response:
    if request.headers.get("content-type") != PIECE:
        return _refused(415, f"expected {PIECE}.")
    writer, has = await run_in_threadpool(uploads.claim, key, request.headers.get("upload-offset", ""))
    async for part in request.stream():
        has += len(part)
        if has > upload.n_bytes:
            return _refused(413, "More came than was said. Put the file in again.")
        await run_in_threadpool(uploads.write, key, writer, part)
    await run_in_threadpool(_on_disk, uploads.path(key))
    headers = {**TUS, "Upload-Offset": str(has)}
    if has < upload.n_bytes:
        return Response(status_code=204, headers=headers)
    try:
        taken = await run_in_threadpool(_take, uploads, key, writer, upload, who)
    except PhotoError as error:
        uploads.end(key)
        return _refused(422, str(error))
    about = {"Photo-Id": str(taken.photo_id), "Photo-New": str(int(taken.new))}
    return Response(status_code=204, headers={**headers, **about})


def _on_disk(path: Path) -> None:
    with output_errors(path), path.open("ab") as file:
        os.fsync(file.fileno())


def _take(uploads: Uploads, key: str, writer: object, upload: Upload, who: str) -> TakenIn:
    uploads.write(key, writer, b"")  # nobody else has gone on with it
    taken = take_in(uploads.project, uploads.path(key), name=upload.name, who=who, move=True)
    uploads.end(key)
    return taken


def _refused(status: int, said: str) -> Response:
    answer = as_error(said, status)
    answer.headers.update(TUS)
    return answer


def _name(metadata: str) -> str:
    """Give the name in the header of a tus upload: pairs of key and base64, apart by commas."""
    pairs = dict(pair.strip().partition(" ")[::2] for pair in metadata.split(","))
    try:
        return base64.b64decode(pairs.get("filename", ""), validate=True).decode("utf-8", "backslashreplace") or "photo"
    except binascii.Error:
        return "photo"
