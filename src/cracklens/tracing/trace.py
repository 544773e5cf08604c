"""Takes a photo's pixels and its score map; gives the cracks in it, followed at full resolution. Knows no detector."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import chain, islice

import numpy as np
from numpy.typing import NDArray

from cracklens.errors import SettingError
from cracklens.measuring.width import Measured, measure
from cracklens.tracing.bound import within_bound
from cracklens.tracing.doubles import first_times
from cracklens.tracing.doubts import STRAIGHT_SHARE, Seen, judge
from cracklens.tracing.evidence import at_places, evidence, where_to_look, without_cold
from cracklens.tracing.graph import Graph, Path, as_graph, graphs
from cracklens.tracing.joints import straight_apart
from cracklens.tracing.lines import follow
from cracklens.tracing.mask import half_mask
from cracklens.tracing.onward import onward
from cracklens.tracing.ridges import Bools, Bytes, Ridges, find_ridges, grey_levels
from cracklens.tracing.spurs import without_spurs
from cracklens.tracing.strands import join_strands
from cracklens.values import Branch, End, ScoreMap, Trace

LEAST_CONFIDENCE = 0.4
"""A line that is less likely a crack is left out."""

LEAST_LENGTH_PX = 40.0
LEAST_TIMES_WIDTH = 4.0
"""A line is at least so long, in px and in times its width; less is a speck."""

SURE_PERCENT = 75
"""Of the lower bounds along a line this one, in percent, is the lower end of its 95 % and largest width: some err."""

EDGE_PX = 8.0
"""An end so near the photo's edge is where the crack leaves it."""

ROUGH_PX = 2.5
"""Width of a line of level 0 in px; of level n, 2^n times that."""


STOPPED = (
    "dark lines are so many in this photo that tracing stopped at y = {y:,} px; cracks below that are not traced. "
    "Inspect parts of the photo one by one"
)


@dataclass(frozen=True)
class Traced:
    """What was followed in a photo.

    Attributes:
        traces: the cracks, the widest first.
        notes: what was not followed, for the reader of the report; empty where all was.
    """

    traces: tuple[Trace, ...] = ()
    notes: tuple[str, ...] = ()


def trace(pixels: NDArray[np.uint8], score_map: ScoreMap, *, threshold: float) -> tuple[Trace, ...]:
    """Give the cracks of a photo, the widest first: those of `trace_photo`."""
    return trace_photo(pixels, score_map, threshold=threshold).traces


def trace_photo(pixels: NDArray[np.uint8], score_map: ScoreMap, *, threshold: float) -> Traced:
    """Give the cracks of a photo, the widest first: each connected line with its branches, widths and doubts.

    Regions are joined where they touch with a margin of a cell, after the map is whole, so that neither a region's nor
    a window's border cuts a crack.

    Args:
        pixels: RGB (H, W, 3) uint8.
        score_map: of these pixels.
        threshold: score 0-1 from which a place is looked at.

    Raises:
        SettingError: pixels that are no photo, or that the map is not of.
    """
    _check(pixels, score_map)
    region = where_to_look(score_map, threshold=threshold)
    if not region.any() or min(pixels.shape[:2]) < 2:
        return Traced()
    levels = grey_levels(pixels)
    ridges = find_ridges(levels, region)
    whole, stop = within_bound(half_mask(levels, ridges, follow(ridges, region)))
    if stop is not None:
        ridges = replace(ridges, strength=np.where(np.arange(len(whole))[:, np.newaxis] < stop, ridges.strength, 0))
    crooked, *straight = (without_cold(of, score_map, whole.shape) for of in _lines(whole, levels, ridges))
    lines = (*join_strands(crooked), *chain.from_iterable(straight))
    found = [_trace(graph, measured, levels, score_map) for graph, measured in _measured_once(lines, levels, ridges)]
    kept = [one for one in found if one is not None and _is_kept(one)]
    notes = () if stop is None else (STOPPED.format(y=2 * stop),)
    return Traced(tuple(sorted(kept, key=lambda one: (-one.width_max_px, one.box_xyxy))), notes)


def _lines(whole: Bools, levels: list[Bytes], ridges: Ridges) -> Iterator[tuple[Graph, ...]]:
    """Give the middle lines of a mask, then those of each straight one, which they may cross, by themselves."""
    mask, straight = straight_apart(whole)
    plain = without_spurs(graphs(mask), levels, ridges)
    more = onward(plain, ridges, mask)
    for one in (more & ~np.logical_or.reduce(straight) if straight else more, *straight):
        yield without_spurs(graphs(one), levels, ridges)


def _is_kept(one: Trace) -> bool:
    """Whether a line is likely enough a crack, or would be but for being straight: then it is shown with its doubt."""
    straight = STRAIGHT_SHARE if any(doubt.kind == "straight" for doubt in one.doubts) else 1.0
    return one.confidence >= LEAST_CONFIDENCE * straight


def _check(pixels: NDArray[np.uint8], score_map: ScoreMap) -> None:
    if pixels.ndim != 3 or pixels.shape[2] != 3 or pixels.dtype != np.uint8:
        raise SettingError(f"pixels must be RGB (H, W, 3) uint8; got {pixels.shape} {pixels.dtype}. Use Photo.pixels.")
    if pixels.shape[:2] != tuple(score_map.photo_hw):
        came = f"a map of {tuple(score_map.photo_hw)} for pixels of {pixels.shape[:2]}"
        raise SettingError(f"score_map must be of these pixels; got {came}. Score this photo first.")


def _measured_once(
    lines: tuple[Graph, ...], levels: list[Bytes], ridges: Ridges
) -> Iterator[tuple[Graph, list[Measured]]]:
    """Give graphs with their branches as measured, without those that turn out to run along longer ones."""
    paths = [path for line in lines for path in line.paths]
    measured = [_measured(path, levels[0], ridges) for path in paths]
    new = iter(zip(paths, measured, first_times(measured, hw=levels[1].shape), strict=True))
    for line in lines:
        kept = [(path, found) for path, found, first in islice(new, len(line.paths)) if first]
        if kept:
            yield (
                line if len(kept) == len(line.paths) else as_graph([path for path, _ in kept]),
                [found for _, found in kept],
            )


def _trace(graph: Graph, lines: list[Measured], levels: list[Bytes], score_map: ScoreMap) -> Trace | None:
    """Give the trace of one connected line; None where nothing of it can be measured, or it is a crumb."""
    widths = np.concatenate([line.widths_px for line in lines])
    if np.isfinite(widths).sum() < 2:
        return None
    points = np.concatenate([line.points_xy for line in lines])
    length = sum(_length_px(line.points_xy) for line in lines)
    if length < max(LEAST_LENGTH_PX, LEAST_TIMES_WIDTH * float(np.nanmedian(widths))):
        return None
    lows, highs = (np.concatenate([getattr(line, name) for line in lines]) for name in ("low_px", "high_px"))
    widest = int(np.nanargmax(widths))
    median, p95 = float(np.nanmedian(widths)), float(np.nanpercentile(widths, 95))
    at_least = min(float(np.nanpercentile(lows, SURE_PERCENT)), p95)
    scores, own = (
        at_places(cells, points, stride_px=score_map.stride_px) for cells in (score_map.values, evidence(score_map))
    )
    confidence, doubts = judge(Seen(tuple(lines), scores, own, length))
    return Trace(
        branches=_branches(lines),
        length_px=length,
        width_median_px=median,
        width_p95_px=p95,
        width_max_px=float(widths[widest]),
        width_median_interval_px=(float(np.nanmedian(lows)), float(np.nanmedian(highs))),
        width_p95_interval_px=(at_least, float(np.nanpercentile(highs, 95))),
        width_max_interval_px=(at_least, float(np.nanmax(highs))),
        width_max_at_xy=(float(points[widest, 0]), float(points[widest, 1])),
        orientation_deg=_orientation_deg(points),
        ends=_ends(graph.ends, levels[0].shape),
        junctions_xy=_xy(graph.junctions, levels[0].shape),
        score=float(scores.max()),
        confidence=confidence,
        doubts=doubts,
    )


def _measured(path: Path, grey: Bytes, ridges: Ridges) -> Measured:
    level = float(np.median(ridges.level[tuple(path.places.T)]))
    rough = path.places[:, ::-1].astype(np.float64) * 2 + 1  # the middle of a half-resolution px in px of the photo
    found = measure(grey, rough, rough_px=ROUGH_PX * 2**level)
    return replace(found, points_xy=np.clip(found.points_xy, 0, [grey.shape[1], grey.shape[0]]))


def _branches(lines: list[Measured]) -> tuple[Branch, ...]:
    """Give the lines as branches, the longest first."""
    ordered = sorted(lines, key=lambda line: -_length_px(line.points_xy))
    return tuple(Branch(line.points_xy.astype(np.float32), line.widths_px.astype(np.float32)) for line in ordered)


def _length_px(points_xy: NDArray[np.float64]) -> float:
    return float(np.hypot(*np.diff(points_xy, axis=0).T).sum())


def _orientation_deg(points_xy: NDArray[np.float64]) -> float:
    """Give the direction in which a line is longest: 0 along a row, 90 upright, anticlockwise as seen."""
    centred = points_xy - points_xy.mean(axis=0)
    x, y = np.linalg.svd(centred, full_matrices=False)[2][0]
    return float(np.degrees(np.arctan2(-y, x)) % 180)


def _ends(places: NDArray[np.intp], hw: tuple[int, ...]) -> tuple[End, ...]:
    """Give the ends: those near the photo's edge leave it."""
    found = []
    for x, y in _xy(places, hw):
        near = min(x, y, hw[1] - x, hw[0] - y) <= EDGE_PX
        found.append(End((x, y), "leaves" if near else "fades"))
    return tuple(found)


def _xy(places: NDArray[np.intp], hw: tuple[int, ...]) -> tuple[tuple[float, float], ...]:
    """Give rows and columns at half resolution as x and y in px of the photo."""
    return tuple((min(col * 2.0 + 1, hw[1]), min(row * 2.0 + 1, hw[0])) for row, col in places.tolist())
