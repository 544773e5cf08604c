"""Takes the cracks that a project has and those that were traced again; gives which is which. Decides nothing."""

from __future__ import annotations

import base64
import hashlib
import itertools
import re
from collections.abc import Container, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from cracklens.values import Trace

REACH_PX = 12.0
REACH_TIMES = 1.0
"""So near, in px and in times its width, two lines are one crack: what is traced anew strays by some px."""

SAME = 0.5
"""Share of the shorter line that must lie on the other."""

COVERED = 0.8
"""Share of a line that lies on one drawn by a person: it is that one."""

PLACE_PX = 8
LETTERS = 5
"""Of an id, of 32 each: a reader can say them; where two cracks would have the same, one is turned on."""

_ID = re.compile(rf"C-[A-Z2-7]{{{LETTERS}}}")
EVERY_PX = 4.0
"""Points of a line that are compared: so far apart, however many it was written in."""


@dataclass(frozen=True)
class Known:
    """A crack that a project has.

    Attributes:
        id: its own.
        trace: where it runs.
        by_hand: whether a person said so.
    """

    id: str
    trace: Trace
    by_hand: bool = False


@dataclass(frozen=True)
class Matched:
    """What came of tracing a photo again.

    Attributes:
        same: number of the new trace by the id of the crack that it is.
        partly: ids of those of them where most of one line is not on the other.
        new: numbers of traces that are new cracks.
        gone: ids of cracks that were not traced again.
    """

    same: dict[str, int]
    partly: frozenset[str]
    new: tuple[int, ...]
    gone: tuple[str, ...]


def crack_id(photo_sha256: str, trace: Trace, *, taken: Container[str] = ()) -> str:
    """Give the id of a crack, such as "C-5ZQ7X", by the photo's content and the place where it was first seen.

    Args:
        photo_sha256: of the photo's file.
        trace: where it runs.
        taken: ids that others have.
    """
    place = [round(side / PLACE_PX) for side in trace.box_xyxy]
    digests = (hashlib.sha256(repr((photo_sha256, place, turn)).encode()).digest() for turn in itertools.count())
    ids = (f"C-{base64.b32encode(digest)[:LETTERS].decode()}" for digest in digests)
    return next(found for found in ids if found not in taken)


def is_crack_id(text: str) -> bool:
    """Say whether a text is the id of a crack.

    Example:
        >>> is_crack_id("C-5ZQ7X"), is_crack_id("P1-C1")
        (True, False)
    """
    return _ID.fullmatch(text) is not None


def match(known: Sequence[Known], traces: Sequence[Trace]) -> Matched:
    """Give which new traces are which known cracks, by what overlaps most; each is one crack at most.

    A line that a person drew stays as it is: it is only what lies on it for the most part, never a longer one.

    Args:
        known: cracks of a photo.
        traces: of the same photo, from a later tracing.
    """
    old, new = _Lines.of([of.trace for of in known]), _Lines.of(traces)
    trees = [cKDTree(points) for points in new.points]
    pairs = []
    for i, points in enumerate(old.points):
        own, reaches = cKDTree(points), np.maximum(REACH_PX, REACH_TIMES * np.maximum(old.widths[i], new.widths))
        for j in new.near(old.low[i], old.high[i], reaches):
            there, out = _lies(points, trees[j], reaches[j])
            back, home = _lies(new.points[j], own, reaches[j])
            if back >= SAME or (there >= SAME and not known[i].by_hand):
                pairs.append((-min(out, home), i, j, there, back))
    same: dict[str, int] = {}
    partly: set[str] = set()
    taken: set[int] = set()
    for _, i, j, there, back in sorted(pairs):
        if known[i].id not in same and j not in taken:
            same[known[i].id] = j
            taken.add(j)
            partly |= {known[i].id} if min(there, back) < SAME else set()
        elif known[i].by_hand and back >= COVERED:
            taken.add(j)
    fresh = tuple(j for j in range(len(traces)) if j not in taken)
    return Matched(same, frozenset(partly), fresh, tuple(of.id for of in known if of.id not in same))


@dataclass(frozen=True)
class _Lines:
    """Lines of a photo as points, with what tells at once that two are far apart: corners of their boxes, widths."""

    points: list[NDArray[np.float64]]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    widths: NDArray[np.float64]

    @classmethod
    def of(cls, traces: Sequence[Trace]) -> _Lines:
        points = [np.concatenate([along(branch.points_xy, EVERY_PX) for branch in trace.branches]) for trace in traces]
        low, high = (np.array([corner(of, axis=0) for of in points]).reshape(-1, 2) for corner in (np.min, np.max))
        return cls(points, low, high, np.nan_to_num([trace.width_p95_px for trace in traces], posinf=0.0))

    def near(self, low: NDArray[np.float64], high: NDArray[np.float64], reaches: NDArray[np.float64]) -> list[int]:
        """Give the numbers of the lines whose box comes so near to another box."""
        near = (self.low - reaches[:, None] <= high) & (self.high + reaches[:, None] >= low)
        return np.flatnonzero(near.all(axis=1)).tolist()


def along(points_xy: NDArray[np.floating], every_px: float) -> NDArray[np.float64]:
    """Give points (N, 2) on a line, both ends among them, at most so far apart."""
    points = points_xy.astype(np.float64)
    at = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(points, axis=0).T))])
    wanted = np.linspace(0.0, at[-1], max(int(np.ceil(at[-1] / every_px)), 1) + 1)
    return np.column_stack([np.interp(wanted, at, points[:, axis]) for axis in (0, 1)])


def _lies(points: NDArray[np.float64], tree: cKDTree, reach: float) -> tuple[float, float]:
    """Give the share of points that lie on another line, and how many they are, each by how near it lies."""
    far = tree.query(points, distance_upper_bound=reach)[0]
    return float(np.isfinite(far).mean()), float(np.maximum(1 - far / reach, 0).sum())
