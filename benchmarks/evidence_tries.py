"""Takes cached features of train and val; gives how heads fare that few pictures are fitted on. Never reads test."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from benchmarks.measured_tiles import measured_tiles, part
from benchmarks.result import Benchmark, Result, Settings
from cracklens.figures import metrics
from cracklens.training import FitSettings, Measured, logits
from cracklens.training.fit import fit_head

EVIDENCE = (0.05, 0.5, 2, 5, 10, 50)
METU_TILES, SDNET_TILES = (240, 480, 2000), (2000, 8000)
SEEDS = 5
Draw = Callable[[Measured, int, np.random.Generator], NDArray[np.intp]]


def run(settings: Settings) -> Sequence[Result]:
    """Fit on so many train tiles, drawn five times, with every evidence, and measure all val tiles."""
    rows = []
    for name, sizes, draw in (("metu", METU_TILES, _both_classes), ("sdnet2018", SDNET_TILES, _whole_photos)):
        found = measured_tiles(name, ("train", "val"), settings)
        train, val = part(found, "train"), part(found, "val")
        for n in sizes:
            drawn = [draw(train, n, np.random.default_rng(seed)) for seed in range(SEEDS)]
            rows += [_row(f"{name}, {n:,} tiles", evidence, drawn, (train, val)) for evidence in EVIDENCE]
    return rows


def _both_classes(train: Measured, n: int, rng: np.random.Generator) -> NDArray[np.intp]:
    """Draw half of each class."""
    return np.concatenate([rng.choice(np.flatnonzero(train.labels == of), n // 2, replace=False) for of in (0, 1)])


def _whole_photos(train: Measured, n: int, rng: np.random.Generator) -> NDArray[np.intp]:
    """Draw whole photos until there are so many tiles."""
    order = rng.permutation(np.unique(train.groups))
    places = [np.flatnonzero(train.groups == photo) for photo in order]
    enough = int(np.searchsorted(np.cumsum([len(of) for of in places]), n)) + 1
    return np.concatenate(places[:enough])


def _row(name: str, evidence: float, drawn: Sequence[NDArray[np.intp]], of: tuple[Measured, Measured]) -> Result:
    train, val = of
    features, on_val = train.bags.means(), val.bags.means()
    aurocs, errors = [], []
    for some in drawn:
        head = fit_head(features[some], train.labels[some], settings=FitSettings(strength=evidence / len(some)))
        found = logits(on_val, head)
        aurocs.append(metrics.auroc(found, val.labels, np.ones(len(found))))
        errors.append(1000 * float(((found > 0) != val.labels).mean()))
    return Result(
        f"{name}, evidence {evidence:g}: val AUROC",
        float(np.mean(aurocs)),
        len(val.tiles),
        sides={"errors in 1,000 at even odds": float(np.mean(errors)), "lowest AUROC of the draws": min(aurocs)},
        data="none",
        split="val",
        note=f"mean of {SEEDS} draws of train tiles",
    )


BENCHMARK = Benchmark(
    "evidence_tries", "the penalty of the head for few and many pictures, on val; no bar", (), run, "val"
)
