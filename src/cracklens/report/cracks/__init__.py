"""Takes inspections; gives their cracks as reports list them and what is said of them. Knows no file format."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cracklens.faces import lazily

if TYPE_CHECKING:
    from cracklens.report.cracks.crack import (
        WIDTHS,
        Certainty,
        Crack,
        certainty_of,
        crack_of,
        cracks_of,
        doubtful_ones,
        first_ones,
        guide_of,
        listed_ones,
        sure_ones,
        without_lines,
    )
    from cracklens.report.cracks.sentences import (
        check_sentence,
        doubt_sentences,
        guide_remarks,
        guide_sentences,
        guide_text,
        guide_values,
        remarks,
        traced_alt,
        traced_text,
    )
    from cracklens.report.cracks.sizes import length_size, length_text, width_size, width_text
else:
    __getattr__, __dir__ = lazily(
        __name__,
        {
            "crack": (
                "WIDTHS",
                "Certainty",
                "Crack",
                "certainty_of",
                "crack_of",
                "cracks_of",
                "doubtful_ones",
                "first_ones",
                "guide_of",
                "listed_ones",
                "sure_ones",
                "without_lines",
            ),
            "sentences": (
                "check_sentence",
                "doubt_sentences",
                "guide_remarks",
                "guide_sentences",
                "guide_text",
                "guide_values",
                "remarks",
                "traced_alt",
                "traced_text",
            ),
            "sizes": ("length_size", "length_text", "width_size", "width_text"),
        },
    )

__all__ = [
    "WIDTHS",
    "Certainty",
    "Crack",
    "certainty_of",
    "check_sentence",
    "crack_of",
    "cracks_of",
    "doubt_sentences",
    "doubtful_ones",
    "first_ones",
    "guide_of",
    "guide_remarks",
    "guide_sentences",
    "guide_text",
    "guide_values",
    "length_size",
    "length_text",
    "listed_ones",
    "remarks",
    "sure_ones",
    "traced_alt",
    "traced_text",
    "width_size",
    "width_text",
    "without_lines",
]
