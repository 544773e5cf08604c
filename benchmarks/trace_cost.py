"""Takes one photo; gives the time of tracing as a share of the network's time on it, measured in turns."""

from __future__ import annotations

from collections.abc import Sequence

from benchmarks.clock import median_seconds
from benchmarks.data import one_photo
from benchmarks.result import Bar, Benchmark, Result, Settings
from cracklens import Detector, read_photo
from cracklens.tracing.trace import trace_photo

COST = Bar("tracing over network", "≤", 40, "%")
ROUNDS = 5


def run(settings: Settings) -> Sequence[Result]:
    """Time both from decoded pixels."""
    detector = Detector.load(settings.detector)
    with one_photo() as (path, name):
        photo = read_photo(path)
    scores, crack_map = detector.maps(photo)
    threshold = detector.card.threshold
    found = median_seconds(
        {
            "network": lambda: detector.maps(photo),
            "tracing": lambda: trace_photo(photo.pixels, crack_map, scores, detector.map_settings),
        },
        rounds=ROUNDS,
    )
    hot = float((scores.values >= threshold).mean())
    note = f"{name}, {hot:.0%} of it over the threshold; median of n rounds in turns"
    seconds = {f"{side}, s": value for side, value in found.items()}
    return [COST.result(100 * found["tracing"] / found["network"], n=ROUNDS, sides=seconds, note=note)]


BENCHMARK = Benchmark("trace_cost", "time of tracing against the network's on one photo", (COST,), run)
