"""Takes tiles and a backbone; gives features of their neighbourhoods and cells, kept by content. Knows no heads."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cracklens.faces import lazily

if TYPE_CHECKING:
    from cracklens.training.features.bags import Bags, joined
    from cracklens.training.features.cache import FeatureCache, default_cache
    from cracklens.training.features.cells import STEPS, CellSet, batches, cells_in_photos, channel_peaks, single_cells
    from cracklens.training.features.mosaic import context_features, photos_of, position, tile_cells
    from cracklens.training.features.neighbourhoods import N_FEATURES
    from cracklens.training.features.tiles import Progress, batched, tile_features
else:
    __getattr__, __dir__ = lazily(
        __name__,
        {
            "bags": ("Bags", "joined"),
            "cache": ("FeatureCache", "default_cache"),
            "cells": ("STEPS", "CellSet", "batches", "cells_in_photos", "channel_peaks", "single_cells"),
            "mosaic": ("context_features", "photos_of", "position", "tile_cells"),
            "neighbourhoods": ("N_FEATURES",),
            "tiles": ("Progress", "batched", "tile_features"),
        },
    )

__all__ = [
    "N_FEATURES",
    "STEPS",
    "Bags",
    "CellSet",
    "FeatureCache",
    "Progress",
    "batched",
    "batches",
    "cells_in_photos",
    "channel_peaks",
    "context_features",
    "default_cache",
    "joined",
    "photos_of",
    "position",
    "single_cells",
    "tile_cells",
    "tile_features",
]
