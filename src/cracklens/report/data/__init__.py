"""Takes outcomes; gives the files for programs: JSON, CSV, GeoJSON, COCO, Label Studio. Knows no pages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cracklens.faces import lazily

if TYPE_CHECKING:
    from cracklens.report.data.as_csv import BYTE_ORDER_MARK, FORMULA_STARTS
else:
    __getattr__, __dir__ = lazily(
        __name__,
        {
            "as_csv": ("BYTE_ORDER_MARK", "FORMULA_STARTS"),
        },
    )

__all__ = [
    "BYTE_ORDER_MARK",
    "FORMULA_STARTS",
]
