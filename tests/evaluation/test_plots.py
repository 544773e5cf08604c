"""Takes made scores; gives faults of the pictures: sizes, the same bytes twice, hard cases, and no Matplotlib."""

from __future__ import annotations

import io
import sys

import numpy as np
import pytest
from PIL import Image
from tests.evaluation.made import CLASSES, noisy_tiles, tiles
from tests.evaluation.test_scorecard import a_card

from cracklens.errors import MissingExtraError
from cracklens.figures.measured import decide, measure_all
from cracklens.figures.tiles import Columns, ScoredTile

pytest.importorskip("matplotlib", reason="the extra `plots` is not installed")
from cracklens.evaluation import plots, sheets

NAMES = ["confusion.png", "scores.png", "thresholds.png", "roc.png", "precision_recall.png", "reliability.png"]


def drawn(of: list[ScoredTile]) -> dict[str, bytes]:
    columns = Columns.of(of)
    decisions = [decide(columns, threshold=at, name=f"score {at}", classes=CLASSES) for at in (0.5, 0.25)]
    return plots.draw_all(columns, measure_all(columns, thresholds=(0.5, 0.25)), decisions)


@pytest.mark.slow
def test_all_pictures_are_there_and_show_something() -> None:
    found = drawn(noisy_tiles())
    assert list(found) == NAMES
    for content in found.values():
        pixels = np.asarray(Image.open(io.BytesIO(content)).convert("RGB"))
        assert min(pixels.shape[:2]) >= 700
        assert len(np.unique(pixels.reshape(-1, 3), axis=0)) > 50


@pytest.mark.slow
def test_the_same_figures_give_the_same_bytes_whatever_the_user_set() -> None:
    import matplotlib as mpl

    first = drawn(noisy_tiles())
    with mpl.rc_context({"font.size": 30, "axes.grid": False}):
        assert drawn(noisy_tiles()) == first
        assert mpl.rcParams["font.size"] == 30, "what a user set stays"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("scores", "labels"),
    [
        ([0.9, 0.2, 0.4], [1, 0, 0]),
        ([0.0, 1.0], [0, 1]),
        ([1.0, 0.0], [0, 1]),
        ([0.5] * 6, [0, 1] * 3),
    ],
)
def test_few_and_extreme_scores_are_drawn(scores: list[float], labels: list[int]) -> None:
    assert list(drawn(tiles(scores, labels))) == NAMES


def test_score_card_is_drawn_and_repeats() -> None:
    first = sheets.score_card_png(a_card())
    assert first == sheets.score_card_png(a_card())
    assert Image.open(io.BytesIO(first)).width > 2000


@pytest.mark.parametrize(("cracked", "n"), [(0, 1), (5, 10), (400, 400), (1, 1000)])
def test_wilson_is_scipys(cracked: int, n: int) -> None:
    from scipy.stats import binomtest

    low, high = plots.wilson(np.array([cracked / n]), np.array([n]))
    theirs = binomtest(cracked, n).proportion_ci(method="wilson")
    assert (low[0], high[0]) == pytest.approx((theirs.low, theirs.high), abs=1e-6)


def test_without_matplotlib_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(MissingExtraError, match=r"cracklens\[plots\]"):
        drawn(noisy_tiles())
