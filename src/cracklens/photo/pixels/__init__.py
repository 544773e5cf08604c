"""Takes an opened image; gives its pixels as 8-bit sRGB, of every format and depth. Knows no EXIF."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cracklens.faces import lazily

if TYPE_CHECKING:
    from cracklens.photo.pixels.decode import upright
    from cracklens.photo.pixels.formats import open_image
    from cracklens.photo.pixels.scratch import let_go, room
else:
    __getattr__, __dir__ = lazily(
        __name__,
        {
            "decode": ("upright",),
            "formats": ("open_image",),
            "scratch": ("let_go", "room"),
        },
    )

__all__ = [
    "let_go",
    "open_image",
    "room",
    "upright",
]
