"""Takes a checkpoint; gives what its cards say as text for a terminal. Knows nothing of where it comes from."""

from __future__ import annotations

import io
import shutil
from collections.abc import Iterable, Mapping
from dataclasses import replace

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from cracklens.models import Checkpoint, Described, Metric, Part, parts_of
from cracklens.report import NONE, Quality, Words, quality_head, quality_of, words_of

WIDEST, NARROWEST = 100, 72
BEFORE = "_before"
"""Ends the names of figures of the crack map that another was made from."""

FITS = {
    "dice": "Dice",
    "f1_within_2px": "F1 within 2 px",
    "false_alarm_rate": "crack-free photos with a find",
    "dice_int8_float": "INT8 against float, Dice",
}
"""What figures of masks are called that stand in a table."""


def checkpoint_text(checkpoint: Checkpoint, *, width: int | None = None) -> str:
    """Give what a person wants to know of a detector and its parts, with a line feed at the end of each line.

    Args:
        checkpoint: the detector's.
        width: in characters, at most 100 are used; None takes the terminal's.
    """
    width = width or shutil.get_terminal_size().columns
    page = io.StringIO()
    console = Console(file=page, width=min(max(width, NARROWEST), WIDEST), color_system=None, highlight=False)
    card, parts = checkpoint.card, parts_of(checkpoint)
    facts = [("backbone", f"{card.backbone}, {card.backbone_hash[:12]}")]
    facts += [(part.name, f"{part.sha256[:12]}{_whose(part)}") for part in parts]
    facts.append(("threshold", f"{card.threshold:.3f}: {card.threshold_rule}"))
    _print_card(console, card, [*facts, *_fitted(card, "tiles")])
    _print_quality(console, quality_of(card))
    _print_limits(console, card)
    for part in parts:
        if part.card is not card:
            console.print()
            _print_part(console, part)
    console.print(Text("  All figures: --json"))
    return "".join(f"{line.rstrip()}\n" for line in page.getvalue().splitlines())


def _whose(part: Part) -> str:
    return ", bundled" if part.bundled else ""


def _fitted(card: Described, of_what: str) -> list[tuple[str, str]]:
    told = [f"{of.n:,} {of_what} ({of.split}), {of.licence or 'licence not stated'}" for of in card.data]
    return [("fitted on", f"{of.name}: {text}") for of, text in zip(card.data, told, strict=True)]


def _figures(metrics: Iterable[Metric]) -> list[tuple[str, str]]:
    """Give a row for those that are of the same data."""
    told: dict[tuple[int, str], list[str]] = {}
    for one in metrics:
        told.setdefault((one.n, one.data), []).append(_figure(one))
    return [("figures", f"{', '.join(some)}, n {n:,}: {data}") for (n, data), some in told.items()]


def _figure(metric: Metric) -> str:
    known = metric.low is not None and metric.high is not None
    interval = f" ({metric.low:.3f}–{metric.high:.3f})" if known else ""
    value = f"{metric.value:,.0f}" if abs(metric.value) >= 1000 else f"{metric.value:.4g}"
    return f"{metric.name} {value}{interval}"


def _print_card(console: Console, card: Described, facts: list[tuple[str, str]]) -> None:
    console.print(Text(f"{card.name}  ({card.licence}, made {card.created})"))
    grid = Table.grid(padding=(0, 2))
    for name, text in facts:
        grid.add_row(Text(f"  {name}"), Text(text))
    console.print(grid)


def _print_part(console: Console, part: Part) -> None:
    metrics = {metric.name: metric for metric in part.card.metrics}
    told_before = any(name.endswith(BEFORE) for name in metrics)
    table = FITS if told_before and len(metrics) == len(part.card.metrics) else {}  # of several sets each says of which
    figures = _figures(metric for metric in part.card.metrics if metric.name.removesuffix(BEFORE) not in table)
    if not metrics:
        figures = [("figures", "nothing was measured")]
    name = (part.name, f"{part.sha256[:12]}{_whose(part)}")
    _print_card(console, part.card, [name, *_fitted(part.card, "pictures"), *figures])
    if table.keys() & metrics.keys():
        console.print(_fits(metrics))
    _print_limits(console, part.card)


def _fits(metrics: Mapping[str, Metric]) -> Padding:
    """Give the table of how masks fit, beside what the crack map had that this one was made from."""
    names = [name for name in FITS if name in metrics]
    title = Text(f"How its masks fit ({metrics[names[0]].data})")
    table = Table(box=SIMPLE_HEAD, title=title, title_justify="left", pad_edge=False, show_edge=False)
    for number, head in enumerate(("", "it", "95 % interval", "began with", "photos")):
        table.add_column(head, justify="right" if number else "left")
    for name in names:
        table.add_row(*map(Text, (FITS[name], *_fit(metrics[name], metrics.get(f"{name}{BEFORE}")))))
    return Padding(table, (1, 0, 0, 2))


def _fit(metric: Metric, before: Metric | None) -> tuple[str, str, str, str]:
    """Give a figure, its interval, the one before, and on how many photos."""
    interval = NONE if metric.low is None or metric.high is None else f"{metric.low:.3f}–{metric.high:.3f}"
    return f"{metric.value:.3f}", interval, f"{before.value:.3f}" if before else NONE, f"{metric.n:,}"


def _print_quality(console: Console, rows: tuple[Quality, ...]) -> None:
    words = words_of()
    for unseen in (False, True):
        some = [row for row in rows if row.unseen == unseen]
        if some:
            console.print(_table(some, words, title=words["card.unseen" if unseen else "card.good"]))
    if any(row.interval == NONE for row in rows):
        console.print(Text(f"  {NONE}: fewer than ten photos carry no interval."))
    if not rows:
        console.print(Text(words["card.nothing_measured"]))


def _print_limits(console: Console, card: Described) -> None:
    console.print()
    for limit in card.limits:
        console.print(_hanging("!", limit))


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
