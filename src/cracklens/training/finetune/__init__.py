"""Takes labelled tiles; gives a checkpoint whose network learnt from them. Needs torch and Lightning."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cracklens.faces import lazily

if TYPE_CHECKING:
    from cracklens.training.finetune.settings import FinetuneSettings, MachineSettings
    from cracklens.training.finetune.train import train_finetune
else:
    __getattr__, __dir__ = lazily(
        __name__,
        {
            "settings": ("FinetuneSettings", "MachineSettings"),
            "train": ("train_finetune",),
        },
    )

__all__ = [
    "FinetuneSettings",
    "MachineSettings",
    "train_finetune",
]
