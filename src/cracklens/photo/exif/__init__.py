"""Takes an opened image; gives the facts it carries: when, where, with which lens. Knows no pixels."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cracklens.faces import lazily

if TYPE_CHECKING:
    from cracklens.photo.exif.facts import Facts, facts_of, orientation_of
    from cracklens.photo.exif.tags import EXIF_BROKEN, read_tags
else:
    __getattr__, __dir__ = lazily(
        __name__,
        {
            "facts": ("Facts", "facts_of", "orientation_of"),
            "tags": ("EXIF_BROKEN", "read_tags"),
        },
    )

__all__ = [
    "EXIF_BROKEN",
    "Facts",
    "facts_of",
    "orientation_of",
    "read_tags",
]
