"""Takes steps of long work; gives a progress bar with time left on stderr. Knows nothing of what the work is."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from cracklens.visible import visible


class Step(Protocol):
    """Reports work as done of all, with a note."""

    def __call__(self, done: int, total: int, note: str = "") -> None:
        """Show that `done` of `total` are finished."""
        ...


class Talk(Console):
    """The console of the talk, stderr; stdout carries results only."""

    def __init__(self) -> None:
        """Open stderr; nothing in a name is taken for markup."""
        super().__init__(stderr=True, highlight=False, markup=False, emoji=False, soft_wrap=True)

    def say(self, text: str) -> None:
        """Print text; control characters of file names are shown as escapes, so that they do nothing."""
        self.print(visible(text, lines=True))


def console() -> Talk:
    """Give the console of the talk."""
    return Talk()


def print_result(result: object, *, nl: bool = True) -> None:
    """Print a result on stdout; control characters of file names are shown as escapes."""
    typer.echo(visible(str(result), lines=True), nl=nl)


@contextmanager
def progress(what: str) -> Iterator[Step]:
    """Show a bar with count, time gone and time left while the work runs; nothing where stderr is no terminal."""
    columns = (BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TextColumn("left"), TimeRemainingColumn())
    note = TextColumn("{task.fields[note]}", markup=False)
    talk = console()
    bar = Progress(TextColumn("{task.description}"), *columns, note, console=talk, disable=not talk.is_terminal)
    with bar:
        task = bar.add_task(what, total=None, note="")

        def step(done: int, total: int, note: str = "") -> None:
            bar.update(task, completed=done, total=total, note=visible(note))

        yield step
