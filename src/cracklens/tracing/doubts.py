"""Takes what was seen along a line; gives how sure it is that it is a crack, and why not surer. Knows no pixels."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, logit

from cracklens.measuring.width import Measured
from cracklens.values import Doubt, DoubtKind, MapSettings

UNSURE = 0.3
SMALL_PX = 100.0
JOINT = 0.3
SHALLOW = 0.06
BLURRED_PX = 12.0
"""So much the width of a line may be off before blur or a rough ground is a reason to doubt."""

UNKNOWN_MOST = 0.79
"""So sure is a line at most where the score does not count: how far lines are right there has not been measured."""

JOINT_MOST = 0.49
"""So sure is one that over most of its length looks more like a line that is none; val has hardly any of these."""

ROUND = 4.0
NEUTRAL = 0.9
"""What the score is taken for where it does not count: of most lines on val it is higher."""

SURE = 1e-3
"""Probabilities are held so far from 0 and 1 before their logits are taken."""


@dataclass(frozen=True)
class Seen:
    """What is known of a line.

    Attributes:
        lines: its branches as measured.
        scores: (N,) 0-1 of the neighbourhoods of the cells it runs through.
        own: (N,) 0-1 how far these cells speak for a crack themselves; `scores` where the detector cannot tell.
        shares: (N,) 0-1 of the crack map along it.
        line: (N,) 0-1 of the map of lines that are no crack; more on the course of one.
        wide_px: (M,) how wide the mask is along it.
        trust: 0-1: how much the score counts in this photo.
    """

    lines: tuple[Measured, ...]
    scores: NDArray[np.float32]
    own: NDArray[np.float32]
    shares: NDArray[np.float32]
    line: NDArray[np.float32]
    wide_px: NDArray[np.floating]
    trust: float = 1.0


def judge(seen: Seen, settings: MapSettings) -> tuple[float, tuple[Doubt, ...]]:
    """Give the confidence, 0-1, that a line is a crack, and a doubt for each thing that speaks against it."""
    found = tuple(of(seen) for of in (_unsure, _elsewhere, _faint, _joint, _small, _shallow, _blurred, _round))
    weights = np.array(settings.confidence)
    confidence = float(expit(weights[0] + weights[1:] @ facts(seen)))
    most = JOINT_MOST if _joint_share(seen) > 0.5 else UNKNOWN_MOST + (1 - UNKNOWN_MOST) * seen.trust
    return min(confidence, most), tuple(doubt for doubt in found if doubt)


def facts(seen: Seen) -> NDArray[np.float64]:
    """Give the numbers (3,) that the confidence is a logistic function of.

    They are the logit of the score's median along the line, as far as the score counts, the logarithm of how many times
    its width it reaches, and the share of it that looks like a line that is no crack.
    """
    score, neutral = (float(logit(np.clip(of, SURE, 1 - SURE))) for of in (np.median(seen.scores), NEUTRAL))
    known = seen.trust * score + (1 - seen.trust) * neutral
    return np.array([known, math.log(max(_times_width(seen), 1.0)), _joint_share(seen)])


def _times_width(seen: Seen) -> float:
    """Give how many times its width, a px at least, a line reaches; the mask's width where none was measured."""
    widths = np.concatenate([line.widths_px for line in seen.lines])
    known = widths[np.isfinite(widths)]
    return _reach(seen) / max(float(np.median(known if len(known) else seen.wide_px)), 1.0)


def _joint_share(seen: Seen) -> float:
    return float((seen.line > seen.shares).mean())


def _reach(seen: Seen) -> float:
    points = np.concatenate([line.points_xy for line in seen.lines])
    return float(np.hypot(*(points.max(axis=0) - points.min(axis=0))))


def _depth(seen: Seen) -> float:
    return float(np.median(np.concatenate([line.depth for line in seen.lines])))


def _unsure(seen: Seen) -> Doubt | None:
    """Doubt what the detector itself doubts."""
    score = float(np.median(seen.scores))
    return _doubt("unsure", score) if score < UNSURE else None


def _elsewhere(seen: Seen) -> Doubt | None:
    """Doubt a line in a hot region whose own cells are not hot."""
    own = float(np.median(seen.own))
    return None if own >= UNSURE or np.median(seen.scores) < UNSURE else _doubt("elsewhere", own)


def _faint(seen: Seen) -> Doubt | None:
    """Doubt what the crack map hardly sees, whatever the score says."""
    share = float(np.median(seen.shares))
    return _doubt("faint", share) if share < UNSURE else None


def _joint(seen: Seen) -> Doubt | None:
    """Doubt what for a good part looks like a line that is no crack."""
    share = _joint_share(seen)
    return _doubt("joint", share) if share >= JOINT else None


def _small(seen: Seen) -> Doubt | None:
    """Doubt what is short from end to end."""
    reach = _reach(seen)
    return _doubt("small", reach) if reach < SMALL_PX else None


def _shallow(seen: Seen) -> Doubt | None:
    """Doubt a line that is hardly dark."""
    depth = _depth(seen)
    return _doubt("shallow", depth) if depth < SHALLOW else None


def _blurred(seen: Seen) -> Doubt | None:
    """Doubt a line that is not sharp enough for its width to be told."""
    open_px = np.concatenate([line.high_px - line.low_px for line in seen.lines])
    off = float(np.nanmedian(open_px)) if np.isfinite(open_px).any() else 0.0
    return _doubt("blurred", off) if off > BLURRED_PX else None


def _round(seen: Seen) -> Doubt | None:
    """Doubt a blob."""
    times = _times_width(seen)
    return _doubt("round", times) if times < ROUND else None


def _doubt(kind: DoubtKind, amount: float) -> Doubt:
    return Doubt(kind, amount if math.isfinite(amount) else None)
