"""Takes a photo and what is known of its scale; gives px per mm with its uncertainty, and the sheet to print."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cracklens.faces import lazily

if TYPE_CHECKING:
    from cracklens.scale.marker import SIZES_MM
    from cracklens.scale.sheet import write_marker
    from cracklens.scale.sources import ScaleSources, scale_faults, with_scale
    from cracklens.scale.table import ScaleTable, read_scales
else:
    __getattr__, __dir__ = lazily(
        __name__,
        {
            "marker": ("SIZES_MM",),
            "sheet": ("write_marker",),
            "sources": ("ScaleSources", "scale_faults", "with_scale"),
            "table": ("ScaleTable", "read_scales"),
        },
    )

__all__ = [
    "SIZES_MM",
    "ScaleSources",
    "ScaleTable",
    "read_scales",
    "scale_faults",
    "with_scale",
    "write_marker",
]
