"""Takes the name of a language and a firm's template; gives every text of a report. Knows no report."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cracklens.faces import lazily

if TYPE_CHECKING:
    from cracklens.report.words.catalogue import Language, Words, check_language, counted, reviewed_words, words_of
    from cracklens.report.words.notes import left_out_text, note_record, note_text, note_texts, reason_text
    from cracklens.report.words.template import COLOUR, Template, read_template
else:
    __getattr__, __dir__ = lazily(
        __name__,
        {
            "catalogue": ("Language", "Words", "check_language", "counted", "reviewed_words", "words_of"),
            "notes": ("left_out_text", "note_record", "note_text", "note_texts", "reason_text"),
            "template": ("COLOUR", "Template", "read_template"),
        },
    )

__all__ = [
    "COLOUR",
    "Language",
    "Template",
    "Words",
    "check_language",
    "counted",
    "left_out_text",
    "note_record",
    "note_text",
    "note_texts",
    "read_template",
    "reason_text",
    "reviewed_words",
    "words_of",
]
