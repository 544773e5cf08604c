"""Takes notes; gives the words that a report has for them. Knows no report."""

from __future__ import annotations

from collections.abc import Iterable

from cracklens.report import note_texts, words_of
from cracklens.values import Note


def said(notes: Iterable[Note]) -> tuple[str, ...]:
    return note_texts(notes, words_of())


def because(text: str) -> Note:
    """Give a note that has these words."""
    return Note("because", {"reason": text})
