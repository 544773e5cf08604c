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
    old, new = [_points(of.trace) for of in known], [_points(trace) for trace in traces]
    trees = [cKDTree(points) for points in new]
    pairs = []
    for i, points in enumerate(old):
        own = cKDTree(points)
        for j, others in enumerate(new):
            reach = max(REACH_PX, REACH_TIMES * max(_width(known[i].trace), _width(traces[j])))
            if _apart(points, others, reach):
                continue
            there, back = (_share(a, b, reach) for a, b in ((points, trees[j]), (others, own)))
            if back >= SAME or (there >= SAME and not known[i].by_hand):
                pairs.append((-min(there * len(points), back * len(others)), i, j, there, back))
    same: dict[str, int] = {}
    partly: set[str] = set()
    drawn: set[int] = set()
    for _, i, j, there, back in sorted(pairs):
        if known[i].id not in same and j not in same.values() and j not in drawn:
            same[known[i].id] = j
            partly |= {known[i].id} if min(there, back) < SAME else set()
        elif known[i].by_hand and back >= COVERED:
            drawn.add(j)
    fresh = tuple(j for j in range(len(traces)) if j not in same.values() and j not in drawn)
    return Matched(same, frozenset(partly), fresh, tuple(of.id for of in known if of.id not in same))


def _points(trace: Trace) -> NDArray[np.float64]:
    return np.concatenate([along(branch.points_xy, EVERY_PX) for branch in trace.branches])


def along(points_xy: NDArray[np.floating], every_px: float) -> NDArray[np.float64]:
    """Give points (N, 2) on a line, both ends among them, at most so far apart."""
    points = points_xy.astype(np.float64)
    at = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(points, axis=0).T))])
    wanted = np.linspace(0.0, at[-1], max(int(np.ceil(at[-1] / every_px)), 1) + 1)
    return np.column_stack([np.interp(wanted, at, points[:, axis]) for axis in (0, 1)])


def _width(trace: Trace) -> float:
    return trace.width_p95_px if np.isfinite(trace.width_p95_px) else 0.0


def _apart(one: NDArray[np.float64], other: NDArray[np.float64], reach: float) -> bool:
    return bool(((one.min(0) - reach > other.max(0)) | (other.min(0) - reach > one.max(0))).any())


def _share(points: NDArray[np.float64], tree: cKDTree, reach: float) -> float:
    return float(np.isfinite(tree.query(points, distance_upper_bound=reach)[0]).mean())
