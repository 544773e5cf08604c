"""Takes val pictures with masks; gives how far the shipped INT8 crack map is from the float decoder it was made of."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from benchmarks.data import REPO, find
from benchmarks.result import Bar, Benchmark, Result, Settings
from cracklens import read_photo
from cracklens.figures import dice
from cracklens.models import INT8_BACKBONE, bundled_map
from cracklens.network import FULL, OpenVinoBackbone
from cracklens.tables import read_table

SAME = Bar("Dice of INT8 against float", "≥", 0.985)
HALF = 0.5


def run(settings: Settings) -> Sequence[Result]:
    """Read each val photo of SUT-Crack whole by both; masks at a probability of a half."""
    import torch
    from safetensors.torch import load_file

    from cracklens.training.crackmap import Decoder, Taps
    from cracklens.training.crackmap.decoder import as_input

    part = bundled_map()
    decoder = Decoder()
    decoder.load_state_dict(load_file(part.weights))
    decoder.eval()
    taps, joined = Taps(INT8_BACKBONE), OpenVinoBackbone(INT8_BACKBONE, crack_map=part.network)
    rows = read_table(REPO / "benchmarks" / "splits" / "sut.csv", ("file", "split")).rows
    names = [row["file"] for row in rows if row["split"] == "val"][: settings.limit]
    found, flipped = [], []
    for name in names:
        window = np.ascontiguousarray(read_photo(find("sut") / name).pixels[np.newaxis])
        with torch.no_grad():
            logits, _ = decoder(as_input(torch.from_numpy(window)), taps(window))
        crack = joined.feature_maps(window).crack
        if crack is None:
            raise TypeError("the network must have a crack map")
        one, other = crack[0] > HALF * FULL, torch.sigmoid(logits)[0].numpy() > HALF
        found.append(dice(one, other))
        flipped.append(float((one != other).mean()))
    sides = {"flipped px, %": 100 * float(np.mean(flipped)), "least Dice": float(np.min(found))}
    data = "limited" if settings.limit else "whole"
    return [SAME.result(float(np.mean(found)), n=len(found), sides=sides, data=data, split="val", note="SUT-Crack")]


BENCHMARK = Benchmark("map_int8", "the INT8 crack map against the float one, on val", (SAME,), run, "val")
