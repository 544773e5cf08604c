"""Takes lines as measured; gives faults where one is doubted for another reason, or by another number, than it is."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from cracklens.measuring.width import Measured
from cracklens.tracing.doubts import EVIDENCE_POWER, STRAIGHT_SHARE, Seen, judge

N = 200
X = np.arange(N, dtype=np.float64)
WINDING = np.column_stack([X, 20 * np.sin(X / 15)])


def line(points_xy: NDArray[np.float64] = WINDING, **changes: Any) -> Measured:
    """Give a dark line of 4 px."""
    each = {"widths_px": 4.0, "low_px": 3.5, "high_px": 4.5, "depth": 0.5, "step": 0.0}
    return Measured(points_xy, **{name: np.full(len(points_xy), value) for name, value in {**each, **changes}.items()})


def seen(measured: Measured, *, score: float = 0.9, own: float = 0.9) -> Seen:
    n, length = len(measured.points_xy), float(len(measured.points_xy))
    return Seen((measured,), np.full(n, score, np.float32), np.full(n, own, np.float32), length)


CASES = {
    "unsure": (seen(line(), score=0.2), 0.2, 1.0),
    "elsewhere": (seen(line(), own=0.25), 0.25, 1.0),
    "small": (seen(line(WINDING[:50])), float(np.hypot(*np.ptp(WINDING[:50], axis=0))), 0.5),
    "straight": (seen(line(np.column_stack([X, 0 * X]))), 0.0, STRAIGHT_SHARE),
    "stepped": (seen(line(step=-0.8)), 0.8, 0.5),
    "shallow": (seen(line(depth=0.05)), 0.05, 0.5),
    "round": (seen(line(widths_px=100.0)), float(np.hypot(*np.ptp(WINDING, axis=0))) / 100, 0.4),
}


@pytest.mark.parametrize(("kind", "case"), CASES.items(), ids=CASES)
def test_each_doubt_has_its_kind_its_amount_and_its_share(kind: str, case: tuple[Seen, float, float]) -> None:
    of, amount, share = case
    confidence, (doubt,) = judge(of)
    assert doubt.kind == kind
    assert type(doubt.amount) is float
    assert doubt.amount == pytest.approx(amount, abs=1e-6)
    assert confidence == pytest.approx(share * float(of.own[0]) ** EVIDENCE_POWER)


def test_a_winding_dark_line_is_not_doubted() -> None:
    confidence, doubts = judge(seen(line()))
    assert confidence == pytest.approx(0.9**EVIDENCE_POWER)
    assert doubts == ()


def test_doubts_stand_in_one_order() -> None:
    short = line(WINDING[:50], widths_px=60.0, depth=0.01, step=0.9)
    _, doubts = judge(seen(short, score=0.1, own=0.1))
    assert [doubt.kind for doubt in doubts] == ["unsure", "small", "stepped", "shallow", "round"]


def test_what_could_not_be_measured_has_no_amount() -> None:
    of = line()
    _, doubts = judge(seen(replace(of, step=np.where(X < 0, 0.0, np.inf))))
    assert [(doubt.kind, doubt.amount) for doubt in doubts] == [("stepped", None)]
