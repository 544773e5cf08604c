"""Takes what was seen along a line; gives how sure it is that it is a crack, and why not surer. Knows no pixels."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cracklens.findings.width import Measured


@dataclass(frozen=True)
class Seen:
    """What is known of a line.

    Attributes:
        lines: its branches as measured.
        strengths: (N,) uint8 along it, in units of 1/16 of the noise around.
        scores: (N,) 0-1 of the cells it runs through.
        length_px: of all branches.
    """

    lines: tuple[Measured, ...]
    strengths: NDArray[np.uint8]
    scores: NDArray[np.float32]
    length_px: float


def judge(seen: Seen) -> tuple[float, tuple[str, ...]]:
    """Give the confidence, 0-1, that a line is a crack, and a sentence for each thing that speaks against it."""
    reasons = [doubt for doubt in (_straight(seen), _shallow(seen), _short(seen)) if doubt]
    confidence = float(np.median(seen.scores)) ** 0.5 * float(np.prod([share for share, _ in reasons]))
    return min(max(confidence, 0.0), 1.0), tuple(text for _, text in reasons)


def _straight(seen: Seen) -> tuple[float, str] | None:
    longest = max(seen.lines, key=lambda line: len(line.points_xy))
    points = longest.points_xy
    if len(points) < 150:
        return None
    chord = points[-1] - points[0]
    way = np.hypot(*chord)
    aside = np.abs((points - points[0]) @ np.array([-chord[1], chord[0]])) / max(float(way), 1e-9)
    if aside.max() > 0.006 * len(points) + 0.7:
        return None
    return 0.3, "It runs as straight as a joint, an edge of formwork or a cable."


def _shallow(seen: Seen) -> tuple[float, str] | None:
    depth = float(np.median(np.concatenate([line.depth for line in seen.lines])))
    if depth >= 0.08:
        return None
    return 0.5, "It is hardly darker than the surface beside it, as a stain or a soft shadow."


def _short(seen: Seen) -> tuple[float, str] | None:
    widths = np.concatenate([line.widths_px for line in seen.lines])
    if seen.length_px >= 6 * np.nanmedian(widths):
        return None
    return 0.4, "It is hardly longer than wide, as a pore or a hole."
