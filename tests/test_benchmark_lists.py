"""Takes the lists and splits that benchmarks commit; gives faults in them. Opens no picture but drawn ones."""

from __future__ import annotations

import csv
import re
from collections import Counter
from pathlib import Path

from benchmarks import drawn_cracks, lines, masks_dice
from benchmarks.splits import make_sut
from makers.crackmap import plan


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


def test_drawn_cracks_that_measure_share_no_code_with_those_that_teach() -> None:
    ours = re.compile(r"^ *(?:from|import) ((?:makers|benchmarks|cracklens)\b[.\w]*)", re.MULTILINE)
    teaching = [path.read_text(encoding="utf-8") for path in Path(plan.__file__).parent.glob("*.py")]
    measuring = [Path(str(of.__file__)).read_text(encoding="utf-8") for of in (drawn_cracks, lines)]
    assert not any(name.startswith("benchmarks") for text in teaching for name in ours.findall(text))
    assert [ours.findall(text) for text in measuring] == [["benchmarks.lines"], ["cracklens.values"]]
