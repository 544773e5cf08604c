"""Takes widths about a guide's values; gives faults in tables and comparison."""

from __future__ import annotations

import re
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cracklens.errors import SettingError
from cracklens.measuring.guides import (
    GUIDES,
    GuideComparison,
    GuideName,
    GuideValue,
    compare_with_guide,
    exposure_fault,
)
from cracklens.measuring.millimetres import width_mm
from cracklens.values import Quantity, Scale


def test_tables_are_those_of_the_documents() -> None:
    assert {name: [line.value_mm for line in of.values] for name, of in GUIDES.items()} == {
        "aci224r": [0.41, 0.30, 0.18, 0.15, 0.10],
        "en1992": [0.40, 0.30, 0.20],
        "bre251": [0.1, 1.0, 5.0, 15.0, 25.0],
    }
    assert set(get_args(GuideName)) == {*GUIDES, "none"}


def test_a_width_is_over_or_under_only_with_its_whole_interval() -> None:
    over, also, *_ = compare_with_guide(Quantity(0.46, 0.42, 0.50), "aci224r")
    assert over == GuideComparison("exceeds", GuideValue(0.41, "dry"))
    assert (also.relation, also.value.value_mm) == ("exceeds", 0.30)
    assert compare_with_guide(Quantity(0.44, 0.40, 0.48), "aci224r")[0].relation == "not told apart"
    assert compare_with_guide(Quantity(0.35, 0.31, 0.39), "aci224r")[0].relation == "within"


def test_what_is_not_resolved_is_within_or_cannot_be_told_apart() -> None:
    found = compare_with_guide(Quantity(0.25, 0.05, 0.25, resolved=False), "aci224r")
    assert [one.relation for one in found] == ["within", "within", *["not told apart"] * 3]


def test_none_has_no_values() -> None:
    assert compare_with_guide(Quantity(3.0, 2.9, 3.1), "none") == ()


@pytest.mark.parametrize(
    ("exposure", "values"),
    [
        ("XC4, XD1, XF2", [0.3]),
        ("x0; xc4", [0.3]),
        ("XC4 bonded + XS1", [0.2]),
        ("XC1/XC1 bonded", [0.2]),
        ("XF2", []),
    ],
)
def test_of_several_exposures_the_strictest_counts(exposure: str, values: list[float]) -> None:
    assert exposure_fault(exposure, "en1992") == ""
    found = compare_with_guide(Quantity(0.25, 0.24, 0.26), "en1992", exposure=exposure)
    assert sorted(one.value.value_mm for one in found) == values


def test_an_exposure_beside_known_ones_that_is_none_is_refused() -> None:
    assert "XF1, XF2" in exposure_fault("XC4, XQ1", "en1992")
    assert "may stand beside" not in exposure_fault("wet", "aci224r")


@pytest.mark.parametrize(
    ("mm", "expected"),
    [
        (0.05, [("within", 0.1)]),
        (3.0, [("exceeds", 1.0), ("within", 5.0)]),
        (5.0, [("exceeds", 1.0), ("not told apart", 5.0), ("within", 15.0)]),
        (40.0, [("exceeds", 25.0)]),
    ],
)
def test_with_an_exposure_a_guide_that_knows_none_says_what_is_next(
    mm: float, expected: list[tuple[str, float]]
) -> None:
    found = compare_with_guide(Quantity(mm, 0.99 * mm, 1.01 * mm), "bre251", exposure="XC4")
    assert [(one.relation, one.value.value_mm) for one in found] == expected
    assert len(compare_with_guide(Quantity(mm, 0.99 * mm, 1.01 * mm), "bre251")) == 5


def test_unknown_guide_is_refused_with_the_nearest() -> None:
    name: Any = "aci224"
    with pytest.raises(SettingError, match=r"got 'aci224'. Did you mean 'aci224r'\?"):
        compare_with_guide(Quantity(0.3, 0.2, 0.4), name)


def quantity(ends: tuple[float, float, float], resolved: bool) -> Quantity:
    low, value, high = sorted(ends)
    return Quantity(value, low, high, resolved)


Ends = st.tuples(st.floats(0.01, 30), st.floats(0.01, 30), st.floats(0.01, 30))


@given(Ends, st.booleans(), st.sampled_from(sorted(GUIDES)))
def test_every_value_is_compared_once_and_in_order(ends: Any, resolved: bool, guide: Any) -> None:
    found = compare_with_guide(quantity(ends, resolved), guide)
    assert tuple(one.value for one in found) == GUIDES[guide].values


def ranks(width: Quantity, guide: Any) -> list[int]:
    return [["within", "not told apart", "exceeds"].index(one.relation) for one in compare_with_guide(width, guide)]


@given(Ends, st.tuples(*[st.floats(0, 3)] * 3), st.booleans(), st.booleans(), st.sampled_from(sorted(GUIDES)))
def test_a_wider_crack_never_stands_lower(ends: Any, more: Any, one: bool, other: bool, guide: Any) -> None:
    """Whatever is resolved: where no end of the interval is lower, no relation is."""
    wider = tuple(end + by for end, by in zip(sorted(ends), sorted(more), strict=True))
    below, above = ranks(quantity(ends, one), guide), ranks(quantity(wider, other), guide)
    assert all(a <= b for a, b in zip(below, above, strict=True))


@given(st.floats(0.3, 60), st.floats(0.3, 60), st.floats(0, 3), st.floats(0, 3), st.sampled_from(sorted(GUIDES)))
def test_it_is_so_for_widths_in_px_too(one: float, other: float, below: float, above: float, guide: Any) -> None:
    """No width in px, as 3 px once was, is a step down."""
    narrow, wide = sorted((one, other))
    found = [
        ranks(width_mm(px, (max(px - below, 0.0), px + above), Scale(8.0, relative_error=0.02)), guide)
        for px in (narrow, wide)
    ]
    assert all(a <= b for a, b in zip(*found, strict=True))


def test_a_guide_has_codes_and_no_words() -> None:
    for name, guide in GUIDES.items():
        codes = [*(line.where for line in guide.values), *guide.remarks]
        assert guide.name == name
        assert len(codes) == len(set(codes))
        assert all(re.fullmatch(r"[a-z0-9_]+", code) for code in codes)
