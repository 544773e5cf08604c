"""Takes pixels; gives feature maps and scores by one dense pass over windows. Knows nothing of lines."""

from __future__ import annotations

from cracklens.network.backbone import DEVICES, Device, OpenVinoBackbone, open_backbone, open_own_backbone
from cracklens.network.scores import local_maps, pooled_logits, score_map
from cracklens.network.windows import CORE_CELLS, cut, grid_hw, plan_windows, stitch

__all__ = [
    "CORE_CELLS",
    "DEVICES",
    "Device",
    "OpenVinoBackbone",
    "cut",
    "grid_hw",
    "local_maps",
    "open_backbone",
    "open_own_backbone",
    "plan_windows",
    "pooled_logits",
    "score_map",
    "stitch",
]
