"""Takes outcomes and the detector's card; gives reports, one writer per file. Knows neither detector nor run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cracklens.faces import lazily

if TYPE_CHECKING:
    from cracklens.report.letters.fonts import MissingGlyphWarning
    from cracklens.report.material.elements import Element, read_elements
    from cracklens.report.material.facts import other_sentences
    from cracklens.report.material.options import ReportOptions
    from cracklens.report.material.quality import NONE, Quality, quality_head, quality_of
    from cracklens.report.material.review import Reason, Rejected, Review, Signature, Verdict
    from cracklens.report.pictures.names import Named, place_names
    from cracklens.report.report import FILES, USUAL, WRITERS, Format, Report, check_formats
    from cracklens.report.store import Entry, StoredOutcomes
    from cracklens.report.words.catalogue import Words, words_of
    from cracklens.report.words.notes import note_text, note_texts
    from cracklens.report.words.template import Template, read_template
else:
    __getattr__, __dir__ = lazily(
        __name__,
        {
            "letters.fonts": ("MissingGlyphWarning",),
            "material.elements": ("Element", "read_elements"),
            "material.facts": ("other_sentences",),
            "material.options": ("ReportOptions",),
            "material.quality": ("NONE", "Quality", "quality_head", "quality_of"),
            "material.review": ("Reason", "Rejected", "Review", "Signature", "Verdict"),
            "pictures.names": ("Named", "place_names"),
            "report": ("FILES", "USUAL", "WRITERS", "Format", "Report", "check_formats"),
            "store": ("Entry", "StoredOutcomes"),
            "words.catalogue": ("Words", "words_of"),
            "words.notes": ("note_text", "note_texts"),
            "words.template": ("Template", "read_template"),
        },
    )

__all__ = [
    "FILES",
    "NONE",
    "USUAL",
    "WRITERS",
    "Element",
    "Entry",
    "Format",
    "MissingGlyphWarning",
    "Named",
    "Quality",
    "Reason",
    "Rejected",
    "Report",
    "ReportOptions",
    "Review",
    "Signature",
    "StoredOutcomes",
    "Template",
    "Verdict",
    "Words",
    "check_formats",
    "note_text",
    "note_texts",
    "other_sentences",
    "place_names",
    "quality_head",
    "quality_of",
    "read_elements",
    "read_template",
    "words_of",
]
