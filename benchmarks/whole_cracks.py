"""Takes six whole photos with cracks marked by eye; gives the marked length that is traced, and in how many pieces."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.data import find
from benchmarks.lines import Points, joined, near, per_found, pieces, points_of, sure
from benchmarks.result import Bar, Benchmark, Result, Settings
from cracklens import Detector, read_photo
from cracklens.errors import DataError
from cracklens.values import Trace

FOUND = Bar("marked length that is traced", "≥", 0.9)
PIECES = Bar("traces a crack", "≤", 1.5)
LIST = Path(__file__).with_name("lists") / "whole_cracks.json"
WITHIN_PX = 12.0
"""A marked line is good to about 8 px, a trace runs up to half a crack's width, about 4 px, beside its middle."""

LEAST_PX = 30.0
"""A trace is a piece of a crack if it runs along it for so long."""


@dataclass(frozen=True)
class Marked:
    """A crack as a person sees it.

    Attributes:
        lines: its polylines, as points about every px.
        clear: whether a person would call it a crack without doubt; the others inform only.
    """

    lines: Points
    clear: bool


@dataclass(frozen=True)
class Found:
    """Of one marked crack: its length in px, how much of it is traced, in how many traces, and if it is clear."""

    length: int
    traced: int
    pieces: int
    clear: bool


def run(settings: Settings) -> Sequence[Result]:
    """Hold the traces of each photo against its marks; traces of confidence ≥ .5 count."""
    if settings.split != "test":
        raise DataError("whole_cracks has six photos of the test split and no others; run it without --split.")
    detector, marks = Detector.load(settings.detector), read_marks()
    names = sorted(marks)[: settings.limit]
    inspected = (detector.inspect(read_photo(find(f"photos/{name}"))).traces for name in names)
    return rows(
        {name: list(score(traces, marks[name])) for name, traces in zip(names, inspected, strict=True)}, settings
    )


def read_marks(path: Path = LIST) -> dict[str, list[Marked]]:
    """Give the marked cracks of each photo by its name."""
    photos = json.loads(path.read_text(encoding="utf-8"))["photos"]
    return {name: [Marked(joined(of["lines"]), of["clear"]) for of in cracks] for name, cracks in photos.items()}


def score(traces: Sequence[Trace], marks: Sequence[Marked]) -> Iterator[Found]:
    """Give how each marked crack was traced."""
    lines = [points_of(trace) for trace in sure(traces)]
    counts = pieces(lines, [of.lines for of in marks], within_px=WITHIN_PX, least_px=LEAST_PX)
    every = np.concatenate([np.zeros((0, 2)), *lines])
    for of, count in zip(marks, counts, strict=True):
        yield Found(len(of.lines), int(near(of.lines, every, WITHIN_PX).sum()), count, of.clear)


def rows(found: dict[str, list[Found]], settings: Settings) -> list[Result]:
    """Give the rows of what was found in each photo."""
    clear, faint = ([one for of in found.values() for one in of if one.clear is kind] for kind in (True, False))
    shared: dict[str, Any] = {"data": "limited" if settings.limit else "whole", "split": settings.split}
    sides = {Path(name).stem: share([one for one in of if one.clear]) for name, of in found.items()}
    note = f"points of the marks within {WITHIN_PX:g} px of a trace of confidence ≥ .5; {len(found)} photos, n clear "
    note += "cracks; networks of hairlines are marked in part, as faint ones, which have no bar"
    counted = f"of cracks with a trace along {LEAST_PX:g} px; {sum(one.pieces == 0 for one in clear)} have none"
    return [
        FOUND.result(share(clear), n=len(clear), sides=sides, note=note, **shared),
        PIECES.result(per_found(one.pieces for one in clear), n=len(clear), note=counted, **shared),
        Result("faint lines that are traced", share(faint), len(faint), note="not surely cracks", **shared),
        Result("all marked length that is traced", share([*clear, *faint]), len(clear + faint), **shared),
    ]


def share(found: Sequence[Found]) -> float:
    """Give the share of the length that is traced; no number without any."""
    length = sum(one.length for one in found)
    return sum(one.traced for one in found) / length if length else float("nan")


BENCHMARK = Benchmark(
    "whole_cracks", "cracks of six whole photos, marked by eye: found length and pieces", (FOUND, PIECES), run
)
