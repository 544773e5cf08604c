"""Takes a project; gives its workbench in a browser: photos in, review, sign. Everything comes with it, offline."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cracklens.faces import lazily

if TYPE_CHECKING:
    from cracklens.web.access import Access
    from cracklens.web.app import make_app
    from cracklens.web.serving import Shared, is_loopback, serve
else:
    __getattr__, __dir__ = lazily(
        __name__,
        {
            "access": ("Access",),
            "app": ("make_app",),
            "serving": (
                "Shared",
                "is_loopback",
                "serve",
            ),
        },
    )

__all__ = ["Access", "Shared", "is_loopback", "make_app", "serve"]
