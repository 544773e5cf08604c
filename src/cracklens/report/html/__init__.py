"""Takes outcomes; gives report.html. Knows no file system."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cracklens.faces import lazily

if TYPE_CHECKING:
    from cracklens.report.html.page import as_html
else:
    __getattr__, __dir__ = lazily(
        __name__,
        {
            "page": ("as_html",),
        },
    )

__all__ = [
    "as_html",
]
