"""Takes what kept a photo from being inspected; gives its row in the report. Inspects nothing."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from cracklens.photo import KINDS, FoundPhotos
from cracklens.report import Entry
from cracklens.values import Failure, Note


def met_error(path: Path, sentence: str) -> Failure:
    """Give the row of a photo that met an error, in the error's own words without the path."""
    return Failure(str(path), Note("because", {"reason": sentence.removeprefix(f"{path}: ")}))


def covered_by_another(path: Path, found: FoundPhotos, entries: Mapping[Path, Entry | Failure]) -> Failure:
    """Give the row of a raw photo or a link: which photo covers it, or that none was inspected."""
    of = found.same_file.get(path) or found.developed[path]
    inspected = str(of) if isinstance(entries[of], Entry) else getattr(entries[of], "covered_by", "")
    if path in found.same_file:
        reason = Note("same_file" if inspected else "same_file_missed", {"photo": str(of)})
    else:
        about = {"raw": path.suffix[1:].upper(), "kind": _developed_as(of), "photo": of.name}
        reason = Note("developed" if inspected else "developed_missed", about)
    return Failure(str(path), reason, inspected)


def _developed_as(path: Path) -> str:
    """Give what the photo beside a raw one is, by its name: "JPEG" for most."""
    return next(kind.name for kind in KINDS if path.suffix.lower() in kind.suffixes)
