"""Takes folders of photos; gives their report: every photo a row, resumable."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cracklens.faces import lazily

if TYPE_CHECKING:
    from cracklens.survey.run import OnOutcome, SurveySettings, inspect_photos
else:
    __getattr__, __dir__ = lazily(
        __name__,
        {
            "run": ("OnOutcome", "SurveySettings", "inspect_photos"),
        },
    )

__all__ = [
    "OnOutcome",
    "SurveySettings",
    "inspect_photos",
]
