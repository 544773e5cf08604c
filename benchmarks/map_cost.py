"""Takes one photo of 16 megapixels; gives the time of the network with its crack map against that of the plain one.

A photo is read at a half and a quarter of its size, too; what that takes stands beside it.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from benchmarks.clock import median_seconds
from benchmarks.data import one_photo
from benchmarks.result import Bar, Benchmark, Result, Settings
from cracklens import read_photo
from cracklens.models import INT8_BACKBONE, bundled_map
from cracklens.network import OpenVinoBackbone, at_scales, cut, plan_windows, read_crack_map

COST = Bar("one network with crack map over the plain one", "≤", 1.4, "times")
ALL = "the same, with all readings of the photo"
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

    def farther() -> None:
        at_scales(pixels, own, networks["with crack map"], bundled_map().card.settings)

    own = read_crack_map(pixels, networks["with crack map"])
    takes = {side: partial(passed, network) for side, network in networks.items()} | {"readings from afar": farther}
    found = median_seconds(takes, rounds=ROUNDS)
    seconds = {f"{side}, s": value for side, value in found.items()}
    note = f"{name}, {len(windows)} windows; median of n rounds in turns"
    one, all_of_them = found["with crack map"], found["with crack map"] + found["readings from afar"]
    return [
        COST.result(one / found["plain"], n=ROUNDS, sides=seconds, note=note),
        Result(
            ALL,
            all_of_them / found["plain"],
            n=ROUNDS,
            unit="times",
            note="the pass, 1/2 and 1/4 of its size, and all three put together",
        ),
    ]


BENCHMARK = Benchmark("map_cost", "the network with its crack map against the plain one", (COST,), run)
