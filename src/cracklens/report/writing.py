"""Takes pieces of text or bytes; gives a whole file or, with a sentence why not, none. Knows not what they say."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path

from cracklens.files import output_errors, write_pieces


def write_file(path: Path, pieces: Iterable[str | bytes]) -> None:
    """Replace a file by the pieces in one step, holding one piece at a time; who is killed leaves the old one whole.

    Text is UTF-8. Bytes of file names that are no UTF-8 (lone surrogates in Python) are written as backslash escapes,
    which JSON reads back as they were.

    Raises:
        OutputError: it cannot be written; nothing is left behind.
    """
    with output_errors(path):
        write_pieces(path, (_bytes(piece) for piece in pieces))


def sha256_of(pieces: Iterable[str | bytes]) -> str:
    """Give the SHA-256 of the file that `write_file` makes of the pieces."""
    whole = hashlib.sha256()
    for piece in pieces:
        whole.update(_bytes(piece))
    return whole.hexdigest()


def _bytes(piece: str | bytes) -> bytes:
    return piece if isinstance(piece, bytes) else piece.encode("utf-8", "backslashreplace")
