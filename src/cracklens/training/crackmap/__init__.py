"""Takes pictures with masks; gives a decoder that finds which px are crack, and checkpoints with one of their own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cracklens.faces import lazily

if TYPE_CHECKING:
    from cracklens.training.crackmap.convert import convert_decoder, quantize_decoder
    from cracklens.training.crackmap.decoder import Decoder
    from cracklens.training.crackmap.finish import TrainedMap
    from cracklens.training.crackmap.fit import MapFit, fit_decoder
    from cracklens.training.crackmap.recipe import train_crackmap
    from cracklens.training.crackmap.settings import CrackMapSettings
    from cracklens.training.crackmap.source import Mixed, Pictures, Shards, mask_labels
    from cracklens.training.crackmap.taps import Taps
    from cracklens.training.crackmap.weights import read_decoder, write_decoder
else:
    __getattr__, __dir__ = lazily(
        __name__,
        {
            "convert": ("convert_decoder", "quantize_decoder"),
            "decoder": ("Decoder",),
            "finish": ("TrainedMap",),
            "fit": ("MapFit", "fit_decoder"),
            "recipe": ("train_crackmap",),
            "settings": ("CrackMapSettings",),
            "source": ("Mixed", "Pictures", "Shards", "mask_labels"),
            "taps": ("Taps",),
            "weights": ("read_decoder", "write_decoder"),
        },
    )

__all__ = [
    "CrackMapSettings",
    "Decoder",
    "MapFit",
    "Mixed",
    "Pictures",
    "Shards",
    "Taps",
    "TrainedMap",
    "convert_decoder",
    "fit_decoder",
    "mask_labels",
    "quantize_decoder",
    "read_decoder",
    "train_crackmap",
    "write_decoder",
]
