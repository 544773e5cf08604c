"""Takes photos with masks, or what programs for labelling write; gives which px of each photo are crack."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cracklens.faces import lazily

if TYPE_CHECKING:
    from cracklens.labels.masks.masked import MaskedPhoto, MaskedSet, MaskSettings, read_masked
    from cracklens.labels.masks.shapes import Truth
else:
    __getattr__, __dir__ = lazily(
        __name__,
        {
            "masked": ("MaskSettings", "MaskedPhoto", "MaskedSet", "read_masked"),
            "shapes": ("Truth",),
        },
    )

__all__ = [
    "MaskSettings",
    "MaskedPhoto",
    "MaskedSet",
    "Truth",
    "read_masked",
]
