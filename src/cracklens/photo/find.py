"""Takes paths of files and folders; gives the photos in them, in order, with the name each has in the report."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from cracklens.errors import DataError
from cracklens.photo.read import FOREIGN_SUFFIXES, SUFFIXES


def find_photos(paths: Sequence[str | Path]) -> list[Path]:
    """Give the photos among paths: files as they stand, folders recursively, in the order of their names.

    Hidden files and folders are passed over, and so are files that are no photos. A file that is named itself is given
    whatever it is, and so are raw photos in folders, and folders that cannot be opened: their rows in the
    report say that they are not read.

    Raises:
        DataError: a path that is not there, or no photo in any of them.
    """
    missing = [str(path) for path in paths if not Path(path).exists()]
    if missing:
        raise DataError(f"expected photos or folders; not there: {', '.join(missing)}. Check the spelling.")
    found = dict.fromkeys(photo for path in paths for photo in _photos(Path(path)))
    if not found:
        kinds = ", ".join(suffix[1:] for suffix in SUFFIXES)
        raise DataError(f"expected photos ({kinds}) in {', '.join(map(str, paths))}; found none. Check the folder.")
    return list(found)


def _photos(path: Path) -> list[Path]:
    if not path.is_dir():
        return [path]
    found: list[Path] = []
    closed: list[OSError] = []
    for folder, folders, files in os.walk(path, onerror=closed.append):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        found += [Path(folder) / name for name in sorted(files) if _is_photo(name)]
    return found + [Path(error.filename) for error in closed]


def _is_photo(name: str) -> bool:
    return not name.startswith(".") and Path(name).suffix.lower() in SUFFIXES + FOREIGN_SUFFIXES
