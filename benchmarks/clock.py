"""Takes the sides of a ratio as functions; gives the median seconds of each, measured in turns. Knows nothing else."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Mapping


def seconds(work: Callable[[], object]) -> float:
    """Give how long a piece of work takes."""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def median_seconds(sides: Mapping[str, Callable[[], object]], *, rounds: int) -> dict[str, float]:
    """Give the median seconds of each side, run A B A B after one run of each that does not count.

    In turns, so that another load of the machine falls on both sides.
    """
    for work in sides.values():
        work()
    runs = [{name: seconds(work) for name, work in sides.items()} for _ in range(rounds)]
    return {name: statistics.median(run[name] for run in runs) for name in sides}
