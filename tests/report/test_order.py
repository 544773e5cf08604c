"""Takes hand-made cracks, known and blurred; gives faults in the order in which reports list them."""

from __future__ import annotations

import csv
import io
import json
import re
from dataclasses import replace
from pathlib import Path

import pytest
from tests.report import made

from cracklens.report.cracks import cracks_of, width_text
from cracklens.report.material.facts import photo_sentence
from cracklens.report.material.overview import look_over
from cracklens.report.words import words_of
from cracklens.values import Scale, Trace


def blurred(width_px: float, most_px: float) -> Trace:
    """Give a crack of which only a bound is known."""
    return made.trace(width_px=width_px, width_p95_interval_px=(0.3, most_px))


BLURRED = [blurred(0.9, 17.2), blurred(1.8, 6.1), blurred(2.4, 5.8), made.trace(width_px=5.0), made.trace(width_px=9.0)]


@pytest.mark.parametrize("scale", [None, Scale(1.25)])
def test_a_reader_sees_falling_widths_in_every_file(tmp_path: Path, scale: Scale | None) -> None:
    photo = made.inspection(traces=tuple(BLURRED), scale=scale, gps=(1.0, 2.0))
    report = made.report(photo)
    shown = [width_text(crack, words_of()) for _, crack in report.overview().sure]
    bounds = [re.findall(r"[0-9.]+", text) for text in shown]
    numbers = [float(of[-1 if text.startswith("between") else 0]) for of, text in zip(bounds, shown, strict=True)]
    assert numbers == sorted(numbers, reverse=True)
    assert [text.startswith(("below", "between")) for text in shown] == [True, False, True, False, True]
    ids = [crack.id for _, crack in report.overview().sure]
    folder = report.save(tmp_path, formats=["csv", "html", "geojson"])
    rows = csv.DictReader(io.StringIO((folder / "cracks.csv").read_text("utf-8-sig")))
    assert [row["crack"] for row in rows] == ids
    (feature,) = json.loads((folder / "report.geojson").read_text())["features"]
    assert feature["properties"]["cracks"] == ids
    table = (folder / "report.html").read_text("utf-8").split('<table class="all">')[1]
    assert re.findall(r'<tr><th scope="row"><a href="#[^"]+">(P1-C\d)</a>', table) == ids


def test_a_bound_is_no_headline_where_a_width_is_known() -> None:
    overview = look_over([made.inspection(traces=tuple(BLURRED))])
    assert overview.worst is not None
    assert (overview.worst[1].id, overview.worst[1].number) == ("P1-C2", 4)
    assert [crack.id for _, crack in overview.blurred] == ["P1-C1"]
    assert overview.wider == ()
    hole = made.trace(width_px=9.0, width_max_px=60.0, width_max_interval_px=(50.0, 70.0))
    for traces, number in (((BLURRED[1], hole, BLURRED[0]), 2), ((BLURRED[1], BLURRED[0]), 2)):
        photo = made.inspection(traces=traces)
        worst = look_over([photo]).worst
        assert worst is not None
        assert worst[1].number == number - 1
        sentence = photo_sentence(photo, cracks_of(photo, 1), words_of())
        assert f"to look at first, {worst[1].id}{' (needs checking)' * worst[1].trace.needs_checking}:" in sentence


def long(**changes: object) -> Trace:
    """Give a crack through a photo of 3,000 x 4,000 px."""
    return made.trace((100.0, 1500.0), (2500.0, 1500.0), **{"width_px": 4.0, **changes})  # type: ignore[arg-type]


PORE = made.trace((900.0, 900.0), (1080.0, 900.0), width_px=40.0)
SCRATCH = long(width_px=30.0, confidence=0.79)
ODD = long(width_max_px=60.0, width_max_interval_px=(50.0, 70.0))
BLURRY = long(width_p95_interval_px=(0.3, 90.0))


def test_a_long_clear_crack_is_looked_at_before_pores_and_what_is_only_likely() -> None:
    """Also where it needs checking or blur hides its width: each time the one that came first is left out."""
    left = [PORE, SCRATCH, ODD, BLURRY, long(), replace(PORE, confidence=0.79)]
    order = []
    while left:
        photo = made.inspection(traces=tuple(left), photo_hw=(3000, 4000))
        worst = look_over([photo]).worst
        assert worst is not None
        sentence = photo_sentence(photo, cracks_of(photo, 1), words_of())
        assert f"to look at first, {worst[1].id}{' (needs checking)' * worst[1].trace.needs_checking}:" in sentence
        order.append(left.pop(worst[1].number))
    first, second, third, fourth, fifth, last = order
    assert not first.needs_checking
    assert [second, third, fourth, fifth] == [ODD, BLURRY, PORE, SCRATCH]
    assert last.confidence == 0.79


def test_what_stands_above_the_crack_to_look_at_first_is_named_beside_it() -> None:
    overview = look_over([made.inspection(traces=(PORE, SCRATCH, ODD, BLURRY), photo_hw=(3000, 4000))])
    assert overview.worst is not None
    assert (overview.worst[1].id, overview.worst[1].number) == ("P1-C4", 2)
    assert [(crack.id, crack.number) for _, crack in overview.blurred] == [("P1-C1", 3)]
    assert [(crack.id, crack.number) for _, crack in overview.wider] == [("P1-C2", 0), ("P1-C3", 1)]


def test_ids_are_in_the_order_of_every_table_whatever_the_scale_does_to_bounds() -> None:
    """What is known in px to be wider may be less in mm than the bound of what is not, which has the scale's error."""
    known, bound = made.trace(width_px=6.2), long(width_p95_interval_px=(0.3, 7.3))
    rough = Scale(4.0, relative_error=0.2)
    for photo in (made.inspection(traces=(known, bound), scale=scale) for scale in (rough, None)):
        cracks = cracks_of(photo, 1)
        assert [crack.id for crack in cracks] == ["P1-C1", "P1-C2"]
        assert [crack.breadth for crack in cracks] == sorted(crack.breadth for crack in cracks)
        assert [crack.trace for crack in cracks] == [photo.traces[crack.number] for crack in cracks]
    assert [crack.number for crack in cracks_of(made.inspection(traces=(known, bound), scale=rough), 1)] == [1, 0]


def test_the_crack_to_look_at_first_has_a_block_behind_a_dozen_pores() -> None:
    overview = look_over([made.inspection(traces=(*[PORE] * 14, ODD), photo_hw=(3000, 4000))])
    assert overview.worst is not None
    assert overview.worst[1].id == "P1-C15"
    assert overview.blocks == {"P1-C15", *(f"P1-C{i}" for i in range(1, 12))}
