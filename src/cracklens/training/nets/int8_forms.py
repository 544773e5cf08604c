"""Takes a float network and tiles; gives its INT8 forms, the quickest first, and the first whose decisions hold."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import TypeVar

import numpy as np
import openvino as ov
from numpy.typing import NDArray

from cracklens.labels import LabelledTile
from cracklens.network import calibrated
from cracklens.training.nets.network import backbone_run
from cracklens.training.nets.parity import Parity, compare, tile_logits
from cracklens.training.nets.quantize import quantize, quantize_with_control
from cracklens.values import Head

RANGE_TILES = 300
"""Train tiles on which the INT8 ranges are measured; NNCF's own default."""

PLAIN, SLOW, CONTROL = "plain INT8", "INT8 with full bias correction", "INT8 under accuracy control"
WAYS = (PLAIN, SLOW, CONTROL)
FLOAT = "float"
"""What is left where no INT8 form agrees, on request."""

CONTROL_TILES = 200
"""Val tiles on which accuracy control judges a layer; it asks some hundred times."""

CONTROL_SECONDS = 900.0
"""Accuracy control is given up after so long: a ResNet50 takes 5 to 15 minutes on 2 cores."""

LOG = logging.getLogger(__name__)
Found = TypeVar("Found")
Agreement = Callable[[ov.CompiledModel], float]


def int8_forms(
    build: Callable[[], ov.Model], tiles: Sequence[Path], agreement: Agreement, *, most_lost: float
) -> Iterator[tuple[str, ov.Model]]:
    """Give a network's INT8 forms one by one, each made when it is asked for, with the way it was made.

    Args:
        build: gives the float network anew; quantization changes what it is given.
        tiles: of train, on which the ranges are measured.
        agreement: share of decisions, 0-1, that a compiled network shares with torch; asked by accuracy control alone.
        most_lost: of the agreement, 0-1.
    """
    yield PLAIN, quantize(build(), tiles)
    yield SLOW, quantize(build(), tiles, fast_bias_correction=False)
    careful = _controlled(build(), tiles, agreement, most_lost=most_lost)
    if careful is not None:
        yield CONTROL, careful


def _controlled(model: ov.Model, tiles: Sequence[Path], agreement: Agreement, *, most_lost: float) -> ov.Model | None:
    """Give the form under accuracy control; None where it takes too long."""
    deadline = time.monotonic() + CONTROL_SECONDS

    def in_time(compiled: ov.CompiledModel) -> float:
        if time.monotonic() > deadline:
            raise TimeoutError
        return agreement(compiled)

    try:
        return quantize_with_control(model, tiles, in_time, most_lost=most_lost)
    except Exception:
        if time.monotonic() <= deadline:
            raise
        LOG.warning("%s: given up after %.0f minutes.", CONTROL, CONTROL_SECONDS / 60)
        return None


def first_agreeing(
    forms: Iterable[tuple[str, ov.Model]],
    judge: Callable[[ov.Model, str], Found],
    *,
    parity_of: Callable[[Found], Parity],
    most_flipped: float,
) -> Found:
    """Give the first form whose decisions are those of torch; if none is, the one that comes nearest.

    Args:
        forms: at least one, see `int8_forms`.
        judge: gives what is made of a form and its way.
        parity_of: how far that is from torch.
        most_flipped: share of decisions, 0-1, that may differ.
    """
    tried: list[Found] = []
    for way, model in forms:
        found = judge(model, way)
        tried.append(found)
        parity = parity_of(found)
        if parity.share <= most_flipped:
            return found
        came = f"{parity.flipped} of {parity.n} decisions differ from torch's, at most {most_flipped:.2%} may"
        LOG.warning("%s: %s. %s", way, came, _next(way))
    return min(tried, key=lambda one: parity_of(one).share)


def _next(way: str) -> str:
    after = WAYS[WAYS.index(way) + 1 :][:1]
    if not after:
        return "No other INT8 form is left."
    limit = f", for at most {CONTROL_SECONDS / 60:.0f} minutes" if after[0] == CONTROL else ""
    return f"Trying {after[0]}{limit}."


def agreement_on(
    tiles: Sequence[LabelledTile], reference: NDArray[np.float64], head: Head, *, threshold: float
) -> Agreement:
    """Give what accuracy control asks: the share of decisions on tiles that a compiled backbone shares with torch.

    Only the closest calls are run, `CONTROL_TILES` of them; the others are far from the threshold and count as shared.
    The gate afterwards runs all tiles.

    Args:
        tiles: of val, N.
        reference: (N,) logits by torch.
        head: calibrated.
        threshold: of the decisions.
    """
    near = close_calls(calibrated(reference, head), threshold)
    some = [tiles[place] for place in near]

    def agreement(compiled: ov.CompiledModel) -> float:
        others = tile_logits(some, backbone_run(compiled, head))
        return 1 - compare(reference[near], others, head, threshold=threshold, data="val").flipped / len(tiles)

    return agreement


def close_calls(scores: NDArray[np.floating], threshold: float, most: int = CONTROL_TILES) -> NDArray[np.intp]:
    """Give the places, in order, of the scores (N,) nearest to the threshold: `most` of them, or all."""
    return np.sort(np.argsort(np.abs(scores - threshold), kind="stable")[:most])
