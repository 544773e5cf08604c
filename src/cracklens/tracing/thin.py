"""Takes a mask; gives its middle lines, one px thin. Knows nothing of what the mask is of."""

from __future__ import annotations

from functools import partial

import numpy as np

from cracklens.tracing.windows import WINDOW_PX, Bools, by_windows

AROUND = ((-1, 0), (-1, 1), (0, 1), (1, 1), (1, 0), (1, -1), (0, -1), (-1, -1))
"""The eight neighbours, clockwise from above; bit k of a pixel's number says whether neighbour k is in the mask."""

ROUNDS = 16
"""A window is peeled so many times before the windows beside it are looked at again."""


def _goes(number: int, turn: int) -> bool:
    """Whether a pixel with these neighbours is peeled off in the first (0) or second (1) turn of a round.

    Source: Guo and Hall, Parallel thinning with two-subiteration algorithms, CACM 32 (1989), algorithm A1.
    """
    n, ne, e, se, s, sw, w, nw = (bool(number >> bit & 1) for bit in range(8))
    parts = (not n and (ne or e)) + (not e and (se or s)) + (not s and (sw or w)) + (not w and (nw or n))
    near = min((nw or n) + (ne or e) + (se or s) + (sw or w), (n or ne) + (e or se) + (s or sw) + (w or nw))
    stays = (s or sw or not nw) and w if turn == 0 else (n or ne or not se) and e
    return parts == 1 and 2 <= near <= 3 and not stays


_PEEL = np.array([[_goes(number, turn) for number in range(256)] for turn in (0, 1)])


def thin(mask: Bools, *, side: int = WINDOW_PX // 2) -> Bools:
    """Give the middle lines (h, w) of a mask; what hangs together stays so. Costs by the mask's px, not the picture's.

    A turn changes a px by its neighbours alone, so that in windows the lines are those of the whole: a round has two
    turns, and a window is seen with two px around it for each round.

    Args:
        mask: (h, w).
        side: of a window; the lines are the same for any.

    Example:
        >>> import numpy as np
        >>> np.flatnonzero(thin(np.ones((5, 9), bool)).any(axis=1)).tolist()
        [2]
    """
    peel = partial(_peeled, rounds=ROUNDS)
    before, found = mask, by_windows(mask, peel, halo=2 * ROUNDS, side=side)
    while not np.array_equal(before, found):
        before, found = found, by_windows(found, peel, halo=2 * ROUNDS, side=side)
    return found


def _peeled(mask: Bools, *, rounds: int) -> Bools:
    """Give a mask (h, w) after so many rounds, or fewer where nothing is left to peel."""
    width = mask.shape[1] + 2
    inside = np.pad(np.asarray(mask, np.bool_), 1).ravel()
    places = np.flatnonzero(inside)
    steps = [down * width + right for down, right in AROUND]
    for _ in range(rounds):
        before = len(places)
        for turn in (0, 1):
            number = np.zeros(len(places), np.uint8)
            for bit, step in enumerate(steps):
                number |= inside[places + step].view(np.uint8) << np.uint8(bit)
            gone = _PEEL[turn][number]
            inside[places[gone]] = False
            places = places[~gone]
        if len(places) == before:
            break
    return inside.reshape(-1, width)[1:-1, 1:-1]
