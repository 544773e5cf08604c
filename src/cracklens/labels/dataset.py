"""Takes a folder or CSV of labelled tiles; gives their paths, labels, groups and splits. Opens no picture."""

from __future__ import annotations

import difflib
import os
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

from cracklens.errors import DataError
from cracklens.labels.pictures import find_pictures
from cracklens.photo import file_sha256
from cracklens.tables import read_table, written_name

Split = Literal["train", "val", "test"]
SPLITS: tuple[str, ...] = get_args(Split)
CRACKED = ("cracked", "positive", "crack", "cracks", "1", "true", "yes")
INTACT = ("non-cracked", "negative", "noncracked", "uncracked", "non-crack", "no-crack", "intact", "0", "false", "no")
KNOWN_COLUMNS = ("file", "label", "mask", "split", "group", "photo", "split_rule")
MAX_FAULTS = 5
IMAGES = ("images", "image", "imgs", "img", "photos", "pictures")
MASKS = ("masks", "mask", "labels", "annotations", "gt", "groundtruth", "ground_truth")
"""What folders of a set for segmentation are called, in lower case."""


@dataclass(frozen=True)
class LabelledTile:
    """One labelled picture.

    Attributes:
        path: where it lies.
        file: its name inside the data, with "/".
        label: 1 cracked, 0 intact.
        group: what must not be on both sides of a split, e.g. the photo it was cut from.
        split: None where the data gives none.
    """

    path: Path
    file: str
    label: int
    group: str
    split: str | None


@dataclass(frozen=True)
class LabelledSet:
    """Labelled pictures and where they come from.

    Attributes:
        name: folder or file name.
        tiles: in order of their names.
        split_rule: how the splits were made, for the card; None where there are none.
        split_sha256: of the file that gives the splits; None where there are none.
        left_out: what could be labelled pictures and is not used, a clause each, for the card.
    """

    name: str
    tiles: tuple[LabelledTile, ...]
    split_rule: str | None
    split_sha256: str | None = None
    left_out: tuple[str, ...] = ()

    def with_left_out(self, split_rule: str) -> str:
        """Give what a card says of the data: how the splits were made, and what was left out."""
        return "; ".join((split_rule, *self.left_out))


def read_labelled(data: Path, *, given_splits: bool = True) -> LabelledSet:
    """Read a folder with one subfolder a class, or a CSV with the columns file, label and, if known, split and group.

    A folder `NAME` beside `splits/NAME.csv` takes its splits and groups from there, as METU and SDNET2018 do. A column
    `split_rule`, as `cracklens data split` writes it, says on the card how the splits were made.

    Args:
        data: the folder or CSV.
        given_splits: False leaves `splits/NAME.csv` aside: all pictures of the folder, no splits.

    Raises:
        DataError: nothing there, unknown classes, a label without a file, or only one class.
    """
    if data.is_dir():
        found = _from_folder(data, given_splits)
    elif data.is_file() and data.suffix.lower() == ".csv":
        found = _from_csv(data)
    else:
        raise DataError(
            f"{data}: expected a folder with one subfolder a class, or a .csv; it is neither. See docs/data.md."
        )
    labels = {tile.label for tile in found.tiles}
    if len(labels) < 2:
        came = f"{len(found.tiles)} tiles, all {'cracked' if 1 in labels else 'intact'}" if labels else "no picture"
        raise DataError(f"{data}: expected pictures of both classes; got {came}. Add the missing class.")
    return found


def label_of(name: str) -> int:
    """Give 1 for a name that means cracked, 0 for one that means intact.

    Raises:
        DataError: neither; gives the nearest name.

    Example:
        >>> label_of("Positive"), label_of("Non-cracked")
        (1, 0)
    """
    word = name.strip().lower().replace("_", "-").replace(" ", "-")
    if word in CRACKED or word in INTACT:
        return int(word in CRACKED)
    near = difflib.get_close_matches(word, CRACKED + INTACT, n=1)
    hint = f"Did you mean {near[0]!r}?" if near else f"Use one of {', '.join(CRACKED[:3])} / {', '.join(INTACT[:3])}."
    raise DataError(f"expected a class that says cracked or intact; got {name!r}. {hint}")


def _from_folder(data: Path, given_splits: bool) -> LabelledSet:
    found = find_pictures(data)
    files, rows = found.files, official_splits(data) if given_splits else {}
    if rows:
        tiles = [
            LabelledTile(path, name, label_of(path.parent.name), group_of(rows[name]), rows[name]["split"])
            for name, path in files.items()
            if name in rows
        ]
        rule = stated_rule(rows.values()) or f"splits/{data.name}.csv"
        left_out = (*found.left_out, *unmatched(files, rows, data.name))
        return LabelledSet(data.name, tuple(tiles), rule, file_sha256(split_file(data)), left_out)
    _refuse_masks(data, files.values())
    tiles = [LabelledTile(path, name, label_of(path.parent.name), name, None) for name, path in files.items()]
    return LabelledSet(data.name, tuple(tiles), None, left_out=found.left_out)


def unmatched(files: Collection[str], rows: Collection[str], name: str) -> Iterator[str]:
    """Say how `splits/NAME.csv` and the folder name different files."""
    absent, unnamed = sorted(set(rows) - set(files)), sorted(set(files) - set(rows))
    if absent:
        came = f"{len(absent):,} of {len(rows):,} files that splits/{name}.csv names"
        yield f"{came} are not in the folder, {absent[0]} first"
    if unnamed:
        yield f"{len(unnamed):,} pictures are left out: splits/{name}.csv does not name them, {unnamed[0]} first"


def _refuse_masks(data: Path, files: Iterable[Path]) -> None:
    """Refuse a set for segmentation, whose folders say nothing of a class."""
    folders = {path.parent.name.lower(): path.parent.name for path in files}
    pictures, masks = ([folders[name] for name in names if name in folders] for names in (IMAGES, MASKS))
    if pictures and masks:
        came = f"{pictures[0]} and {masks[0]}, as a set for segmentation has them"
        how = (
            "Train on masks with --recipe crackmap; for other recipes sort the pictures into folders cracked and intact"
        )
        raise DataError(f"{data}: expected one subfolder a class; got {came}. {how}.")


def official_splits(data: Path) -> dict[str, dict[str, str]]:
    """Give the rows of `splits/NAME.csv` beside a folder or file by the picture's name; empty without one."""
    path = split_file(data)
    if not path.is_file():
        return {}
    rows = csv_rows(path, ("file", "split"))
    refuse_rows(path, rows, SPLITS)
    return {row["file"].removeprefix(f"../{data.name}/"): row for row in rows}  # relative to the folder or to the CSV


def split_file(data: Path) -> Path:
    """Give where the splits of a folder or file are, if they are anywhere."""
    return data.parent / "splits" / f"{data.stem if data.is_file() else data.name}.csv"


def group_of(row: Mapping[str, str]) -> str:
    """Give what must not be on both sides of a split, by the row of a picture."""
    return row.get("group") or row.get("photo") or row["file"]


def stated_rule(rows: Iterable[dict[str, str]]) -> str | None:
    """Give what the column split_rule says, if it says one thing."""
    rules = {row.get("split_rule") or "" for row in rows}
    return rules.pop() or None if len(rules) == 1 else None


def _from_csv(data: Path) -> LabelledSet:
    rows = csv_rows(data, ("file", "label"))
    _check_rows(data, rows)
    tiles = [
        LabelledTile(
            data.parent / row["file"],
            row["file"],
            label_of(row["label"]),
            row.get("group") or row["file"],
            row.get("split") or None,
        )
        for row in sorted(rows, key=lambda row: row["file"])
    ]
    given = all(tile.split for tile in tiles)
    rule = stated_rule(rows) or f"column split of {data.name}"
    return LabelledSet(data.stem, tuple(tiles), *((rule, file_sha256(data)) if given else (None, None)))


def csv_rows(path: Path, columns: tuple[str, ...]) -> list[dict[str, str]]:
    """Give the rows of a CSV of pictures by column, "" where a row ends early; backslashes of Windows are slashes.

    Raises:
        DataError: it cannot be read, a column is missing, or a row has too many fields.
    """
    rows = read_table(path, columns, also=KNOWN_COLUMNS).rows
    return [{**row, "file": _as_there(path.parent, row["file"])} for row in rows]


def _as_there(folder: Path, file: str) -> str:
    """Give a file's name with forward slashes, unless one with backslashes or blanks is there by just that name."""
    written = written_name(file)
    return file if file != written and (folder / file).is_file() else written


def _check_rows(data: Path, rows: list[dict[str, str]]) -> None:
    """Refuse rows without a file, files named twice and unknown splits; names the first of each."""
    faults = _some("no such file", (row["file"] for row in rows if not (data.parent / row["file"]).is_file()))
    refuse_rows(data, rows, (*SPLITS, "", None), faults)


def refuse_rows(
    path: Path, rows: list[dict[str, str]], splits: Collection[str | None], faults: Iterable[str] = ()
) -> None:
    """Refuse a CSV with files named twice, with other splits than these, or with faults that are known; all at once."""
    unknown = [row["file"] for row in rows if row.get("split") not in splits]
    found = [*faults, *_named_twice(rows), *_some("split is not train, val or test", unknown)]
    if found:
        raise DataError(f"{path}: {'; '.join(found)}. Mend the CSV; file names are relative to its folder.")


def _named_twice(rows: list[dict[str, str]]) -> list[str]:
    counts = Counter(os.path.normpath(row["file"]) for row in rows)  # "a.jpg" and "./a.jpg" are one file
    return _some("named twice", (file for file, count in counts.items() if count > 1))


def _some(fault: str, files: Iterable[str]) -> list[str]:
    names = list(files)
    more = f" and {len(names) - MAX_FAULTS} more" if len(names) > MAX_FAULTS else ""
    return [f"{fault}: {', '.join(names[:MAX_FAULTS])}{more}"] if names else []
