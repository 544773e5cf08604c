"""Takes names of published sets; gives them downloaded, checked and laid out as this package reads them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cracklens.faces import lazily

if TYPE_CHECKING:
    from cracklens.published.get import GetSettings, get_data
    from cracklens.published.sources import PUBLISHED, published_set
else:
    __getattr__, __dir__ = lazily(
        __name__,
        {
            "get": ("GetSettings", "get_data"),
            "sources": ("PUBLISHED", "published_set"),
        },
    )

__all__ = [
    "PUBLISHED",
    "GetSettings",
    "get_data",
    "published_set",
]
