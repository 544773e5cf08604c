"""Takes made cards; gives faults of the table that says how good a detector is. Knows no pages."""

from __future__ import annotations

import pytest
from tests.report import made

from cracklens import list_detectors, show_detector
from cracklens.models.described import Metric
from cracklens.report.material.quality import metric_texts, quality_head, quality_of
from cracklens.report.words.catalogue import words_of

WALLS = "SDNET2018 Walls, single tiles, val"
DECKS = "SDNET2018 Decks, in their photos, val"
UNSEEN = f"{DECKS}, at the threshold of a head fitted without this surface"


def test_a_row_for_each_kind_of_tiles_and_the_left_out_ones_last() -> None:
    metrics = (
        Metric("auroc_unseen", 0.9, 1_260, UNSEEN, 0.86, 0.94),
        Metric("recall_unseen", 0.8481, 158, UNSEEN, 0.81, 0.907),
        Metric("f1_balanced_unseen", 0.83, 1_260, f"{UNSEEN}, classes weighted to be equal"),
        Metric("accuracy", 0.85, 1_764, WALLS),
        Metric("recall", 0.913, 343, WALLS, 0.862, 0.967),
        Metric("false_alarm_rate", 0.168, 1_421, WALLS),
        Metric("auroc", 0.947, 1_764, WALLS),
        Metric("f1_balanced", 0.877, 1_764, f"{WALLS}, classes weighted to be equal"),
    )
    rows = quality_of(made.card(metrics=metrics))
    assert [(row.cells, row.unseen) for row in rows] == [
        ((WALLS, "91.3 %", "86–97 %", "343 / 1,764", "16.8 %", "0.947"), False),
        ((DECKS, "84.8 %", "81–91 %", "158 / 1,260", "–", "0.900"), True),
    ]


@pytest.mark.parametrize(
    ("metrics", "cells"),
    [
        ([Metric("accuracy", 0.9, 10, "our own")], ("our own", "–", "–", "10", "–", "–")),
        ([Metric("recall", 0.7, 14, "our own")], ("our own", "70.0 %", "–", "14 / –", "–", "–")),
        (
            [Metric("recall", 0.9999, 14, "a"), Metric("false_alarm_rate", 0.0001, 6, "a")],
            ("a", "> 99.9 %", "–", "14 / 20", "< 0.1 %", "–"),
        ),
        (
            [Metric("recall", 1.0, 14, "a", 0.8, 1.0), Metric("auroc", 0.9999, 20, "a")],
            ("a", "100.0 %", "80–100 %", "14 / 20", "–", "> 0.999"),
        ),
    ],
)
def test_what_a_card_lacks_is_a_dash(metrics: list[Metric], cells: tuple[str, ...]) -> None:
    (row,) = quality_of(made.card(metrics=tuple(metrics)))
    assert row.cells == cells
    assert len(quality_head(words_of())) == len(cells)


def test_nothing_measured_is_no_row() -> None:
    assert quality_of(made.card(metrics=())) == ()


def test_a_figure_in_full() -> None:
    words = words_of()
    assert metric_texts(Metric("f1", 0.5, 1_000, WALLS, 0.4, 0.6), words) == (
        "f1",
        "0.500",
        "0.400–0.600",
        "1,000",
        WALLS,
    )
    assert metric_texts(Metric("f1", 0.5, 10, WALLS), words)[2] == "not computed"


@pytest.mark.parametrize("name", list_detectors())
def test_bundled_cards_fill_every_row_and_have_an_interval_where_photos_are_enough(name: str) -> None:
    rows = quality_of(show_detector(name))
    assert {row.unseen for row in rows} == {False, True}
    assert not [row for row in rows if "–" in (row.recall, row.n, row.false_alarms, row.auroc)]
    without = [row.measured_on for row in rows if row.interval == "–"]
    assert all("Decks" in data or "Walls" in data for data in without)  # fewer than ten photos of val
    assert len({(row.unseen, row.measured_on) for row in rows}) == len(rows)
