"""Takes the lists and splits that benchmarks commit; gives faults in them. Opens no picture but drawn ones."""

from __future__ import annotations

import csv
from collections import Counter

from benchmarks import masks_dice
from benchmarks.splits import make_sut


def test_split_of_sut_is_what_its_script_gives() -> None:
    with make_sut.TABLE.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert rows == make_sut.rows()
    assert Counter(row["split"] for row in rows) == make_sut.SIZES
    sides = {(row["group"], row["split"]) for row in rows}
    assert len(sides) == len({group for group, _ in sides})


def test_every_picture_with_a_mask_has_its_surface() -> None:
    of = masks_dice.surfaces()
    assert list(of) == [f"{number:03d}" for number in range(100)]
    assert set(of.values()) == {"concrete", "asphalt"}
