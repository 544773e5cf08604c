"""Takes labelled pictures and a rule; gives each a split, whole groups at a time, as a CSV that training takes."""

from __future__ import annotations

import csv
import io
import os
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from cracklens.errors import DataError, OutputError, SettingError
from cracklens.files import write_whole
from cracklens.labels.check import CLASS_NAMES
from cracklens.labels.dataset import CRACKED, INTACT, SPLITS, LabelledSet, LabelledTile, csv_rows, read_labelled
from cracklens.labels.duplicates import duplicate_groups
from cracklens.labels.fingerprint import Fingerprint, Stage, fingerprints
from cracklens.labels.splits import LEAKING_RULE, with_splits

Grouping = Literal["near-duplicates", "regex", "folder", "column", "random"]
GROUPINGS: tuple[str, ...] = get_args(Grouping)
MAX_FOLDS = 20
Groups = Sequence[str]


@dataclass(frozen=True)
class SplitSettings:
    """How to split.

    Attributes:
        by: what must stay on one side: near duplicates, what `pattern` finds in the file's name, a folder, a value of
            `column`, or nothing at all, which leaks and is said on the card.
        pattern: regular expression with at least one group in parentheses, for "regex".
        column: of the CSV, for "column".
        seed: of the draw.
        val_share: of the pictures, 0-1, as near as whole groups allow.
        test_share: of the pictures, 0-1.
    """

    by: str
    pattern: str | None = None
    column: str | None = None
    seed: int = 0
    val_share: float = 0.15
    test_share: float = 0.15


def split_data(
    data: str | Path,
    *,
    out: str | Path,
    settings: SplitSettings,
    on_progress: Stage | None = None,
) -> LabelledSet:
    """Split labelled pictures, write them as a CSV with file, label, group, split and split_rule, and give them.

    Args:
        data: folder or CSV, as `cracklens train` takes it; splits that it has are left aside.
        out: the CSV; files in it are named relative to its folder. It must not be there yet.
        settings: by what and how much.
        on_progress: called with what is done, pictures done and pictures in all, where pictures are read.

    Raises:
        SettingError: a setting outside its range, or a pattern that fits nothing.
        DataError: pictures that cannot be read, or too few groups to have each class on each side.
        OutputError: `out` is there already or cannot be written.
    """
    data, out = Path(data), Path(out)
    _check_settings(settings)
    if out.exists():
        raise OutputError(f"{out}: expected a name that is free, since a test split must not change. Choose another.")
    labelled = read_labelled(data, given_splits=False)
    groups = _groups(labelled, data, settings, on_progress)
    grouped = [replace(tile, group=group, split=None) for tile, group in zip(labelled.tiles, groups, strict=True)]
    tiles = tuple(replace(tile, split=split) for tile, split in zip(grouped, _drawn(grouped, settings), strict=True))
    found = with_splits(replace(labelled, tiles=tiles, split_rule=rule_of(settings)))
    _write(found, out)
    return found


def split_counts(labelled: LabelledSet) -> dict[str, dict[str, int]]:
    """Give pictures by split and class."""
    found = Counter((tile.split, CLASS_NAMES[tile.label]) for tile in labelled.tiles)
    return {split: {label: found[split, label] for label in CLASS_NAMES[::-1]} for split in SPLITS}


def rule_of(settings: SplitSettings) -> str:
    """Give the sentence of the card on how the split was made.

    Example:
        >>> rule_of(SplitSettings("column", column="bridge"))
        'by column bridge, seed 0'
    """
    of = {"regex": f" '{settings.pattern}'", "column": f" {settings.column}"}.get(settings.by, "")
    rule = LEAKING_RULE if settings.by == "random" else f"by {settings.by}{of}"
    return f"{rule}, seed {settings.seed}"


def _check_settings(settings: SplitSettings) -> None:
    if settings.by not in GROUPINGS:
        raise SettingError(f"by must be one of {', '.join(GROUPINGS)}; got {settings.by!r}.")
    for name, needed in (("pattern", "regex"), ("column", "column")):
        if (getattr(settings, name) is not None) != (settings.by == needed):
            raise SettingError(f"--{name} goes with --by {needed}, each with the other; got --by {settings.by}.")
    shares = (settings.val_share, settings.test_share)
    if not (0 < shares[0] < 1 and 0 <= shares[1] < 1 and sum(shares) < 1):
        raise SettingError(f"val must be over 0, test at least 0 and both together under 1; got {shares}.")


def _groups(labelled: LabelledSet, data: Path, settings: SplitSettings, on_progress: Stage | None) -> Groups:
    match settings.by:
        case "near-duplicates":
            return _by_duplicates(labelled.tiles, on_progress)
        case "regex":
            return _by_pattern(labelled.tiles, settings.pattern or "")
        case "folder":
            return [_folder_of(tile.file) for tile in labelled.tiles]
        case "column":
            return _by_column(labelled.tiles, data, settings.column or "")
    return [tile.file for tile in labelled.tiles]


def _by_duplicates(tiles: Sequence[LabelledTile], on_progress: Stage | None) -> Groups:
    prints = fingerprints([tile.path for tile in tiles], on_progress=on_progress)
    known = [print_ for print_ in prints if isinstance(print_, Fingerprint)]
    faults = [f"{tile.file} ({why})" for tile, why in zip(tiles, prints, strict=True) if isinstance(why, str)]
    if faults:
        came = f"{len(faults)} cannot, {faults[0]} first"
        raise DataError(f"expected pictures that can be read; {came}. `cracklens data check` lists all: take them out.")
    numbers = duplicate_groups(known, on_progress=on_progress).tolist()
    first: dict[int, str] = {}
    return [first.setdefault(number, tile.file) for number, tile in zip(numbers, tiles, strict=True)]


def _by_pattern(tiles: Sequence[LabelledTile], pattern: str) -> Groups:
    try:
        search = re.compile(pattern)
    except re.error as error:
        raise SettingError(f"pattern must be a regular expression; got {pattern!r} ({error}).") from error
    if not search.groups:
        hint = r"Put what names the group in parentheses, as in '(\d+)-\d+\.jpg'."
        raise SettingError(f"pattern must have a group; got {pattern!r}, which has none. {hint}")
    matches = [search.search(tile.file) for tile in tiles]
    without = [tile.file for tile, match in zip(tiles, matches, strict=True) if match is None]
    if without:
        came = f"{len(without)} of {len(tiles)} do not, {without[0]!r} first"
        raise SettingError(f"expected every file to fit the pattern {pattern!r}; {came}. Widen the pattern.")
    return ["/".join(part or "" for part in match.groups()) for match in matches if match]


def _folder_of(file: str) -> str:
    """Give the folders of a file without those that name a class.

    Example:
        >>> _folder_of("North Bridge/Cracked/7.jpg")
        'North Bridge'
    """
    words = (*CRACKED, *INTACT)
    parts = file.split("/")[:-1]
    return "/".join(part for part in parts if part.lower().replace("_", "-").replace(" ", "-") not in words)


def _by_column(tiles: Sequence[LabelledTile], data: Path, column: str) -> Groups:
    if data.is_dir():
        raise SettingError(f"--by column needs a CSV; {data} is a folder. Use --by folder or --by regex.")
    values = {row["file"]: row[column] for row in csv_rows(data, ("file", column))}
    empty = [tile.file for tile in tiles if not values[tile.file]]
    if empty:
        came = f"{len(empty)} rows have none, {empty[0]!r} first"
        raise DataError(f"{data}: expected a value in the column {column} of every row; {came}. Fill it.")
    return [values[tile.file] for tile in tiles]


def _drawn(tiles: Sequence[LabelledTile], settings: SplitSettings) -> list[str]:
    """Give a split for each picture: folds of whole groups with even classes, dealt out to test, val and train."""
    from sklearn.model_selection import StratifiedGroupKFold

    labels = np.array([tile.label for tile in tiles])
    groups = np.unique([tile.group for tile in tiles], return_inverse=True)[1]
    n_folds, n_val, n_test = _folds(settings, _most_folds(labels, groups))
    folds = StratifiedGroupKFold(n_folds, shuffle=True, random_state=settings.seed)
    splits = np.full(len(tiles), "train", dtype="<U5")
    for number, (_, inside) in enumerate(folds.split(labels, labels, groups)):
        splits[inside] = "test" if number < n_test else "val" if number < n_test + n_val else "train"
    return [str(split) for split in splits]


def _most_folds(labels: NDArray[np.int64], groups: NDArray[np.int64]) -> int:
    """Give how many folds each class can fill with at least one group."""
    least = min(len(np.unique(groups[labels == label])) for label in (0, 1))
    if least < len(SPLITS):
        expected = f"expected at least {len(SPLITS)} groups with pictures of each class"
        raise DataError(f"{expected}; got {least}. Group by something finer, or label more.")
    return min(least, MAX_FOLDS)


def _folds(settings: SplitSettings, most: int) -> tuple[int, int, int]:
    """Give the number of folds, and how many are val and test: the fewest that come within 1 % of the wanted shares."""
    wanted = np.array([settings.val_share, settings.test_share])
    choices = []
    for n in range(3, most + 1):
        dealt = np.maximum(np.round(wanted * n), wanted > 0).astype(int)
        if dealt.sum() < n:
            choices.append((max(0.01, float(np.abs(dealt / n - wanted).max())), n, int(dealt[0]), int(dealt[1])))
    return min(choices)[1:]


def _write(labelled: LabelledSet, out: Path) -> None:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(("file", "label", "group", "split", "split_rule"))
    try:
        for tile in labelled.tiles:
            file = Path(os.path.relpath(tile.path, out.parent)).as_posix()
            writer.writerow((file, CLASS_NAMES[tile.label], tile.group, tile.split, labelled.split_rule))
        out.parent.mkdir(parents=True, exist_ok=True)
        write_whole(out, text.getvalue().encode())
    except (OSError, ValueError) as error:  # ValueError: on another drive, for which Windows has no relative path
        raise OutputError(f"{out}: cannot be written ({error}). Choose another --out.") from error
