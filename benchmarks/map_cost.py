"""Takes one photo of 16 megapixels; gives the time of the network with its crack map against that of the plain one."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from benchmarks.clock import median_seconds
from benchmarks.data import one_photo
from benchmarks.result import Bar, Benchmark, Result, Settings
from cracklens import read_photo
from cracklens.models import INT8_BACKBONE, bundled_map
from cracklens.network import OpenVinoBackbone, cut, plan_windows

COST = Bar("one network with crack map over the plain one", "≤", 1.4, "times")
ROUNDS = 7


def run(settings: Settings) -> Sequence[Result]:  # noqa: ARG001 nothing is left to choose
    """Time all windows of the photo through both networks, in turns."""
    with one_photo() as (path, name):
        pixels = read_photo(path).pixels
    windows = [cut(pixels, window)[None] for window in plan_windows((pixels.shape[0], pixels.shape[1]))]
    networks = {
        "plain": OpenVinoBackbone(INT8_BACKBONE),
        "with crack map": OpenVinoBackbone(INT8_BACKBONE, crack_map=bundled_map().network),
    }

    def passed(network: OpenVinoBackbone) -> None:
        for window in windows:
            network.feature_maps(window)

    found = median_seconds({name: partial(passed, network) for name, network in networks.items()}, rounds=ROUNDS)
    seconds = {f"{side}, s": value for side, value in found.items()}
    note = f"{name}, {len(windows)} windows; median of n rounds in turns"
    return [COST.result(found["with crack map"] / found["plain"], n=ROUNDS, sides=seconds, note=note)]


BENCHMARK = Benchmark("map_cost", "the network with its crack map against the plain one", (COST,), run)
