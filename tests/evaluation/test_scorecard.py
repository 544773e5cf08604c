"""Takes made scores of surfaces; gives faults of a score card's cells, table and sentence."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from functools import cache

import pytest
from tests.evaluation.made import noisy_tiles, tiles

from cracklens.errors import DataError
from cracklens.evaluation.scorecard import ALWAYS, LEAVE_ONE_OUT, Cell, Kind, ScoreCard, Surface, score_cell
from cracklens.figures.tiles import Columns

SURFACES = ("METU", "SDNET2018 Walls")
ROWS: tuple[tuple[str, Kind], ...] = (
    *((name, "one") for name in SURFACES),
    (LEAVE_ONE_OUT, "others"),
    (ALWAYS, "baseline"),
)


@cache
def a_card() -> ScoreCard:
    """Give a card of two surfaces, half of it made up."""
    surfaces = tuple(Surface(name, fitted=1000, tested=200, photos=50, cracked=100) for name in SURFACES)
    cells = []
    for row, (title, kind) in enumerate(ROWS):
        for column, name in enumerate(SURFACES):
            columns = Columns.of(noisy_tiles(seed=10 * row + column))
            seen = title == name
            cells.append(score_cell(columns, row=title, column=name, kind=kind, seen=seen, threshold=0.4))
    return ScoreCard("val", surfaces, tuple(cells))


def test_a_cell_counts_what_is_found_and_called_for_nothing() -> None:
    columns = Columns.of(tiles([0.9, 0.6, 0.3, 0.1, 0.5, 0.2, 0.2, 0.2], [1, 1, 1, 1, 0, 0, 0, 0]))
    cell = score_cell(columns, row="a", column="b", kind="one", seen=False, threshold=0.5)
    assert (cell.recall, cell.false_alarm_rate, cell.n) == (0.5, 0.25, 8)
    assert cell.auroc == pytest.approx(11.0 / 16)
    assert cell.f1 == pytest.approx(4 / 7)
    assert cell.recall_interval is None, "eight tiles that stand alone are too few groups"


def test_many_groups_have_an_interval_around_the_value() -> None:
    cell = a_card().cells[0]
    for value, interval in ((cell.recall, cell.recall_interval), (cell.auroc, cell.auroc_interval)):
        assert interval is not None
        assert interval[0] < value < interval[1]


def test_one_class_is_refused() -> None:
    with pytest.raises(DataError, match="Both classes are needed"):
        score_cell(Columns.of(tiles([0.9], [1])), row="a", column="b", kind="one", seen=False, threshold=0.5)


@pytest.mark.parametrize(
    ("recalls", "alarms", "says"),
    [
        ((0.8, 0.8), (0.3, 0.3), "miss about 2 of 10 cracked places, and to be called for nothing to about 3 of 10"),
        ((0.96, 0.56), (0.0, 0.0), r"miss about 2 of 10 cracked places \(0 to 4, by surface\)"),
        ((1.0, 0.99), (0.01, 0.0), "miss fewer than 1 of 10 cracked places, and .* fewer than 1 of 10 intact places"),
    ],
)
def test_the_sentence_is_of_surfaces_it_has_not_seen(
    recalls: tuple[float, ...], alarms: tuple[float, ...], says: str
) -> None:
    card = a_card()
    numbers = iter(zip(recalls, alarms, strict=True))

    def set_to(cell: Cell) -> Cell:
        if cell.kind != "others":
            return replace(cell, recall=0.0, false_alarm_rate=1.0)
        recall, alarm = next(numbers)
        return replace(cell, recall=recall, false_alarm_rate=alarm)

    found = replace(card, cells=tuple(set_to(cell) for cell in card.cells)).sentence
    assert found.startswith("On structures it has not seen, expect to ")
    assert re.search(says, found)


def test_text_has_every_row_column_and_n() -> None:
    text = a_card().text()
    for word in (*SURFACES, LEAVE_ONE_OUT, ALWAYS, "val", "1,000 to train on; 200 tested", "* trained on other photos"):
        assert word in text
    assert text.endswith(f"{a_card().sentence}\n")
    assert max(map(len, text.splitlines()[:-1])) <= 120


def test_json_has_the_sentence_and_every_cell() -> None:
    found = json.loads(a_card().json())
    assert found["sentence"] == a_card().sentence
    assert len(found["cells"]) == len(ROWS) * len(SURFACES)
    assert {cell["seen"] for cell in found["cells"]} == {True, False}
