"""Takes a photo and what is known of its scale; gives px per mm with its uncertainty, and the sheet to print."""

from __future__ import annotations

from cracklens.scale.marker import SIZES_MM
from cracklens.scale.sheet import write_marker
from cracklens.scale.sources import ScaleSources, scale_faults, with_scale
from cracklens.scale.table import ScaleTable, read_scales

__all__ = [
    "SIZES_MM",
    "ScaleSources",
    "ScaleTable",
    "read_scales",
    "scale_faults",
    "with_scale",
    "write_marker",
]
