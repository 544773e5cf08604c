"""Takes cracks with doubts and guide values; gives faults in what is said of them."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.report import made

from cracklens.measuring.guides import GUIDES, compare_with_guide
from cracklens.measuring.millimetres import width_mm
from cracklens.report.cracks import (
    Crack,
    cracks_of,
    doubt_sentences,
    first_ones,
    guide_of,
    guide_sentences,
    guide_text,
    length_text,
    remarks,
    traced_alt,
    traced_text,
    width_text,
)
from cracklens.report.cracks.sizes import Size, size_text
from cracklens.report.html.sheet import tick_path
from cracklens.report.words import words_of
from cracklens.values import Doubt, DoubtKind, End, Quantity, Scale, Trace

WORDS = words_of()


def crack(width: Quantity, trace: Trace | None = None) -> Crack:
    return Crack("P1-C1", trace or made.trace(), None, None, width, None)


def sentences(width: Quantity, guide: Any = "aci224r") -> tuple[str, ...]:
    return guide_sentences(crack(width), compare_with_guide(width, guide), guide, WORDS)


def text(width: Quantity, guide: Any, words: Any = WORDS) -> str:
    return guide_text(crack(width), compare_with_guide(width, guide), words)


def test_each_value_of_a_guide_has_a_sentence_with_its_source() -> None:
    over, also, *_ = sentences(Quantity(0.46, 0.42, 0.50))
    assert over == "exceeds the guide value of 0.41 mm for dry air or protective membrane (ACI 224R-01, table 4.1)"
    assert also.startswith("exceeds the guide value of 0.30 mm")
    assert sentences(Quantity(0.44, 0.40, 0.48))[0].startswith(
        "cannot be told apart at this scale (0.44 ± 0.04 mm) from the guide value of 0.41 mm for dry air"
    )
    assert sentences(Quantity(0.35, 0.31, 0.39))[0].startswith("within the guide value of 0.41 mm")


def test_what_is_not_resolved_has_a_bound_from_above_alone() -> None:
    found = sentences(Quantity(0.25, 0.02, 0.25, resolved=False))
    assert "(below 0.25 mm)" in found[2]
    assert "(between 0.05 and 0.25 mm)" in sentences(Quantity(0.25, 0.05, 0.25, resolved=False))[2]


@given(st.floats(0.001, 500), st.floats(0, 0.25), st.floats(0.01, 200), st.sampled_from(sorted(GUIDES)))
def test_a_width_in_words_never_contradicts_what_is_said_of_a_guide(
    high_px: float, share: float, px_per_mm: float, guide: Any
) -> None:
    width = width_mm(high_px / 2, (min(share, 0.249) * high_px, high_px), Scale(px_per_mm))
    said = width_text(crack(width), WORDS)
    ends = [float(end.replace(",", "")) for end in re.findall(r"\d[\d,.]*", said)]
    assert said.startswith("between" if len(ends) == 2 else "below")
    for one in compare_with_guide(width, guide):
        if one.relation == "exceeds":
            assert said.startswith("between")
            assert ends[0] > one.value.value_mm * (1 - 1e-6)
        if one.relation == "within":
            assert ends[-1] <= one.value.value_mm * (1 + 1e-6)
    assert ends[-1] >= width.high_mm * (1 - 1e-6)
    assert len(ends) == 1 or ends[0] <= width.low_mm * (1 + 1e-6)


def test_a_bound_from_below_is_shown_where_it_decides_or_says_something() -> None:
    assert width_text(crack(Quantity(7.1, 0.4, 7.1, resolved=False)), WORDS) == "between 0.4 and 7.1 mm"
    assert width_text(crack(Quantity(7.1, 0.09, 7.1, resolved=False)), WORDS) == "below 7.1 mm"
    assert width_text(crack(Quantity(7.1, 0.3021, 7.1, resolved=False)), WORDS) == "between 0.302 and 7.1 mm"
    assert size_text(Size(0.6, 0.09, 0.6, "mm", resolved=False), WORDS) == "between 0.09 and 0.6 mm"
    assert size_text(Size(18, 0.9, 18, "px", resolved=False), WORDS) == "below 18 px"


@pytest.mark.parametrize(("interval", "said"), [((5.4, 6.9), "tick 6.0 (5.4–6.9) px"), ((0.3, 18), "below 18 px")])
def test_a_tick_stands_only_where_a_width_was_measured(interval: tuple[float, float], said: str) -> None:
    found = only_crack(made.trace(width_p95_interval_px=interval))
    resolved = interval[0] > 1
    assert (found.tick_xy is not None) == resolved
    assert bool(tick_path(found)) == resolved
    for text in (traced_text(found, WORDS), traced_alt(found, WORDS)):
        assert said.removeprefix("tick ") in text
        assert ("no tick" in text.lower()) != resolved


def test_values_that_a_width_stands_to_alike_are_named_together() -> None:
    assert text(Quantity(0.30, 0.28, 0.33), "aci224r") == (
        "within the guide value of 0.41 mm; cannot be told apart at this scale (0.300 (0.280–0.330) mm) from the "
        "guide value of 0.30 mm; exceeds the guide value of 0.18, 0.15, 0.10 mm"
    )


def test_without_a_guide_nothing_is_said() -> None:
    assert sentences(Quantity(3.0, 2.9, 3.1), "none") == ()


Ends = st.tuples(st.floats(0.01, 30), st.floats(0.01, 30), st.floats(0.01, 30))


@given(Ends, st.booleans(), st.sampled_from(sorted(GUIDES)))
def test_no_sentence_is_a_verdict(ends: Any, resolved: bool, guide: Any) -> None:
    low, value, high = sorted(ends)
    found = sentences(Quantity(value, low, high, resolved), guide)
    assert len(found) == len(GUIDES[guide].values)
    for sentence in found:
        assert sentence.startswith(("exceeds", "within", "cannot be told apart at this scale"))
        assert not {"safe", "unsafe", "danger", "dangerous", "fail", "fails"} & set(sentence.lower().split())
        assert sentence.endswith(f"({GUIDES[guide].source})")


DOUBTS: dict[DoubtKind, str] = {
    "unsure": "The detector itself is not sure here: its score is 0.21.",
    "elsewhere": "The detector sees a crack nearby, but not at the line itself.",
    "faint": "The crack map sees it faintly: its probability is 0.21 for half of it.",
    "small": "It is short, as a pore, a scratch or a grain of the surface.",
    "joint": "It looks like a joint, an edge, a cable or writing over 21 % of its length.",
    "shallow": "It is hardly darker than the surface beside it, as a stain or a soft shadow.",
    "blurred": "It is not sharp: its width is known to within 1 px.",
    "round": "It is hardly longer than wide, as a pore or a hole.",
}


@pytest.mark.parametrize("kind", get_args(DoubtKind))
def test_each_doubt_has_its_sentence(kind: DoubtKind) -> None:
    assert doubt_sentences(made.trace(doubts=(Doubt(kind, 0.2123),)), WORDS) == (DOUBTS[kind],)


def test_a_score_under_a_half_is_not_printed_as_a_half() -> None:
    (sentence,) = doubt_sentences(made.trace(doubts=(Doubt("unsure", 0.4999),)), WORDS)
    assert sentence.endswith("its score is 0.49.")


def test_what_was_not_measured_is_no_number() -> None:
    (sentence,) = doubt_sentences(made.trace(doubts=(Doubt("unsure"),)), WORDS)
    assert sentence.endswith("its score is not measured.")


def test_a_firm_says_it_in_its_own_words() -> None:
    own = words_of(own={"doubts.unsure": "Score {amount}", "guide.exceeds": "> {values}", "guide.value": "{stands}"})
    assert doubt_sentences(made.trace(doubts=(Doubt("unsure", 0.2),)), own) == ("Score 0.20",)
    wide = Quantity(1.0, 0.9, 1.1)
    beside = compare_with_guide(wide, "en1992")
    assert guide_sentences(crack(wide), beside, "en1992", own) == ("> 0.40", "> 0.30", "> 0.20")
    assert text(wide, "en1992", own) == "> 0.40, 0.30, 0.20"


WIDE = Quantity(1.0, 0.9, 1.1)


def test_with_an_exposure_its_value_alone_is_compared() -> None:
    found = guide_of(crack(WIDE), "aci224r", exposure="Water retaining")
    assert [(one.relation, one.value.value_mm) for one in found] == [("exceeds", 0.10)]
    assert [one.value.value_mm for one in guide_of(crack(WIDE), "en1992", exposure="xc2 bonded")] == [0.20]
    assert len(guide_of(crack(WIDE), "aci224r")) == 5


def test_what_is_doubtful_or_needs_checking_is_compared_with_no_guide() -> None:
    assert guide_of(crack(WIDE, made.trace(confidence=0.4999)), "aci224r") == ()
    odd = made.trace(width_max_px=26.0, width_max_interval_px=(21.0, 29.0))
    assert odd.needs_checking
    assert guide_of(crack(WIDE, odd), "aci224r") == ()
    said = " ".join(remarks(only_crack(odd), WORDS))
    assert "at its widest place it is 26 (21–29) px, likely over five times its middle width, 5.0 (4.5–5.8) px." in said
    far = made.trace(width_max_px=36.0, width_max_interval_px=(30.0, 40.0))
    assert "it is 36 (30–40) px, over five times its middle width" in " ".join(remarks(only_crack(far), WORDS))


def test_in_a_photo_unlike_the_training_data_no_line_is_clear() -> None:
    for novelty, said in ((0.99, "clear"), (1.01, "likely")):
        inspection = made.inspection(traces=(made.trace(confidence=0.95),))
        odd = replace(inspection, score_map=replace(inspection.score_map, novelty=novelty))
        (one,) = cracks_of(odd, 1)
        assert one.certainty == said
        assert one.first[0][0] == (said == "likely")


def test_blocks_of_an_unlike_photo_are_those_with_close_ups() -> None:
    """Both are chosen by the same order, which does not change with the photo: the clearer lines first."""
    traces = tuple(made.trace(confidence=0.6 if i < 6 else 0.95, width_px=40.0 - i) for i in range(16))
    inspection = made.inspection(traces=traces)
    odd = replace(inspection, score_map=replace(inspection.score_map, novelty=1.5))
    assert [of.id for of in first_ones(cracks_of(odd, 1))] == [of.id for of in first_ones(cracks_of(inspection, 1))]


@pytest.mark.parametrize(
    ("confidence", "said"),
    [(0.9991, "clear"), (0.8, "clear"), (0.79999, "likely"), (0.5, "likely"), (0.49999, "doubtful")],
)
def test_certainty_is_a_word(confidence: float, said: str) -> None:
    assert crack(WIDE, made.trace(confidence=confidence)).certainty == said


def only_crack(trace: Trace, scale: Scale | None = None) -> Crack:
    (found,) = cracks_of(made.inspection(traces=(trace,), scale=scale), 3)
    return found


def test_a_length_in_pieces_is_a_bound_from_below() -> None:
    whole, pieces = only_crack(made.trace(), Scale(3.2)), only_crack(made.in_pieces(), Scale(3.2))
    assert (whole.id, length_text(whole, WORDS)) == ("P3-C1", "50.0 ± 3.1 mm")
    assert length_text(pieces, WORDS) == "traced ≥ 49.2 mm in 3 pieces"
    assert "2 gaps bridged, 8 mm in all, drawn dashed." in remarks(pieces, WORDS)
    assert "Ends: 1 leaves the photo, 1 is lost." in remarks(pieces, WORDS)


def test_a_length_that_goes_on_unseen_is_a_bound_from_below() -> None:
    leaves = made.trace(ends=(End((0.0, 20.0), "leaves"), End((130.0, 80.0), "fades")))
    assert length_text(only_crack(leaves), WORDS) == "≥ 152 px"
    assert length_text(only_crack(made.trace()), WORDS) == "160 ± 7 px"


@pytest.mark.parametrize(
    ("size", "said"),
    [
        (Size(18.2213, 17.42, 19.02, "mm"), "18.2 ± 0.8 mm"),
        (Size(0.4213, 0.3126, 0.53, "mm"), "0.42 ± 0.11 mm"),
        (Size(0.4213, 0.4126, 0.43, "mm"), "0.421 ± 0.009 mm"),
        (Size(12.34, 11.24, 13.44, "mm"), "12.3 ± 1.1 mm"),
        (Size(2812.4, 2686.1, 2938.7, "px"), "2,812 ± 126 px"),
        (Size(0.42, 0.31, 0.6, "mm"), "0.42 (0.31–0.60) mm"),
        (Size(0.2501, 0.0, 0.2501, "mm", resolved=False), "below 0.26 mm"),
        (Size(30.0, 0.0, 30.0, "px", resolved=False), "below 30 px"),
        (Size(2.5, 0.48, 2.5, "mm", resolved=False), "between 0.48 and 2.5 mm"),
    ],
)
def test_sizes_are_rounded_by_their_uncertainty(size: Size, said: str) -> None:
    assert size_text(size, WORDS) == said
