"""Takes a project; gives its photos and cracks as pages show them. Writes nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cracklens.faces import lazily

if TYPE_CHECKING:
    from cracklens.projects.views.photo import CrackView, PhotoView, crack_map_of, photo_view
    from cracklens.projects.views.wall import About, Counts, WallPhoto, about, counts_of, wall
else:
    __getattr__, __dir__ = lazily(
        __name__,
        {
            "photo": (
                "CrackView",
                "PhotoView",
                "crack_map_of",
                "photo_view",
            ),
            "wall": (
                "About",
                "Counts",
                "WallPhoto",
                "about",
                "counts_of",
                "wall",
            ),
        },
    )

__all__ = [
    "About",
    "Counts",
    "CrackView",
    "PhotoView",
    "WallPhoto",
    "about",
    "counts_of",
    "crack_map_of",
    "photo_view",
    "wall",
]
