"""Takes a seed; gives drawn walls with cracks of known width."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cracklens.faces import lazily

if TYPE_CHECKING:
    from cracklens.drawn.textures import PX_PER_MM, TEXTURES, Texture
    from cracklens.drawn.wall import DrawnCrack, DrawnWall, draw_wall
else:
    __getattr__, __dir__ = lazily(
        __name__,
        {
            "textures": ("PX_PER_MM", "TEXTURES", "Texture"),
            "wall": ("DrawnCrack", "DrawnWall", "draw_wall"),
        },
    )

__all__ = [
    "PX_PER_MM",
    "TEXTURES",
    "DrawnCrack",
    "DrawnWall",
    "Texture",
    "draw_wall",
]
