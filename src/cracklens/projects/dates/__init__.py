"""Takes a project and an earlier date of it; gives what became of each crack, kept and shown. Knows no pixels."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cracklens.faces import lazily

if TYPE_CHECKING:
    from cracklens.projects.dates.comparing import compare_with
    from cracklens.projects.dates.saying import say_of
    from cracklens.projects.dates.views import ChangeView, Compared, EarlierView, changed, compared, earlier_view
else:
    __getattr__, __dir__ = lazily(
        __name__,
        {
            "comparing": ("compare_with",),
            "saying": ("say_of",),
            "views": (
                "ChangeView",
                "Compared",
                "EarlierView",
                "changed",
                "compared",
                "earlier_view",
            ),
        },
    )

__all__ = [
    "ChangeView",
    "Compared",
    "EarlierView",
    "changed",
    "compare_with",
    "compared",
    "earlier_view",
    "say_of",
]
