"""Takes widths about a guide's values; gives faults in tables, comparison and wording."""

from __future__ import annotations

from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cracklens.errors import SettingError
from cracklens.findings.guides import GUIDES, GuideName, compare_with_guide
from cracklens.values import Quantity


def test_tables_are_those_of_the_documents() -> None:
    assert {name: [line.value_mm for line in of.values] for name, of in GUIDES.items()} == {
        "aci224r": [0.41, 0.30, 0.18, 0.15, 0.10],
        "en1992": [0.40, 0.30, 0.20],
        "bre251": [0.1, 1.0, 5.0, 15.0, 25.0],
    }
    assert set(get_args(GuideName)) == {*GUIDES, "none"}


def test_a_width_is_over_or_under_only_with_its_whole_interval() -> None:
    over, about, *_ = compare_with_guide(Quantity(0.46, 0.04), "aci224r")
    assert over == "exceeds the guide value of 0.41 mm for dry air or protective membrane (ACI 224R-01, table 4.1)"
    assert about.startswith("exceeds the guide value of 0.30 mm")
    assert compare_with_guide(Quantity(0.44, 0.04), "aci224r")[0].startswith(
        "cannot be told apart (0.440 ± 0.040 mm) from the guide value of 0.41 mm"
    )
    assert compare_with_guide(Quantity(0.35, 0.04), "aci224r")[0].startswith("within the guide value of 0.41 mm")


def test_what_is_not_resolved_is_within_or_cannot_be_compared() -> None:
    found = compare_with_guide(Quantity(0.25, 0.01, resolved=False), "aci224r")
    assert [words.split()[0] for words in found] == ["within", "within", "cannot", "cannot", "cannot"]
    assert "below 0.25 mm (what this photo can resolve)" in found[2]


def test_none_says_nothing() -> None:
    assert compare_with_guide(Quantity(3.0, 0.1), "none") == ()


def test_unknown_guide_is_refused_with_the_nearest() -> None:
    name: Any = "aci224"
    with pytest.raises(SettingError, match=r"got 'aci224'. Did you mean 'aci224r'\?"):
        compare_with_guide(Quantity(0.3, 0.1), name)


@given(st.floats(0.01, 60), st.floats(0, 5), st.booleans(), st.sampled_from(sorted(GUIDES)))
def test_no_sentence_is_a_verdict(value: float, uncertainty: float, resolved: bool, guide: Any) -> None:
    sentences = compare_with_guide(Quantity(value, uncertainty, resolved), guide)
    assert len(sentences) == len(GUIDES[guide].values)
    for sentence in sentences:
        assert sentence.startswith(("exceeds", "within", "cannot"))
        assert not {"safe", "unsafe", "danger", "dangerous", "fail", "fails"} & set(sentence.lower().split())
        assert sentence.endswith(f"({GUIDES[guide].source})")
