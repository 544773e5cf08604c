"""Takes folders of photos; gives their report: every photo a row, resumable."""

from __future__ import annotations

from cracklens.survey.run import INTERRUPTED, OnOutcome, SurveySettings, inspect_photos

__all__ = [
    "INTERRUPTED",
    "OnOutcome",
    "SurveySettings",
    "inspect_photos",
]
