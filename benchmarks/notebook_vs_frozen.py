"""Takes the same tiles of METU; gives how much faster recipe `frozen` is than `notebook`, and the errors of both."""

from __future__ import annotations

import random
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.cached_refit import tiles_csv
from benchmarks.clock import seconds
from benchmarks.data import split_tiles
from benchmarks.result import Bar, Benchmark, Result, Settings
from cracklens.cli.talk import progress
from cracklens.evaluation import all_logits, peak_logits
from cracklens.figures import metrics
from cracklens.labels import LabelledTile
from cracklens.models import Checkpoint
from cracklens.network import calibrated, open_backbone
from cracklens.training import train_frozen

FASTER = Bar("frozen over notebook", "≥", 30, "times")
MORE_ERRORS = Bar("errors of frozen minus errors of notebook", "≤", 0)
TILES, HELD_OUT = 600, 1000
"""So many that the whole takes 12 minutes on 2 idle cores: the notebook trains on some 10 tiles a second."""


@dataclass(frozen=True)
class Side:
    """What one recipe came to.

    Attributes:
        seconds: from the files of the tiles to a trained model and its own evaluation.
        scoring_seconds: for the held-out tiles.
        preds: (N,) of the held-out tiles, 1 cracked.
    """

    seconds: float
    scoring_seconds: float
    preds: NDArray[np.int64]


def run(settings: Settings) -> Sequence[Result]:
    """Train both recipes on the same tiles, each with its own evaluation, and let both call the same held-out tiles.

    Neither has seen a held-out tile, nor a near-duplicate of one in the same group. On val, the held-out tiles are
    those of val, and test is not read. A limit takes so many tiles for training, and as many held out.
    """
    splits = ("train",) if settings.split == "val" else ("train", "val")
    pool = _drawn([tile for split in splits for tile in split_tiles("metu", split).tiles], settings.limit or TILES)
    held_out = _drawn(split_tiles("metu", settings.split).tiles, settings.limit or HELD_OUT)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        data = tiles_csv([replace(tile, split=None) for tile in pool], folder / "metu.csv")
        sides = {"frozen": _frozen(data, held_out, folder), "notebook": _notebook(data, held_out, folder)}
    kind = "limited" if settings.limit else "sample"
    return _rows(sides, pool, held_out, {"data": kind, "split": settings.split})


def _drawn(tiles: Sequence[LabelledTile], n: int) -> list[LabelledTile]:
    """Give about n tiles, half of each class, drawn with seed 0."""
    draw = random.Random(0)  # noqa: S311 no secret
    classes = [[tile for tile in tiles if tile.label == label] for label in (0, 1)]
    return [tile for of in classes for tile in draw.sample(of, min(len(of), n // 2))]


def _frozen(data: Path, held_out: Sequence[LabelledTile], folder: Path) -> Side:
    """Run recipe `frozen` with an empty feature cache."""
    kept: list[Checkpoint] = []
    with progress("frozen") as step:
        spent = seconds(
            lambda: kept.append(train_frozen(data, out=folder / "frozen", cache=folder / "cache", on_progress=step))
        )
    head, threshold = kept[0].head, kept[0].card.threshold
    scores: list[NDArray[np.float32]] = []

    def score() -> None:
        logits = all_logits(peak_logits([tile.path for tile in held_out], open_backbone(), head))
        scores.append(calibrated(logits, head))

    scoring = seconds(score)
    return Side(spent, scoring, (scores[0] >= threshold).astype(np.int64))


def _notebook(data: Path, held_out: Sequence[LabelledTile], folder: Path) -> Side:
    """Run recipe `notebook` and let the net that it saved call the held-out tiles."""
    from cracklens.training import STATE_FILE, NotebookSettings, classifier, predict, train_notebook
    from cracklens.training.nets import open_starting, read_state_dict

    recipe = NotebookSettings()
    with progress("notebook") as step:
        spent = seconds(lambda: train_notebook(data, out=folder / "notebook", settings=recipe, on_progress=step))
    net = classifier(open_starting(recipe.weights), seed=recipe.seed)
    net.load_state_dict(read_state_dict(folder / "notebook" / STATE_FILE))
    preds: list[NDArray[np.int64]] = []
    scoring = seconds(lambda: preds.append(predict(net, held_out, recipe)))
    return Side(spent, scoring, preds[0])


def _rows(
    sides: dict[str, Side], pool: Sequence[LabelledTile], held_out: Sequence[LabelledTile], shared: dict[str, Any]
) -> list[Result]:
    target = np.array([tile.label for tile in held_out])
    errors = {name: _errors(side.preds, target) for name, side in sides.items()}
    parts = {f"{name} {what}": n for name, of in errors.items() for what, n in of.items()}
    total = {name: sum(of.values()) for name, of in errors.items()}
    taken = {name: side.seconds for name, side in sides.items()}
    whole = {name: side.seconds + side.scoring_seconds for name, side in sides.items()}
    said = f"{len(pool):,} tiles of METU drawn with seed 0, the same for both, no cached features"
    each = "seconds from the files to a trained model and the recipe's own evaluation on a part of them"
    fair = f"{len(held_out):,} tiles of METU's {shared['split']} split, which neither was trained on, half cracked"
    at = "frozen at its card's threshold, notebook by the larger logit of the net it saved"
    return [
        FASTER.result(taken["notebook"] / taken["frozen"], n=len(pool), sides=taken, note=f"{said}; {each}", **shared),
        MORE_ERRORS.result(
            total["frozen"] - total["notebook"], n=len(held_out), sides=parts, note=f"{fair}; {at}", **shared
        ),
        Result(
            "frozen over notebook, scoring of the held-out tiles included",
            whole["notebook"] / whole["frozen"],
            len(pool),
            unit="times",
            sides=whole,
            note=f"as above, and {len(held_out):,} more tiles scored",
            **shared,
        ),
    ]


def _errors(preds: NDArray[np.int64], target: NDArray[np.int64]) -> dict[str, float]:
    _, fp, fn, _ = metrics.confusion(preds, target, np.ones(len(target)))
    return {"missed cracks": fn, "false alarms": fp}


BENCHMARK = Benchmark(
    "notebook_vs_frozen", "recipe frozen against recipe notebook on the same tiles of METU", (FASTER, MORE_ERRORS), run
)
