"""Takes a folder or CSV of photos with masks; gives which mask is of which photo. Opens no picture."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path, PurePosixPath

from cracklens.errors import DataError
from cracklens.labels.dataset import IMAGES, MASKS, SPLITS, csv_rows, refuse_rows
from cracklens.labels.masks.bitmaps import read_mask
from cracklens.labels.masks.shapes import Annotated, Bitmap, Shape
from cracklens.tables import written_name
from cracklens.values import Note

NAME = "crack"
"""Of what a mask marks."""

ENDS = ("_mask", "-mask", "_label", "_gt")
"""What may follow a photo's name in that of its mask."""

SPLIT_FOLDERS = {"train": "train", "training": "train", "val": "val", "valid": "val", "validation": "val"}
SPLIT_FOLDERS |= {"test": "test", "testing": "test"}

Pairs = dict[str, Annotated]
"""By the photo's name in the data."""


def side_of(name: str) -> tuple[str, str]:
    """Give "photo" or "mask" and what both have in common, by the folders of a file's name; ("", "") of any other.

    Example:
        >>> side_of("train/images/north/7.jpg"), side_of("train/masks/north/7.png")
        (('photo', 'train/*/north/7'), ('mask', 'train/*/north/7'))
    """
    path = PurePosixPath(name)
    for number, folder in reversed(list(enumerate(path.parts[:-1]))):
        sides = [side for side, names in (("photo", IMAGES), ("mask", MASKS)) if folder.lower() in names]
        if sides:
            stem = path.stem
            if sides == ["mask"]:
                stem = next((stem.removesuffix(end) for end in ENDS if stem.lower().endswith(end)), stem)
            return sides[0], "/".join([*path.parts[:number], "*", *path.parts[number + 1 : -1], stem])
    return "", ""


def split_of(name: str) -> str | None:
    """Give the split that a folder of a file's name says; None where none does."""
    return next((SPLIT_FOLDERS[one.lower()] for one in name.split("/")[:-1] if one.lower() in SPLIT_FOLDERS), None)


def folder_pairs(files: Mapping[str, Path], data: Path) -> Pairs:
    """Give the photos of a folder with their masks: both have one stem, in folders images and masks side by side.

    Raises:
        DataError: no such folders.
    """
    sides: dict[str, dict[str, list[str]]] = {"photo": {}, "mask": {}, "": {}}
    for name in files:
        side, common = side_of(name)
        sides[side].setdefault(common, []).append(name)
    photos, masks = sides["photo"], sides["mask"]
    if not photos or not masks:
        raise DataError(_no_pairs(data))
    found = dict(_pairs(photos, masks, files))
    lone = [name for common, names in masks.items() if common not in photos for name in names]
    return found | {name: Annotated(name, fault=Note("mask_alone")) for name in lone}


def _pairs(
    photos: Mapping[str, list[str]], masks: Mapping[str, list[str]], files: Mapping[str, Path]
) -> Iterator[tuple[str, Annotated]]:
    for common, names in photos.items():
        of = masks.get(common, [])
        for name in names:
            if len(names) > 1 or len(of) > 1:
                fault: Note | None = Note("not_one_pair", {"photos": len(names), "masks": len(of)})
            else:
                fault = None if of else Note("mask_lacks")
            yield name, Annotated(name, fault=fault) if fault else _masked(name, files[of[0]])


def _masked(name: str, mask: Path) -> Annotated:
    return Annotated(name, (Shape(NAME, Bitmap(partial(read_mask, mask))),))


def _no_pairs(data: Path) -> str:
    files = sorted(path for end in ("json", "xml") for path in data.rglob(f"*.{end}"))
    hint = f"Is {files[0]} what you mean? Name the file." if files else "See docs/train.md."
    return f"{data}: expected folders images and masks, or a file of COCO, Label Studio or CVAT; got neither. {hint}"


def csv_pairs(data: Path) -> tuple[Pairs, dict[str, dict[str, str]]]:
    """Give the photos of a CSV with the columns file and mask, and its rows by the photo's name.

    Raises:
        DataError: it cannot be read, or its rows cannot be meant so.
    """
    rows = csv_rows(data, ("file", "mask"))
    refuse_rows(data, rows, (*SPLITS, "", None))
    found = {}
    for row in rows:
        file, mask = row["file"], written_name(row["mask"])
        lack = [name for name in (file, mask) if not name or not (data.parent / name).is_file()]
        fault = Note("file_not_there", {"file": lack[0]}) if lack and lack[0] else Note("mask_unnamed")
        found[file] = Annotated(file, fault=fault) if lack else _masked(file, data.parent / mask)
    return found, {row["file"]: row for row in rows}
