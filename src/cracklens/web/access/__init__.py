"""Takes requests; gives those that may pass, with who sends them, and refuses the rest. Makes no page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cracklens.faces import lazily

if TYPE_CHECKING:
    from cracklens.web.access.gate import Gate, came_with
    from cracklens.web.access.places import Access
    from cracklens.web.access.rules import RULES, needed
    from cracklens.web.access.visitors import ALONE, Here, Visitor, Who
else:
    __getattr__, __dir__ = lazily(
        __name__,
        {
            "gate": (
                "Gate",
                "came_with",
            ),
            "places": ("Access",),
            "rules": (
                "RULES",
                "needed",
            ),
            "visitors": (
                "ALONE",
                "Here",
                "Visitor",
                "Who",
            ),
        },
    )

__all__ = ["ALONE", "RULES", "Access", "Gate", "Here", "Visitor", "Who", "came_with", "needed"]
