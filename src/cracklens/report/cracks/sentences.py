"""Takes a crack; gives what is said of it: doubts, ends, gaps, guide. The words are the catalogue's."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from types import MappingProxyType
from typing import get_args

from cracklens.measuring.guides import GUIDES, Guide, GuideComparison, GuideName, Relation
from cracklens.report.cracks.crack import Crack
from cracklens.report.cracks.sizes import gaps_text, width_text
from cracklens.report.words import Words, counted
from cracklens.values import Doubt, EndKind, Trace

STANDS = MappingProxyType[Relation, str](
    {"within": "guide.within", "exceeds": "guide.exceeds", "not told apart": "guide.not_told_apart"}
)
"""Key of the text for each relation of a width to values of a guide."""


def doubt_sentences(trace: Trace, words: Words) -> tuple[str, ...]:
    """Give why the confidence of a trace is not higher, a sentence each.

    Example:
        >>> from types import SimpleNamespace
        >>> from cracklens.report.words import words_of
        >>> from cracklens.values import Doubt
        >>> doubt_sentences(SimpleNamespace(doubts=(Doubt("unsure", 0.214),)), words_of())
        ('The detector itself is not sure here: its score is 0.21.',)
    """
    return tuple(words[f"doubts.{doubt.kind}"].format(amount=_amount_text(doubt, words)) for doubt in trace.doubts)


def _amount_text(doubt: Doubt, words: Words) -> str:
    """Give the number of a doubt, rounded down: a score under 0.5 is not printed as 0.50; px are rounded up."""
    if doubt.amount is None:
        return words["cracks.unknown"]
    if doubt.kind == "blurred":
        return f"{math.ceil(round(doubt.amount, 6)):,}"
    if doubt.kind == "joint":
        return f"{math.floor(round(100 * doubt.amount, 6))} %"
    return f"{math.floor(round(100 * doubt.amount, 6)) / 100:.2f}"


def ends_text(trace: Trace, words: Words) -> str:
    """Give how a crack ends; "" where it has no end.

    Example:
        >>> from types import SimpleNamespace
        >>> from cracklens.report.words import words_of
        >>> from cracklens.values import End
        >>> ends = (End((0, 0), "fades"), End((9, 0), "leaves"), End((5, 5), "fades"))
        >>> ends_text(SimpleNamespace(ends=ends), words_of())
        'Ends: 1 leaves the photo, 2 fade.'
    """
    count = Counter(end.kind for end in trace.ends)
    said = [counted(words, f"end_{kind}", count[kind]) for kind in get_args(EndKind) if count[kind]]
    return words["cracks.ends"].format(ends=", ".join(said)) if said else ""


def traced_text(crack: Crack, words: Words) -> str:
    """Give what stands under a close-up with the line: what its tick shows, or why there is none."""
    return words["cracks.traced" if crack.tick_xy else "cracks.traced_bound"].format(tick=width_text(crack, words))


def traced_alt(crack: Crack, words: Words) -> str:
    """Give what is to be seen in a close-up with the line."""
    key = "photos.alt_traced" if crack.tick_xy else "photos.alt_traced_bound"
    return words[key].format(id=crack.id, tick=width_text(crack, words))


def check_sentence(crack: Crack, words: Words) -> str:
    """Give why a person has to look before a crack is compared with a guide; "" where nothing says so."""
    sizes = {"widest": width_text(crack, words, "width_max"), "median": width_text(crack, words, "width_median")}
    check = "cracks.check" if crack.trace.is_far_wider else "cracks.check_likely"
    return words[check].format(**sizes) if crack.trace.needs_checking else ""


def remarks(crack: Crack, words: Words) -> tuple[str, ...]:
    """Give what a reader must know of a crack beside its sizes, a sentence each."""
    said = [check_sentence(crack, words)]
    gaps = counted(words, "gap", len(crack.trace.gaps))
    said += [words["cracks.gaps"].format(gaps=gaps, length=gaps_text(crack))] if crack.trace.gaps else []
    said.append(ends_text(crack.trace, words))
    doubts = " ".join(doubt_sentences(crack.trace, words))
    said += [words["cracks.doubt"].format(doubt=doubts)] if doubts else []
    return tuple(filter(None, said))


def guide_sentences(crack: Crack, beside: Sequence[GuideComparison], guide: GuideName, words: Words) -> tuple[str, ...]:
    """Give a sentence for each value of the guide that the crack's 95 % width was set beside, with its source."""
    return tuple(
        words["guide.value"].format(
            stands=_stands(crack, (one,), words),
            where=words[f"{guide}.{one.value.where}"],
            source=GUIDES[guide].source,
        )
        for one in beside
    )


def guide_text(crack: Crack, beside: Sequence[GuideComparison], words: Words) -> str:
    """Give where a crack's 95 % width stands to values of a guide; those that it stands to alike stand together.

    Example:
        >>> from cracklens.measuring.guides import compare_with_guide
        >>> from cracklens.report.words import words_of
        >>> from cracklens.values import Quantity
        >>> beside = compare_with_guide(Quantity(0.35, 0.34, 0.36), "en1992")
        >>> guide_text(None, beside, words_of())
        'within the guide value of 0.40 mm; exceeds the guide value of 0.30, 0.20 mm'
    """
    groups: dict[Relation, list[GuideComparison]] = {}
    for one in beside:
        groups.setdefault(one.relation, []).append(one)
    return "; ".join(_stands(crack, alike, words) for alike in groups.values())


def _stands(crack: Crack, alike: Sequence[GuideComparison], words: Words) -> str:
    """Give where a crack's 95 % width stands to values that it stands to alike."""
    values, relation = ", ".join(f"{one.value.value_mm:.2f}" for one in alike), alike[0].relation
    width = width_text(crack, words) if relation == "not told apart" else ""
    return words[STANDS[relation]].format(values=values, width=width)


def guide_values(guide: Guide, words: Words) -> str:
    """Give the values of a guide with what each is named for, for the legend of its short sentences."""
    return "; ".join(f"{line.value_mm:.2f} mm: {words[f'{guide.name}.{line.where}']}" for line in guide.values) + "."


def guide_remarks(guide: Guide, words: Words) -> tuple[str, ...]:
    """Give what a reader must know beside the values of a guide, a sentence each."""
    return tuple(words[f"{guide.name}.{remark}"] for remark in guide.remarks)
