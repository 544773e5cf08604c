"""Takes photos that people went through; gives a detector fitted to them, and what it promises. Changes no decision."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cracklens.faces import lazily

if TYPE_CHECKING:
    from cracklens.projects.teaching.fit import LEAST_PHOTOS, Taught, taught_of, teach, use
    from cracklens.projects.teaching.promise import Promised, promise_of
else:
    __getattr__, __dir__ = lazily(
        __name__,
        {
            "fit": (
                "LEAST_PHOTOS",
                "Taught",
                "taught_of",
                "teach",
                "use",
            ),
            "promise": (
                "Promised",
                "promise_of",
            ),
        },
    )

__all__ = [
    "LEAST_PHOTOS",
    "Promised",
    "Taught",
    "promise_of",
    "taught_of",
    "teach",
    "use",
]
