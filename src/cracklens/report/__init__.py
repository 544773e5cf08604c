"""Takes outcomes and the detector's card; gives reports, one writer per file. Knows neither detector nor run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cracklens.faces import lazily

if TYPE_CHECKING:
    from cracklens.report.facts import other_sentences
    from cracklens.report.fonts import MissingGlyphWarning
    from cracklens.report.options import ReportOptions
    from cracklens.report.quality import NONE, Quality, quality_head, quality_of
    from cracklens.report.report import FILES, Report
    from cracklens.report.template import Template, read_template
    from cracklens.report.words import Words, words_of
else:
    __getattr__, __dir__ = lazily(
        __name__,
        {
            "facts": ("other_sentences",),
            "fonts": ("MissingGlyphWarning",),
            "options": ("ReportOptions",),
            "quality": ("NONE", "Quality", "quality_head", "quality_of"),
            "report": ("FILES", "Report"),
            "template": ("Template", "read_template"),
            "words": ("Words", "words_of"),
        },
    )

__all__ = [
    "FILES",
    "NONE",
    "MissingGlyphWarning",
    "Quality",
    "Report",
    "ReportOptions",
    "Template",
    "Words",
    "other_sentences",
    "quality_head",
    "quality_of",
    "read_template",
    "words_of",
]
