"""Takes pictures with masks; gives a decoder that finds which px are crack. Knows no detector."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cracklens.faces import lazily

if TYPE_CHECKING:
    from cracklens.training.crackmap.convert import convert_decoder, quantize_decoder
    from cracklens.training.crackmap.decoder import Decoder
    from cracklens.training.crackmap.fit import MapFit, fit_decoder
    from cracklens.training.crackmap.source import Mixed, Pictures, Shards
    from cracklens.training.crackmap.taps import Taps
else:
    __getattr__, __dir__ = lazily(
        __name__,
        {
            "convert": ("convert_decoder", "quantize_decoder"),
            "decoder": ("Decoder",),
            "fit": ("MapFit", "fit_decoder"),
            "source": ("Mixed", "Pictures", "Shards"),
            "taps": ("Taps",),
        },
    )

__all__ = [
    "Decoder",
    "MapFit",
    "Mixed",
    "Pictures",
    "Shards",
    "Taps",
    "convert_decoder",
    "fit_decoder",
    "quantize_decoder",
]
