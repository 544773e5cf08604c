"""Takes tiles of METU; gives how far the weights of a fine-tuning run that was broken off and resumed lie apart."""

from __future__ import annotations

import math
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from benchmarks.cached_refit import tiles_csv
from benchmarks.data import split_tiles
from benchmarks.result import Bar, Benchmark, Result, Settings
from cracklens.cli.talk import progress

if TYPE_CHECKING:
    from torch import Tensor

DIFFERENCE = Bar("largest difference of a weight", "≤", 0)
TRAIN_TILES, VAL_TILES = 64, 24
EPOCHS, BATCH, ACCUMULATE = 3, 8, 2
KEPT = ("last.ckpt", "best.ckpt")
STATES = ("state_dict", "current_model_state", "optimizer_states")
"""Of a kept epoch: weights, those beside their average, and what the optimizer remembers."""


class BrokenOffError(BaseException):
    """What ends a run like a kill: nothing in it may catch this for good."""


def run(settings: Settings) -> Sequence[Result]:
    """Fine-tune layer4 of the ResNet50 unbroken, and broken off and resumed; compare all that both runs kept.

    Weights, their average and the state of the optimizer count. A limit takes so many train tiles.
    """
    from cracklens.training.finetune.callbacks import read_training

    n = min(TRAIN_TILES, settings.limit or TRAIN_TILES)
    tiles = [*split_tiles("metu", "train", limit=n).tiles, *split_tiles("metu", "val", limit=VAL_TILES).tiles]
    with tempfile.TemporaryDirectory() as folder:
        data, runs = tiles_csv(tiles, Path(folder) / "tiles.csv"), (Path(folder) / "unbroken", Path(folder) / "resumed")
        with progress("unbroken run") as step:
            _train(data, runs[0], on_progress=step)
        _break_off(data, runs[1], n)
        with progress("resumed run") as step:
            _train(data, runs[1], resume=True, on_progress=step)
        kept = [[read_training(of / name).get(key) for name in KEPT for key in STATES] for of in runs]
        same = weights_name(runs[0]) == weights_name(runs[1])
    value, count = largest_difference(*kept)
    note = (
        f"ResNet50 from layer4 up, {EPOCHS} epochs of {n} tiles, augmented, averaged, accumulated; broken off at batch"
    )
    sides = {"numbers compared": float(count), "same file of weights": float(same)}
    return [DIFFERENCE.result(value, n=count, sides=sides, note=f"{note} {_broken_at(n)}; tiles of METU, none of test")]


def _broken_at(n: int) -> int:
    """Give the batch at which the run is broken off: in the middle of the second epoch."""
    per_epoch = -(-n // BATCH)
    return per_epoch + max(1, per_epoch // 2)


def _train(
    data: Path, out: Path, *, resume: bool = False, on_progress: Callable[[int, int], None] | None = None
) -> None:
    from cracklens.training.finetune import FinetuneSettings, MachineSettings, train_finetune

    settings = FinetuneSettings(
        epochs=EPOCHS,
        batch=BATCH,
        accumulate=ACCUMULATE,
        most_flipped=1.0,  # what is compared are the weights; a net of 24 steps may be anything as INT8
        machine=MachineSettings(device="cpu"),
    )
    train_finetune(data, out=out, settings=settings, resume=resume, on_progress=on_progress)


def _break_off(data: Path, out: Path, n: int) -> None:
    at = _broken_at(n)

    def tell(done: int, _: int) -> None:
        if done == at:
            raise BrokenOffError

    try:
        _train(data, out, on_progress=tell)
    except BrokenOffError:
        return
    raise RuntimeError(f"expected the run to be broken off at batch {at}; it ended")


def weights_name(folder: Path) -> str:
    """Give the name of a run's float weights; it holds their hash."""
    (path,) = folder.glob("weights-*.safetensors")
    return path.name


def largest_difference(one: Any, other: Any) -> tuple[float, int]:
    """Give the largest difference of two states, and of how many numbers; infinite where one lacks what the other has.

    Args:
        one: tensors and numbers in dicts and lists, to any depth.
        other: the same, of another run.
    """
    left, right = dict(_numbers(one)), dict(_numbers(other))
    if left.keys() != right.keys() or any(left[name].shape != right[name].shape for name in left):
        return math.inf, 0
    gaps = [float((left[name] - right[name]).abs().max()) for name in left if left[name].numel()]
    return float(np.max(gaps)) if gaps else math.inf, sum(value.numel() for value in left.values())


def _numbers(state: Any, place: str = "") -> Iterator[tuple[str, Tensor]]:
    """Give every tensor and number in a state as float64, by its place."""
    import torch

    if isinstance(state, torch.Tensor | int | float):
        yield place, torch.as_tensor(state).double()
    elif isinstance(state, dict):
        for name, part in state.items():
            yield from _numbers(part, f"{place}/{name}")
    elif isinstance(state, list | tuple):
        for i, part in enumerate(state):
            yield from _numbers(part, f"{place}/{i}")


BENCHMARK = Benchmark(
    "resume", "fine-tuning that was broken off and resumed, against an unbroken run", (DIFFERENCE,), run
)
