"""Takes notes; gives the words that a report has for them. Knows no report."""

from __future__ import annotations

from collections.abc import Iterable

from cracklens.report import note_texts, words_of
from cracklens.report.words import left_out_text
from cracklens.values import LeftOut, Note


def said(notes: Iterable[Note]) -> tuple[str, ...]:
    return note_texts(notes, words_of())


def because(text: str) -> Note:
    """Give a note that has these words."""
    return Note("because", {"reason": text})


def reasons(left_out: Iterable[LeftOut]) -> dict[str, str]:
    """Give why each picture is left out, by its name."""
    return {one.photo: left_out_text(one) for one in left_out}
