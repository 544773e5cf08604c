"""Takes made traces; gives faults where a piece is summed up that must have a row, or the other way round."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.report import made

from cracklens.measuring import rank_of, short_ones
from cracklens.measuring.short import is_short
from cracklens.values import Trace

WHOLE, CLOSE = (3000, 4000), (240, 320)


def piece(length_px: float, *, wide_px: tuple[float, float] = (2.0, 6.0), confidence: float = 0.9) -> Trace:
    made_one = made.trace(width_px=4.0)
    return replace(made_one, length_px=length_px, width_p95_interval_px=wide_px, confidence=confidence)


def test_a_short_piece_beside_a_longer_crack_is_summed_up() -> None:
    assert short_ones((piece(900), piece(150), piece(199.9), piece(200)), WHOLE) == {1, 2}


def test_the_bound_is_the_neighbourhood_in_a_photo_of_any_size() -> None:
    assert short_ones((piece(9000), piece(223), piece(225)), (9000, 20_000)) == {1}


def test_in_a_close_up_nothing_is_short_that_is_traced() -> None:
    assert short_ones((piece(300), piece(80)), CLOSE) == set()


@pytest.mark.parametrize("longer", [(), (piece(900, confidence=0.4),)])
def test_without_a_longer_crack_every_piece_is_listed(longer: tuple[Trace, ...]) -> None:
    assert short_ones((*longer, piece(150), piece(90)), WHOLE) == set()


def test_what_is_known_to_be_wider_is_listed() -> None:
    longer = piece(900)
    assert longer.width_p95_px < 5
    wider, perhaps = piece(150, wide_px=(5.0, 9.0)), piece(150, wide_px=(1.0, 30.0))
    assert short_ones((longer, wider, perhaps), WHOLE) == {2}


def test_a_width_that_was_not_measured_is_known_to_be_nothing() -> None:
    nothing = piece(150, wide_px=(float("nan"), float("nan")))
    assert short_ones((piece(900), nothing), WHOLE) == {1}


def test_a_piece_is_short_whatever_stands_beside_it() -> None:
    assert [is_short(piece(px), WHOLE) for px in (150, 199.9, 200, 900)] == [True, True, False, False]
    assert not is_short(piece(80), CLOSE)


def test_what_is_looked_at_first_is_clear_long_of_known_width_and_needs_no_checking() -> None:
    known = piece(900, wide_px=(4.0, 6.0))
    odd = replace(known, width_max_px=60.0, width_max_interval_px=(50.0, 70.0))
    blurred, short = piece(900, wide_px=(0.3, 60.0)), piece(150, wide_px=(4.0, 6.0))
    ordered = [known, odd, blurred, short, replace(known, confidence=0.79), replace(short, confidence=0.79)]
    ranks = [rank_of(trace, WHOLE) for trace in ordered]
    assert ranks == sorted(ranks)
    assert len(set(ranks)) == len(ranks)
    assert rank_of(piece(900, wide_px=(float("nan"), float("nan"))), WHOLE) == ranks[2]
