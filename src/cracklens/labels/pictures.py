"""Takes a folder of labelled pictures; gives the pictures below it, and what else could be one. Knows no labels."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from cracklens.errors import DataError
from cracklens.photo import SUFFIXES, FoundPhotos, OtherFiles, find_photos, kind_of
from cracklens.report.words import note_text, words_of

UNOPENED = "a file that cannot be opened"


@dataclass(frozen=True)
class PictureFolder:
    """What lies below a folder.

    Attributes:
        files: pictures by their names inside it, in order.
        left_out: what could be pictures and is not read, a clause each.
        others: what could be none.
    """

    files: Mapping[str, Path]
    left_out: tuple[str, ...]
    others: OtherFiles


def find_pictures(data: Path) -> PictureFolder:
    """Find pictures by the door of `cracklens inspect`: by suffix, or by content where that says nothing.

    A second link to a picture is a picture of its own: it may stand in the folder of another class.
    """
    try:
        found = find_photos([data])
    except DataError:
        return PictureFolder({}, (), OtherFiles())
    kinds = {path: _kind(path) for path in found if path not in found.faults}
    files = {path.relative_to(data).as_posix(): path for path in sorted(kinds) if not kinds[path]}
    left = {path.relative_to(data).as_posix(): kind for path, kind in kinds.items() if kind}
    return PictureFolder(files, (*_unread(left), *_closed(found, data)), found.others)


def _kind(path: Path) -> str:
    """Give what a file is that is not read; "" for a picture."""
    if path.suffix.lower() in SUFFIXES:
        return ""  # what its content is, whoever reads it says
    try:
        kind = kind_of(path)
    except OSError:
        return UNOPENED
    return "" if kind.read else kind.name


def _unread(left: Mapping[str, str]) -> Iterator[str]:
    if left:
        counts = Counter(left.values()).most_common()
        kinds = ", ".join(kind if count == 1 else f"{count:,} times {kind}" for kind, count in counts)
        files = (
            "1 file is left out, since it is" if len(left) == 1 else f"{len(left):,} files are left out, since they are"
        )
        yield f"{files} not read: {kinds}; {min(left)} first"


def _closed(found: FoundPhotos, data: Path) -> Iterator[str]:
    words = words_of()
    for path, fault in found.faults.items():
        yield f"folder {path.relative_to(data).as_posix()}: {note_text(fault, words).rstrip('.')}"
    for folder, reason in found.others.links:
        yield f"linked folder {Path(folder).relative_to(data).as_posix()} is not followed: {note_text(reason, words)}"
