"""Takes the numbers of SUT-Crack's 130 photos; gives splits/sut.csv: 78 train, 20 val, 32 test. Opens no picture.

`python -m benchmarks.splits.make_sut` writes the same file again. All photos are of asphalt, by eye: there is no
concrete to spread.
"""

from __future__ import annotations

import csv
import random
from pathlib import Path

TABLE = Path(__file__).with_name("sut.csv")
PHOTOS = 130
SIZES = {"train": 78, "val": 20, "test": 32}

SEED = 9
SAME_PLACE = (
    (7, 8),
    (15, 69, 106),
    (16, 70),
    (18, 73),
    (23, 75, 76, 113, 114),
    (27, 81, 126),
    (31, 83, 84, 100),
    (32, 85, 95),
    (72, 105),
    (78, 129),
    (94, 103),
)
"""Photos of one piece of a crack, taken on different days, some of them turned: each group stays on one side.

Every pair of photos was matched by SIFT and a similarity at the shape they were taken in (RANSAC, 8 px): these have
8-105 points in common, or 18-32 by a homography, and were looked at; no other pair has more than 6.
"""


def splits() -> dict[int, str]:
    """Give the side of each photo: groups, the large ones first, each to a side drawn by the room that is left."""
    draw = random.Random(SEED)  # noqa: S311 no secret
    alone = set(range(1, PHOTOS + 1)) - {number for group in SAME_PLACE for number in group}
    groups = sorted([*SAME_PLACE, *((number,) for number in alone)], key=lambda group: (-len(group), group))
    free, of = dict(SIZES), dict[int, str]()
    for group in groups:
        sides = [side for side in SIZES if free[side] >= len(group)]
        (side,) = draw.choices(sides, [free[side] for side in sides])
        free[side] -= len(group)
        of |= dict.fromkeys(group, side)
    return of


def rows() -> list[dict[str, str]]:
    """Give the rows of the table; a group is named by the least number of its photos."""
    first = {number: group[0] for group in SAME_PLACE for number in group}
    return [
        {"file": f"images/{number}.jpg", "group": str(first.get(number, number)), "split": side}
        for number, side in sorted(splits().items())
    ]


def main() -> None:
    """Write the table."""
    with TABLE.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, ["file", "group", "split"], lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows())


if __name__ == "__main__":
    main()
