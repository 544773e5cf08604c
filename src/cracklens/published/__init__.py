"""Takes names of published sets; gives them downloaded, checked and laid out as this package reads them."""

from __future__ import annotations

from cracklens.published.get import GetSettings, get_data
from cracklens.published.sources import PUBLISHED, published_set

__all__ = [
    "PUBLISHED",
    "GetSettings",
    "get_data",
    "published_set",
]
