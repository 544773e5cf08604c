"""Takes lines as measured; gives faults where one is doubted for another reason, or by another number, than it is."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from cracklens.measuring.rank import CLEAR
from cracklens.measuring.width import Measured
from cracklens.tracing.doubts import UNKNOWN_MOST, Seen, facts, judge
from cracklens.values import MapSettings

N = 200
X = np.arange(N, dtype=np.float64)
WINDING = np.column_stack([X, 20 * np.sin(X / 15)])


def line(points_xy: NDArray[np.float64] = WINDING, **changes: Any) -> Measured:
    """Give a dark line of 4 px."""
    each = {"widths_px": 4.0, "low_px": 3.5, "high_px": 4.5, "depth": 0.5, "step": 0.0, "rough_px": 4.0}
    return Measured(points_xy, **{name: np.full(len(points_xy), value) for name, value in {**each, **changes}.items()})


def seen(
    measured: Measured,
    *,
    score: float = 0.9,
    own: float = 0.9,
    share: float = 0.9,
    joint: float = 0.0,
    wide: float = 6.0,
) -> Seen:
    n = len(measured.points_xy)
    scores, owns, shares = (np.full(n, value, np.float32) for value in (score, own, share))
    line_share = np.where(np.arange(n) < joint * n, 1.0, 0.0).astype(np.float32)
    return Seen((measured,), scores, owns, shares, line_share, np.full(n // 2, wide))


SETTINGS = MapSettings(confidence=(0.1, 0.4, 0.5, -2.0))
CASES = {
    "unsure": (seen(line(), score=0.2), 0.2),
    "elsewhere": (seen(line(), own=0.25), 0.25),
    "faint": (seen(line(), share=0.25), 0.25),
    "joint": (seen(line(), joint=0.5), 0.5),
    "small": (seen(line(WINDING[:50])), float(np.hypot(*np.ptp(WINDING[:50], axis=0)))),
    "shallow": (seen(line(depth=0.05)), 0.05),
    "blurred": (seen(line(low_px=1.0, high_px=14.0)), 13.0),
    "round": (seen(line(widths_px=100.0)), float(np.hypot(*np.ptp(WINDING, axis=0))) / 100),
}


@pytest.mark.parametrize(("kind", "case"), CASES.items(), ids=CASES)
def test_each_doubt_has_its_kind_and_its_amount(kind: str, case: tuple[Seen, float]) -> None:
    of, amount = case
    _, (doubt,) = judge(of, SETTINGS)
    assert doubt.kind == kind
    assert type(doubt.amount) is float
    assert doubt.amount == pytest.approx(amount, abs=1e-6)


def test_a_winding_dark_line_is_not_doubted() -> None:
    assert judge(seen(line()), SETTINGS)[1] == ()


def test_what_looks_like_a_joint_over_most_of_its_length_is_doubtful() -> None:
    settings = replace(SETTINGS, confidence=(9.0, *[0.0] * 3))  # val's lines have told nothing of joints
    assert judge(seen(line(), joint=0.49), settings)[0] > 0.99
    assert judge(seen(line(), joint=0.6), settings)[0] < 0.5


@pytest.mark.parametrize(("trust", "most"), [(1.0, 1.0), (0.5, 0.895), (0.0, 0.79)])
def test_no_line_is_clear_where_the_score_does_not_count(trust: float, most: float) -> None:
    settings = replace(SETTINGS, confidence=(9.0, *[0.0] * 3))
    assert judge(replace(seen(line()), trust=trust), settings)[0] == pytest.approx(most, abs=1e-3)
    assert UNKNOWN_MOST < CLEAR


def test_confidence_is_a_logistic_function_of_the_facts() -> None:
    of = seen(line(), joint=0.25)
    score, times, joint = facts(of)
    assert score == pytest.approx(np.log(9), rel=1e-4)
    assert times == pytest.approx(np.log(np.hypot(*np.ptp(WINDING, axis=0)) / 4))
    assert joint == 0.25
    assert judge(of, SETTINGS)[0] == pytest.approx(1 / (1 + np.exp(-(0.1 + 0.4 * score + 0.5 * times - 2.0 * joint))))


def test_doubts_stand_in_one_order() -> None:
    short = line(WINDING[:50], widths_px=60.0, depth=0.01)
    _, doubts = judge(seen(short, score=0.1, own=0.1, joint=1.0), SETTINGS)
    assert [doubt.kind for doubt in doubts] == ["unsure", "joint", "small", "shallow", "round"]


def test_what_could_not_be_measured_has_no_amount() -> None:
    _, doubts = judge(seen(line(depth=-np.inf)), SETTINGS)
    assert [(doubt.kind, doubt.amount) for doubt in doubts] == [("shallow", None)]


def test_no_width_is_taken_for_less_than_a_px_and_the_masks_where_none_was_measured() -> None:
    reach = np.hypot(*np.ptp(WINDING, axis=0))
    assert facts(seen(line(widths_px=0.3)))[1] == pytest.approx(np.log(reach))
    assert facts(seen(line(widths_px=np.nan), wide=8.0))[1] == pytest.approx(np.log(reach / 8))
    assert facts(seen(line(widths_px=2 * reach)))[1] == 0.0


def test_where_the_score_does_not_count_it_takes_no_confidence_away() -> None:
    cold, settings = seen(line(), score=0.01), replace(SETTINGS, confidence=(-2.0, 0.4, 0.5, -2.0))
    by_trust = [judge(replace(cold, trust=of), settings)[0] for of in (1.0, 0.5, 0.0)]
    assert by_trust == sorted(by_trust)
    assert by_trust[2] == pytest.approx(judge(seen(line(), score=0.9), settings)[0]), "as of most cracks"
