"""Takes a card; gives it as text for a terminal. Knows nothing of where it comes from."""

from __future__ import annotations

import io
import shutil
from collections.abc import Mapping
from dataclasses import replace

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from cracklens import Card
from cracklens.models import MapCard, Metric
from cracklens.report import NONE, Quality, Words, quality_head, quality_of, words_of

WIDEST, NARROWEST = 100, 72
MAP_FIGURES = {
    "dice": "Dice",
    "f1_within_2px": "F1 within 2 px",
    "false_alarm_rate": "crack-free photos with a find",
    "dice_int8_float": "INT8 against float, Dice",
}
"""What the figures of a crack map are called."""


def card_text(card: Card, *, width: int | None = None) -> str:
    """Give what a person wants to know of a detector, with a line feed at the end of each line.

    Args:
        card: the detector's.
        width: in characters, at most 100 are used; None takes the terminal's.
    """
    words, page = words_of(), io.StringIO()
    console = _console(page, width)
    console.print(Text(f"{card.name}  ({card.licence}, made {card.created})"))
    console.print(_grid([("backbone", f"{card.backbone}, {card.backbone_hash[:12]}"), *_facts(card)]))
    rows = quality_of(card)
    for unseen in (False, True):
        some = [row for row in rows if row.unseen == unseen]
        if some:
            console.print(_table(some, words, title=words["card.unseen" if unseen else "card.good"]))
    if not rows:
        console.print(Text(words["card.nothing_measured"]))
    console.print()
    for limit in card.limits:
        console.print(_hanging("!", limit))
    short = f"{NONE}: fewer than ten photos carry no interval. " if any(row.interval == NONE for row in rows) else ""
    console.print(Text(f"  {short}All figures: --json"))
    return _text(page)


def map_text(card: MapCard, *, width: int | None = None) -> str:
    """Give what a person wants to know of a crack map, as `card_text` does of a detector."""
    page = io.StringIO()
    console = _console(page, width)
    console.print(Text(f"{card.name}  ({card.licence}, made {card.created})"))
    fitted = [
        ("fitted on", f"{of.name}: {of.n:,} ({of.split}), {of.licence or 'licence not stated'}") for of in card.data
    ]
    console.print(_grid([("edge", f"{card.settings.edge:.2f}"), *fitted]))
    metrics = {one.name: one for one in card.metrics}
    if "dice" in metrics:
        title = Text(f"How its masks fit ({metrics['dice'].data})")
        table = Table(box=SIMPLE_HEAD, title=title, title_justify="left", pad_edge=False, show_edge=False)
        for number, head in enumerate(("", "it", "95 % interval", "began with", "photos")):
            table.add_column(head, justify="right" if number else "left")
        for name, words in MAP_FIGURES.items():
            if name in metrics:
                table.add_row(*map(Text, (words, *_fit(metrics[name], metrics))))
        console.print(Padding(table, (1, 0, 1, 2)))
    for limit in card.limits:
        console.print(_hanging("!", limit))
    return _text(page)


def _fit(metric: Metric, metrics: Mapping[str, Metric]) -> tuple[str, str, str, str]:
    """Give a figure, its interval, what the crack map had that it was made from, and on how many photos."""
    interval = NONE if metric.low is None or metric.high is None else f"{metric.low:.3f}-{metric.high:.3f}"
    before = metrics.get(f"{metric.name}_before")
    return f"{metric.value:.3f}", interval, f"{before.value:.3f}" if before else NONE, f"{metric.n:,}"


def _console(page: io.StringIO, width: int | None) -> Console:
    width = width or shutil.get_terminal_size().columns
    return Console(file=page, width=min(max(width, NARROWEST), WIDEST), color_system=None, highlight=False)


def _text(page: io.StringIO) -> str:
    return "".join(f"{line.rstrip()}\n" for line in page.getvalue().splitlines())


def _facts(card: Card) -> list[tuple[str, str]]:
    fitted = [
        ("fitted on", f"{of.name}: {of.n:,} tiles ({of.split}), {of.licence or 'licence not stated'}")
        for of in card.data
    ]
    return [("threshold", f"{card.threshold:.3f}: {card.threshold_rule}"), *fitted]


def _grid(facts: list[tuple[str, str]]) -> Table:
    grid = Table.grid(padding=(0, 2))
    for name, text in facts:
        grid.add_row(Text(f"  {name}"), Text(text))
    return grid


def _table(rows: list[Quality], words: Words, *, title: str) -> Padding:
    splits = {row.measured_on.rpartition(", ")[2] for row in rows}
    if len(splits) == 1:  # said once
        (split,) = splits
        rows = [replace(row, measured_on=row.measured_on.removesuffix(f", {split}")) for row in rows]
        title = f"{title} ({split})"
    table = Table(box=SIMPLE_HEAD, title=Text(title), title_justify="left", pad_edge=False, show_edge=False)
    first, *figures = quality_head(words)
    table.add_column(Text(first), overflow="fold")
    for column, name in enumerate(figures, start=1):
        texts = [*name.split(), *(row.cells[column] for row in rows)]
        table.add_column(Text(name), justify="right", max_width=max(map(len, texts)))  # heads wrap, figures do not
    for row in rows:
        table.add_row(*map(Text, row.cells))
    return Padding(table, (1, 0, 0, 2))


def _hanging(mark: str, text: str) -> Table:
    grid = Table.grid(padding=(0, 1))
    grid.add_row(Text(f"  {mark}"), Text(text))
    return grid
