"""Takes what was seen along a line; gives how sure it is that it is a crack, and why not surer. Knows no pixels."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cracklens.measuring.width import Measured
from cracklens.values import Doubt, DoubtKind

UNSURE = 0.3
SMALL_PX = 100.0
"""Chosen on photos of SDNET2018's val split, as LEAST_CONFIDENCE of trace.py."""

EVIDENCE_POWER = 2 / 3
"""Of the cells' score in the confidence: on val half of the lines with scores of .2 to .4 are cracks: .5 is there."""

STRAIGHT_PX = 150.0
STRAIGHT_SHARE = 0.3
"""What a straight line keeps of its confidence. It is shown all the same: some cracks are straight."""

EVEN_WIDTH = 0.6
STEP = 0.6
SHALLOW = 0.06


@dataclass(frozen=True)
class Seen:
    """What is known of a line.

    Attributes:
        lines: its branches as measured.
        scores: (N,) 0-1 of the neighbourhoods of the cells it runs through.
        own: (N,) 0-1 how far these cells speak for a crack themselves; `scores` where the detector cannot tell.
        length_px: of all branches.
    """

    lines: tuple[Measured, ...]
    scores: NDArray[np.float32]
    own: NDArray[np.float32]
    length_px: float


def judge(seen: Seen) -> tuple[float, tuple[Doubt, ...]]:
    """Give the confidence, 0-1, that a line is a crack, and a doubt for each thing that speaks against it.

    The confidence is the median score of the cells along the line to the power of 2/3, times a share for each doubt.
    """
    found = (
        _unsure(seen),
        _elsewhere(seen),
        _small(seen),
        _straight(seen),
        _stepped(seen),
        _shallow(seen),
        _round(seen),
    )
    reasons = [doubt for doubt in found if doubt]
    confidence = float(np.median(seen.own)) ** EVIDENCE_POWER * float(np.prod([share for share, _ in reasons]))
    return min(max(confidence, 0.0), 1.0), tuple(doubt for _, doubt in reasons)


def _unsure(seen: Seen) -> tuple[float, Doubt] | None:
    """Doubt what the detector itself doubts; the confidence has the score in it already."""
    score = float(np.median(seen.scores))
    return (1.0, _doubt("unsure", score)) if score < UNSURE else None


def _elsewhere(seen: Seen) -> tuple[float, Doubt] | None:
    """Doubt a line in a hot region whose own cells are not hot; the confidence has their score in it already."""
    own = float(np.median(seen.own))
    return None if own >= UNSURE or np.median(seen.scores) < UNSURE else (1.0, _doubt("elsewhere", own))


def _small(seen: Seen) -> tuple[float, Doubt] | None:
    """Doubt what is short from end to end."""
    reach = _reach_px(seen)
    return None if reach >= SMALL_PX else (0.5, _doubt("small", reach))


def _straight(seen: Seen) -> tuple[float, Doubt] | None:
    """Doubt a long line that is straight as a whole and keeps its width: stone seldom breaks like that."""
    points = np.concatenate([line.points_xy for line in seen.lines])
    centred = points - np.median(points, axis=0)
    along, aside = (centred @ way for way in np.linalg.svd(centred, full_matrices=False)[2])
    aside = np.abs(aside - np.median(aside))
    length = float(np.ptp(along))
    if length < STRAIGHT_PX:
        return None
    widths = np.concatenate([line.widths_px for line in seen.lines])
    away = np.percentile(aside, 95)
    if away > 0.006 * length + 0.7 or _spread(widths) > EVEN_WIDTH:
        return None
    return STRAIGHT_SHARE, _doubt("straight", float(away))


def _stepped(seen: Seen) -> tuple[float, Doubt] | None:
    """Doubt a line that is much brighter on one side than on the other."""
    step = float(np.nanmedian(np.abs(np.concatenate([line.step for line in seen.lines]))))
    return None if step < STEP else (0.5, _doubt("stepped", step))


def _shallow(seen: Seen) -> tuple[float, Doubt] | None:
    """Doubt a line that is hardly dark."""
    depth = float(np.median(np.concatenate([line.depth for line in seen.lines])))
    return None if depth >= SHALLOW else (0.5, _doubt("shallow", depth))


def _round(seen: Seen) -> tuple[float, Doubt] | None:
    """Doubt a blob."""
    reach, width = _reach_px(seen), float(np.nanmedian(np.concatenate([line.widths_px for line in seen.lines])))
    return None if reach >= 4 * width else (0.4, _doubt("round", reach / width))


def _doubt(kind: DoubtKind, amount: float) -> Doubt:
    return Doubt(kind, amount if math.isfinite(amount) else None)


def _reach_px(seen: Seen) -> float:
    """Give the diagonal of what holds the whole line."""
    points = np.concatenate([line.points_xy for line in seen.lines])
    return float(np.hypot(*(points.max(axis=0) - points.min(axis=0))))


def _spread(widths: NDArray[np.float64]) -> float:
    """Give how much widths differ along a line: the middle half of them over their median."""
    low, middle, high = np.nanpercentile(widths, [25, 50, 75])
    return float((high - low) / max(middle, 1e-9))
