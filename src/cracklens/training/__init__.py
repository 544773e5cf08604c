"""Takes labelled tiles; gives checkpoints. Only some of its modules need torch."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cracklens.faces import lazily

if TYPE_CHECKING:
    from cracklens.training.curves import draw_curves, draw_masks
    from cracklens.training.detail import CellNet, DetailSettings, Part, as_detail, detail_logits, fit_detail
    from cracklens.training.device import Device, device_there
    from cracklens.training.domains import LEAST_RECALL, STRENGTH, Domain, fit_domains, joined
    from cracklens.training.fit import FitSettings, bag_logits, calibrate, fit_bags, logits
    from cracklens.training.frozen import FrozenSettings, train_frozen
    from cracklens.training.measured import Measured, head_scores
    from cracklens.training.notebook_recipe import (
        STATE_FILE,
        NotebookSettings,
        classifier,
        predict,
        random_split,
        train_notebook,
    )
    from cracklens.training.novelty import fit_known
    from cracklens.training.on_card import (
        CLASSES,
        KNOWN_DATA,
        LAYERS,
        PREPROCESSING,
        chosen_threshold,
        made_of,
        measure_scores,
        threshold_rule,
        versions,
    )
    from cracklens.training.run_folder import RUN_VERSION, RunFolder, check_version, own_folder, start_run, tiles_sha256
else:
    __getattr__, __dir__ = lazily(
        __name__,
        {
            "curves": ("draw_curves", "draw_masks"),
            "detail": ("CellNet", "DetailSettings", "Part", "as_detail", "detail_logits", "fit_detail"),
            "device": ("Device", "device_there"),
            "domains": ("LEAST_RECALL", "STRENGTH", "Domain", "fit_domains", "joined"),
            "fit": ("FitSettings", "bag_logits", "calibrate", "fit_bags", "logits"),
            "frozen": ("FrozenSettings", "train_frozen"),
            "measured": ("Measured", "head_scores"),
            "notebook_recipe": (
                "STATE_FILE",
                "NotebookSettings",
                "classifier",
                "predict",
                "random_split",
                "train_notebook",
            ),
            "novelty": ("fit_known",),
            "on_card": (
                "CLASSES",
                "KNOWN_DATA",
                "LAYERS",
                "PREPROCESSING",
                "chosen_threshold",
                "made_of",
                "measure_scores",
                "threshold_rule",
                "versions",
            ),
            "run_folder": ("RUN_VERSION", "RunFolder", "check_version", "own_folder", "start_run", "tiles_sha256"),
        },
    )

__all__ = [
    "CLASSES",
    "KNOWN_DATA",
    "LAYERS",
    "LEAST_RECALL",
    "PREPROCESSING",
    "RUN_VERSION",
    "STATE_FILE",
    "STRENGTH",
    "CellNet",
    "DetailSettings",
    "Device",
    "Domain",
    "FitSettings",
    "FrozenSettings",
    "Measured",
    "NotebookSettings",
    "Part",
    "RunFolder",
    "as_detail",
    "bag_logits",
    "calibrate",
    "check_version",
    "chosen_threshold",
    "classifier",
    "detail_logits",
    "device_there",
    "draw_curves",
    "draw_masks",
    "fit_bags",
    "fit_detail",
    "fit_domains",
    "fit_known",
    "head_scores",
    "joined",
    "logits",
    "made_of",
    "measure_scores",
    "own_folder",
    "predict",
    "random_split",
    "start_run",
    "threshold_rule",
    "tiles_sha256",
    "train_frozen",
    "train_notebook",
    "versions",
]
