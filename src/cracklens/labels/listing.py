"""Takes a folder or CSV of labelled pictures; gives what can be read of it and what is wrong. Opens no picture."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from cracklens.errors import DataError
from cracklens.labels.dataset import (
    SPLITS,
    LabelledSet,
    LabelledTile,
    csv_rows,
    label_of,
    read_labelled,
)
from cracklens.labels.pictures import PictureFolder, find_pictures
from cracklens.report import other_sentences, words_of


@dataclass(frozen=True)
class Listing:
    """What a folder or CSV names.

    Attributes:
        data: every picture with a label that is understood.
        refused: why training would not read it; None where it would.
        remarks: what is odd, and no hindrance.
    """

    data: LabelledSet
    refused: str | None
    remarks: tuple[str, ...]


def list_pictures(data: Path) -> Listing:
    """Read labelled pictures as training does, and where that refuses, as far as they can be understood.

    Raises:
        DataError: nothing in it can be.
    """
    found = find_pictures(data) if data.is_dir() else None
    remarks = tuple(_remarks(data, found)) if found else ()
    try:
        labelled = read_labelled(data)
        return Listing(labelled, None, (*remarks, *labelled.left_out))
    except DataError as error:
        tiles = tuple(_in_folder(found) if found else _in_csv(data) if data.is_file() else ())
        if not tiles:
            raise
        left_out = found.left_out if found else ()
        return Listing(LabelledSet(data.stem, tiles, None), str(error), (*remarks, *left_out))


def _in_folder(found: PictureFolder) -> Iterable[LabelledTile]:
    for name, path in found.files.items():
        label = _label(path.parent.name)
        if label is not None:
            yield LabelledTile(path, name, label, name, None)


def _in_csv(data: Path) -> Iterable[LabelledTile]:
    for row in csv_rows(data, ("file", "label")):
        label, path = _label(row["label"]), data.parent / row["file"]
        if label is not None and path.is_file():
            split = row.get("split") if row.get("split") in SPLITS else None
            yield LabelledTile(path, row["file"], label, row.get("group") or row["file"], split)


def _label(word: str) -> int | None:
    try:
        return label_of(word)
    except DataError:
        return None


def _remarks(data: Path, found: PictureFolder) -> Iterable[str]:
    """Say which class folders are empty, and what else lies there."""
    filled = {path.parent for path in found.files.values()}
    for folder in sorted(path for path in data.rglob("*") if path.is_dir()):
        if _label(folder.name) is not None and not any(folder == of or folder in of.parents for of in filled):
            yield f"class folder {folder.relative_to(data).as_posix()} holds no picture"
    no_links = replace(found.others, links=())  # they are left out, and named there
    yield from (sentence.rstrip(".") for sentence in other_sentences(no_links, words_of()))
