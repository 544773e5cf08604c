"""Takes pixels; gives feature maps and scores by one dense pass over windows. Knows nothing of lines."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cracklens.faces import lazily

if TYPE_CHECKING:
    from cracklens.network.backbone import DEVICES, Device, OpenVinoBackbone, open_backbone, open_own_backbone
    from cracklens.network.backbone_torch import IMAGENET_MEAN, IMAGENET_STD, FeatureNet
    from cracklens.network.crack_maps import MappedBackbone, at_scales, read_both, read_crack_map, readings, together
    from cracklens.network.scores import (
        SIDE,
        calibrated,
        crack_mass,
        distances,
        halve,
        local_maps,
        neighbourhood_mean,
        pooled_logits,
        score_map,
    )
    from cracklens.network.taps import FULL, TAPS, tap_outputs, with_crack_map
    from cracklens.network.windows import (
        CORE_CELLS,
        cell_edges,
        cells_to_px,
        cut,
        grid_hw,
        only_window,
        plan_windows,
        seen_share,
        stitch,
    )
else:
    __getattr__, __dir__ = lazily(
        __name__,
        {
            "backbone": (
                "DEVICES",
                "Device",
                "OpenVinoBackbone",
                "open_backbone",
                "open_own_backbone",
            ),
            "backbone_torch": (
                "FeatureNet",
                "IMAGENET_MEAN",
                "IMAGENET_STD",
            ),
            "crack_maps": (
                "MappedBackbone",
                "at_scales",
                "read_both",
                "read_crack_map",
                "readings",
                "together",
            ),
            "scores": (
                "SIDE",
                "calibrated",
                "crack_mass",
                "distances",
                "halve",
                "local_maps",
                "neighbourhood_mean",
                "pooled_logits",
                "score_map",
            ),
            "taps": (
                "FULL",
                "TAPS",
                "tap_outputs",
                "with_crack_map",
            ),
            "windows": (
                "CORE_CELLS",
                "cell_edges",
                "cells_to_px",
                "cut",
                "grid_hw",
                "only_window",
                "plan_windows",
                "seen_share",
                "stitch",
            ),
        },
    )

__all__ = [
    "CORE_CELLS",
    "DEVICES",
    "FULL",
    "IMAGENET_MEAN",
    "IMAGENET_STD",
    "SIDE",
    "TAPS",
    "Device",
    "FeatureNet",
    "MappedBackbone",
    "OpenVinoBackbone",
    "at_scales",
    "calibrated",
    "cell_edges",
    "cells_to_px",
    "crack_mass",
    "cut",
    "distances",
    "grid_hw",
    "halve",
    "local_maps",
    "neighbourhood_mean",
    "only_window",
    "open_backbone",
    "open_own_backbone",
    "plan_windows",
    "pooled_logits",
    "read_both",
    "read_crack_map",
    "readings",
    "score_map",
    "seen_share",
    "stitch",
    "tap_outputs",
    "together",
    "with_crack_map",
]
