"""Takes outcomes and what a person says of them; gives what every writer is handed. Knows no file format."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cracklens.faces import lazily

if TYPE_CHECKING:
    from cracklens.report.material.elements import Element, read_elements
    from cracklens.report.material.facts import other_sentences
    from cracklens.report.material.material import Material
    from cracklens.report.material.options import ReportOptions
    from cracklens.report.material.overview import Listed, Overview, Row, look_over
    from cracklens.report.material.quality import NONE, Quality, quality_head, quality_of
    from cracklens.report.material.review import Reason, Rejected, Review, Signature, Verdict
else:
    __getattr__, __dir__ = lazily(
        __name__,
        {
            "elements": ("Element", "read_elements"),
            "facts": ("other_sentences",),
            "material": ("Material",),
            "options": ("ReportOptions",),
            "overview": ("Listed", "Overview", "Row", "look_over"),
            "quality": ("NONE", "Quality", "quality_head", "quality_of"),
            "review": ("Reason", "Rejected", "Review", "Signature", "Verdict"),
        },
    )

__all__ = [
    "NONE",
    "Element",
    "Listed",
    "Material",
    "Overview",
    "Quality",
    "Reason",
    "Rejected",
    "ReportOptions",
    "Review",
    "Row",
    "Signature",
    "Verdict",
    "look_over",
    "other_sentences",
    "quality_head",
    "quality_of",
    "read_elements",
]
