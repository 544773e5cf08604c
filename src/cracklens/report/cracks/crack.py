"""Takes an inspection; gives its cracks as reports list them: ids, sizes in mm, certainty, the widest first."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal, get_args

from cracklens.measuring.guides import GuideComparison, GuideName, compare_with_guide
from cracklens.measuring.millimetres import is_resolved, length_mm, rounded_up, shown_px, width_mm
from cracklens.measuring.place import WidthPlace, width_place
from cracklens.measuring.rank import CLEAR, Rank, rank_of
from cracklens.measuring.short import short_ones
from cracklens.values import SURE, Inspection, Point, Quantity, Scale, Trace

BLOCKS = 12
"""So many cracks of a photo have a block of their own on the pages: those to look at first."""

Certainty = Literal["clear", "likely", "doubtful"]
"""Clear from a confidence of 0.8 on, likely from 0.5 on, below that doubtful; in a photo unlike the training data
likely at most."""

WidthName = Literal["width_median", "width_p95", "width_max"]
WIDTHS = get_args(WidthName)


@dataclass(frozen=True)
class Crack:
    """One trace as a report lists it.

    Attributes:
        id: the trace's own; else "P1-C1" for the first crack of the first photo.
        trace: what was measured, in px.
        length, width_median, width_p95, width_max: in mm; None where no scale is known or nothing was measured.
        place: where the 95 % width was taken; None where no width was measured.
        listed: whether it has a row; a short piece beside longer cracks is summed up with its photo.
        rank: what it is chosen by before its width where one crack is named before all.
        number: which of the photo's traces it is, from 0.
        unlike: whether its photo is unlike the training data: how sure a line is there has not been measured.
    """

    id: str
    trace: Trace
    length: Quantity | None
    width_median: Quantity | None
    width_p95: Quantity | None
    width_max: Quantity | None
    place: WidthPlace | None = None
    listed: bool = True
    rank: Rank = (False, False, False, False)
    number: int = 0
    unlike: bool = False

    @property
    def certainty(self) -> Certainty:
        """How sure it is that this line is a crack."""
        return certainty_of(self.trace.confidence, unlike=self.unlike)

    @property
    def goes_on(self) -> bool:
        """Whether it is longer than it was traced: it has gaps, or an end that leaves the photo or is lost."""
        return bool(self.trace.gaps) or any(end.kind != "fades" for end in self.trace.ends)

    @property
    def resolved(self) -> bool:
        """Whether the photo shows how wide it is, not only how wide it can be at most."""
        return math.isfinite(self.trace.width_p95_px) and is_resolved(self.trace.width_p95_interval_px)

    @property
    def tick_xy(self) -> tuple[Point, Point] | None:
        """Both ends of the measured width, at its place; None where the photo only shows how wide it can be at most."""
        return self.place.tick_xy if self.place and self.resolved else None

    @property
    def breadth(self) -> tuple[int, float, bool]:
        """What cracks are ordered by, the widest first: in mm, then those without a scale in px, then unmeasured.

        It is the number that the reader sees: where blur hides the width its bound from above, so that "below 6 px"
        stands after what is known to be wider than 6 px and before what is known to be less. By the likeliest width,
        which is not printed, such rows stood in no order that can be seen.
        """
        trace, wide = self.trace, self.width_p95
        if not has_width(trace, "width_p95"):
            return 2, 0.0, False
        if wide is None:
            return 1, -shown_px(float(trace.width_p95_px), trace.width_p95_interval_px), not self.resolved
        return 0, -(wide.value_mm if wide.resolved else rounded_up(wide.value_mm)), not wide.resolved

    @property
    def first(self) -> tuple[tuple[bool, ...], tuple[int, float, bool]]:
        """What the one crack that is named before all is chosen by, least first.

        A long clear one, also where it needs checking, goes before pieces and before what may be none; the widest of
        these first. Width alone would put a pore before a crack that runs through the photo.
        """
        return (self.rank[0] or self.unlike, *self.rank), self.breadth


def cracks_of(inspection: Inspection, number: int) -> tuple[Crack, ...]:
    """Give the cracks of a photo in the order of every table, the widest first, and numbered so.

    Args:
        inspection: of the photo.
        number: of the photo in the report, from 1.
    """
    short = short_ones(inspection.traces, inspection.photo_hw)
    about = (inspection.scale, inspection.photo_hw)
    unlike = (inspection.score_map.novelty or 0) > 1
    found = [
        crack_of(trace, *about, number=i, listed=i not in short, unlike=unlike)
        for i, trace in enumerate(inspection.traces)
    ]
    in_order = sorted(found, key=lambda crack: crack.breadth)
    named = (crack.trace.id or f"P{number}-C{place}" for place, crack in enumerate(in_order, start=1))
    return tuple(replace(crack, id=name) for crack, name in zip(in_order, named, strict=True))


def crack_of(
    trace: Trace,
    scale: Scale | None,
    photo_hw: tuple[int, int],
    *,
    number: int = 0,
    listed: bool = True,
    unlike: bool = False,
) -> Crack:
    """Give one trace as a report lists it, its sizes in mm where the scale is known.

    Args:
        trace: what was measured, in px.
        scale: of its photo.
        photo_hw: size of the photo in px.
        number: which of the photo's traces it is, from 0.
        listed: whether it has a row.
        unlike: whether its photo is unlike the training data.
    """
    of = {of: (getattr(trace, f"{of}_px"), getattr(trace, f"{of}_interval_px")) for of in WIDTHS}
    median, p95, widest = (
        width_mm(*of[which], scale) if scale and has_width(trace, which) else None for which in WIDTHS
    )
    length = length_mm(float(trace.length_px), scale) if scale and math.isfinite(trace.length_px) else None
    rank = rank_of(trace, photo_hw)
    return Crack(trace.id, trace, length, median, p95, widest, width_place(trace), listed, rank, number, unlike)


def has_width(trace: Trace, name: WidthName) -> bool:
    """Say whether a width was measured, with its interval: reports before 1.2 have widths alone, which say too much."""
    return all(map(math.isfinite, (getattr(trace, f"{name}_px"), *getattr(trace, f"{name}_interval_px"))))


def certainty_of(confidence: float, *, unlike: bool = False) -> Certainty:
    """Give how sure it is that a line is a crack.

    Args:
        confidence: 0-1.
        unlike: whether its photo is unlike the training data.

    Example:
        >>> certainty_of(0.9991), certainty_of(0.9991, unlike=True), certainty_of(0.4999)
        ('clear', 'likely', 'doubtful')
    """
    if confidence >= CLEAR and not unlike:
        return "clear"
    return "likely" if confidence >= SURE else "doubtful"


def without_lines(crack: Crack) -> Crack:
    """Give a crack without its points, so that thousands fit in memory."""
    return replace(crack, trace=replace(crack.trace, branches=(), junctions_xy=()))


def guide_of(crack: Crack, guide: GuideName, *, exposure: str = "") -> tuple[GuideComparison, ...]:
    """Give where a crack's 95 % width stands to the guide; nothing for one that is doubtful or needs checking.

    The guide is set beside the 95 % width: the characteristic width of EN 1992-1-1, 7.3.4, is that quantile too, and
    the widest point alone would take a spall for the crack.
    """
    if crack.width_p95 is None or crack.certainty == "doubtful" or crack.trace.needs_checking:
        return ()
    return compare_with_guide(crack.width_p95, guide, exposure=exposure)


def listed_ones(cracks: Iterable[Crack]) -> tuple[Crack, ...]:
    """Give those that have a row, as they came."""
    return tuple(crack for crack in cracks if crack.listed)


def first_ones(cracks: Iterable[Crack]) -> tuple[Crack, ...]:
    """Give the cracks of a photo that have a block of their own, as they came."""
    of = sure_ones(cracks)
    first = {crack.id for crack in sorted(of, key=lambda crack: crack.first)[:BLOCKS]}
    return tuple(crack for crack in of if crack.id in first)


def sure_ones(cracks: Iterable[Crack]) -> tuple[Crack, ...]:
    """Give those that are rather cracks than not, as they came."""
    return tuple(crack for crack in cracks if crack.certainty != "doubtful")


def doubtful_ones(cracks: Iterable[Crack]) -> tuple[Crack, ...]:
    """Give those that are rather no cracks, as they came."""
    return tuple(crack for crack in cracks if crack.certainty == "doubtful")
