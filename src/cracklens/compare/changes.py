"""Takes the cracks of two registered photos of one place; gives which are new, grown, as before or gone."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Literal, get_args

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from cracklens.compare.evidence import Views
from cracklens.compare.lines import Line, line_of, near, near_any
from cracklens.compare.register import Points, Registration
from cracklens.compare.side import SeenPhoto
from cracklens.measuring.millimetres import COVERAGE, END_PX, WINDING, is_resolved
from cracklens.report.cracks import Certainty
from cracklens.values import Note, NoteKind, Scale

Status = Literal["NEW", "GROWN", "STATIC", "SHORTER", "GONE", "OUTSIDE"]
"""OUTSIDE: in one photo's view only; it says nothing of the crack. SHORTER: less of it is seen than before."""

SAME = 0.5
"""Two cracks are one where they run together over this share of the shorter."""

LEAST_WIDTH_OVER_PX = 100.0
ALIKE_PARTS = 0.85
LEAST_CONFIDENCE = 0.5
"""Widths are compared over at least this length, of which both dates have this share, of what is likely a crack."""


@dataclass(frozen=True)
class Size:
    """A length or width at two dates, in px of the newer photo.

    Attributes:
        old_px, new_px: None where there was none, or it was not measured.
        uncertainty_px: of the difference, k = 2.
        comparable: whether the two are of the same part of the crack.
    """

    old_px: float | None
    new_px: float | None
    uncertainty_px: float
    comparable: bool = True

    @property
    def difference_px(self) -> float | None:
        """Newer less older; None where one of them is, or they are not to be compared."""
        if self.old_px is None or self.new_px is None or not self.comparable:
            return None
        return self.new_px - self.old_px

    @property
    def grew(self) -> bool:
        """Whether it is more than before by more than the uncertainty."""
        return self.difference_px is not None and self.difference_px > self.uncertainty_px

    @property
    def shrank(self) -> bool:
        """Whether it is less than before by more than the uncertainty."""
        return self.difference_px is not None and -self.difference_px > self.uncertainty_px


@dataclass(frozen=True)
class Change:
    """What became of one crack, or of some that run together.

    Attributes:
        status: of it.
        old_ids, new_ids: in the two reports; several where a crack was traced in pieces.
        length: within what both photos show.
        width: median along it.
        confidence, certainty: the least of its traces.
        notes: what the reader must know.
    """

    status: Status
    old_ids: tuple[str, ...]
    new_ids: tuple[str, ...]
    length: Size
    width: Size
    confidence: float
    certainty: Certainty
    notes: tuple[Note, ...] = ()


def changes(old: SeenPhoto, new: SeenPhoto, views: Views) -> tuple[Change, ...]:
    """Give what became of the cracks of two photos, the newest first; STATIC and OUTSIDE last.

    Lengths and widths are compared in px of the newer photo, where the older is laid on it. A line that was traced in
    one photo only counts as there in the other too where its pixels show it: two tracings differ more than two walls.
    """
    near_px = near(views.registration)
    hws = old.hw, new.hw
    before = [line_of(crack, hws, views, of_old=True) for crack in old.cracks if crack.lines_xy]
    after = [line_of(crack, hws, views, of_old=False) for crack in new.cracks if crack.lines_xy]
    found: list[Change] = []
    for group in _groups(before, after, near_px):
        olds = [before[i] for i in group if i < len(before)]
        news = [after[i - len(before)] for i in group if i >= len(before)]
        found.append(_change(olds, news, near_px))
    order = ("NEW", "GROWN", "GONE", "SHORTER", "STATIC", "OUTSIDE")
    return tuple(
        sorted(found, key=lambda change: (order.index(change.status), -_longer(change.length), change.new_ids))
    )


def common_scale(old: SeenPhoto, new: SeenPhoto, registration: Registration) -> Scale | None:
    """Give the scale of the newer photo; where it has none, that of the older, carried over."""
    if new.scale is not None or old.scale is None:
        return new.scale
    enlarged = registration.scale_at(np.array([old.hw[1] / 2, old.hw[0] / 2]))
    return replace(old.scale, px_per_mm=old.scale.px_per_mm * enlarged, note=Note("scale_carried"))


def _groups(before: list[Line], after: list[Line], near_px: float) -> list[list[int]]:
    """Give the places of cracks that are one, older ones first and newer ones numbered after them."""
    count = len(before) + len(after)
    links = [
        (i, len(before) + j)
        for i, old in enumerate(before)
        for j, new in enumerate(after)
        if _run_together(old, new, near_px)
    ]
    rows, columns = ([link[side] for link in links] for side in (0, 1))
    graph = coo_array((np.ones(len(links)), (rows, columns)), shape=(count, count))
    _, labels = connected_components(graph, directed=False)
    return [np.flatnonzero(labels == label).tolist() for label in range(labels.max() + 1)] if count else []


def _run_together(old: Line, new: Line, near_px: float) -> bool:
    shorter = min(old.length_px, new.length_px)
    if shorter <= 0 or not _boxes_meet(old.points_xy, new.points_xy, near_px):
        return False
    return max(_covered_px(old, new, near_px), _covered_px(new, old, near_px)) >= SAME * shorter


def _boxes_meet(one: Points, other: Points, near_px: float) -> bool:
    return bool((one.min(0) <= other.max(0) + near_px).all() and (other.min(0) <= one.max(0) + near_px).all())


def _covered_px(line: Line, by: Line, near_px: float) -> float:
    """Give the length of a line, as far as both views have it, that lies near another."""
    return line.px_of(near_any(line, [by], near_px))


def _change(before: list[Line], after: list[Line], near_px: float) -> Change:
    """Give what became of cracks that are one."""
    length = _length(before, after, near_px)
    width = _width(before, after)
    status, *notes = _status(before, after, length, width)
    cracks = [line.crack for line in (*before, *after)]
    confidence = min(crack.confidence for crack in cracks)
    certainty = max((crack.certainty for crack in cracks), key=get_args(Certainty).index)
    old_ids, new_ids = (tuple(line.crack.id for line in side) for side in (before, after))
    return Change(status, old_ids, new_ids, length, width, confidence, certainty, tuple(notes))


def _status(before: list[Line], after: list[Line], length: Size, width: Size) -> tuple[Status, *tuple[Note, ...]]:
    """Give what became of a crack, and what there is to say of it."""
    lines = (*before, *after)
    in_view = sum(line.length_px for line in lines) / max(sum(float(line.step_px.sum()) for line in lines), 1e-9)
    if in_view < SAME and not (before and after):
        return "OUTSIDE", Note("outside")
    part = () if all(line.seen.all() for line in lines) else (Note("part"),)
    if (length.grew or width.grew) and length.old_px:
        kind: NoteKind = "longer" if not width.grew else "longer_wider" if length.grew else "wider"
        return "GROWN", Note(kind), *part
    if length.grew or width.grew:
        return "NEW", *part
    if length.shrank:
        return ("SHORTER" if length.new_px else "GONE"), Note("less_seen"), *part
    return "STATIC", *(() if before and after else (Note("one_photo_only"),)), *part


def _length(before: list[Line], after: list[Line], near_px: float) -> Size:
    """Give the lengths as far as both views go; ends and winding are uncertain in each.

    The line is the newer tracing and what the older one adds to it; a photo has what it traced or what its pixels show.
    """
    added = [(line, ~near_any(line, after, near_px)) for line in before]
    old = sum(line.px_of(near_any(line, before, near_px) | line.shown) for line in after)
    old += sum(line.px_of(more) for line, more in added)
    new = sum(line.length_px for line in after) + sum(line.px_of(more & line.shown) for line, more in added)
    squares = [2 * (END_PX * line.enlarged) ** 2 + (WINDING * line.length_px) ** 2 for line in (*before, *after)]
    if not (before and after):  # traced in one photo only: there or not in the other, for what is left is chance
        whole, there = max(old, new), min(old, new) >= SAME * max(old, new)
        old, new = (whole if there or traced else 0.0 for traced in (before, after))
    return Size(old, new, COVERAGE * math.sqrt(sum(squares)))


def _width(before: list[Line], after: list[Line]) -> Size:
    """Give the median widths; to be compared where both tracings have the same part of one long crack.

    The median, since it repeats: of cracks traced in two photos of one state it differed by at most 7 %, the 95 % width
    by up to a third (docs/decisions/0009-compare.md).
    """
    lines = (*before, *after)
    old, new = (_widest(side) for side in (before, after))
    squares = [(of.high_px - of.low_px) ** 2 / 4 for of in (old, new) if of]
    traced = sorted(sum(line.length_px for line in side) for side in (before, after))
    alike = len(before) == len(after) == 1 and traced[0] >= max(LEAST_WIDTH_OVER_PX, ALIKE_PARTS * traced[1])
    sure = min(line.crack.confidence for line in lines) >= LEAST_CONFIDENCE
    before_px, after_px = (of.width_px if of else None for of in (old, new))
    return Size(before_px, after_px, math.sqrt(sum(squares)), comparable=alike and sure)


def _longer(length: Size) -> float:
    return max(length.old_px or 0.0, length.new_px or 0.0)


@dataclass(frozen=True)
class _Width:
    """A width with its 95 % interval in px of the newer photo."""

    width_px: float
    low_px: float
    high_px: float


def _widest(side: list[Line]) -> _Width | None:
    """Give the width of the widest crack of those whose width is resolved."""
    of = [(line.crack, line.enlarged) for line in side if is_resolved(line.crack.width_interval_px)]
    widths = [_Width(*(px * by for px in (crack.width_px, *crack.width_interval_px))) for crack, by in of]
    return max(widths, key=lambda width: width.width_px, default=None)
