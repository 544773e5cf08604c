"""Takes photos that come over the line, or that lie in a folder of the machine; gives them to a project. No pages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cracklens.faces import lazily

if TYPE_CHECKING:
    from cracklens.web.incoming.folders import folder_routes
    from cracklens.web.incoming.uploads import upload_routes
else:
    __getattr__, __dir__ = lazily(
        __name__,
        {
            "folders": ("folder_routes",),
            "uploads": ("upload_routes",),
        },
    )

__all__ = ["folder_routes", "upload_routes"]
