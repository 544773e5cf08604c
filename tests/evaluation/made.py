"""Takes scores and labels; gives scored tiles, and folders of grey tiles that the grey detector scores. No network."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path

import numpy as np
from tests.said import because
from tests.stand_ins import save_grey

from cracklens.evaluation.summary import Evaluation
from cracklens.figures.measured import decide, measure_all
from cracklens.figures.promise import Promise
from cracklens.figures.tiles import Columns, ScoredTile
from cracklens.values import LeftOut

CLASSES = ("Non-cracked", "Cracked")


def tile(score: float, label: int, *, number: int = 0, group: str | None = None) -> ScoredTile:
    file = f"{'Cracked' if label else 'Non-cracked'}/{number:05}.png"
    return ScoredTile(Path(file), file, label, group or file, score)


def tiles(scores: Sequence[float], labels: Sequence[int], *, groups: Sequence[str] | None = None) -> list[ScoredTile]:
    named: Sequence[str | None] = groups or [None] * len(scores)
    return [
        tile(float(score), int(label), number=number, group=group)
        for number, (score, label, group) in enumerate(zip(scores, labels, named, strict=True))
    ]


def noisy_tiles(n: int = 200, *, seed: int = 0) -> list[ScoredTile]:
    """Give tiles of both classes whose scores overlap, four to a group."""
    random = np.random.default_rng(seed)
    labels = np.arange(n) % 2
    scores = np.where(labels == 1, random.beta(4, 2, n), random.beta(2, 4, n))
    return tiles(scores.tolist(), labels.tolist(), groups=[f"photo {i // 4}" for i in range(n)])


@cache
def an_evaluation(*, of: tuple[ScoredTile, ...] | None = None, promise: Promise | None = None) -> Evaluation:
    """Give an evaluation of made tiles, with a tile that could not be read."""
    scored = tuple(noisy_tiles()) if of is None else of
    columns = Columns.of(scored)
    names = {0.5: "score 0.5", 0.25: "the detector's threshold, 0.250"}
    return Evaluation(
        detector="grey",
        data="walls <made>",
        split="val",
        split_rule="splits/walls.csv",
        threshold_rule="made",
        cautions=("Mind <this>.",),
        tiles=scored,
        failures=(LeftOut("Cracked/broken.png", because("it is no photo")),),
        decisions=tuple(decide(columns, threshold=at, name=name, classes=CLASSES) for at, name in names.items()),
        figures=measure_all(columns, thresholds=list(names)),
        promise=promise,
    )


def grey_data(folder: Path, greys: dict[str, Sequence[int]], *, classes: tuple[str, str] = CLASSES) -> Path:
    """Write grey tiles of 64 px; `greys` has them by "intact" and "cracked". Dark ones score high."""
    for name, values in zip(classes, (greys["intact"], greys["cracked"]), strict=True):
        for number, grey in enumerate(values):
            save_grey(folder / name / f"{number:03}.png", grey, hw=(64, 64))
    return folder
