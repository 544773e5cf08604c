"""Takes scored tiles; gives metrics with intervals and promises. Pure: knows no detector and no files."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cracklens.faces import lazily

if TYPE_CHECKING:
    from cracklens.figures.measured import (
        LEAST_GROUPS,
        Decisions,
        Figure,
        cautious,
        decide,
        group_draws,
        measure_all,
        pick,
    )
    from cracklens.figures.metrics import balanced_weights, class_report_text, threshold_for_recall
    from cracklens.figures.overlap import TOLERANCE_PX, dice, mean_interval, tolerant_f1
    from cracklens.figures.promise import Promise, PromiseGoal, keep_promise, least_cracks
    from cracklens.figures.reach import Reach, nearest_edge, reach_of, unbiased_edge, width_ratio
    from cracklens.figures.tiles import Columns, ScoredTile
else:
    __getattr__, __dir__ = lazily(
        __name__,
        {
            "measured": (
                "LEAST_GROUPS",
                "Decisions",
                "Figure",
                "cautious",
                "decide",
                "group_draws",
                "measure_all",
                "pick",
            ),
            "metrics": ("balanced_weights", "class_report_text", "threshold_for_recall"),
            "overlap": ("TOLERANCE_PX", "dice", "mean_interval", "tolerant_f1"),
            "promise": ("Promise", "PromiseGoal", "keep_promise", "least_cracks"),
            "reach": ("Reach", "nearest_edge", "reach_of", "unbiased_edge", "width_ratio"),
            "tiles": ("Columns", "ScoredTile"),
        },
    )

__all__ = [
    "LEAST_GROUPS",
    "TOLERANCE_PX",
    "Columns",
    "Decisions",
    "Figure",
    "Promise",
    "PromiseGoal",
    "Reach",
    "ScoredTile",
    "balanced_weights",
    "cautious",
    "class_report_text",
    "decide",
    "dice",
    "group_draws",
    "keep_promise",
    "least_cracks",
    "mean_interval",
    "measure_all",
    "nearest_edge",
    "pick",
    "reach_of",
    "threshold_for_recall",
    "tolerant_f1",
    "unbiased_edge",
    "width_ratio",
]
