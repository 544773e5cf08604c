"""Takes scores of surfaces by heads fitted on other surfaces; gives the matrix of what to expect. Fits nothing."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from cracklens.figures import Columns, cautious, group_draws, metrics
from cracklens.visible import visible_json

Kind = Literal["one", "others", "baseline"]
LEAVE_ONE_OUT = "all surfaces but the tested one"
ALWAYS = "baseline: call everything cracked"
GREY = "baseline: spread of grey levels"
DRAWS = 200
WORTHLESS = 0.6
"""An AUROC under it is hardly better than a coin's .5."""


@dataclass(frozen=True)
class Surface:
    """A set of tiles of one kind of surface.

    Attributes:
        name: e.g. "SDNET2018 Walls".
        fitted: tiles in train.
        tested: tiles in the split that is tested.
        photos: groups in the split that is tested.
        cracked: of them labelled cracked.
    """

    name: str
    fitted: int
    tested: int
    photos: int
    cracked: int


@dataclass(frozen=True)
class Cell:
    """How one way of training does on one surface.

    Attributes:
        row: what it was trained on, or the baseline's name.
        column: the surface it was tested on.
        kind: "one" surface, all "others" (leave one out), or a "baseline".
        seen: the tested surface was trained on, other photos of it.
        recall: share of cracked tiles found, at the threshold that finds 95 % on the val tiles of its own surfaces.
        false_alarm_rate: share of intact tiles called cracked, at the same threshold.
        f1: at that threshold, both classes weighing the same.
        auroc: share of pairs, one cracked and one intact, that are scored in the right order.
        recall_interval, auroc_interval: 95 %, by groups; None where there are too few.
        n: how many tiles.
    """

    row: str
    column: str
    kind: Kind
    seen: bool
    recall: float
    false_alarm_rate: float
    f1: float
    auroc: float
    n: int
    recall_interval: tuple[float, float] | None = None
    auroc_interval: tuple[float, float] | None = None


@dataclass(frozen=True)
class ScoreCard:
    """What to expect on surfaces that were not trained on.

    Attributes:
        split: which part was tested.
        surfaces: in order.
        cells: a row after another.
    """

    split: str
    surfaces: tuple[Surface, ...]
    cells: tuple[Cell, ...]

    @property
    def rows(self) -> tuple[str, ...]:
        """Names of the rows, in order."""
        return tuple(dict.fromkeys(cell.row for cell in self.cells))

    @property
    def unseen(self) -> tuple[Cell, ...]:
        """The cells that answer how it will be elsewhere: each surface by a head fitted on all the others."""
        return tuple(cell for cell in self.cells if cell.kind == "others")

    @property
    def sentence(self) -> str:
        """What to expect elsewhere, for people."""
        missed, alarms = [1 - cell.recall for cell in self.unseen], [cell.false_alarm_rate for cell in self.unseen]
        first = f"On structures it has not seen, expect to miss {of_ten(missed, 'cracked places')}"
        return f"{first}, and to be called for nothing to {of_ten(alarms, 'intact places')}."

    def cell(self, row: str, column: str) -> Cell:
        """Give one cell."""
        return next(cell for cell in self.cells if (cell.row, cell.column) == (row, column))

    def text(self) -> str:
        """Give the card for a terminal, with a line feed at the end."""
        return as_text(self)

    def json(self) -> str:
        """Give the card as JSON, with a line feed at the end."""
        whole = {"sentence": self.sentence, **asdict(self)}
        return visible_json(json.dumps(whole, indent=2, ensure_ascii=False)) + "\n"


def score_cell(columns: Columns, *, row: str, column: str, kind: Kind, seen: bool, threshold: float) -> Cell:
    """Give a cell from the scores of its tiles.

    Raises:
        DataError: only one class is there.
    """
    preds, ones = (columns.scores >= threshold).astype(np.int64), np.ones(len(columns.labels))
    even = metrics.balanced_weights(columns.labels)

    def recall(weights: metrics.Floats) -> float:
        return metrics.recall(preds, columns.labels, weights)

    def auroc(weights: metrics.Floats) -> float:
        return metrics.auroc(columns.scores, columns.labels, weights)

    draws = list(group_draws(columns, draws=DRAWS))
    return Cell(
        row=row,
        column=column,
        kind=kind,
        seen=seen,
        recall=recall(ones),
        false_alarm_rate=metrics.false_alarm_rate(preds, columns.labels, ones),
        f1=metrics.f1(preds, columns.labels, even),
        auroc=auroc(ones),
        n=len(columns.labels),
        recall_interval=_interval(recall, draws),
        auroc_interval=_interval(auroc, draws),
    )


def _interval(
    metric: Callable[[NDArray[np.float64]], float], draws: Sequence[NDArray[np.float64]]
) -> tuple[float, float] | None:
    if not draws:
        return None
    low, high = np.quantile([metric(weights) for weights in draws], (0.025, 0.975))
    return float(low), float(high)


def of_ten(shares: Sequence[float], places: str) -> str:
    """Give a mean share in words, with the span over the surfaces where it matters.

    Example:
        >>> of_ten([0.1, 0.3], "places"), of_ten([0.01, 0.02], "places")
        ('about 2 of 10 places (1 to 3, by surface)', 'fewer than 1 of 10 places')
    """
    mean, low, high = (round(10 * float(value)) for value in (np.mean(shares), min(shares), max(shares)))
    span = f" ({low} to {high}, by surface)" if low != high else ""
    return f"{f'about {mean}' if mean else 'fewer than 1'} of 10 {places}{span}"


def as_text(card: ScoreCard) -> str:
    """Give the card as a table for a terminal: recall / false alarm rate, AUROC below."""
    width = max(len(row) for row in card.rows) + 2
    names = [surface.name for surface in card.surfaces]
    columns = [max(len(name), 15) + 2 for name in names]
    head = [
        f"Score card on {card.split}: trained on the row, tested on the column",
        "recall / false alarm rate, at the threshold that finds 95 % on val of its own surfaces;",
        "below it AUROC / F1 as if half were cracked",
        "",
        " " * width + "".join(f"{name:>{of}}" for name, of in zip(names, columns, strict=True)),
    ]
    for row in card.rows:
        cells = [card.cell(row, name) for name in names]
        rates = [
            f"{cautious(cell.recall)} / {cautious(cell.false_alarm_rate)}{'*' if cell.seen else ' '}" for cell in cells
        ]
        areas = [f"{cautious(cell.auroc)} / {cautious(cell.f1)} " for cell in cells]
        for title, values in ((row, rates), ("", areas)):
            head.append(f"{title:<{width}}" + "".join(f"{v:>{of}}" for v, of in zip(values, columns, strict=True)))
    counts = [
        f"{of.name}: {of.fitted:,} to train on; {of.tested:,} tested, {of.cracked:,} cracked, {of.photos:,} groups"
        for of in card.surfaces
    ]
    return "\n".join([*head, "", "* trained on other photos of the same surface", *counts, "", card.sentence]) + "\n"
