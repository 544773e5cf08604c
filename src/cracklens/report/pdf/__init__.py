"""Takes outcomes; gives report.pdf by ReportLab, which is loaded only with this room. Knows no file system."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cracklens.faces import lazily

if TYPE_CHECKING:
    from cracklens.report.pdf.pages import as_pdf
else:
    __getattr__, __dir__ = lazily(
        __name__,
        {
            "pages": ("as_pdf",),
        },
    )

__all__ = [
    "as_pdf",
]
