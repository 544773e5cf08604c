"""Takes photos that people went through; gives a detector fitted to them, and what it promises. Changes no decision."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cracklens.faces import lazily

if TYPE_CHECKING:
    from cracklens.projects.teaching.detectors import KeptDetector, detectors_of
    from cracklens.projects.teaching.fit import Taught, taught_of, teach, use
    from cracklens.projects.teaching.promise import Promised, promise_of
    from cracklens.projects.teaching.ready import LEAST_CRACKED, LEAST_PHOTOS, Ready, ready_of
else:
    __getattr__, __dir__ = lazily(
        __name__,
        {
            "detectors": (
                "KeptDetector",
                "detectors_of",
            ),
            "fit": (
                "Taught",
                "taught_of",
                "teach",
                "use",
            ),
            "promise": (
                "Promised",
                "promise_of",
            ),
            "ready": (
                "LEAST_CRACKED",
                "LEAST_PHOTOS",
                "Ready",
                "ready_of",
            ),
        },
    )

__all__ = [
    "LEAST_CRACKED",
    "LEAST_PHOTOS",
    "KeptDetector",
    "Promised",
    "Ready",
    "Taught",
    "detectors_of",
    "promise_of",
    "ready_of",
    "taught_of",
    "teach",
    "use",
]
