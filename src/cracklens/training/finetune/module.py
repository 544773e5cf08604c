"""Takes batches of windows; gives losses, figures and moving weights to Lightning. Knows nothing of files."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial
from typing import Any

import lightning as L  # noqa: N812 as Lightning's own docs call it
import torch
from lightning.pytorch.utilities.types import OptimizerLRScheduler
from torch import Tensor, nn
from torch.optim.lr_scheduler import LambdaLR
from torchmetrics import MetricCollection
from torchmetrics.classification import BinaryAccuracy, BinaryAUROC, BinaryF1Score

from cracklens.errors import DataError
from cracklens.training import RUN_VERSION
from cracklens.training.finetune.settings import FinetuneSettings
from cracklens.training.nets import CrackNet, stages

WARM_UP = 0.05
"""Share of a group's steps over which its learning rate rises; Adam's first estimates are poor."""

Batch = tuple[Tensor, Tensor]


class Finetuning(L.LightningModule):
    """The net, its loss, and which part of it learns when: first the head, then the stages that are open."""

    def __init__(
        self, net: CrackNet, settings: FinetuneSettings, *, open_stages: tuple[str, ...], class_weights: Tensor
    ) -> None:
        """Remember the net and freeze what never learns."""
        super().__init__()
        self.net = net
        self._settings, self._open_stages = settings, open_stages
        self._loss = nn.CrossEntropyLoss(weight=class_weights)
        self._metrics = MetricCollection({"auroc": BinaryAUROC(), "f1": BinaryF1Score(), "accuracy": BinaryAccuracy()})
        for name, stage in stages(net.backbone).items():
            stage.requires_grad_(name in open_stages)

    def on_train_epoch_start(self) -> None:
        """Open the stages once the head has had its epochs."""
        self.net.unfreeze(self._open_stages if self.current_epoch >= self._settings.head_epochs else ())

    def training_step(self, batch: Batch, batch_idx: int) -> Tensor:
        """Give the loss of a batch.

        Raises:
            DataError: it is not finite.
        """
        windows, labels = batch
        loss: Tensor = self._loss(self.net(windows), labels)
        if not torch.isfinite(loss):
            where = f"epoch {self.current_epoch}, batch {batch_idx}, step {self.global_step}"
            advice = "Lower learning_rate, or use precision 32-true"
            raise DataError(f"The loss must be finite; at {where} it is {loss.item()}. {advice}.")
        self.log("train_loss", loss, on_step=False, on_epoch=True, batch_size=len(labels))
        return loss

    def validation_step(self, batch: Batch, _: int) -> None:
        """Add a batch of val to the figures."""
        windows, labels = batch
        logits = self.net(windows).float()  # (N, 2)
        self._metrics.update(logits.softmax(1)[:, 1], labels)
        self.log("val_loss", self._loss(logits, labels), batch_size=len(labels))

    def on_validation_epoch_end(self) -> None:
        """Log the figures of val."""
        self.log_dict({f"val_{name}": value for name, value in self._metrics.compute().items()})
        self._metrics.reset()

    def configure_optimizers(self) -> OptimizerLRScheduler:
        """Give AdamW with a learning rate per stage, each rising shortly and falling as a cosine."""
        steps = int(self.trainer.estimated_stepping_batches)
        head_steps = round(steps * min(1, self._settings.head_epochs / self._settings.epochs))
        groups = parameter_groups(self.net, self._settings, self._open_stages)
        optimizer = torch.optim.AdamW(groups, weight_decay=self._settings.weight_decay)
        curves: list[Callable[[int], float]] = [
            partial(cosine, start=0 if group["name"] == "head" else head_steps, stop=steps) for group in groups
        ]
        schedule = {"scheduler": LambdaLR(optimizer, curves), "interval": "step"}
        return {"optimizer": optimizer, "lr_scheduler": schedule}  # type: ignore[return-value]

    def on_save_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """Say which version wrote it."""
        checkpoint["cracklens_run_version"] = RUN_VERSION


def cosine(step: int, *, start: int, stop: int) -> float:
    """Give the factor of a learning rate: 0 before start, a short rise, then half a cosine down to 0 at stop.

    Source: Loshchilov and Hutter 2017, "SGDR", equation 5, without restarts.

    Example:
        >>> [round(cosine(step, start=0, stop=100), 2) for step in (0, 4, 50, 100)]
        [0.2, 1.0, 0.54, 0.0]
    """
    if step < start:
        return 0.0
    gone, whole = step - start, max(stop - start, 1)
    rise = max(1, math.ceil(WARM_UP * whole))
    if gone < rise:
        return (gone + 1) / rise
    return 0.5 * (1 + math.cos(math.pi * min(1.0, (gone - rise) / max(whole - rise, 1))))


def parameter_groups(net: CrackNet, settings: FinetuneSettings, opened: tuple[str, ...]) -> list[dict[str, Any]]:
    """Give the head and each open stage with its learning rate: the lower a stage, the slower it learns."""
    parts = stages(net.backbone)
    groups: list[dict[str, Any]] = [
        {"name": "head", "params": list(net.head.parameters()), "lr": settings.learning_rate}
    ]
    for depth, name in enumerate(reversed(opened)):
        rate = settings.backbone_learning_rate * settings.stage_decay**depth
        groups.append({"name": name, "params": list(parts[name].parameters()), "lr": rate})
    return groups
