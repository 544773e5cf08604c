"""Takes a note; gives its words by the catalogue, and what files for programs say of it. Knows no report."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from cracklens.report.words.catalogue import Words, words_of
from cracklens.values import Failure, LeftOut, Note


def note_text(note: Note, words: Words) -> str:
    """Give a note in words; one that is the reason of another stands within it.

    Example:
        >>> from cracklens.report.words.catalogue import words_of
        >>> note_text(Note("no_exif_scale", {"reason": Note("near", {"distance_m": 0.05})}), words_of())
        'no scale by EXIF and distance: 0.05 m is nearer than this lens can focus'
    """
    inside = {name: note_text(of, words) if isinstance(of, Note) else of for name, of in note.amounts.items()}
    return words[f"notes.{note.kind}"].format_map(inside)


def note_texts(notes: Iterable[Note], words: Words) -> tuple[str, ...]:
    """Give notes in words, one after another."""
    return tuple(note_text(note, words) for note in notes)


def reason_text(failure: Failure, words: Words) -> str:
    """Give why a photo was not inspected, without its name, which stands beside it."""
    return note_text(failure.reason, words).removeprefix(f"{failure.photo}: ")


def left_out_text(one: LeftOut) -> str:
    """Give why a labelled picture cannot be used, in English: a terminal and a table say it, and no report.

    Example:
        >>> left_out_text(LeftOut("a.png", Note("file_not_there", {"file": "masks/a.png"})))
        'there is no masks/a.png'
    """
    return note_text(one.reason, words_of())


def note_record(note: Note, words: Words) -> dict[str, Any]:
    """Give a note for programs and people: its code, its amounts and its sentence."""
    amounts = {name: note_record(of, words) if isinstance(of, Note) else of for name, of in note.amounts.items()}
    return {"kind": note.kind, "amounts": amounts, "sentence": note_text(note, words)}
