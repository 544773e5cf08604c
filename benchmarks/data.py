"""Takes the name of a part of the data; gives where it lies and which tiles of a split are there. Opens no picture."""

from __future__ import annotations

import csv
import os
import random
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.result import DataKind
from cracklens import draw_wall
from cracklens.errors import DataError
from cracklens.labels import LabelledTile
from cracklens.labels.dataset import label_of
from cracklens.photo import file_sha256

REPO = Path(__file__).parents[1]
PHOTO_HW = (3584, 4608)


def folders() -> list[Path]:
    """Give the folders that may hold data, first the one that wins: `$CRACKLENS_DATA`, then `../shared/data`.

    Raises:
        DataError: `$CRACKLENS_DATA` is set and no folder.
    """
    named = os.environ.get("CRACKLENS_DATA")
    if named and not Path(named).is_dir():
        raise DataError("$CRACKLENS_DATA must be a folder as in docs/data.md; it is none. Unset it, or mend it.")
    return [*([Path(named)] if named else []), REPO.parent / "shared" / "data"]


def find(part: str) -> Path:
    """Give the first place of a part of the data, e.g. "metu" or "splits/metu.csv"; parts may lie in both folders.

    Raises:
        DataError: it is in neither.
    """
    for folder in folders():
        if (folder / part).exists():
            return folder / part
    raise DataError(f"expected {part} in $CRACKLENS_DATA or ../shared/data; it is in neither. See docs/data.md.")


@dataclass(frozen=True)
class SplitTiles:
    """The tiles of one split of one set.

    Attributes:
        tiles: those that are there, in the order of the split's file.
        expected: how many the whole split has, by folder.
        limited: some were left out on request.
        split_sha256: of the split's file.
    """

    tiles: tuple[LabelledTile, ...]
    expected: dict[str, int]
    limited: bool
    split_sha256: str = ""

    @property
    def data(self) -> DataKind:
        """Whether this is the whole split."""
        if self.limited:
            return "limited"
        return "whole" if len(self.tiles) == sum(self.expected.values()) else "sample"

    @property
    def labels(self) -> NDArray[np.int64]:
        """Labels (N,) 1 cracked, 0 intact."""
        return np.array([tile.label for tile in self.tiles])

    @property
    def groups(self) -> NDArray[np.str_]:
        """Groups (N,) that an interval draws as one."""
        return np.array([tile.group for tile in self.tiles])

    @property
    def surfaces(self) -> NDArray[np.str_]:
        """First letter of the tile's first folder (N,): D, P or W in SDNET2018."""
        return np.array([tile.file[0] for tile in self.tiles])

    @property
    def natural_weights(self) -> NDArray[np.float64]:
        """Weights (N,) that give a sample the prevalence of the whole split; all 1 on the whole split."""
        folders = [_folder_of(tile.file) for tile in self.tiles]
        here = Counter(folders)
        of = np.array([self.expected[folder] / here[folder] for folder in folders], np.float64)
        return np.asarray(of / of.mean())

    def coverage(self) -> str:
        """Say how much of the split was measured."""
        return f"{len(self.tiles):,} of {sum(self.expected.values()):,} tiles of the split"


def split_tiles(name: str, split: str, *, limit: int | None = None) -> SplitTiles:
    """Give the tiles of a split.

    Args:
        name: "metu" or "sdnet2018".
        split: "train", "val" or "test" of splits/NAME.csv.
        limit: about so many, the same number from every folder; None takes all.

    Raises:
        DataError: the set or its splits are not there, or none of the split's tiles is.
    """
    folder, table = find(name), find(f"splits/{name}.csv")
    with table.open(newline="", encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["split"] == split]
    there = [_tile(folder, row) for row in rows if (folder / row["file"]).is_file()]
    if not there:
        raise DataError(
            f"expected tiles of {name}'s {split} split in {name}/; got none of {len(rows)}. See docs/data.md."
        )
    kept = there if limit is None else _some(there, limit)
    expected = dict(Counter(_folder_of(row["file"]) for row in rows))
    return SplitTiles(tuple(kept), expected, limit is not None, file_sha256(table))


def _tile(folder: Path, row: dict[str, str]) -> LabelledTile:
    file = row["file"]
    group = row.get("group") or row.get("photo") or file
    return LabelledTile(folder / file, file, label_of(Path(file).parent.name), group, row["split"])


def _folder_of(file: str) -> str:
    return file.rpartition("/")[0]


def _some(tiles: Sequence[LabelledTile], limit: int) -> list[LabelledTile]:
    """Give about `limit` tiles, evenly over the folders, drawn with seed 0."""
    draw = random.Random(0)  # noqa: S311 no secret
    names = sorted({_folder_of(tile.file) for tile in tiles})
    kept: set[str] = set()
    for name in names:
        inside = [tile.file for tile in tiles if _folder_of(tile.file) == name]
        kept.update(draw.sample(inside, min(len(inside), -(-limit // len(names)))))
    return [tile for tile in tiles if tile.file in kept]


@contextmanager
def one_photo() -> Iterator[tuple[Path, str]]:
    """Give a 16-megapixel photo to measure speed on, and what it is: a real one, or a drawn wall without data."""
    try:
        path = min(find("photos").glob("*.jpg"))
    except (DataError, ValueError):  # no folder, or no photo in it
        with tempfile.TemporaryDirectory() as folder:
            yield draw_wall(PHOTO_HW, widths_px=(2.0, 4.0, 8.0), seed=0).save(Path(folder)), "a drawn wall"
    else:
        yield path, f"photos/{path.name}"
