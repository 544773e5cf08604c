"""Takes a photo and its score map; gives findings: regions, and cracks as lines with branches and doubts."""

from __future__ import annotations

from cracklens.tracing.regions import find, find_places
from cracklens.tracing.trace import Traced, trace_photo

__all__ = [
    "Traced",
    "find",
    "find_places",
    "trace_photo",
]
