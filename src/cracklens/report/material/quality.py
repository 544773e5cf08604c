"""Takes a detector's card; gives the table that says how good it is, a row for each kind of tiles. Draws nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from cracklens.models.card import Card
from cracklens.models.described import Metric
from cracklens.report.material.facts import metric_text
from cracklens.report.words import Words

COLUMNS = ("measured_on", "recall", "interval", "n", "false_alarms", "auroc")
UNSEEN = "_unseen"
AT_ITS_OWN = ", at the threshold of"
"""Where the name of data goes on to say how it was measured; the table says that in a line of its own."""

NONE = "–"


@dataclass(frozen=True)
class Quality:
    """One row of the table, as texts; an en dash where the card has no such figure.

    Attributes:
        measured_on: which tiles.
        recall: share of the cracked ones that were found.
        interval: 95 % interval of the recall.
        n: cracked tiles of all.
        false_alarms: share of the intact ones that were called cracked.
        auroc: area under the ROC curve.
        unseen: whether the detector was fitted without this surface.
    """

    measured_on: str
    recall: str
    interval: str
    n: str
    false_alarms: str
    auroc: str
    unseen: bool

    @property
    def cells(self) -> tuple[str, ...]:
        """The texts in the order of the columns."""
        return tuple(str(getattr(self, name)) for name in COLUMNS)


def quality_head(words: Words) -> tuple[str, ...]:
    """Give the names of the columns."""
    return tuple(words[f"card.{name}"] for name in COLUMNS)


def quality_of(card: Card) -> tuple[Quality, ...]:
    """Give the rows in the order of the card, those of surfaces that were left out of the fit last."""
    kinds: dict[tuple[bool, str], dict[str, Metric]] = {}
    for metric in card.metrics:
        name, unseen = metric.name.removesuffix(UNSEEN), metric.name.endswith(UNSEEN)
        if not name.endswith("_balanced"):  # of tiles weighted anew; the row of the tiles as they are stands for them
            kinds.setdefault((unseen, metric.data.split(AT_ITS_OWN)[0]), {}).setdefault(name, metric)
    rows = [_row(data, unseen, figures) for (unseen, data), figures in kinds.items()]
    return tuple(sorted(rows, key=lambda row: row.unseen))


def metric_texts(metric: Metric, words: Words) -> tuple[str, ...]:
    """Give a figure of the card in full: its name, value, interval, n and data."""
    known = metric.low is not None and metric.high is not None
    interval = f"{metric.low:.3f}–{metric.high:.3f}" if known else words["card.not_computed"]
    return metric.name, metric_text(metric.value), interval, f"{metric.n:,}", metric.data


def _row(data: str, unseen: bool, figures: dict[str, Metric]) -> Quality:
    recall, alarms, auroc = (figures.get(name) for name in ("recall", "false_alarm_rate", "auroc"))
    return Quality(
        measured_on=data,
        recall=_percent(recall.value) if recall else NONE,
        interval=_interval(recall),
        n=_counts(recall, alarms, [metric.n for name, metric in figures.items() if name != "recall"]),
        false_alarms=_percent(alarms.value) if alarms else NONE,
        auroc=metric_text(auroc.value) if auroc else NONE,
        unseen=unseen,
    )


def _interval(metric: Metric | None) -> str:
    if metric is None or metric.low is None or metric.high is None:
        return NONE
    decimals = 1 if metric.low >= 0.99 else 0  # whole percents would make it perfect
    low, high = (f"{100 * end:.{decimals}f}".removesuffix(".0") for end in (metric.low, metric.high))
    return f"{low}–{high} %"


def _counts(recall: Metric | None, alarms: Metric | None, others: Sequence[int]) -> str:
    """Give the cracked tiles of all: recall counts the cracked, false alarms the intact, other figures all."""
    both = [recall.n + alarms.n] if recall and alarms else []
    whole = max([*both, *others], default=0)
    if recall is None:
        return f"{whole:,}"
    return f"{recall.n:,} / {whole:,}" if whole > recall.n else f"{recall.n:,} / {NONE}"


def _percent(share: float) -> str:
    """Give a share; no rounding makes it perfect."""
    if 0 < share < 0.0005:
        return "< 0.1 %"
    return "> 99.9 %" if 0.9995 <= share < 1 else f"{100 * share:.1f} %"
