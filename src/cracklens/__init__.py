"""Takes photos of concrete, masonry and asphalt; gives where they show cracks. Names load when they are used."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cracklens.faces import lazily

if TYPE_CHECKING:
    from cracklens.detector import Detector
    from cracklens.drawn import draw_wall
    from cracklens.errors import CracklensError
    from cracklens.health import examine
    from cracklens.models import Card, list_detectors, show_detector
    from cracklens.photo import find_photos, read_photo
    from cracklens.report import Report
    from cracklens.survey import SurveySettings, inspect_photos
    from cracklens.training import FrozenSettings, train_frozen
    from cracklens.values import Failure, Finding, Inspection, Outcome, Photo, ScoreMap
else:
    __getattr__, __dir__ = lazily(
        __name__,
        {
            "detector": ("Detector",),
            "drawn": ("draw_wall",),
            "errors": ("CracklensError",),
            "health": ("examine",),
            "models": ("Card", "list_detectors", "show_detector"),
            "photo": ("find_photos", "read_photo"),
            "report": ("Report",),
            "survey": ("SurveySettings", "inspect_photos"),
            "training": ("FrozenSettings", "train_frozen"),
            "values": ("Failure", "Finding", "Inspection", "Outcome", "Photo", "ScoreMap"),
        },
    )

__version__ = "0.1.0"

__all__ = [
    "Card",
    "CracklensError",
    "Detector",
    "Failure",
    "Finding",
    "FrozenSettings",
    "Inspection",
    "Outcome",
    "Photo",
    "Report",
    "ScoreMap",
    "SurveySettings",
    "draw_wall",
    "examine",
    "find_photos",
    "inspect_photos",
    "list_detectors",
    "read_photo",
    "show_detector",
    "train_frozen",
]
