"""Takes detectors and labelled data; gives how good they are, on a site and on surfaces that were not learnt."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cracklens.faces import lazily

if TYPE_CHECKING:
    from cracklens.assessment.evaluate import EvaluationSettings, evaluate_detector, write_promised
    from cracklens.assessment.surfaces import score_surfaces
else:
    __getattr__, __dir__ = lazily(
        __name__,
        {
            "evaluate": ("EvaluationSettings", "evaluate_detector", "write_promised"),
            "surfaces": ("score_surfaces",),
        },
    )

__all__ = [
    "EvaluationSettings",
    "evaluate_detector",
    "score_surfaces",
    "write_promised",
]
