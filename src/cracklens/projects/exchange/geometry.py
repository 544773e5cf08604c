"""Takes numbers as a report.json has them; gives traces and score maps. Takes nothing that does not fit the photo."""

from __future__ import annotations

import base64
import math
from collections.abc import Mapping
from typing import Any, get_args

import numpy as np
from numpy.typing import NDArray

from cracklens.by_hand import EDGE_PX
from cracklens.values import Branch, Doubt, DoubtKind, End, EndKind, Gap, Interval, Point, ScoreMap, Trace

Raw = Mapping[str, Any]
"""An object of a report.json."""

WIDTHS = ("width_median", "width_p95", "width_max")
OUTSIDE_PX = 2.0
"""So far a point may lie beside the photo: it is taken for one on its edge."""

MOST_PX = 1_000_000
"""Of the length of a line: no crack of any photo is so long, and nobody's memory holds more."""


def read_line(raw: Any, hw: tuple[int, int]) -> NDArray[np.float32]:
    """Give a line (N, 2) float32 as the report has it, with a point a px between its points.

    Raises:
        ValueError: it has no point, or one that is not in the photo.
    """
    points = np.asarray(raw, np.float64).reshape(-1, 2)
    limits = np.array(hw[::-1], np.float64)
    if not len(points) or not ((points >= -OUTSIDE_PX) & (points <= limits + OUTSIDE_PX)).all():
        raise ValueError(f"a line must have points inside a photo of {hw[1]} x {hw[0]} px")
    points = np.clip(points if len(points) > 1 else points.repeat(2, 0), 0, limits)
    at = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(points, axis=0).T))])
    if at[-1] > MOST_PX:
        raise ValueError(f"a line must be at most {MOST_PX:,} px long; got {at[-1]:.0f}")
    wanted = np.unique(np.concatenate([at, np.arange(0, at[-1])])) if at[-1] else at
    return np.column_stack([np.interp(wanted, at, points[:, axis]) for axis in (0, 1)]).astype(np.float32)


def read_trace(raw: Raw, hw: tuple[int, int]) -> Trace:
    """Give a crack as far as a report has it: what it does not say is NaN, and widths stand at no point.

    A report before 2.0 names its doubts in words alone and does not say how an end is; such an end may go on.

    Raises:
        KeyError: a line is missing.
        ValueError: a number does not fit.
    """
    branches = tuple(_branch(line, hw) for line in raw["lines"])
    if not branches:
        raise ValueError("a trace must have a line")
    sizes: Any = {f"{name}_px": _number(raw.get(f"{name}_px")) for name in WIDTHS}
    sizes |= {f"{name}_interval_px": _interval(raw, name) for name in WIDTHS}
    return Trace(
        branches=branches,
        length_px=_length(branches) if raw.get("length_px") is None else float(raw["length_px"]),
        **sizes,
        width_max_at_xy=_point(raw.get("width_max_at_xy", (None, None))),
        orientation_deg=_number(raw.get("orientation_deg")),
        ends=_ends(raw, hw),
        junctions_xy=tuple(_point(of) for of in raw.get("junctions_xy", ())),
        score=_share(raw["score"]),
        confidence=_share(raw["confidence"]),
        doubts=tuple(_doubts(raw.get("doubts", ()))),
        gaps=tuple(Gap(_point(of["start_xy"]), _point(of["stop_xy"])) for of in raw.get("gaps", ())),
        by_hand=bool(raw.get("by_hand", False)),
    )


def read_scores(raw: Raw, hw: tuple[int, int], novelty: float | None) -> ScoreMap:
    """Give the score map of a photo.

    Raises:
        ValueError: its cells do not cover the photo.
    """
    stride = int(raw["stride_px"])
    size = tuple(int(side) for side in raw["hw"])
    if stride < 1 or min(hw) < 1 or size != tuple(-(-side // stride) for side in hw):
        raise ValueError(f"a score map of {size} cells of {stride} px does not cover {hw[1]} x {hw[0]} px")
    seen = raw.get("seen")
    of = None if novelty is None else float(novelty)
    return ScoreMap(_packed(raw["values"], size), hw, stride, of, seen=None if seen is None else _packed(seen, size))


def _packed(text: str, size: tuple[int, ...]) -> NDArray[np.float32]:
    steps = np.frombuffer(base64.b64decode(text, validate=True), "<u2").reshape(size)
    return (steps / np.float32(65_535)).astype(np.float32)


def _branch(line: Any, hw: tuple[int, int]) -> Branch:
    points = read_line(line, hw)
    return Branch(points, np.full(len(points), np.nan, np.float32))


def _length(branches: tuple[Branch, ...]) -> float:
    return float(sum(np.hypot(*np.diff(of.points_xy, axis=0).T).sum() for of in branches))


def _number(value: Any) -> float:
    return math.nan if value is None else float(value)


def _share(value: Any) -> float:
    if not 0 <= float(value) <= 1:
        raise ValueError(f"a score must be 0-1; got {value}")
    return float(value)


def _point(raw: Any) -> Point:
    x, y = raw
    return _number(x), _number(y)


def _interval(raw: Raw, name: str) -> Interval:
    """Give what a width lies between; NaN where the report does not say, or says what cannot be."""
    low, high = _point(raw.get(f"{name}_interval_px", (None, None)))
    width = _number(raw.get(f"{name}_px"))
    return (low, high) if 0 <= low <= width <= high < math.inf else (math.nan, math.nan)


def _ends(raw: Raw, hw: tuple[int, int]) -> tuple[End, ...]:
    if "ends" in raw:
        return tuple(End(_point(of["xy"]), _one_of(of["kind"], EndKind)) for of in raw["ends"])
    points = [_point(of) for of in raw.get("end_points_xy", ())]
    near = [min(x, y, hw[1] - x, hw[0] - y) <= EDGE_PX for x, y in points]
    return tuple(End(xy, "leaves" if at else "lost") for xy, at in zip(points, near, strict=True))


def _doubts(raw: Any) -> list[Doubt]:
    return [Doubt(_one_of(of["kind"], DoubtKind), of["amount"]) for of in raw if isinstance(of, Mapping)]


def _one_of(value: Any, kind: Any) -> Any:
    if value not in get_args(kind):
        raise ValueError(f"expected one of {', '.join(get_args(kind))}; got {value!r}")
    return value
