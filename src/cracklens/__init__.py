"""Takes photos of concrete, masonry and asphalt; gives where they show cracks. Names load when they are used."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cracklens.detector import Detector
    from cracklens.drawn.wall import draw_wall
    from cracklens.errors import CracklensError
    from cracklens.health import examine
    from cracklens.models.card import Card
    from cracklens.models.registry import list_detectors, show_detector
    from cracklens.photo import find_photos, read_photo
    from cracklens.report.report import Report
    from cracklens.survey.run import SurveySettings, inspect_photos
    from cracklens.training.frozen import FrozenSettings, train_frozen
    from cracklens.values import Failure, Finding, Inspection, Outcome, Photo, ScoreMap

__version__ = "0.1.0"

_HOMES = {
    "Card": "cracklens.models.card",
    "CracklensError": "cracklens.errors",
    "Detector": "cracklens.detector",
    "Failure": "cracklens.values",
    "Finding": "cracklens.values",
    "FrozenSettings": "cracklens.training.frozen",
    "Inspection": "cracklens.values",
    "Outcome": "cracklens.values",
    "Photo": "cracklens.values",
    "Report": "cracklens.report.report",
    "ScoreMap": "cracklens.values",
    "SurveySettings": "cracklens.survey.run",
    "draw_wall": "cracklens.drawn.wall",
    "examine": "cracklens.health",
    "find_photos": "cracklens.photo",
    "list_detectors": "cracklens.models.registry",
    "read_photo": "cracklens.photo",
    "show_detector": "cracklens.models.registry",
    "inspect_photos": "cracklens.survey.run",
    "train_frozen": "cracklens.training.frozen",
}

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


def __getattr__(name: str) -> object:
    """Load a public name at its first use (PEP 562)."""
    if name not in _HOMES:
        raise AttributeError(f"module 'cracklens' has no attribute {name!r}; it has {', '.join(__all__)}")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    """List the public names."""
    return [*__all__, "__version__"]
