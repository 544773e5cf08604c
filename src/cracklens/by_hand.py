"""Takes a photo and lines that a person draws in it; gives them on the darkest px and measured. Knows no project."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage, sparse
from scipy.spatial import cKDTree
from skimage.graph import MCP_Geometric

from cracklens.errors import SettingError
from cracklens.measuring import Measured, measure, measured_trace
from cracklens.values import End, Gap, Point, ScoreMap, Trace

BAND_PX = 30
"""A line is looked for so far beside the straight one between two clicked points, or a tenth of their distance."""

GROUND_PX = 15.0
"""Standard deviation of the blur that tells the ground from a crack."""

LEAST_COST = 0.03
"""Of a px that is as dark as any near it, where one of the ground costs 1: the way may be so many times longer."""

ROUGH_PX = (3.0, 8.0, 24.0, 64.0)
"""A line is measured as one about so wide, the least first, until its width fits."""

FITS = 1.4
NEAR_PX = 8.0
"""Tips of branches so near each other meet."""

EDGE_PX = 20
LEAST_POINTS = 2
Points = NDArray[np.float64]


def snapped(pixels: NDArray[np.uint8], points_xy: Sequence[Point]) -> Points:
    """Give the line (N, 2) along the darkest px from each clicked point to the next.

    Args:
        pixels: RGB (H, W, 3) uint8.
        points_xy: at least two, in px of the photo.

    Raises:
        SettingError: fewer than two points, or one outside the photo.
    """
    height, width = pixels.shape[:2]
    inside = all(0 <= x <= width and 0 <= y <= height for x, y in points_xy)
    if len(points_xy) < LEAST_POINTS or not inside:
        came = f"got {len(points_xy)} points" + ("" if inside else ", one outside")
        raise SettingError(f"a line needs at least two points inside the photo; {came}. Click along the crack.")
    limits = np.array([width - 1, height - 1], np.float64)
    ways = [_way(pixels, np.minimum(a, limits), np.minimum(b, limits)) for a, b in pairwise(np.asarray(points_xy))]
    return np.concatenate([ways[0], *(way[1:] for way in ways[1:])]) + 0.5


def trace_along(
    pixels: NDArray[np.uint8], score_map: ScoreMap, lines_xy: Sequence[Points], *, gaps: tuple[Gap, ...] = ()
) -> Trace:
    """Give lines that a person drew as one crack, each moved to the middle of what is dark there, and measured.

    Args:
        pixels: RGB (H, W, 3) uint8.
        score_map: of them.
        lines_xy: its branches (N, 2) in px of the photo.
        gaps: between its pieces.
    """
    lines = [_measured(pixels, line) for line in lines_xy]
    points = np.concatenate([line.points_xy for line in lines])
    rows, cols = ((points[:, axis] // score_map.stride_px).astype(int) for axis in (1, 0))
    last_row, last_col = (side - 1 for side in score_map.values.shape)
    score = score_map.values[np.clip(rows, 0, last_row), np.clip(cols, 0, last_col)].max()
    made = measured_trace(lines, score=float(score))
    ends, junctions = _nodes([branch.points_xy for branch in made.branches], gaps, pixels.shape[:2])
    return replace(made, ends=ends, junctions_xy=junctions, gaps=gaps, by_hand=True)


def parted(trace: Trace, at_xy: Point) -> list[tuple[list[Points], tuple[Gap, ...]]]:
    """Give what a crack falls into when it is cut at its nearest point: of each part the branches and gaps.

    Raises:
        SettingError: it hangs together all the same, or nothing is left of a part.
    """
    lines: list[Points] = [branch.points_xy.astype(np.float64) for branch in trace.branches]
    far = [np.hypot(*(line - at_xy).T) for line in lines]
    branch = int(np.argmin([of.min() for of in far]))
    at = int(np.argmin(far[branch]))
    halves = [half for half in (lines[branch][:at], lines[branch][at + 1 :]) if len(half) >= LEAST_POINTS]
    rest = [line for i, line in enumerate(lines) if i != branch]
    gone = NEAR_PX if len(halves) > 1 else 0.0
    parts = _pieces([*(_shortened(half, at_xy, gone) for half in halves), *rest], trace.gaps)
    if len(parts) < LEAST_POINTS:
        raise SettingError("This cut does not part the crack: it hangs together elsewhere, or is cut at its end.")
    return parts


def gap_between(one: Trace, other: Trace) -> tuple[Gap, ...]:
    """Give the gap between the nearest tips of two cracks; () where they meet."""
    tips = [np.array([branch.points_xy[at] for branch in of.branches for at in (0, -1)]) for of in (one, other)]
    far, at = cKDTree(tips[1]).query(tips[0])
    nearest = int(np.argmin(far))
    if far[nearest] <= NEAR_PX:
        return ()
    start, stop = tips[0][nearest], tips[1][at[nearest]]
    return (Gap((float(start[0]), float(start[1])), (float(stop[0]), float(stop[1]))),)


def _way(pixels: NDArray[np.uint8], start: Points, stop: Points) -> Points:
    """Give the cheapest way between two px, as x and y, near the straight one."""
    band = max(BAND_PX, 0.1 * float(np.hypot(*(stop - start))))
    x0, y0 = np.maximum(np.minimum(start, stop) - band, 0).astype(int)
    x1, y1 = (np.maximum(start, stop) + band + 1).astype(int)
    grey = pixels[y0:y1, x0:x1].astype(np.float32).mean(axis=2)
    dark = np.maximum(ndimage.gaussian_filter(grey, GROUND_PX) - ndimage.gaussian_filter(grey, 1.0), 0)
    cost = np.maximum(1 - dark / max(float(np.percentile(dark, 99.5)), 1.0), LEAST_COST)
    corner = np.array([x0, y0])
    a, b = start - corner, stop - corner
    far = _beside(cost.shape, a, b)
    cost[far > band] = -1  # no way leads there
    ends = [tuple(np.clip(of[::-1].astype(int), 0, np.array(cost.shape) - 1)) for of in (a, b)]
    finder = MCP_Geometric(cost)
    finder.find_costs([ends[0]], [ends[1]])
    way: Points = np.array(finder.traceback(ends[1]), np.float64)[:, ::-1] + corner
    return way


def _beside(hw: tuple[int, ...], a: Points, b: Points) -> NDArray[np.float32]:
    """Give how far each px lies from the straight line between two."""
    rows, cols = np.indices(hw, np.float32)
    along = b - a
    length = max(float(along @ along), 1e-9)
    t = np.clip(((cols - a[0]) * along[0] + (rows - a[1]) * along[1]) / length, 0, 1)
    return np.asarray(np.hypot(cols - a[0] - t * along[0], rows - a[1] - t * along[1]), np.float32)


def _measured(pixels: NDArray[np.uint8], line: Points) -> Measured:
    """Give a line as measured, as wide as fits what is found."""
    for rough_px in ROUGH_PX:
        found = measure(pixels, line, rough_px=rough_px)
        known = found.widths_px[np.isfinite(found.widths_px)]
        if len(known) and np.median(known) <= FITS * rough_px:
            break
    return replace(found, points_xy=np.clip(found.points_xy, 0, pixels.shape[1::-1]))


def _shortened(line: Points, at_xy: Point, gone: float) -> Points:
    """Give a line without what lies so near a place, so that two halves do not meet again."""
    kept = line[np.hypot(*(line - at_xy).T) > gone / 2 + 1]
    return kept if len(kept) >= LEAST_POINTS else line[:LEAST_POINTS]


def _clusters(tips: NDArray[np.floating]) -> NDArray[np.intp]:
    """Give for each tip (N, 2) the number of the place where it meets others."""
    near = cKDTree(tips).sparse_distance_matrix(cKDTree(tips), NEAR_PX, output_type="coo_matrix")
    joined = sparse.coo_array((np.ones(len(near.row)), (near.row, near.col)), shape=(len(tips),) * 2)
    return np.asarray(sparse.csgraph.connected_components(joined, directed=False)[1], np.intp)


def _pieces(lines: Sequence[Points], gaps: tuple[Gap, ...]) -> list[tuple[list[Points], tuple[Gap, ...]]]:
    """Give the branches that hang together, over gaps too."""
    tips = np.array(
        [line[at] for line in lines for at in (0, -1)] + [xy for gap in gaps for xy in (gap.start_xy, gap.stop_xy)]
    )
    places = _clusters(tips).reshape(-1, 2)
    count = int(places.max()) + 1
    joined = sparse.coo_array((np.ones(len(places)), (places[:, 0], places[:, 1])), shape=(count, count))
    of = sparse.csgraph.connected_components(joined, directed=False)[1][places[:, 0]]
    groups = [
        (
            [line for i, line in enumerate(lines) if of[i] == group],
            tuple(gap for i, gap in enumerate(gaps) if of[len(lines) + i] == group),
        )
        for group in dict.fromkeys(of.tolist())
    ]
    return [group for group in groups if group[0]]


def _nodes(
    lines: Sequence[NDArray[np.floating]], gaps: tuple[Gap, ...], hw: tuple[int, ...]
) -> tuple[tuple[End, ...], tuple[Point, ...]]:
    """Give free ends and junctions of branches."""
    tips = np.array(
        [line[at] for line in lines for at in (0, -1)] + [xy for gap in gaps for xy in (gap.start_xy, gap.stop_xy)]
    )
    of = _clusters(tips)
    meets = np.bincount(of)
    places = [tuple(map(float, tips[of == i].mean(axis=0))) for i in range(len(meets))]
    ends = [(x, y) for (x, y), n in zip(places, meets, strict=True) if n == 1]
    junctions = tuple((x, y) for (x, y), n in zip(places, meets, strict=True) if n > 2)
    near = [min(x, y, hw[1] - x, hw[0] - y) <= EDGE_PX for x, y in ends]
    return tuple(End(xy, "leaves" if at else "fades") for xy, at in zip(ends, near, strict=True)), junctions
