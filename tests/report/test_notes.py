"""Takes every note that there is; gives faults where one has no words, or words have no note. Makes no photo."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import get_args

import pytest
from tests.report import made
from tests.said import said

import cracklens
from cracklens.artefacts import Artefacts
from cracklens.report.words import note_record, note_text, words_of
from cracklens.values import Inspection, Note, NoteKind, Scale

KINDS = get_args(NoteKind)
WORDS = words_of()


def test_every_note_has_words_and_no_words_are_left() -> None:
    assert {f"notes.{kind}" for kind in KINDS} == {key for key in WORDS if key.startswith("notes.")}
    assert len(KINDS) == len(set(KINDS))


@pytest.mark.parametrize("kind", KINDS)
def test_every_note_is_made_somewhere(kind: str) -> None:
    package = Path(cracklens.__file__).parent
    code = [path.read_text(encoding="utf-8") for path in package.rglob("*.py") if path.name != "notes.py"]
    assert any(f'"{kind}"' in text for text in code)


def test_a_note_within_a_note_is_said_within_it() -> None:
    note = Note("no_exif_scale", {"reason": Note("zoom_absurd", {"zoom": 900.0})})
    assert said([note]) == ("no scale by EXIF and distance: its digital zoom of 900 cannot be true",)
    record = note_record(note, WORDS)
    inner = {"kind": "zoom_absurd", "amounts": {"zoom": 900.0}, "sentence": "its digital zoom of 900 cannot be true"}
    assert record["amounts"] == {"reason": inner}


def test_a_firm_says_it_in_its_own_words() -> None:
    assert note_text(Note("pages", {"pages": 3}), words_of(own={"notes.pages": "page 1 of {pages}"})) == "page 1 of 3"


def test_words_of_a_file_with_braces_are_left_as_they_are() -> None:
    assert said([Note("named", {"suffix": ".{0}", "content": "JPEG"})]) == ("named .{0}, but is JPEG",)


def test_notes_come_back_from_the_store(tmp_path: Path) -> None:
    why = Note("no_exif_scale", {"reason": Note("near", {"distance_m": 0.05})})
    note = Note("marker", {"side_mm": 50.0, "side_px": 400.0, "tilt_deg": 3.0})
    inspection = replace(made.inspection(), notes=(why, Note("drawn")), scale=Scale(2.0, "marker", note=note))
    store = Artefacts(tmp_path)
    store.put("0" * 8, inspection)
    back = store.get("0" * 8, Inspection)
    assert back
    assert (back.notes, back.scale) == (inspection.notes, inspection.scale)


def test_no_value_holds_a_sentence() -> None:
    """What travels is codes and numbers: a field of a value that is for reading is a note."""
    values = Path(cracklens.__file__).parent / "values"
    for path in values.glob("*.py"):
        assert not re.search(r"\b(notes?|reason): (tuple\[str|str)", path.read_text(encoding="utf-8")), path
