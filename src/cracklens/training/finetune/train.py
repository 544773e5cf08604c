"""Takes labelled tiles; gives a checkpoint whose network learnt from them, by Lightning. A run can be gone on with."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import asdict
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import lightning as L  # noqa: N812 as Lightning's own docs call it
import torch
from lightning.pytorch.callbacks import EarlyStopping
from lightning.pytorch.loggers import Logger, TensorBoardLogger
from lightning.pytorch.utilities import rank_zero_only
from torch import Tensor

from cracklens.labels import LabelledSet, of_split, read_labelled, with_splits
from cracklens.models import Checkpoint, read_map
from cracklens.training import RunFolder, own_folder, start_run, tiles_sha256
from cracklens.training.finetune.callbacks import (
    AveragedWeights,
    KeptEpochs,
    OnStep,
    RunLog,
    Told,
    WholeCheckpoints,
    read_training,
)
from cracklens.training.finetune.data import loader
from cracklens.training.finetune.module import Finetuning
from cracklens.training.finetune.result import Trained, finish
from cracklens.training.finetune.settings import FinetuneSettings, chosen_device, chosen_precision, chosen_strategy
from cracklens.training.nets import StartingNet, fresh_net, open_stages, open_starting, plan_to_json

MONITOR = "val_loss"
AFTER = ("most_flipped", "float_network")
"""Settings of what is made of the weights: a run whose INT8 network was refused goes on with others."""

CLIP = 1.0
"""Norm that gradients are cut to: one odd batch moves the weights no further."""


def train_finetune(
    data: str | Path,
    *,
    out: str | Path,
    settings: FinetuneSettings | None = None,
    resume: bool = False,
    on_progress: OnStep | None = None,
) -> Checkpoint:
    """Train head and upper stages of a network, convert it to INT8, compare, measure, and write the checkpoint.

    Val chooses the epoch, the calibration and the threshold; test is read once, when all is chosen.

    Args:
        data: folder with one subfolder a class, or a CSV with the columns file, label and, if known, split and group.
        out: folder of the run: config, card, log, curves, weights, checkpoint, and TensorBoard's files.
        settings: of the recipe; None takes the defaults.
        resume: go on with the run in `out` from its last whole epoch. On the same machine, with the same number of
            devices, the weights become those of an unbroken run, bit for bit.
        on_progress: called with (done, of all) batches.

    Raises:
        DataError: data that cannot be trained on, or a loss that is not finite.
        SettingError: devices that are not there, an unknown stage, or a run that cannot be gone on with.
        CheckpointError: starting weights or a checkpoint that cannot be read.
        OutputError: a file cannot be written, another run trains into the folder, or no INT8 network agrees with torch.
    """
    settings, run = settings or FinetuneSettings(), RunFolder(Path(out))
    device = chosen_device(settings.machine)
    labelled = with_splits(read_labelled(Path(data)), seed=settings.seed)
    started = open_starting(settings.weights, strides=settings.strides)
    config = _config(data, labelled, started, settings)
    first = getattr(rank_zero_only, "rank", 0) == 0  # of the processes of this run
    with own_folder(run.path) if first else nullcontext():
        read_map(run.path)  # a damaged one is said before hours of training
        with quiet():
            module = _module(started, labelled, settings)
            if first:
                start_run(run, config, resume=resume)
            trainer = _trainer(run, settings, device, on_progress)
            _fit(trainer, module, labelled, settings, run.last if resume else None)
        if not trainer.is_global_zero:
            raise SystemExit(0)  # another process of the same run; the first one writes what came of it
        _load_best(module, run)
        recipe = {**_recipe(settings), "name": "finetune"}
        return finish(Trained(module.net.cpu().eval(), started.plan, started.source, recipe), labelled, run, settings)


@contextmanager
def quiet() -> Iterator[None]:
    """Keep Lightning's greetings, and its advice on what was set on purpose, from the talk."""
    log = logging.getLogger("lightning.pytorch")
    level = log.level
    log.setLevel(logging.WARNING)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=".*LeafSpec.*is deprecated")  # Lightning's own use of torch
        warnings.filterwarnings("ignore", message=".*in eval mode at the start")  # frozen stages are, on purpose
        warnings.filterwarnings("ignore", message=".*does not have many workers.*")
        warnings.filterwarnings("ignore", message=".*exists and is not empty.*")  # the folder of a run is its place
        warnings.filterwarnings("ignore", message=".*Trying to infer the `batch_size`.*")
        try:
            yield
        finally:
            log.setLevel(level)


def _recipe(settings: FinetuneSettings) -> dict[str, Any]:
    """Give every setting but the machine."""
    return {name: value for name, value in asdict(settings).items() if name != "machine"}


def _learning(settings: FinetuneSettings) -> dict[str, Any]:
    """Give every setting that the weights depend on; the others may be changed when a run goes on."""
    return {name: value for name, value in _recipe(settings).items() if name not in AFTER}


def _config(
    data: str | Path, labelled: LabelledSet, started: StartingNet, settings: FinetuneSettings
) -> dict[str, Any]:
    split = {"split_rule": labelled.split_rule, "tiles_sha256": tiles_sha256(labelled.tiles)}
    net = {"starting": started.source, "net": plan_to_json(started.plan)}
    return {"recipe": "finetune", "data": str(Path(data).resolve()), **split, **net, **_learning(settings)}


def _module(started: StartingNet, labelled: LabelledSet, settings: FinetuneSettings) -> Finetuning:
    net = fresh_net(started)
    opened = open_stages(net.backbone, settings.unfreeze)
    return Finetuning(net, settings, open_stages=opened, class_weights=_class_weights(labelled, settings))


def _class_weights(labelled: LabelledSet, settings: FinetuneSettings) -> Tensor:
    """Give the weight of intact and cracked in the loss; balanced they add up as if there were none."""
    if not settings.balance:
        return torch.ones(2)
    labels = torch.tensor([tile.label for tile in of_split(labelled, "train")])
    return len(labels) / (2 * torch.bincount(labels, minlength=2).float())


def _trainer(run: RunFolder, settings: FinetuneSettings, device: str, on_progress: OnStep | None) -> L.Trainer:
    return L.Trainer(
        default_root_dir=run.path,
        accelerator="gpu" if device == "cuda" else "cpu",
        devices=settings.machine.devices,
        num_nodes=settings.machine.hosts,
        strategy=chosen_strategy(settings.machine),
        precision=chosen_precision(settings.machine, device),  # type: ignore[arg-type]  # Lightning's list of names
        max_epochs=settings.epochs,
        accumulate_grad_batches=settings.accumulate,
        gradient_clip_val=CLIP,
        deterministic=device == "cuda",
        callbacks=_callbacks(run, settings, on_progress),
        plugins=[WholeCheckpoints(run)],
        logger=_loggers(run),
        log_every_n_steps=1,
        num_sanity_val_steps=0,
        use_distributed_sampler=False,
        enable_progress_bar=False,
        enable_model_summary=False,
    )


def _callbacks(run: RunFolder, settings: FinetuneSettings, on_progress: OnStep | None) -> list[L.Callback]:
    keep = KeptEpochs(
        run.path,
        filename=run.best.stem,
        monitor=MONITOR,
        save_last=True,
        save_on_train_epoch_end=True,
        enable_version_counter=False,
    )
    callbacks: list[L.Callback] = [RunLog(run), EarlyStopping(MONITOR, patience=settings.patience), keep]
    average = [AveragedWeights(settings.average)] if settings.average else []
    told = [Told(on_progress)] if on_progress else []
    return [*average, *callbacks, *told]


def _loggers(run: RunFolder) -> list[Logger]:
    """Give TensorBoard's logger, and MLflow's where it is installed: to its server, or into the run's folder."""
    loggers: list[Logger] = [TensorBoardLogger(run.path / "tensorboard", name="", version="")]
    if find_spec("mlflow") is not None:
        from lightning.pytorch.loggers import MLFlowLogger

        loggers.append(MLFlowLogger("cracklens", run_name=run.path.name, save_dir=str(run.path / "mlruns")))
    return loggers


def _fit(
    trainer: L.Trainer, module: Finetuning, labelled: LabelledSet, settings: FinetuneSettings, checkpoint: Path | None
) -> None:
    workers = settings.machine.workers
    train = loader(
        of_split(labelled, "train"),
        batch=settings.batch,
        workers=workers,
        seed=settings.seed,
        augmentation=settings.augmentation,
    )
    val = loader(of_split(labelled, "val"), batch=settings.batch, workers=workers)
    if checkpoint is not None:
        read_training(checkpoint)  # a damaged one is said before anything is set up
    try:
        trainer.fit(module, train, val, ckpt_path=checkpoint, weights_only=True)
    except SystemExit as stop:
        if trainer.interrupted:
            raise KeyboardInterrupt from stop  # Lightning turns Ctrl-C into an exit
        raise


def _load_best(module: Finetuning, run: RunFolder) -> None:
    """Put the weights of the best epoch into the net; where they are averaged, their average."""
    module.load_state_dict(read_training(run.best)["state_dict"])
