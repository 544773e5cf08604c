"""Takes a folder or CSV of labelled pictures; gives what can be read of it and what is wrong. Opens no picture."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from cracklens.errors import DataError
from cracklens.training.dataset import (
    SPLITS,
    LabelledSet,
    LabelledTile,
    csv_rows,
    label_of,
    read_labelled,
    tile_files,
)


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
    remarks = tuple(_remarks(data)) if data.is_dir() else ()
    try:
        return Listing(read_labelled(data), None, remarks)
    except DataError as error:
        tiles = tuple(_in_folder(data) if data.is_dir() else _in_csv(data) if data.is_file() else ())
        if not tiles:
            raise
        return Listing(LabelledSet(data.stem, tiles, None), str(error), remarks)


def _in_folder(data: Path) -> Iterable[LabelledTile]:
    for name, path in tile_files(data).items():
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


def _remarks(data: Path) -> Iterable[str]:
    """Say which class folders are empty, and where `splits/NAME.csv` and the folder name different files."""
    files = tile_files(data)
    filled = {path.parent for path in files.values()}
    for folder in sorted(path for path in data.rglob("*") if path.is_dir()):
        if _label(folder.name) is not None and not any(folder == of or folder in of.parents for of in filled):
            yield f"class folder {folder.relative_to(data).as_posix()} holds no picture"
    splits = data.parent / "splits" / f"{data.name}.csv"
    if splits.is_file():
        named = {row["file"].removeprefix(f"../{data.name}/") for row in csv_rows(splits, ("file", "split"))}
        absent, unnamed = len(named - set(files)), len(set(files) - named)
        if absent:
            yield f"{absent:,} of {len(named):,} files that splits/{splits.name} names are not in the folder"
        if unnamed:
            yield f"{unnamed:,} pictures are left out: splits/{splits.name} does not name them"
