"""Takes masks made by hand; gives faults in how far they fit."""

from __future__ import annotations

import numpy as np
import pytest

from cracklens.figures import dice, mean_interval, tolerant_f1


def test_two_px_aside_is_right_and_three_is_not() -> None:
    line = np.zeros((40, 60), np.bool_)
    line[20, 5:55] = True
    assert tolerant_f1(np.roll(line, 2, axis=0), line) == pytest.approx(1)
    assert tolerant_f1(np.roll(line, 3, axis=0), line) == pytest.approx(0)
    nothing = np.zeros_like(line)
    assert tolerant_f1(nothing, line) == tolerant_f1(line, nothing) == 0
    assert tolerant_f1(nothing, nothing) == dice(nothing, nothing) == 1


def test_interval_is_of_groups_and_not_of_photos() -> None:
    values = np.random.default_rng(0).random(40)
    alone = mean_interval(values.tolist(), [str(i) for i in range(40)], least=10)
    copied = mean_interval(values.repeat(5).tolist(), [str(i) for i in range(40) for _ in range(5)], least=10)
    assert alone is not None
    assert alone[0] < values.mean() < alone[1]
    assert copied == pytest.approx(alone)
    assert alone[1] - alone[0] == pytest.approx(2 * 1.96 * values.std() / np.sqrt(40), rel=0.15)
    assert mean_interval(values.tolist(), ["a", *["b"] * 39], least=10) is None
