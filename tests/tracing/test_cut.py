"""Takes drawn maps of lines that are no crack; gives faults in the courses of joints."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from cracklens.tracing import cut
from cracklens.tracing.cut import courses, other_paths

Bytes = NDArray[np.uint8]


def courses_of(line: Bytes) -> NDArray[np.bool_]:
    return courses(line, other_paths(line, side=512))


def bricks(high: int, wide: int, thick: int, *, shifted: bool) -> Bytes:
    """Give the joints of bricks so many cells high and wide; every other row may be shifted by half a brick."""
    line = np.zeros((400, 500), np.uint8)
    for number, row in enumerate(range(5, 400, high)):
        line[row : row + thick] = 255
        for col in range(wide // 2 * (number % 2) * shifted, 500, wide):
            line[row : row + high, col : col + thick] = 255
    return line


@pytest.mark.parametrize("shifted", [False, True])
@pytest.mark.parametrize("thick", [1, 3])
@pytest.mark.parametrize(("high", "wide"), [(6, 12), (10, 20), (16, 16), (20, 40), (20, 60)])
def test_no_joint_of_brickwork_has_a_course(high: int, wide: int, thick: int, shifted: bool) -> None:
    assert not courses_of(bricks(high, wide, thick, shifted=shifted)).any()


def hooked(joints: int) -> Bytes:
    """Give straight joints, known in pieces that turn aside at their ends: none lies on a course wholly."""
    line = np.zeros((60 + 50 * joints, 500), np.uint8)
    for row in range(50, 50 + 50 * joints, 50):
        for col in range(5, 480, 48):
            line[row, col : col + 40] = 255
            line[row - 5 : row + 1, col + 40] = 255
    return line


def test_a_joint_in_many_pieces_is_one() -> None:
    found = courses_of(hooked(1))
    assert found[50, 5:480].all()
    assert not found[:40].any()


def test_seven_such_joints_are_of_a_wall_of_bricks() -> None:
    assert courses_of(hooked(6)).any()
    assert not courses_of(hooked(7)).any()


def test_work_goes_by_lines_not_by_their_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    line = np.zeros((600, 600), np.uint8)
    for row in range(10, 600, 10):
        line[row, 100:240] = 255  # too short for a course
        line[row, 110:240:12] = 0
    tried, of = [], cut._course

    def counted(seed: NDArray[np.intp], known: NDArray[np.bool_]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        tried.append(len(seed))
        return of(seed, known)

    monkeypatch.setattr(cut, "_course", counted)
    assert not courses_of(line).any()
    assert 59 <= len(tried) <= 3 * 59
