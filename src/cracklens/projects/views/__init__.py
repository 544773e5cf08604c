"""Takes a project; gives its photos and cracks as pages show them. Writes nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cracklens.faces import lazily

if TYPE_CHECKING:
    from cracklens.projects.views.overview import About, Counts, WallPhoto, about, counts_of, wall
    from cracklens.projects.views.photo import CrackView, PhotoView, Tiles, crack_map_of, photo_view, tiles_of
else:
    __getattr__, __dir__ = lazily(
        __name__,
        {
            "overview": (
                "About",
                "Counts",
                "WallPhoto",
                "about",
                "counts_of",
                "wall",
            ),
            "photo": (
                "CrackView",
                "PhotoView",
                "Tiles",
                "crack_map_of",
                "photo_view",
                "tiles_of",
            ),
        },
    )

__all__ = [
    "About",
    "Counts",
    "CrackView",
    "PhotoView",
    "Tiles",
    "WallPhoto",
    "about",
    "counts_of",
    "crack_map_of",
    "photo_view",
    "tiles_of",
    "wall",
]
