"""Takes an inspection; gives its cracks as reports list them: names, sizes in px and mm, guide. Knows no format."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from cracklens.findings.guides import Guide, GuideName, compare_with_guide
from cracklens.findings.millimetres import in_words, length_mm, width_mm
from cracklens.report.words import Words
from cracklens.values import Inspection, Quantity, Scale, Trace

LISTED = 40
"""So many cracks of a photo stand in the table of report.html; all of them are in cracks.csv."""

SURE = 0.5
"""From this confidence on a line is rather a crack than not; the tables begin with those."""

GUIDE_VALUE = " the guide value of "


@dataclass(frozen=True)
class Crack:
    """One trace as a report lists it.

    Attributes:
        id: "T1" for the first trace of the photo.
        trace: what was measured, in px.
        length, width_median, width_p95, width_max: in mm; None where no scale is known or nothing was measured.
        guide: where its 95 % width stands to each value of the guide.
    """

    id: str
    trace: Trace
    length: Quantity | None
    width_median: Quantity | None
    width_p95: Quantity | None
    width_max: Quantity | None
    guide: tuple[str, ...] = ()


def cracks_of(inspection: Inspection, guide: GuideName = "none") -> tuple[Crack, ...]:
    """Give the cracks of a photo in the order of its traces.

    The guide is set beside the 95 % width: the characteristic width of EN 1992-1-1, 7.3.4, is that quantile too, and
    the widest point alone would take a spall for the crack.
    """
    return tuple(_crack(f"T{i}", trace, inspection.scale, guide) for i, trace in enumerate(inspection.traces, 1))


def _crack(name: str, trace: Trace, scale: Scale | None, guide: GuideName) -> Crack:
    widths = (trace.width_median_px, trace.width_p95_px, trace.width_max_px)
    median, p95, widest = (_in_mm(width, scale, width_mm) for width in widths)
    beside = compare_with_guide(p95, guide) if p95 else ()
    return Crack(name, trace, _in_mm(trace.length_px, scale, length_mm), median, p95, widest, beside)


def _in_mm(size_px: float, scale: Scale | None, measure: Callable[[float, Scale], Quantity]) -> Quantity | None:
    return measure(float(size_px), scale) if scale and math.isfinite(size_px) else None


def size_texts(size_px: float, size: Quantity | None, words: Words, *, decimals: int = 1) -> tuple[str, ...]:
    """Give a size for people: in mm with its uncertainty and in px, or in px alone."""
    if not math.isfinite(size_px):
        return (words["cracks.unknown"],)
    px = f"{size_px:,.{decimals}f} px"
    return (in_words(size).partition(" (")[0], px) if size else (px,)


def listed(cracks: tuple[Crack, ...], most: int = LISTED) -> tuple[Crack, ...]:
    """Give the cracks that a table has room for: those that are rather a crack than not first, each part as it was."""
    return tuple(sorted(cracks, key=lambda crack: crack.trace.confidence < SURE)[:most])


def guide_text(crack: Crack) -> str:
    """Give all sentences of a crack's guide as one: values that it stands to alike are named together.

    Example:
        >>> from cracklens.findings.guides import compare_with_guide
        >>> beside = compare_with_guide(Quantity(0.35, 0.01), "en1992")
        >>> guide_text(Crack("T1", None, None, None, None, None, beside))
        'within the guide value of 0.40 mm; exceeds the guide value of 0.30, 0.20 mm'
    """
    groups: dict[str, list[str]] = {}
    for sentence in crack.guide:
        relation, _, rest = sentence.partition(GUIDE_VALUE)
        groups.setdefault(relation + GUIDE_VALUE, []).append(rest.partition(" mm")[0])
    return "; ".join(f"{relation}{', '.join(values)} mm" for relation, values in groups.items())


def guide_values(guide: Guide) -> str:
    """Give the values of a guide with what each is named for, for the legend of its short sentences."""
    return "; ".join(f"{line.value_mm:.2f} mm: {line.where}" for line in guide.values) + "."
