"""Takes bytes; gives a real server on this machine that hands them out as badly as it is told to. Knows no data set."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Behaviour:
    """How the server answers.

    Attributes:
        content: the file.
        etag: sent with it; "" for none.
        ranges: whether it understands Range.
        cut_after: bytes of an answer after which the connection breaks, one number per answer; None for none.
        statuses: sent instead of the file, one per answer, until they are used up.
        retry_after: sent with those.
        content_type: of the file.
        asked: headers Range and If-Range of every request.
    """

    content: bytes
    etag: str = '"one"'
    ranges: bool = True
    cut_after: list[int] = field(default_factory=list)
    statuses: list[int] = field(default_factory=list)
    retry_after: str = ""
    content_type: str = "application/zip"
    asked: list[tuple[str | None, str | None]] = field(default_factory=list)


@contextmanager
def serving(behaviour: Behaviour) -> Iterator[str]:
    """Give the address of the file while the server runs."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            answer(self, behaviour)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 the name is the library's
            """Keep quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/set.zip"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def answer(request: BaseHTTPRequestHandler, behaviour: Behaviour) -> None:
    wanted, condition = request.headers.get("Range"), request.headers.get("If-Range")
    behaviour.asked.append((wanted, condition))
    request.close_connection = True
    if behaviour.statuses:
        refuse(request, behaviour.statuses.pop(0), behaviour.retry_after)
        return
    whole = len(behaviour.content)
    match = re.fullmatch(r"bytes=(\d+)-", wanted or "")
    start = int(match[1]) if match and behaviour.ranges and condition in (None, behaviour.etag) else None
    if start is not None and start >= whole:
        request.send_response(416)
        request.send_header("Content-Range", f"bytes */{whole}")
        request.send_header("Content-Length", "0")
        request.end_headers()
        return
    request.send_response(200 if start is None else 206)
    if start is not None:
        request.send_header("Content-Range", f"bytes {start}-{whole - 1}/{whole}")
    send_body(request, behaviour, behaviour.content[start or 0 :])


def send_body(request: BaseHTTPRequestHandler, behaviour: Behaviour, body: bytes) -> None:
    request.send_header("Content-Length", str(len(body)))
    request.send_header("Content-Type", behaviour.content_type)
    if behaviour.etag:
        request.send_header("ETag", behaviour.etag)
    request.end_headers()
    request.wfile.write(body[: behaviour.cut_after.pop(0)] if behaviour.cut_after else body)


def refuse(request: BaseHTTPRequestHandler, status: int, retry_after: str) -> None:
    request.send_response(status)
    request.send_header("Content-Length", "0")
    if retry_after:
        request.send_header("Retry-After", retry_after)
    request.end_headers()
