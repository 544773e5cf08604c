"""Takes a publication; gives its file, whole and checked, whatever breaks on the way. Knows nothing of its content."""

from __future__ import annotations

import errno
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from cracklens import __version__
from cracklens.errors import DataError, MissingExtraError, OutputError
from cracklens.published.checksums import check_file
from cracklens.published.sources import Publication

if TYPE_CHECKING:
    from requests import Response, Session

Progress = Callable[[int, int], None]
CHUNK_BYTES = 1 << 15
"""Written at once. What had come of a chunk is lost with the connection, so chunks are small."""

PASSING = (408, 425, 429, 500, 502, 503, 504)
"""Answers of a server that will be another one later."""


@dataclass(frozen=True)
class Patience:
    """How long to try.

    Attributes:
        attempts: in a row that bring not one byte, before giving up.
        backoff_seconds: before the second attempt; doubles with each.
        longest_seconds: between two attempts, also where the server asks for more.
        timeout_seconds: without a byte, before an attempt counts as failed.
    """

    attempts: int = 6
    backoff_seconds: float = 1.0
    longest_seconds: float = 60.0
    timeout_seconds: float = 60.0


class PassingFaultError(Exception):
    """An attempt failed that may succeed later; `wait_seconds` is what the server asks for."""

    def __init__(self, reason: str, wait_seconds: float = 0.0) -> None:
        """Keep the reason for the user."""
        super().__init__(reason)
        self.wait_seconds = wait_seconds


def download(
    publication: Publication,
    folder: Path,
    *,
    page: str,
    on_progress: Progress | None = None,
    patience: Patience | None = None,
) -> Path:
    """Give the file of a publication in a folder; what an earlier run left of it is taken up.

    Args:
        publication: what to download.
        folder: where the file, its `.part` while it is not whole, and the checksum first seen go.
        page: where a person finds the set, for the sentence when it cannot be had.
        on_progress: called with bytes there and bytes of the whole, 0 where unknown.
        patience: None takes the default.

    Raises:
        MissingExtraError: requests is not installed.
        DataError: it cannot be had, or is not what was published.
        OutputError: it cannot be written.
    """
    target = folder / publication.file
    part = folder / f"{publication.file}.part"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if not target.exists():
            _persist(publication, part, page, on_progress or _silent, patience or Patience())
            check_file(part, publication)
            part.replace(target)
            _validator_of(part).unlink(missing_ok=True)
        else:
            check_file(target, publication)
    except OSError as error:
        full = error.errno == errno.ENOSPC
        hint = "Make room and run it again; what is there is kept." if full else "Choose another --out."
        raise OutputError(f"{part}: cannot be written ({error.strerror or error}). {hint}") from error
    return target


def _persist(publication: Publication, part: Path, page: str, on_progress: Progress, patience: Patience) -> None:
    """Attempt until the part is whole; an attempt that brought bytes starts the count again."""
    session = _session()
    failed = 0
    with session:
        while True:
            before = _size(part)
            try:
                _attempt(session, publication, part, page, on_progress, patience.timeout_seconds)
            except PassingFaultError as fault:
                failed = 1 if _size(part) > before else failed + 1
                if failed >= patience.attempts:
                    sentence = f"{publication.address}: cannot be downloaded ({fault}; {failed} attempts)"
                    raise DataError(f"{sentence}. Run it again: what is there is taken up. {_by_hand(page)}") from fault
                wait_seconds = max(patience.backoff_seconds * 2 ** (failed - 1), fault.wait_seconds)
                time.sleep(min(wait_seconds, patience.longest_seconds))
            else:
                return


def _session() -> Session:
    try:
        from requests import Session
    except ModuleNotFoundError as error:
        raise MissingExtraError("requests", "get") from error
    session = Session()
    session.headers.update({"User-Agent": f"cracklens/{__version__}", "Accept-Encoding": "identity"})
    return session


def _attempt(
    session: Session, publication: Publication, part: Path, page: str, on_progress: Progress, timeout_seconds: float
) -> None:
    """Ask for what is missing and add it to the part.

    Raises:
        PassingFaultError: worth another attempt.
        DataError: not worth one.
    """
    from requests import RequestException

    there = _size(part)
    headers = {"Range": f"bytes={there}-"}  # from 0 too: one publisher's gate lets ranges pass and nothing else
    validator = _validator_of(part)
    if there and validator.is_file():
        headers["If-Range"] = validator.read_text(encoding="utf-8")
    try:
        with session.get(publication.address, headers=headers, stream=True, timeout=timeout_seconds) as response:
            if response.status_code == 416 and there:  # nothing is missing, or the part is of another file
                _settle(response, publication, part)
                return
            _check_answer(response, publication, page)
            start, total = _extent(response, there)
            _check_total(total, publication)
            _write(response, part, start, total, on_progress)
    except RequestException as error:
        raise PassingFaultError(_plain(error)) from error


def _settle(response: Response, publication: Publication, part: Path) -> None:
    """Take the part for whole if it is as long as the file; else begin again."""
    total = _total(response) or publication.size_bytes
    if total != _size(part):
        part.unlink()
        raise PassingFaultError("what was there is longer than the file; begun again")


def _check_answer(response: Response, publication: Publication, page: str) -> None:
    status = response.status_code
    if status in PASSING:
        after = response.headers.get("Retry-After", "")
        raise PassingFaultError(f"the server answers {status}", float(after) if after.isdigit() else 0.0)
    if status not in (200, 206):
        raise DataError(f"{publication.address}: cannot be downloaded (the server answers {status}). {_by_hand(page)}")
    if response.headers.get("Content-Type", "").startswith("text/html"):
        came = "expected an archive; the server gives a web page"
        raise DataError(f"{publication.address}: {came}. {_by_hand(page)}")


def _by_hand(page: str) -> str:
    return f"Or download it in a browser from {page} and name it: --archive FILE."


def _extent(response: Response, there: int) -> tuple[int, int]:
    """Give where the answer's bytes begin and how long the whole file is, 0 where unknown."""
    if response.status_code == 200:  # the server ignores ranges, or the file is another one now
        return 0, int(response.headers.get("Content-Length", 0))
    match = re.match(r"bytes (\d+)-", response.headers.get("Content-Range", ""))
    if match is None or int(match[1]) > there:
        raise PassingFaultError("the server gives another part than it was asked for")
    return int(match[1]), _total(response)


def _total(response: Response) -> int:
    match = re.search(r"/(\d+)$", response.headers.get("Content-Range", ""))
    return int(match[1]) if match else 0


def _check_total(total: int, publication: Publication) -> None:
    if total and publication.size_bytes and total != publication.size_bytes:
        expected = f"expected {publication.size_bytes:,} bytes as published; the server offers {total:,}"
        raise DataError(f"{publication.address}: {expected}. The file has changed: do not trust it.")


def _write(response: Response, part: Path, start: int, total: int, on_progress: Progress) -> None:
    """Write the answer's bytes from `start` on; what stood behind goes."""
    validator = response.headers.get("ETag", "")
    if validator and not validator.startswith("W/"):  # a weak one may not be used with a range (RFC 9110, 13.1.5)
        _validator_of(part).write_text(validator, encoding="utf-8")
    with part.open("r+b" if part.exists() else "wb") as file:
        file.truncate(start)
        file.seek(start)
        on_progress(start, total)
        for chunk in response.iter_content(CHUNK_BYTES):
            file.write(chunk)
            on_progress(file.tell(), total)
        there = file.tell()
    if total and there < total:
        raise PassingFaultError(f"the connection ended after {there:,} of {total:,} bytes")


def _plain(error: Exception) -> str:
    """Give what went wrong with a connection in a few words."""
    text = str(error)
    for sign, words in (("IncompleteRead", "the connection broke off"), ("timed out", "the server does not answer")):
        if sign in text:
            return words
    return "no connection to the server" if "Connection" in type(error).__name__ else text


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def _validator_of(part: Path) -> Path:
    return part.with_name(f"{part.name}.etag")


def _silent(done: int, total: int) -> None:
    """Tell nobody."""
