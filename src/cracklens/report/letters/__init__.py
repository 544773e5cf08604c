"""Takes the characters of a report; gives fonts that draw them and the order they are drawn in. Knows no pages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cracklens.faces import lazily

if TYPE_CHECKING:
    from cracklens.report.letters.fonts import (
        BASE,
        BOLD,
        MissingGlyphWarning,
        Typeface,
        joins_letters,
        plain,
        typeface_for,
    )
else:
    __getattr__, __dir__ = lazily(
        __name__,
        {
            "fonts": ("BASE", "BOLD", "MissingGlyphWarning", "Typeface", "joins_letters", "plain", "typeface_for"),
        },
    )

__all__ = [
    "BASE",
    "BOLD",
    "MissingGlyphWarning",
    "Typeface",
    "joins_letters",
    "plain",
    "typeface_for",
]
