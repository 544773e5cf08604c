"""Takes a download; gives an error where it is not what was published or first seen. Fetches nothing."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime
from pathlib import Path

from cracklens.errors import DataError
from cracklens.files import write_whole
from cracklens.published.sources import Publication


def check_file(path: Path, publication: Publication) -> None:
    """Compare a file with what is published of it; a SHA-256 that is not published, with the first one seen.

    A file that fails is removed, for taking it up again would not mend it.

    Raises:
        DataError: it differs.
    """
    sha256, md5 = _digests(path)
    wanted = ((publication.sha256, sha256, "SHA-256"), (publication.md5, md5, "MD5"))
    faults = [f"{word} {came}, published is {known}" for known, came, word in wanted if known not in (None, came)]
    size_bytes = path.stat().st_size
    if publication.size_bytes not in (None, size_bytes):
        faults.append(f"{size_bytes:,} bytes, published are {publication.size_bytes:,}")
    if faults:
        path.unlink()
        damaged = f"the download is damaged or the file has changed ({'; '.join(faults)})"
        raise DataError(f"{publication.file}: {damaged}. It was removed; run it again, and trust it only if it agrees.")
    if publication.sha256 is None:
        check_first_seen(path.parent, publication, sha256, size_bytes)


def check_first_seen(folder: Path, publication: Publication, sha256: str, size_bytes: int) -> None:
    """Compare a SHA-256 with the first one seen in this folder; write it down if it is the first.

    Raises:
        DataError: it differs.
    """
    path = folder / f"{publication.file}.first-seen.json"
    if not path.is_file():
        seen = {"address": publication.address, "sha256": sha256, "size_bytes": size_bytes}
        when = {"first_seen": datetime.now(UTC).date().isoformat(), "checksums": publication.checksums}
        write_whole(path, (json.dumps(seen | when, indent=2) + "\n").encode())
        return
    try:
        known = json.loads(path.read_text(encoding="utf-8"))["sha256"]
    except (ValueError, KeyError, TypeError) as error:
        raise DataError(f"{path}: expected the checksum first seen; it is damaged. Remove it to begin anew.") from error
    if known != sha256:
        differs = f"SHA-256 {sha256} is not the one first seen here, {known}"
        raise DataError(f"{publication.file}: {differs}. If the publisher's change is known to you, remove {path}.")


def tree_sha256(folder: Path) -> tuple[str, int]:
    """Give the SHA-256 over names and contents of all files below a folder, and their size in bytes."""
    whole, size_bytes = hashlib.sha256(), 0
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        whole.update(f"{digest}  {path.relative_to(folder).as_posix()}\n".encode("utf-8", "surrogatepass"))
        size_bytes += path.stat().st_size
    return whole.hexdigest(), size_bytes


def _digests(path: Path) -> tuple[str, str]:
    """Give SHA-256 and MD5 in one pass."""
    sha256, md5 = hashlib.sha256(), hashlib.md5(usedforsecurity=False)
    with path.open("rb") as file:
        while chunk := file.read(1 << 20):
            sha256.update(chunk)
            md5.update(chunk)
    return sha256.hexdigest(), md5.hexdigest()
