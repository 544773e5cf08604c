"""Takes the days of photos; gives the day of the inspection, and how many photos are dated elsewhere. Knows no EXIF."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

APART_DAYS = 30
"""Photos of one inspection are not further apart; a clock that was never set is wrong by months and years."""


@dataclass(frozen=True)
class Dated:
    """When an inspection was, by the photos.

    Attributes:
        day: the latest of the days that lie together and have more than half of the photos, YYYY-MM-DD; "" without.
        first, last: of all days; "" without any.
        elsewhere: how many photos are dated far from `day`; all where there is none.
        of: how many photos have a date.
    """

    day: str
    first: str
    last: str
    elsewhere: int
    of: int


def dated(days: Sequence[str]) -> Dated:
    """Give the day of an inspection, which one camera with a wrong clock does not set.

    Example:
        >>> dated(["2024-05-03", "2024-05-07", "2031-01-01"]).day
        '2024-05-07'
    """
    if not days:
        return Dated("", "", "", 0, 0)
    ordered = sorted(days)
    groups = [[ordered[0]]]
    for before, day in pairwise(ordered):
        apart = datetime.date.fromisoformat(day) - datetime.date.fromisoformat(before)
        groups.append([day]) if apart.days > APART_DAYS else groups[-1].append(day)
    most = max(groups, key=len)
    day = most[-1] if 2 * len(most) > len(ordered) else ""
    return Dated(day, ordered[0], ordered[-1], len(ordered) - (len(most) if day else 0), len(ordered))
