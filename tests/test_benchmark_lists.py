"""Takes the lists and splits that benchmarks commit; gives faults in them. Opens no picture but drawn ones."""

from __future__ import annotations

import csv
from collections import Counter

from benchmarks.splits import make_sut


def test_split_of_sut_is_what_its_script_gives() -> None:
    with make_sut.TABLE.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert rows == make_sut.rows()
    assert Counter(row["split"] for row in rows) == make_sut.SIZES
    sides = {(row["group"], row["split"]) for row in rows}
    assert len(sides) == len({group for group, _ in sides})
