"""Takes the events of a Lightning run; gives its log, averaged weights and whole checkpoints. Knows nothing of nets."""

from __future__ import annotations

import io
import pickle
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import lightning as L  # noqa: N812 as Lightning's own docs call it
import torch
from lightning.fabric.plugins import TorchCheckpointIO
from lightning.pytorch.callbacks import ModelCheckpoint, WeightAveraging
from torch import Tensor

from cracklens.errors import CheckpointError
from cracklens.training import RunFolder, check_version, draw_curves

OnStep = Callable[[int, int], None]


class WholeCheckpoints(TorchCheckpointIO):
    """Writes checkpoints in one step and reads them without running code in them."""

    def __init__(self, run: RunFolder) -> None:
        """Remember the folder, for its errors."""
        self._run = run

    def save_checkpoint(self, checkpoint: dict[str, Any], path: str | Path, storage_options: Any = None) -> None:  # noqa: ARG002 Lightning's signature
        """Write a checkpoint, or leave the old one whole.

        Raises:
            OutputError: it cannot be written.
        """
        stream = io.BytesIO()
        torch.save(checkpoint, stream)
        self._run.write(Path(path), stream.getvalue())

    def load_checkpoint(
        self,
        path: str | Path,
        map_location: Any = None,  # noqa: ARG002 Lightning's signature
        weights_only: bool | None = None,  # noqa: ARG002 Lightning's signature
    ) -> dict[str, Any]:
        """Read a checkpoint; code in it is refused, whatever is asked.

        Raises:
            CheckpointError: damaged, with code, or of another version.
        """
        return read_training(Path(path))


def read_training(path: Path) -> dict[str, Any]:
    """Read the checkpoint of a training run.

    Raises:
        CheckpointError: missing, damaged, with code, or of another version.
    """
    try:
        checkpoint = torch.load(path, map_location="cpu", weights_only=True)
    except (OSError, RuntimeError, EOFError, ValueError, pickle.UnpicklingError) as error:
        raise CheckpointError(f"{path}: the file is damaged ({error}). Start without --resume.") from error
    version = checkpoint.get("cracklens_run_version") if isinstance(checkpoint, dict) else None
    check_version(version, source=path)
    return dict(checkpoint)


class KeptEpochs(ModelCheckpoint):
    """Keeps the last epoch and the best one; a run folder may have been moved since."""

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take what is known of the best epoch, its paths in the folder as it is called now."""
        old, new = str(state_dict["dirpath"]), str(self.dirpath)

        def moved(value: Any) -> Any:
            if isinstance(value, dict):
                return {moved(path): score for path, score in value.items()}
            return new + value.removeprefix(old) if isinstance(value, str) and value.startswith(old) else value

        super().load_state_dict({name: moved(value) for name, value in state_dict.items()})


class AveragedWeights(WeightAveraging):
    """Keeps a running average of the weights. It starts short, so that a short run does not keep its first weights.

    Source: Tarvainen and Valpola 2017, "Mean teachers"; the rising decay as in TensorFlow's ExponentialMovingAverage.
    """

    def __init__(self, decay: float) -> None:
        """Remember the decay that the average rises to."""

        def mean(averaged: Tensor, current: Tensor, count: Tensor | int) -> Tensor:
            now = min(decay, (1 + float(count)) / (10 + float(count)))
            return torch.lerp(current, averaged, now) if averaged.is_floating_point() else current

        super().__init__(avg_fn=mean)


class RunLog(L.Callback):
    """Writes a row per epoch into the run's log, and draws it; both go on where a run goes on."""

    def __init__(self, run: RunFolder) -> None:
        """Begin with no rows."""
        self._run = run
        self._rows: list[dict[str, float]] = []
        self._started = time.monotonic()

    def on_train_epoch_start(self, trainer: L.Trainer, pl_module: L.LightningModule) -> None:  # noqa: ARG002 Lightning's signature
        """Look at the clock."""
        self._started = time.monotonic()

    def on_train_epoch_end(self, trainer: L.Trainer, pl_module: L.LightningModule) -> None:  # noqa: ARG002 Lightning's signature
        """Add the row of the epoch."""
        figures = {name: round(float(value), 6) for name, value in sorted(trainer.callback_metrics.items())}
        rates = {f"rate_{group['name']}": float(group["lr"]) for group in trainer.optimizers[0].param_groups}
        seconds = round(time.monotonic() - self._started, 2)
        row = {"epoch": trainer.current_epoch, "step": trainer.global_step, **figures, **rates, "seconds": seconds}
        self._rows = [*self._rows, row]
        if trainer.is_global_zero:
            self._run.write_log(self._rows)
            self._run.write(self._run.curves, draw_curves(self._rows))

    def state_dict(self) -> dict[str, Any]:
        """Give the rows."""
        return {"rows": self._rows}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take the rows of the run that goes on."""
        self._rows = list(state_dict["rows"])


class Told(L.Callback):
    """Tells how many of all batches are done."""

    def __init__(self, on_progress: OnStep) -> None:
        """Remember whom to tell."""
        self._tell = on_progress

    def on_train_batch_end(
        self,
        trainer: L.Trainer,
        pl_module: L.LightningModule,  # noqa: ARG002 Lightning's signature
        outputs: Any,  # noqa: ARG002 Lightning's signature
        batch: Any,  # noqa: ARG002 Lightning's signature
        batch_idx: int,
    ) -> None:
        """Tell."""
        per_epoch = int(trainer.num_training_batches)
        self._tell(trainer.current_epoch * per_epoch + batch_idx + 1, (trainer.max_epochs or 1) * per_epoch)
