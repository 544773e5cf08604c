"""Takes what a crack map is made without; gives the origins it may see and their shares of samples. Reads no files."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

METU, SUT, ROADS, SDNET = "METU", "SUT-Crack", "Roads", "SDNET2018"
SURFACES = ("Decks", "Pavements", "Walls")
LEFT_OUT = (*SURFACES, SDNET)
"""What a crack map may be made without."""

ORIGINS = (METU, SUT, ROADS, *SURFACES)
SHARES = {METU: 0.22, SUT: 0.12, ROADS: 0.12, SDNET: 0.54}
"""Of the samples; the last is parted evenly between the surfaces that are seen."""

PLAIN = (METU, SUT, ROADS)
"""Origins whose pictures show no joints of their own."""

GOLDEN = (5**0.5 - 1) / 2
"""A number's multiples by this, less their whole part, spread over 0-1 more evenly than random numbers do."""


def seen_without(left_out: str | None) -> tuple[str, ...]:
    """Give the origins that a crack map made without a surface, or without SDNET2018, may see.

    Args:
        left_out: one of LEFT_OUT; None for nothing. Asphalt goes with the pavements.
    """
    asphalt = () if left_out in ("Pavements", SDNET) else (SUT, ROADS)
    surfaces = () if left_out == SDNET else tuple(surface for surface in SURFACES if surface != left_out)
    return (METU, *asphalt, *surfaces)


def shares_of(origins: Sequence[str]) -> dict[str, float]:
    """Give the share of the samples that each of some origins has; all together are 1."""
    surfaces = [name for name in origins if name in SURFACES]
    parts = {name: SHARES[SDNET] / len(surfaces) if name in surfaces else SHARES[name] for name in origins}
    return {name: part / sum(parts.values()) for name, part in parts.items()}


def in_turns(shares: Sequence[float], count: int) -> NDArray[np.intp]:
    """Give (count,) which of some origins each sample is of: any few in a row keep about the shares, which sum to 1."""
    return np.searchsorted(np.cumsum(shares)[:-1], np.arange(count) * GOLDEN % 1, side="right")
