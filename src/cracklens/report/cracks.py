"""Takes an inspection; gives its cracks as reports list them: names, sizes in px and mm, guide. Knows no format."""

from __future__ import annotations

import math
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal, get_args

from cracklens.measuring.guides import GUIDES, Guide, GuideComparison, GuideName, Relation, compare_with_guide
from cracklens.measuring.millimetres import RESOLVED_HINT, in_words, is_resolved, length_mm, width_mm
from cracklens.report.words import Words
from cracklens.values import Inspection, Interval, Quantity, Scale, Trace

LISTED = 40
"""So many cracks of a photo stand in the table of report.html; all of them are in cracks.csv."""

SURE = 0.5
"""From this confidence on a line is rather a crack than not; the tables begin with those."""

STANDS = MappingProxyType[Relation, str](
    {"within": "guide.within", "exceeds": "guide.exceeds", "not told apart": "guide.not_told_apart"}
)
"""Key of the text for each relation of a width to values of a guide."""

WidthName = Literal["width_median", "width_p95", "width_max"]
WIDTHS = get_args(WidthName)
Size = tuple[float, Interval | None, Quantity | None]
"""A size in px, its interval in px where it is a width, and the size in mm where the scale is known."""


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
    guide: tuple[GuideComparison, ...] = ()


def cracks_of(inspection: Inspection, guide: GuideName = "none") -> tuple[Crack, ...]:
    """Give the cracks of a photo in the order of its traces.

    The guide is set beside the 95 % width: the characteristic width of EN 1992-1-1, 7.3.4, is that quantile too, and
    the widest point alone would take a spall for the crack.
    """
    return tuple(_crack(f"T{i}", trace, inspection.scale, guide) for i, trace in enumerate(inspection.traces, 1))


def _crack(name: str, trace: Trace, scale: Scale | None, guide: GuideName) -> Crack:
    of = {of: (getattr(trace, f"{of}_px"), getattr(trace, f"{of}_interval_px")) for of in WIDTHS}
    median, p95, widest = (
        width_mm(*of[which], scale) if scale and math.isfinite(of[which][0]) else None for which in WIDTHS
    )
    length = length_mm(float(trace.length_px), scale) if scale and math.isfinite(trace.length_px) else None
    beside = compare_with_guide(p95, guide) if p95 else ()
    return Crack(name, trace, length, median, p95, widest, beside)


def length_texts(crack: Crack, words: Words) -> tuple[str, ...]:
    """Give a crack's length for people: in mm with its uncertainty and in px, or in px alone."""
    return size_texts((crack.trace.length_px, None, crack.length), words, decimals=0)


def width_texts(crack: Crack, name: WidthName, words: Words) -> tuple[str, ...]:
    """Give one of a crack's widths for people, in mm and in px, or in px alone; each with its interval."""
    return size_texts(width_of(crack, name), words)


def width_of(crack: Crack, name: WidthName) -> Size:
    """Give one of a crack's widths."""
    trace = crack.trace
    return getattr(trace, f"{name}_px"), getattr(trace, f"{name}_interval_px"), getattr(crack, name)


def size_texts(size: Size, words: Words, *, decimals: int = 1) -> tuple[str, ...]:
    """Give a size for people; what the photo does not resolve is only said to be below a bound."""
    size_px, interval_px, in_mm = size
    if not math.isfinite(size_px):
        return (words["cracks.unknown"],)
    px = f"{size_px:,.{decimals}f} px"
    if interval_px and not is_resolved(interval_px):
        bound = math.ceil(interval_px[1] * 10**decimals) / 10**decimals  # rounded up it stays a bound
        low = math.floor(interval_px[0] * 10**decimals) / 10**decimals
        key, told = ("cracks.between" if low > 0 else "cracks.below"), f"{bound:,.{decimals}f} px"
        px = words[key].format(size=told, low=f"{low:,.{decimals}f}")
    elif interval_px:
        px = f"{px} ({interval_px[0]:.{decimals}f}–{interval_px[1]:.{decimals}f})"
    return (in_words(in_mm).removesuffix(f" {RESOLVED_HINT}"), px) if in_mm else (px,)


def listed(cracks: tuple[Crack, ...], most: int = LISTED) -> tuple[Crack, ...]:
    """Give the cracks that a table has room for: those that are rather a crack than not first, each part as it was."""
    return tuple(sorted(cracks, key=lambda crack: crack.trace.confidence < SURE)[:most])


def doubt_sentences(trace: Trace, words: Words) -> tuple[str, ...]:
    """Give why the confidence of a trace is not higher, a sentence each.

    Example:
        >>> from types import SimpleNamespace
        >>> from cracklens.report.words import words_of
        >>> from cracklens.values import Doubt
        >>> doubt_sentences(SimpleNamespace(doubts=(Doubt("unsure", 0.214),)), words_of())
        ('The detector itself is not sure here: its score is 0.21.',)
    """
    unknown = words["cracks.unknown"]
    return tuple(
        words[f"doubts.{doubt.kind}"].format(amount=unknown if doubt.amount is None else f"{doubt.amount:.2f}")
        for doubt in trace.doubts
    )


def guide_sentences(
    crack: Crack, guide: GuideName, words: Words, *, only: tuple[Relation, ...] = get_args(Relation)
) -> tuple[str, ...]:
    """Give a sentence for each value of the guide that the crack's 95 % width was set beside.

    Args:
        crack: as `cracks_of` gives it with this guide.
        guide: whose source is cited.
        words: of the report.
        only: where the width stands so to the value.
    """
    return tuple(
        words["guide.value"].format(
            stands=_stands(crack, (one,), words), where=one.value.where, source=GUIDES[guide].source
        )
        for one in crack.guide
        if one.relation in only
    )


def guide_text(crack: Crack, words: Words) -> str:
    """Give where a crack's 95 % width stands to the values of a guide; those that it stands to alike stand together.

    Example:
        >>> from cracklens.report.words import words_of
        >>> beside = compare_with_guide(Quantity(0.35, 0.34, 0.36), "en1992")
        >>> guide_text(Crack("T1", None, None, None, None, None, beside), words_of())
        'within the guide value of 0.40 mm; exceeds the guide value of 0.30, 0.20 mm'
    """
    groups: dict[Relation, list[GuideComparison]] = {}
    for one in crack.guide:
        groups.setdefault(one.relation, []).append(one)
    return "; ".join(_stands(crack, tuple(alike), words) for alike in groups.values())


def _stands(crack: Crack, alike: tuple[GuideComparison, ...], words: Words) -> str:
    """Give where a crack's 95 % width stands to values that it stands to alike."""
    values = ", ".join(f"{one.value.value_mm:.2f}" for one in alike)
    width = in_words(crack.width_p95) if crack.width_p95 else words["cracks.unknown"]
    return words[STANDS[alike[0].relation]].format(values=values, width=width)


def guide_values(guide: Guide) -> str:
    """Give the values of a guide with what each is named for, for the legend of its short sentences."""
    return "; ".join(f"{line.value_mm:.2f} mm: {line.where}" for line in guide.values) + "."
