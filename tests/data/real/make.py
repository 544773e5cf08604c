"""Takes the whole sets, laid out as docs/data.md says; gives the small real sample beside this file, by a fixed rule.

`python tests/data/real/make.py DATA` writes it anew: the same bytes each time. README.md says what it holds and why.
"""

from __future__ import annotations

import csv
import hashlib
import shutil
import sys
from collections.abc import Iterable, Iterator
from itertools import islice, product
from pathlib import Path

from PIL import Image

HERE = Path(__file__).parent
SEED = 8
METU = {"train": 4, "val": 4, "test": 4}
"""Tiles of each class and split."""
SDNET = {"train": 3, "val": 2, "test": 3}
"""Tiles of each surface, class and split."""
TWINS = tuple(f"Positive/{name}.jpg" for name in ("00336", "05877", "18300_1", "00039"))
"""Three of METU's mirrored copies of one place and one that is none, for `cracklens data check`."""
CROP_TILES = 5
TILE_PX = 256
CRACKED_TILES = 8
"""Of the 25 of a crop; the crop of each surface that comes nearest is taken, the first of them in order."""

Row = dict[str, str]


def main(data: Path) -> None:
    """Write tiles, splits and crops."""
    for name, group, per_class, more in (("metu", "group", METU, TWINS), ("sdnet2018", "photo", SDNET, ())):
        rows = _rows(data / "splits" / f"{name}.csv")
        chosen = {row["file"]: row for row in [*_drawn(rows, group, per_class), *_named(rows, more)]}
        _write(HERE / "splits" / f"{name}.csv", [chosen[file] for file in sorted(chosen)])
        for file in chosen:
            (HERE / name / file).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(data / name / file, HERE / name / file)
    labels = _rows(data / "photos" / "tile_labels.csv")
    surfaces = sorted({row["photo"].split("_")[0] for row in labels})
    _write(HERE / "photos" / "tile_labels.csv", [row for of in surfaces for row in _crop(data / "photos", labels, of)])


def _drawn(rows: list[Row], group: str, per_class: dict[str, int]) -> Iterator[Row]:
    """Give so many tiles of every folder and split, in the order of a seeded hash, none of one group twice."""
    ordered = sorted(rows, key=lambda row: hashlib.sha256(f"{SEED} {row['file']}".encode()).hexdigest())
    for folder, split in product(sorted({_folder(row) for row in rows}), per_class):
        first: dict[str, Row] = {}
        for row in ordered:
            if (_folder(row), row["split"]) == (folder, split):
                first.setdefault(row[group], row)
        yield from islice(first.values(), per_class[split])


def _folder(row: Row) -> str:
    return row["file"].rpartition("/")[0]


def _named(rows: list[Row], files: Iterable[str]) -> list[Row]:
    wanted = set(files)
    return [row for row in rows if row["file"] in wanted]


def _crop(photos: Path, labels: list[Row], surface: str) -> list[Row]:
    """Write one crop of a surface's photos and give the labels of its tiles."""
    of = {(row["photo"], int(row["row"]), int(row["col"])): row for row in labels if row["photo"].startswith(surface)}
    crops = [tiles for place in sorted(of) if len(tiles := _tiles(of, place)) == CROP_TILES**2]
    best = min(crops, key=lambda tiles: abs(sum(row["label"] == "Cracked" for row in tiles) - CRACKED_TILES))
    name, top, left = best[0]["photo"], int(best[0]["row"]), int(best[0]["col"])
    crop = f"{Path(name).stem}_crop.jpg"
    (HERE / "photos").mkdir(exist_ok=True)
    with Image.open(photos / name) as photo:
        x, y, side = TILE_PX * left, TILE_PX * top, TILE_PX * CROP_TILES
        photo.crop((x, y, x + side, y + side)).save(HERE / "photos" / crop, quality=92, subsampling=0)
    return [_moved(row, crop, top, left) for row in best]


def _moved(row: Row, crop: str, top: int, left: int) -> Row:
    """Give a tile's label in the crop; `tile` stays its number in the whole photo."""
    return {**row, "photo": crop, "row": str(int(row["row"]) - top), "col": str(int(row["col"]) - left)}


def _tiles(of: dict[tuple[str, int, int], Row], place: tuple[str, int, int]) -> list[Row]:
    """Give the labelled tiles of the crop whose top left tile is here; fewer than all at an edge."""
    photo, top, left = place
    around = ((photo, top + down, left + right) for down, right in product(range(CROP_TILES), repeat=2))
    return [of[one] for one in around if one in of]


def _rows(path: Path) -> list[Row]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def _write(path: Path, rows: list[Row]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, rows[0], lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
