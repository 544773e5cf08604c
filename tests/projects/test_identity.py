"""Takes lines and how a later tracing may give them; gives faults where a crack does not stay itself."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.report.made import trace

from cracklens.projects.identity import Known, along, crack_id, is_crack_id, match
from cracklens.report.pictures.outline import simplified
from cracklens.values import Branch, Trace

POINT = st.tuples(st.floats(0, 900), st.floats(0, 900))
SHA = "ab" * 32


def of_line(points: np.ndarray, *, like: Trace | None = None) -> Trace:
    line = np.asarray(points, np.float32)
    return replace(like or trace(), branches=(Branch(line, np.full(len(line), 5, np.float32)),))


@st.composite
def bent(draw: st.DrawFn) -> Trace:
    """Give a line of some corners, at least 60 px long, a point a px."""
    corners = draw(st.lists(POINT, min_size=2, max_size=5))
    line = trace(*corners) if np.hypot(*np.diff(corners, axis=0).T).sum() >= 60 else trace((10, 10), (90, 40))
    return of_line(along(line.branches[0].points_xy, 1.0))


def moved(of: Trace, dx: float, dy: float) -> Trace:
    return of_line(of.branches[0].points_xy + np.array([dx, dy], np.float32))


@given(bent(), st.floats(-6, 6), st.floats(-6, 6))
def test_a_line_that_strays_by_some_px_is_the_same_crack(line: Trace, dx: float, dy: float) -> None:
    found = match([Known("C-AAAAA", line)], [moved(line, dx, dy)])
    assert found.same == {"C-AAAAA": 0}
    assert (found.new, found.gone) == ((), ())


@given(bent(), st.sampled_from(["simplified", "thinned", "turned", "every 9 px"]))
def test_a_line_written_in_other_points_is_the_same_crack(line: Trace, how: str) -> None:
    points = line.branches[0].points_xy
    others = {
        "simplified": simplified(points, 0.95),
        "thinned": np.concatenate([points[::7], points[-1:]]),
        "turned": points[::-1],
        "every 9 px": along(points, 9.0),
    }[how]
    for old, new in ((line, of_line(others)), (of_line(others), line)):
        assert match([Known("C-AAAAA", old)], [new]).same == {"C-AAAAA": 0}


@given(bent(), st.sampled_from([(-400.0, 0.0), (0.0, 400.0), (1000.0, 1000.0)]))
def test_a_line_elsewhere_is_another_crack(line: Trace, by: tuple[float, float]) -> None:
    flat = of_line(line.branches[0].points_xy * np.array([1, 0.2] if by[1] else [0.2, 1], np.float32))
    found = match([Known("C-AAAAA", flat)], [moved(flat, *by)])
    assert (found.same, found.new, found.gone) == ({}, (0,), ("C-AAAAA",))


WHOLE = trace((0, 50), (300, 50))
LEFT, RIGHT = trace((0, 50), (180, 50)), trace((190, 50), (300, 50))


def test_of_two_that_are_traced_as_one_the_longer_is_it_and_the_other_is_to_be_looked_at() -> None:
    found = match([Known("C-RIGHT", RIGHT), Known("C-LEFTT", LEFT)], [WHOLE])
    assert (found.same, found.new, found.gone) == ({"C-LEFTT": 0}, (), ("C-RIGHT",))


def test_of_one_that_is_traced_in_two_the_longer_piece_is_it_and_the_other_is_new() -> None:
    found = match([Known("C-WHOLE", WHOLE)], [RIGHT, LEFT])
    assert (found.same, found.new, found.gone) == ({"C-WHOLE": 1}, (0,), ())


def test_what_lies_on_a_line_that_a_person_drew_is_no_new_crack() -> None:
    found = match([Known("C-DRAWN", WHOLE, by_hand=True)], [RIGHT, LEFT])
    assert (found.same, found.new) == ({"C-DRAWN": 1}, ())
    assert match([Known("C-WHOLE", WHOLE)], [RIGHT, LEFT]).new == (0,)


SHORT = trace((100, 50), (160, 50))


def test_a_short_line_that_a_person_drew_does_not_take_a_long_one_that_was_found_over_it() -> None:
    found = match([Known("C-DRAWN", SHORT, by_hand=True)], [WHOLE])
    assert (found.same, found.new, found.gone) == ({}, (0,), ("C-DRAWN",))
    assert match([Known("C-DRAWN", WHOLE, by_hand=True)], [SHORT]).same == {"C-DRAWN": 0}


@pytest.mark.parametrize(("old", "new"), [(SHORT, WHOLE), (WHOLE, SHORT)])
def test_a_line_that_is_much_longer_or_shorter_than_it_was_is_it_but_partly(old: Trace, new: Trace) -> None:
    found = match([Known("C-SHORT", old)], [new])
    assert (found.same, found.partly, found.new) == ({"C-SHORT": 0}, frozenset({"C-SHORT"}), ())
    assert not match([Known("C-WHOLE", WHOLE)], [LEFT]).partly


def test_lines_side_by_side_are_not_taken_for_one_another() -> None:
    known = [Known(f"C-{i}", trace((0, 20 + 30 * i), (200, 20 + 30 * i))) for i in range(6)]
    found = match(known, [of.trace for of in reversed(known)])
    assert found.same == {of.id: 5 - i for i, of in enumerate(known)}


def test_two_lines_near_one_another_do_not_change_places_where_they_are_traced_a_little_longer_or_shorter() -> None:
    known = [Known("C-UPPER", trace((0, 50), (400, 50))), Known("C-LOWER", trace((0, 60), (392, 60)))]
    assert match(known, [trace((0, 50), (380, 50)), trace((0, 60), (400, 60))]).same == {"C-UPPER": 0, "C-LOWER": 1}


@given(st.lists(bent(), max_size=5), st.lists(bent(), max_size=5), st.integers(0, 2**5 - 1))
def test_nothing_is_dropped_and_each_is_one_crack_at_most(old: list[Trace], new: list[Trace], hand: int) -> None:
    known = [Known(f"C-{i}", one, by_hand=bool(hand >> i & 1)) for i, one in enumerate(old)]
    found = match(known, new)
    assert sorted([*found.same, *found.gone]) == [of.id for of in known]
    assert len(set(found.same.values())) == len(found.same)
    left = set(range(len(new))) - set(found.same.values()) - set(found.new)
    assert not left or any(of.by_hand for of in known), "only what lies on a drawn line is no crack of its own"
    assert not set(found.same.values()) & set(found.new)


@given(bent())
def test_the_same_line_in_the_same_photo_has_the_same_id(line: Trace) -> None:
    first = crack_id(SHA, line)
    assert is_crack_id(first)
    assert crack_id(SHA, of_line(line.branches[0].points_xy[::-1])) == first
    others = {crack_id("cd" * 32, line), crack_id(SHA, moved(line, 40, 0)), crack_id(SHA, line, taken={first})}
    assert first not in others


def test_ids_that_are_taken_are_not_given_again() -> None:
    taken: set[str] = set()
    for _ in range(50):
        made = crack_id(SHA, WHOLE, taken=taken)
        assert made not in taken
        taken.add(made)


@pytest.mark.parametrize("text", ["P1-C1", "C-1ABCD", "C-ABCDEF", "c-abcde", "C-ABCD\n", ""])
def test_other_texts_are_no_ids(text: str) -> None:
    assert not is_crack_id(text)


def test_lines_from_one_place_written_in_two_points_each_are_told_apart() -> None:
    ways = [((50, 50), (300, 60)), ((50, 50), (60, 300)), ((50, 50), (280, 280))]
    known = [Known(f"C-{i}", of_line(np.array(way))) for i, way in enumerate(ways)]
    traced = [trace(*way) for way in reversed(ways)]
    assert match(known, traced).same == {"C-0": 2, "C-1": 1, "C-2": 0}
