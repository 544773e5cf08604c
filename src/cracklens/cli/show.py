"""Takes a card; gives it as text for a terminal. Knows nothing of where it comes from."""

from __future__ import annotations

import io
import shutil
from dataclasses import replace

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from cracklens import Card
from cracklens.report import NONE, Quality, Words, quality_head, quality_of, words_of

WIDEST, NARROWEST = 100, 72


def card_text(card: Card, *, width: int | None = None) -> str:
    """Give what a person wants to know of a detector, with a line feed at the end of each line.

    Args:
        card: the detector's.
        width: in characters, at most 100 are used; None takes the terminal's.
    """
    words, width = words_of(), width or shutil.get_terminal_size().columns
    page = io.StringIO()
    console = Console(file=page, width=min(max(width, NARROWEST), WIDEST), color_system=None, highlight=False)
    console.print(Text(f"{card.name}  ({card.licence}, made {card.created})"))
    console.print(_facts(card))
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
    return "".join(f"{line.rstrip()}\n" for line in page.getvalue().splitlines())


def _facts(card: Card) -> Table:
    grid = Table.grid(padding=(0, 2))
    facts = [("backbone", f"{card.backbone}, {card.backbone_hash[:12]}")]
    facts.append(("threshold", f"{card.threshold:.3f}: {card.threshold_rule}"))
    facts += [
        ("fitted on", f"{of.name}: {of.n:,} tiles ({of.split}), {of.licence or 'licence not stated'}")
        for of in card.data
    ]
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
