"""Takes names in Arabic and Hebrew; gives faults where they are joined or turned other than as people write."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cracklens.report.letters.right_to_left import visual


@pytest.mark.parametrize("text", ["", "Pier 3 (north)", "Мост № 7", "長江", "a\nb"])
def test_other_text_comes_back_as_it_is(text: str) -> None:
    assert visual(text) == text


@pytest.mark.parametrize(
    ("text", "drawn"),
    [
        ("גשר", "רשג"),
        ("גשר הנחל 45 (צפון)", "(ןופצ) 45 לחנה רשג"),
        ("Pier גשר 7", "Pier 7 רשג"),
        ("גשר 3.14", "3.14 רשג"),
        ("גשר A3", "A3 רשג"),
    ],
)
def test_hebrew_is_turned_and_numbers_and_latin_are_not(text: str, drawn: str) -> None:
    assert visual(text) == drawn


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("محمد", "FEAA FEE4 FEA4 FEE3"),  # initial, medial, medial, final, from the right
        ("دار", "FEAD FE8D FEA9"),  # letters that join to no next one
        ("لا", "FEFB"),  # lam and alef are one sign
        ("بلا", "FEFC FE91"),
        ("ب", "FE8F"),
        ("ها\u200cي", "FEF1 200C FE8E FEEB"),  # a joiner that forbids joining
    ],
)
def test_arabic_letters_join(text: str, codes: str) -> None:
    assert [f"{ord(letter):04X}" for letter in visual(text)] == codes.split()


def test_marks_do_not_break_a_word() -> None:
    drawn = visual("مُحَمَّد")
    assert [letter for letter in drawn if ord(letter) > 0xFE00] == [chr(c) for c in (0xFEAA, 0xFEE4, 0xFEA4, 0xFEE3)]


@given(st.text(alphabet="אבגabc 123.()", max_size=12))
def test_nothing_is_lost(text: str) -> None:
    assert sorted(visual(text).replace("(", ")")) == sorted(text.replace("(", ")"))


@given(st.text(max_size=20))
def test_any_text_is_drawn(text: str) -> None:
    assert len(visual(text)) <= len(text)
