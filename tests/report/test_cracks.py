"""Takes cracks with doubts and guide values; gives faults in what is said of them."""

from __future__ import annotations

from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.report import made

from cracklens.measuring.guides import GUIDES, compare_with_guide
from cracklens.report.cracks.crack import Crack, doubt_sentences, guide_sentences, guide_text
from cracklens.report.words.catalogue import words_of
from cracklens.values import Doubt, DoubtKind, Quantity

WORDS = words_of()


def crack(width: Quantity, guide: Any) -> Crack:
    return Crack("T1", made.trace(), None, None, width, None, compare_with_guide(width, guide))


def sentences(width: Quantity, guide: Any = "aci224r", **only: Any) -> tuple[str, ...]:
    return guide_sentences(crack(width, guide), guide, WORDS, **only)


def test_each_value_of_a_guide_has_a_sentence_with_its_source() -> None:
    over, also, *_ = sentences(Quantity(0.46, 0.42, 0.50))
    assert over == "exceeds the guide value of 0.41 mm for dry air or protective membrane (ACI 224R-01, table 4.1)"
    assert also.startswith("exceeds the guide value of 0.30 mm")
    assert sentences(Quantity(0.44, 0.40, 0.48))[0].startswith(
        "cannot be told apart at this scale (0.440 ± 0.040 mm) from the guide value of 0.41 mm for dry air"
    )
    assert sentences(Quantity(0.35, 0.31, 0.39))[0].startswith("within the guide value of 0.41 mm")


def test_what_is_not_resolved_says_what_it_lies_between() -> None:
    found = sentences(Quantity(0.25, 0.05, 0.25, resolved=False))
    assert "between 0.05 and 0.25 mm (what this photo can resolve)" in found[2]


def test_values_that_a_width_stands_to_alike_are_named_together() -> None:
    assert guide_text(crack(Quantity(0.30, 0.28, 0.33), "aci224r"), WORDS) == (
        "within the guide value of 0.41 mm; cannot be told apart at this scale (0.300 mm (0.280 to 0.330 mm)) from the "
        "guide value of 0.30 mm; exceeds the guide value of 0.18, 0.15, 0.10 mm"
    )


def test_only_some_relations_are_said() -> None:
    found = sentences(Quantity(0.35, 0.34, 0.36), "en1992", only=("exceeds",))
    assert [sentence.partition(" mm")[0] for sentence in found] == [
        "exceeds the guide value of 0.30",
        "exceeds the guide value of 0.20",
    ]


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
    "small": "It is short, as a pore, a scratch or a grain of the surface.",
    "straight": "It runs as straight and even as a joint, an edge of formwork or a cable.",
    "stepped": "Its two sides are of different brightness, as at the edge of a shadow, a paint or a board.",
    "shallow": "It is hardly darker than the surface beside it, as a stain or a soft shadow.",
    "round": "It is hardly longer than wide, as a pore or a hole.",
}


@pytest.mark.parametrize("kind", get_args(DoubtKind))
def test_each_doubt_has_its_sentence(kind: DoubtKind) -> None:
    assert doubt_sentences(made.trace(doubts=(Doubt(kind, 0.2123),)), WORDS) == (DOUBTS[kind],)


def test_what_was_not_measured_is_no_number() -> None:
    (sentence,) = doubt_sentences(made.trace(doubts=(Doubt("unsure"),)), WORDS)
    assert sentence.endswith("its score is not measured.")


def test_a_firm_says_it_in_its_own_words() -> None:
    own = words_of(own={"doubts.unsure": "Score {amount}", "guide.exceeds": "> {values}", "guide.value": "{stands}"})
    assert doubt_sentences(made.trace(doubts=(Doubt("unsure", 0.2),)), own) == ("Score 0.20",)
    wide = crack(Quantity(1.0, 0.9, 1.1), "en1992")
    assert guide_sentences(wide, "en1992", own) == ("> 0.40", "> 0.30", "> 0.20")
    assert guide_text(wide, own) == "> 0.40, 0.30, 0.20"
