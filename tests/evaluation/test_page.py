"""Takes made evaluations; gives faults of the page, its text, JSON and CSV, and of the tiles to look at."""

from __future__ import annotations

import csv
import io
import json
import re
from dataclasses import replace
from pathlib import Path

import pytest
from tests.evaluation.made import an_evaluation, grey_data, noisy_tiles, tile, tiles
from tests.evaluation.test_scorecard import a_card
from tests.stand_ins import grey_detector

from cracklens.evaluation.gallery import SHOWN, choose, open_galleries, side_by_side
from cracklens.evaluation.page import evaluation_page, score_card_page
from cracklens.evaluation.summary import Evaluation
from cracklens.figures.promise import PromiseGoal, keep_promise
from cracklens.figures.tiles import ScoredTile
from cracklens.models.registry import show_detector

PNG = b"\x89PNG made"


def page(found: Evaluation, *, pictures: dict[str, bytes] | None = None) -> str:
    return "".join(evaluation_page(found, show_detector(), pictures=pictures or {}, galleries=()))


def test_page_is_whole_and_fetches_nothing() -> None:
    text = page(an_evaluation(), pictures={"roc.png": PNG})
    assert text.startswith("<!doctype html>")
    assert text.rstrip().endswith("</html>")
    assert not re.search(r"""(src|href)=["'](?!data:|\#)""", text)
    assert "default-src 'none'" in text
    assert "url(" not in text
    assert text == page(an_evaluation(), pictures={"roc.png": PNG})


def test_names_are_escaped_and_reasons_are_there() -> None:
    text = page(an_evaluation())
    assert "walls &lt;made&gt;" in text
    assert "<made>" not in text
    assert "Mind &lt;this&gt;." in text
    assert "it is no photo" in text


def test_page_says_what_was_found_with_n() -> None:
    found = an_evaluation()
    tn, fp, fn, tp = found.decisions[-1].counts
    text = page(found)
    assert f"finds {tp} of {tp + fn} cracked tiles, and calls {fp} of {tn + fp} intact ones cracked" in text
    assert "95 %" in text
    for sentence in show_detector().limits:
        assert sentence.split("'")[0] in text


def test_page_without_pictures_names_the_extra() -> None:
    assert "cracklens[plots]" in page(an_evaluation())
    assert "cracklens[plots]" not in page(an_evaluation(), pictures={"roc.png": PNG})


def test_a_promise_is_on_the_page_in_the_text_and_in_the_json() -> None:
    promise = keep_promise(noisy_tiles(400), PromiseGoal(recall=0.9))
    found = an_evaluation(promise=promise)
    assert "Promised: recall of at least 90 % with 90 % confidence" in page(found)
    assert "Promise: " in found.text()
    assert json.loads(found.json())["promise"]["threshold"] == promise.threshold
    assert json.loads(an_evaluation().json())["promise"] is None


def test_too_few_groups_are_said() -> None:
    found = an_evaluation(of=tuple(tiles([0.9, 0.2, 0.4], [1, 0, 0])))
    assert "too few groups" in page(found)
    assert "[too few groups]" in found.text()


def test_text_has_the_table_the_figures_and_n() -> None:
    text = an_evaluation().text()
    for word in ("precision    recall  f1-score   support", "weighted avg", "AUROC", "MCC", "(ECE)", "n = 200"):
        assert word in text
    assert "200 tiles of 50 groups, 100 cracked (50.0 %)" in text
    assert "not scored: Cracked/broken.png: it is no photo" in text


def test_json_has_every_figure_and_no_tile() -> None:
    found = json.loads(an_evaluation().json())
    assert (found["n"], found["cracked"], found["groups"], found["threshold"]) == (200, 100, 50, 0.25)
    assert len(found["figures"]) == len(an_evaluation().figures)
    assert "tiles" not in found


def test_csv_has_a_row_a_tile_and_runs_no_formula() -> None:
    odd = ScoredTile(Path("x"), "=cmd()", 1, "@sum", 0.75)
    found = replace(an_evaluation(), tiles=(odd, *an_evaluation().tiles))
    rows = list(csv.DictReader(io.StringIO(found.csv().removeprefix("\ufeff"))))
    assert len(rows) == 202
    assert (rows[0]["file"], rows[0]["group"], rows[0]["called"]) == ("'=cmd()", "'@sum", "1")
    assert rows[-1]["reason"] == "it is no photo"


def test_score_card_page_has_every_row_and_fetches_nothing() -> None:
    text = "".join(score_card_page(a_card(), pictures={}))
    assert all(row in text for row in a_card().rows)
    assert a_card().sentence in text
    assert not re.search(r"""(src|href)=["'](?!data:|\#)""", text)


# Tiles to look at


def test_worst_come_first() -> None:
    of = [tile(0.1, 1, number=1), tile(0.05, 1, number=2), tile(0.9, 0, number=3), tile(0.95, 0, number=4)]
    of += [tile(0.99, 1, number=5), tile(0.01, 0, number=6)]
    assert [one.score for one in choose(of, "misses", threshold=0.5)] == [0.05, 0.1]
    assert [one.score for one in choose(of, "false_alarms", threshold=0.5)] == [0.95, 0.9]


def test_samples_are_of_both_classes_and_the_same_every_time() -> None:
    drawn = choose(noisy_tiles(), "samples", threshold=0.5)
    assert sum(one.label for one in drawn) == SHOWN // 2 == len(drawn) // 2
    assert drawn == choose(list(reversed(noisy_tiles())), "samples", threshold=0.5)
    assert len(choose(noisy_tiles(3), "samples", threshold=0.5)) == 3


@pytest.fixture
def scored(tmp_path: Path) -> list[ScoredTile]:
    data = grey_data(tmp_path / "data", {"intact": [240, 10], "cracked": [5, 250]})
    detector = grey_detector()
    paths = sorted(data.rglob("*.png"))
    return [ScoredTile(p, p.name, int(p.parent.name == "Cracked"), p.name, detector.score(p).peak) for p in paths]


def test_galleries_show_the_verdict_and_the_heatmap(scored: list[ScoredTile]) -> None:
    samples, misses, alarms = open_galleries(scored, grey_detector(), threshold=0.5)
    assert (samples.total, misses.total, alarms.total) == (4, 1, 1)
    assert {shot.verdict for shot in samples.shots} == {"found", "missed", "false alarm", "rightly passed"}
    bare, _, heat = side_by_side(alarms.shots[0])
    assert bare.shape == heat.shape == (256, 256, 3)
    assert (heat[..., 0].astype(int) - heat[..., 1]).mean() > 40, "purple where the score is high"
    assert abs(bare.astype(int) - 10).max() <= 2


def test_page_shows_tiles_and_says_where_there_are_none(scored: list[ScoredTile]) -> None:
    galleries = open_galleries(scored[:2], grey_detector(), threshold=0.5)
    text = "".join(evaluation_page(an_evaluation(), show_detector(), pictures={}, galleries=galleries))
    assert text.count("data:image/jpeg") == 2 * sum(len(one.shots) for one in galleries)
    assert "no intact tile was called cracked" in text


def test_contact_sheet_is_drawn(scored: list[ScoredTile]) -> None:
    pytest.importorskip("matplotlib", reason="the extra `plots` is not installed")
    from cracklens.evaluation.sheets import gallery_png

    samples, *_ = open_galleries(scored, grey_detector(), threshold=0.5)
    assert gallery_png(samples) == gallery_png(samples)
