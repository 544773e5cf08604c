"""Takes what was measured of a detector; gives it as text, JSON and CSV. Knows no pictures and no file system."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from cracklens.figures import Decisions, Figure, Promise, ScoredTile, cautious, class_report_text
from cracklens.report.data import BYTE_ORDER_MARK, FORMULA_STARTS
from cracklens.report.words import left_out_text
from cracklens.values import LeftOut
from cracklens.visible import visible, visible_json

TITLES = {
    "accuracy": "accuracy",
    "balanced_accuracy": "balanced accuracy",
    "precision": "precision",
    "recall": "recall",
    "false_alarm_rate": "false alarm rate",
    "f1": "F1",
    "mcc": "MCC",
    "auroc": "AUROC",
    "average_precision": "average precision",
    "ece": "calibration error (ECE)",
}


@dataclass(frozen=True)
class Evaluation:
    """How good a detector is on labelled tiles.

    Attributes:
        detector: its name.
        data: name of the tiles' data.
        split: which part; "all" where the data has no splits.
        split_rule: how the splits were made; "" where there are none.
        threshold_rule: how the last threshold was chosen.
        cautions: sentences on why the figures say less than they seem to.
        tiles: scored.
        failures: tiles that could not be read, and why.
        decisions: at score 0.5 and at the threshold that counts, which is the last.
        figures: with their intervals.
        promise: what the threshold holds; None where none was asked for.
    """

    detector: str
    data: str
    split: str
    split_rule: str
    threshold_rule: str
    cautions: tuple[str, ...]
    tiles: tuple[ScoredTile, ...]
    failures: tuple[LeftOut, ...]
    decisions: tuple[Decisions, ...]
    figures: tuple[Figure, ...]
    promise: Promise | None = None

    @property
    def threshold(self) -> float:
        """The threshold that counts."""
        return self.decisions[-1].threshold

    @property
    def cracked(self) -> int:
        """How many tiles are labelled cracked."""
        return sum(tile.label for tile in self.tiles)

    @property
    def groups(self) -> int:
        """How many groups the tiles come from."""
        return len({tile.group for tile in self.tiles})

    @property
    def counts(self) -> str:
        """What was measured on, for people."""
        share = 100 * self.cracked / len(self.tiles)
        return f"{len(self.tiles):,} tiles of {self.groups:,} groups, {self.cracked:,} cracked ({share:.1f} %)"

    def text(self) -> str:
        """Give what a person wants to know, with a line feed at the end."""
        return as_text(self)

    def json(self) -> str:
        """Give the evaluation without its tiles, with a line feed at the end."""
        return as_json(self)

    def csv(self) -> str:
        """Give a row for every tile."""
        return as_csv(self)


@dataclass(frozen=True)
class Row:
    """A figure at both prevalences."""

    title: str
    natural: Figure
    balanced: Figure


def figure_rows(figures: Sequence[Figure], threshold: float | None) -> list[Row]:
    """Give the figures of a threshold by row; None gives those of the scores themselves."""
    of = [figure for figure in figures if figure.threshold == threshold]
    natural, balanced = ([one for one in of if one.prevalence == which] for which in ("natural", "balanced"))
    return [Row(TITLES[one.name], one, other) for one, other in zip(natural, balanced, strict=True)]


def as_text(found: Evaluation) -> str:
    """Give what a person wants to know, with a line feed at the end."""
    head = [f"{found.detector} on {found.data}, {found.split}: {found.counts}"]
    head += [f"! {sentence}" for sentence in found.cautions]
    head += [f"not scored: {visible(f'{of.photo}: {left_out_text(of)}')}" for of in found.failures]
    parts = ["\n".join(head) + "\n"]
    parts += [f"At {one.name}\n\n{class_report_text(one.rows)}" for one in reversed(found.decisions)]
    share = found.cracked / len(found.tiles)
    columns = f"{'':<26}{f'as labelled, {share:.1%} cracked':<32}both classes equal"
    parts += ["\n".join([f"95 % intervals by group, n = {len(found.tiles):,}", columns, *_figure_lines(found)]) + "\n"]
    if found.promise:
        parts.append(f"Promise: {found.threshold_rule}: threshold {found.promise.threshold:.4f}\n")
    return "\n".join(parts)


def _figure_lines(found: Evaluation) -> Iterator[str]:
    names = [("of the scores", None)] + [(f"at {one.name}", one.threshold) for one in found.decisions]
    for name, threshold in names:
        yield name
        for row in figure_rows(found.figures, threshold):
            yield f"  {row.title:<24}{interval_text(row.natural):<32}{interval_text(row.balanced)}".rstrip()


def interval_text(figure: Figure, *, digits: int = 4) -> str:
    """Give value and interval for people."""
    value, *ends = (
        "too few groups" if of is None else cautious(of, digits=digits)
        for of in (figure.value, figure.low, figure.high)
    )
    return f"{value} [{', '.join(dict.fromkeys(ends))}]"


def as_json(found: Evaluation) -> str:
    """Give the evaluation without its tiles as JSON, with a line feed at the end."""
    whole: dict[str, Any] = {
        **{name: getattr(found, name) for name in ("detector", "data", "split", "split_rule", "threshold_rule")},
        "threshold": found.threshold,
        "n": len(found.tiles),
        "cracked": found.cracked,
        "groups": found.groups,
        "cautions": found.cautions,
        "failures": [{"photo": of.photo, "reason": left_out_text(of)} for of in found.failures],
        "decisions": [asdict(one) for one in found.decisions],
        "figures": [asdict(figure) for figure in found.figures],
        "promise": asdict(found.promise) if found.promise else None,
    }
    return visible_json(json.dumps(whole, indent=2, ensure_ascii=False)) + "\n"


def as_csv(found: Evaluation) -> str:
    """Give a row for every tile: file, group, label, score, called; 1 is cracked. For spreadsheets, as report.csv."""
    stream = io.StringIO()
    rows = csv.writer(stream)
    rows.writerow(("file", "group", "label", "score", "called", "reason"))
    for tile in found.tiles:
        called = int(tile.score >= found.threshold)
        rows.writerow((_plain(tile.file), _plain(tile.group), tile.label, f"{tile.score:.6f}", called, ""))
    rows.writerows((_plain(of.photo), "", "", "", "", _plain(left_out_text(of))) for of in found.failures)
    return BYTE_ORDER_MARK + stream.getvalue()


def _plain(text: str) -> str:
    """Give a text that no spreadsheet runs."""
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text
