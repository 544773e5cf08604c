"""Takes what benchmarks measured; gives benchmarks/results.json and docs/results.md. Measures nothing."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.data import REPO
from benchmarks.registry import BENCHMARKS, PUBLISHED, TRIES
from benchmarks.result import Result, number

RESULTS = REPO / "benchmarks" / "results.json"
PAGE = REPO / "docs" / "results.md"
VERSION = 1
CRACK_MAP = "crack map"
"""Key of what a run was made with: the beginning of its hash and of that of its settings, and its name. A run before
there was one has none."""

TRIES_HEAD = """
## What was tried

Each row is one way to make the detector, measured on val while it was chosen; `python -m benchmarks NAME` prints it.
Test was not read. Reasons stand in the [decisions](decisions).

| benchmark | what | value | n | parts |
|---|---|---|---|---|"""

HEAD = """# Results

Written by `make bench` from `benchmarks/results.json`; change neither by hand. `python -m benchmarks --list` names
what is measured, `python -m benchmarks NAME` measures one. Whether a bar holds is computed from value and bar.

- **Data.** `whole` is the official test split of the whole set, `sample` the part of it that was there, see
  [data](data.md). Intervals are 95 %, by drawing whole photos or groups of near-duplicates.
- **Speed** is a ratio: both sides stand beside it and were measured in the same run, in turns. Absolute times are of
  the machine named below the table; compare them with no other.

| benchmark | what | value | bar | holds | n | 95 % interval | both sides, or parts | data |
|---|---|---|---|---|---|---|---|---|
"""


@dataclass(frozen=True)
class Run:
    """What one benchmark gave.

    Attributes:
        rows: measured; empty if it could not be.
        made: date, machine, versions, detector and crack map of the run.
        not_measured: why there are no rows; None where there are.
    """

    rows: Sequence[Result] = ()
    made: Mapping[str, str] = field(default_factory=dict)
    not_measured: str | None = None

    @property
    def holds(self) -> bool:
        """Whether it was measured and no bar is missed."""
        return self.not_measured is None and all(row.holds is not False for row in self.rows)

    def as_json(self) -> dict[str, Any]:
        """Give the run as JSON holds it."""
        if self.not_measured is not None:
            return {"not_measured": self.not_measured}
        return {"made": dict(self.made), "rows": [row.as_json() for row in self.rows]}

    @classmethod
    def from_json(cls, raw: Mapping[str, Any]) -> Run:
        """Read a run.

        Raises:
            ValueError: a row's `holds` was written by hand.
        """
        rows = tuple(Result.from_json(row) for row in raw.get("rows", ()))
        return cls(rows, raw.get("made", {}), raw.get("not_measured"))


def as_json(runs: Mapping[str, Run]) -> str:
    """Give runs as the text of results.json."""
    document = {"version": VERSION, "benchmarks": {name: run.as_json() for name, run in runs.items()}}
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def read_results(path: Path = RESULTS) -> dict[str, Run]:
    """Give the runs that were written; empty before the first."""
    if not path.is_file():
        return {}
    document = json.loads(path.read_text(encoding="utf-8"))
    return {name: Run.from_json(raw) for name, raw in document["benchmarks"].items()}


def write_results(runs: Mapping[str, Run], *, results: Path = RESULTS, page: Path = PAGE) -> None:
    """Put runs into results.json beside those of other benchmarks, in the registry's order; and write the page."""
    merged = {**read_results(results), **runs}
    ordered = {name: merged[name] for name in BENCHMARKS if name in merged}
    results.write_text(as_json(ordered), encoding="utf-8")
    page.write_text(page_text(ordered), encoding="utf-8")


def page_text(runs: Mapping[str, Run]) -> str:
    """Give docs/results.md."""
    lines = [line for name in PUBLISHED for line in _lines(name, runs.get(name))]
    tried = [line for name in TRIES if name in runs for line in _tries(name, runs[name])]
    parts = [HEAD.rstrip("\n"), *lines, *([TRIES_HEAD, *tried] if tried else [])]
    return "\n".join([*parts, "", "## How each was measured", "", *_notes(runs)]) + "\n"


def _tries(name: str, run: Run) -> list[str]:
    """Give the lines of the table of tries for one benchmark."""
    wanted = (0, 1, 4, 6)  # of the cells: what, value, n, parts
    return [f"| `{name}` | {' | '.join(_cells(row)[at] for at in wanted)} |" for row in run.rows]


def _lines(name: str, run: Run | None) -> list[str]:
    """Give the lines of the table for one benchmark."""
    if run is None or run.not_measured is not None:
        why = "not measured yet" if run is None else f"not measured: {run.not_measured}"
        bars = "; ".join(map(str, PUBLISHED[name].bars))
        return [f"| `{name}` | {PUBLISHED[name].what} | {_cell(why)} | {bars} | | | | | |"]
    return [f"| `{name}` | {' | '.join(_cells(row))} |" for row in run.rows]


def _cells(row: Result) -> list[str]:
    bar = "" if row.bar is None else f"{row.sense} {number(row.bar, row.unit)}"
    holds = {True: "yes", False: "**no**", None: ""}[row.holds]
    interval = f"{number(row.interval[0])} – {number(row.interval[1])}" if row.interval else ""
    sides = "; ".join(f"{name} {number(value)}" for name, value in row.sides.items())
    data = "" if row.data == "none" else f"{row.split}, {row.data}"
    return [*map(_cell, (row.name, number(row.value, row.unit), bar, holds, f"{row.n:,}", interval, sides, data))]


def _cell(text: str) -> str:
    return " ".join(text.replace("|", "/").split())


def _notes(runs: Mapping[str, Run]) -> list[str]:
    """Give, for each benchmark, its notes and where it ran."""
    lines = []
    for name in BENCHMARKS:
        run = runs.get(name)
        if run and run.rows:
            made = "; ".join(f"{key} {value}" for key, value in run.made.items())
            lines += [f"- `{name}`, {made}.", *(f"  - {row.name}: {row.note}." for row in run.rows if row.note)]
    return lines or ["Nothing is measured yet."]


def text(name: str, run: Run) -> str:
    """Give a run as lines for a terminal."""
    if run.not_measured is not None:
        return f"{name}: not measured: {run.not_measured}"
    lines = [name]
    for row in run.rows:
        what, value, bar, _, n, interval, sides, data = _cells(row)
        holds = {True: "holds", False: "DOES NOT HOLD", None: "information"}[row.holds]
        parts = [
            f"{value}",
            f"bar {bar}" if bar else "",
            holds,
            f"n={n}",
            f"[{interval}]" if interval else "",
            sides,
            data,
        ]
        lines += [f"  {what}: " + ", ".join(filter(None, parts)), f"    {row.note}"]
    return "\n".join(lines)
