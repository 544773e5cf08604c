"""Takes a file of annotations; gives its photos, found by name in a folder. Knows not what is marked in them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from cracklens.errors import DataError
from cracklens.labels.dataset import MASKS
from cracklens.labels.masks.coco import is_coco, read_coco
from cracklens.labels.masks.cvat import read_cvat
from cracklens.labels.masks.label_studio import is_label_studio, read_label_studio, without_upload
from cracklens.labels.masks.layouts import Pairs, side_of
from cracklens.labels.masks.shapes import Annotated
from cracklens.labels.pictures import find_pictures
from cracklens.tables import FileRows, composed, written_name
from cracklens.values import LeftOut, Note


@dataclass(frozen=True)
class Matched:
    """Photos of a file of annotations.

    Attributes:
        pairs: by their names in the folder.
        files: where they lie.
        left_out: annotated photos that are not there.
        remarks: what was not looked at.
    """

    pairs: Pairs
    files: dict[str, Path]
    left_out: tuple[LeftOut, ...]
    remarks: tuple[str, ...]


def read_annotations(data: Path) -> list[Annotated]:
    """Give what a .json or .xml has marked in which photos.

    Raises:
        DataError: it is of no known format, or damaged.
    """
    if data.suffix.lower() == ".xml":
        return read_cvat(data)
    try:
        raw = json.loads(data.read_text(encoding="utf-8-sig"))
    except (OSError, ValueError, RecursionError) as error:
        raise DataError(f"{data}: expected JSON of COCO or Label Studio; {error}. Export it again.") from error
    if is_coco(raw):
        return read_coco(raw, source=str(data))
    if is_label_studio(raw):
        found = read_label_studio(raw, source=str(data))
        return [replace(one, file=one.file or f"task {number}") for number, one in enumerate(found, start=1)]
    came = "a list without tasks" if isinstance(raw, list) else "neither images nor tasks"
    how = "Export from Label Studio as JSON, not as JSON-MIN, or as COCO"
    raise DataError(f"{data}: expected JSON of COCO or Label Studio; got {came}. {how}.")


def matched(annotated: Sequence[Annotated], data: Path, images: Path | None) -> Matched:
    """Find the annotated photos in a folder, by the end of their path, their bare name at least.

    Args:
        annotated: of the file.
        data: the file.
        images: folder of the photos; None takes that of the file, or the one above a folder of annotations.

    Raises:
        DataError: no photo is there, or a name may mean several.
    """
    root = images or (data.parent.parent if data.parent.name.lower() in MASKS else data.parent)
    found = find_pictures(root)
    files = {name: path for name, path in found.files.items() if side_of(name)[0] != "mask"}
    named = _by_name([one for one in annotated if not one.fault], files)
    rows = FileRows({name: number for number, name in enumerate(named)}, root, data.name)
    lost = set(rows.unmatched(list(files.values())))
    at = {name: rows.of(path) for name, path in files.items()}
    order = list(named)
    pairs = {name: named[order[number]][0] for name, number in at.items() if number is not None}
    if named and not pairs:
        came = f"none of its {len(named)} photos is in {root}, {order[0]} first"
        raise DataError(f"{data}: expected its photos; {came}. Say where they are: --images DIR.")
    doubled = {name for name, one in pairs.items() if len(named[one.file]) > 1}
    twice = {name: replace(pairs[name], fault=Note("named_twice")) for name in doubled}
    left_out = [LeftOut(one.file, one.fault) for one in annotated if one.fault]
    absent = Note("photo_not_there", {"folder": str(root)})
    left_out += [LeftOut(name, absent) for name in named if name in lost]
    idle = [name for name, number in at.items() if number is None]
    remarks = (f"{len(idle)} photos are left out: {data.name} does not name them, {idle[0]} first",) if idle else ()
    return Matched(pairs | twice, files, tuple(left_out), (*found.left_out, *remarks))


def _by_name(annotated: Sequence[Annotated], present: Iterable[str]) -> dict[str, list[Annotated]]:
    """Give annotated photos by so much of the end of their path as is that of a photo; all of it where none has it.

    A server has other folders than the disk, and an upload puts something before a name.
    """
    ends = {end for name in present for end in _ends(composed(name).casefold())}
    found: dict[str, list[Annotated]] = {}
    for one in annotated:
        name = written_name(one.file)
        tries = (*_ends(name), without_upload(name))
        key = next((end for end in tries if composed(end).casefold() in ends), name)
        found.setdefault(key, []).append(replace(one, file=key))
    return found


def _ends(name: str) -> list[str]:
    """Give a path and its ends, the longest first."""
    parts = name.split("/")
    return ["/".join(parts[start:]) for start in range(len(parts))]
