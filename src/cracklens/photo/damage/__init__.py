"""Takes an opened image; gives what is wrong with its file though a decoder reads it. Knows no cracks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cracklens.faces import lazily

if TYPE_CHECKING:
    from cracklens.photo.damage.check import AGAIN, refuse_shifted, whole_pixels
else:
    __getattr__, __dir__ = lazily(
        __name__,
        {
            "check": ("AGAIN", "refuse_shifted", "whole_pixels"),
        },
    )

__all__ = [
    "AGAIN",
    "refuse_shifted",
    "whole_pixels",
]
