"""Takes a checkpoint and labelled tiles; gives it as OpenVINO or ONNX for other programs. Needs torch."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cracklens.faces import lazily

if TYPE_CHECKING:
    from cracklens.training.export.checkpoint import export_checkpoint
    from cracklens.training.export.settings import ExportSettings
else:
    __getattr__, __dir__ = lazily(
        __name__,
        {
            "checkpoint": ("export_checkpoint",),
            "settings": ("ExportSettings",),
        },
    )

__all__ = [
    "ExportSettings",
    "export_checkpoint",
]
