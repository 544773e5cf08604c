"""Takes a photo, its crack map and its score map; gives the cracks in it, measured, and lines that are none."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from cracklens.errors import SettingError
from cracklens.measuring.width import Measured, measure
from cracklens.tracing.bound import within_bound
from cracklens.tracing.bridge import Crack, bridged
from cracklens.tracing.doubts import Seen, facts, judge
from cracklens.tracing.ends import EDGE_PX, end_kind
from cracklens.tracing.graph import Path, graphs
from cracklens.tracing.mask import EIGHT, Bools, evidence, half_mask, radii, weighed
from cracklens.values import Branch, CrackMap, End, Gap, Interval, MapSettings, Note, ScoreMap, Trace
from cracklens.values.maps import LINE_STRIDE_PX

LEAST_CONFIDENCE = 0.3
"""A line that is less likely a crack is left out."""

LEAST_LENGTH_PX = 80.0
LEAST_TIMES_WIDTH = 5.0
"""A crack is at least so long, in px and in times its width; less is a speck."""

SURE_PERCENT = 75
"""Of the lower bounds along a line this one, in percent, is the lower end of its 95 % and largest width: some err."""

WIDEST_PERCENT, WIDEST_SURE_PERCENT = 90, 25
"""What is so wide, in percent, bounds the 95 % width from above by its median; from below by this of its lower bounds
where they say that it is wider than the middle of the line: else the widest is where the measurement erred most."""

LEAST_ROUGH_PX = 2.5

LONG_LINE_PX = 120.0
"""A line that is no crack is shown from this length on."""


@dataclass(frozen=True)
class Traced:
    """What was followed in a photo.

    Attributes:
        traces: the cracks, the widest first.
        other_lines: middle lines (N, 2) float32 in px of what is a line and no crack, the longest first.
        notes: what was not followed; empty where all was.
    """

    traces: tuple[Trace, ...] = ()
    other_lines: tuple[NDArray[np.float32], ...] = ()
    notes: tuple[Note, ...] = ()


@dataclass(frozen=True)
class Looked:
    """A photo with all that is known of its px.

    Attributes:
        pixels: RGB (H, W, 3) uint8.
        crack_map: of them.
        score_map: of them.
        own: (h, w) how far each cell speaks for a crack itself.
        mask: of the cracks, at half resolution.
        settings: of the crack map.
    """

    pixels: NDArray[np.uint8]
    crack_map: CrackMap
    score_map: ScoreMap
    own: NDArray[np.float32]
    mask: Bools
    settings: MapSettings

    def score(self, points_xy: NDArray[np.floating]) -> NDArray[np.float32]:
        """Give the score (N,) of the neighbourhood of each point."""
        return at_places(self.score_map.values, points_xy, stride_px=self.score_map.stride_px)

    def probability(self, points_xy: NDArray[np.floating]) -> NDArray[np.float32]:
        """Give the crack map's probability (N,) at each point, the highest within a px of it."""
        near = [at_places(self.crack_map.crack, points_xy + step, stride_px=1) for step in AROUND]
        return np.asarray(np.max(near, axis=0) / 255, np.float32)

    def seen(self, lines: tuple[Measured, ...], points_xy: NDArray[np.floating]) -> Seen:
        """Give what is known along all points (N, 2) of a crack."""
        own = at_places(self.own, points_xy, stride_px=self.score_map.stride_px)
        return Seen(lines, self.score(points_xy), own, self.probability(points_xy), self.line(points_xy))

    def line(self, points_xy: NDArray[np.floating]) -> NDArray[np.float32]:
        """Give the probability (N,) of a line that is no crack at each point."""
        return at_places(self.crack_map.line, points_xy, stride_px=LINE_STRIDE_PX) / np.float32(255)


AROUND = np.array([(0, 0), (1, 0), (-1, 0), (0, 1), (0, -1)], np.float64)


def at_places(cells: NDArray[np.generic], points_xy: NDArray[np.floating], *, stride_px: int) -> NDArray[np.float32]:
    """Give the value (N,) of the cell under each point (N, 2) in px of the photo."""
    places = np.clip((points_xy // stride_px).astype(int), 0, np.array(cells.shape[::-1]) - 1)
    return np.asarray(cells[places[:, 1], places[:, 0]], np.float32)


def trace_photo(pixels: NDArray[np.uint8], crack_map: CrackMap, score_map: ScoreMap, settings: MapSettings) -> Traced:
    """Give the cracks of a photo, the widest first: pieces that a person would bridge are one.

    Args:
        pixels: RGB (H, W, 3) uint8.
        crack_map: of these pixels.
        score_map: of these pixels.
        settings: of the crack map.

    Raises:
        SettingError: pixels that are no photo, or that a map is not of.
    """
    looked, stop = _look(pixels, crack_map, score_map, settings)
    found = [_trace(crack, lines, looked) for crack, lines in _followed(looked)]
    kept = [one for one in found if one.confidence >= LEAST_CONFIDENCE]
    notes = () if stop is None else (Note("tracing_stopped", {"y_px": 2 * stop}),)
    in_order = tuple(sorted(kept, key=lambda one: (-one.width_p95_px, one.box_xyxy)))
    return Traced(in_order, other_lines(crack_map), notes)


def _look(
    pixels: NDArray[np.uint8], crack_map: CrackMap, score_map: ScoreMap, settings: MapSettings
) -> tuple[Looked, int | None]:
    """Give the photo with the mask of its cracks, and the row of the mask at which following stops; None for none."""
    _check(pixels, crack_map, score_map)
    mask, stop = within_bound(half_mask(weighed(crack_map, score_map, settings), settings))
    return Looked(pixels, crack_map, score_map, evidence(score_map), mask, settings), stop


def _check(pixels: NDArray[np.uint8], crack_map: CrackMap, score_map: ScoreMap) -> None:
    if pixels.ndim != 3 or pixels.shape[2] != 3 or pixels.dtype != np.uint8:
        raise SettingError(f"pixels must be RGB (H, W, 3) uint8; got {pixels.shape} {pixels.dtype}. Use Photo.pixels.")
    if not pixels.shape[:2] == tuple(score_map.photo_hw) == crack_map.crack.shape:
        came = f"maps of {tuple(score_map.photo_hw)} and {crack_map.crack.shape} for pixels of {pixels.shape[:2]}"
        raise SettingError(f"score_map and crack_map must be of these pixels; got {came}. Read this photo first.")


def _rough(cracks: Sequence[Crack], mask: Bools) -> list[list[float]]:
    """Give for each branch of each crack about how wide the mask is along it, in px of the photo."""
    paths = [path.places for crack in cracks for path in crack.graph.paths]
    if not paths:
        return []
    half = np.split(radii(mask, np.concatenate(paths)), np.cumsum([len(places) for places in paths])[:-1])
    steps = [max(round(2 * np.log2(max(4 * float(np.median(of)) - 2, 1) / LEAST_ROUGH_PX)), 0) for of in half]
    each = iter(LEAST_ROUGH_PX * 2 ** (step / 2) for step in steps)  # few sizes, so that profiles are made once
    return [[next(each) for _ in crack.graph.paths] for crack in cracks]


def _followed(looked: Looked) -> Iterator[tuple[Crack, tuple[Measured, ...]]]:
    """Give the cracks with their branches as measured, without those that cannot be measured, and crumbs."""
    cracks = bridged(graphs(looked.mask))
    for crack, rough_px in zip(cracks, _rough(cracks, looked.mask), strict=True):
        lines = tuple(_measured(path, px, looked) for path, px in zip(crack.graph.paths, rough_px, strict=True))
        widths = np.concatenate([line.widths_px for line in lines])
        length = sum(_length_px(line.points_xy) for line in lines)
        if np.isfinite(widths).sum() >= 2 and length >= max(
            LEAST_LENGTH_PX, LEAST_TIMES_WIDTH * float(np.nanmedian(widths))
        ):
            yield crack, lines


def seen_cracks(
    pixels: NDArray[np.uint8], crack_map: CrackMap, score_map: ScoreMap, settings: MapSettings
) -> Iterator[tuple[NDArray[np.float64], NDArray[np.float64]]]:
    """Give the points (N, 2) of each crack, sure or not, and the facts that its confidence is made of."""
    looked, _ = _look(pixels, crack_map, score_map, settings)
    for _, lines in _followed(looked):
        points = np.concatenate([line.points_xy for line in lines])
        yield points, facts(looked.seen(lines, points))


def _trace(crack: Crack, lines: tuple[Measured, ...], looked: Looked) -> Trace:
    """Give the trace of one crack."""
    hw = looked.pixels.shape[:2]
    points = np.concatenate([line.points_xy for line in lines])
    widths, lows, highs = (
        np.concatenate([getattr(line, name) for line in lines]) for name in ("widths_px", "low_px", "high_px")
    )
    seen = looked.seen(lines, points)
    widest = _widest(points, widths, (seen.shares < looked.settings.low) | (seen.line > seen.shares), looked)
    median, p95 = float(np.nanmedian(widths)), min(float(np.nanpercentile(widths, 95)), float(widths[widest]))
    at_least, at_most = _p95_interval(widths, lows, highs, p95)
    confidence, doubts = judge(seen, looked.settings)
    return Trace(
        branches=_branches(lines),
        length_px=sum(_length_px(line.points_xy) for line in lines),
        width_median_px=median,
        width_p95_px=p95,
        width_max_px=float(widths[widest]),
        width_median_interval_px=(float(np.nanmedian(lows)), float(np.nanmedian(highs))),
        width_p95_interval_px=(at_least, at_most),
        width_max_interval_px=(at_least, max(float(highs[widest]), at_most)),
        width_max_at_xy=(float(points[widest, 0]), float(points[widest, 1])),
        orientation_deg=_orientation_deg(points),
        ends=tuple(
            End(
                xy,
                end_kind(xy, points, looked.crack_map, looked.score_map, width_px=median, least=looked.settings.high),
            )
            for xy in _xy(crack.graph.ends, hw)
        ),
        junctions_xy=_xy(crack.graph.junctions, hw),
        score=float(seen.scores.max()),
        confidence=confidence,
        doubts=doubts,
        gaps=tuple(Gap(*_xy(gap, hw)) for gap in crack.gaps),
    )


def _p95_interval(
    widths: NDArray[np.float64], lows: NDArray[np.float64], highs: NDArray[np.float64], p95: float
) -> Interval:
    """Give what the 95 % width lies between, from the widths at all points and their bounds."""
    wide = widths >= np.nanpercentile(widths, WIDEST_PERCENT)
    low, wider = float(np.nanpercentile(lows, SURE_PERCENT)), float(np.nanpercentile(lows[wide], WIDEST_SURE_PERCENT))
    at_least = wider if wider > np.nanmedian(highs) else low
    return min(at_least, p95), max(float(np.nanmedian(highs[wide])), p95)


def _measured(path: Path, rough_px: float, looked: Looked) -> Measured:
    """Give a branch as measured in the photo, its width looked for about where the mask has it."""
    middle = path.places[:, ::-1].astype(np.float64) * 2 + 1  # the middle of a half-resolution px in px of the photo
    found = measure(looked.pixels, middle, rough_px=rough_px)
    return replace(found, points_xy=np.clip(found.points_xy, 0, looked.pixels.shape[1::-1]))


def _widest(points: NDArray[np.float64], widths: NDArray[np.float64], doubtful: Bools, looked: Looked) -> int:
    """Give the number of the widest point that is not at the photo's edge, in a void or on a line that is no crack."""
    height, width = looked.pixels.shape[:2]
    near_edge = (np.minimum(points, np.array([width, height]) - points) < EDGE_PX).any(axis=1)
    for out in (near_edge | doubtful, near_edge, np.zeros(len(points), np.bool_)):
        candidates = np.where(out, np.nan, widths)
        if np.isfinite(candidates).any():
            break
    return int(np.nanargmax(candidates))


def other_lines(crack_map: CrackMap) -> tuple[NDArray[np.float32], ...]:
    """Give the middle lines (N, 2) in px of what the map knows as lines that are no crack, the longest first."""
    numbers, count = ndimage.label(crack_map.line >= 128, EIGHT)
    reach = [
        0.0,
        *(float(np.hypot(*(of.stop - of.start for of in box))) for box in ndimage.find_objects(numbers, count)),
    ]
    long = np.array(reach) * LINE_STRIDE_PX >= LONG_LINE_PX
    paths = [path for line in graphs(long[numbers]) for path in line.paths]
    lines = [((path.places[:, ::-1] + 0.5) * LINE_STRIDE_PX).astype(np.float32) for path in paths]
    return tuple(sorted((line for line in lines if _length_px(line) >= LONG_LINE_PX), key=lambda line: -len(line)))


def _branches(lines: Sequence[Measured]) -> tuple[Branch, ...]:
    """Give the lines as branches, the longest first."""
    ordered = sorted(lines, key=lambda line: -_length_px(line.points_xy))
    return tuple(Branch(line.points_xy.astype(np.float32), line.widths_px.astype(np.float32)) for line in ordered)


def _length_px(points_xy: NDArray[np.floating]) -> float:
    return float(np.hypot(*np.diff(points_xy, axis=0).T).sum())


def _orientation_deg(points_xy: NDArray[np.float64]) -> float:
    """Give the direction in which a line is longest: 0 along a row, 90 upright, anticlockwise as seen."""
    centred = points_xy - points_xy.mean(axis=0)
    x, y = np.linalg.svd(centred, full_matrices=False)[2][0]
    return float(np.degrees(np.arctan2(-y, x)) % 180)


def _xy(places: NDArray[np.intp], hw: tuple[int, ...]) -> tuple[tuple[float, float], ...]:
    """Give rows and columns at half resolution as x and y in px of the photo."""
    return tuple((min(col * 2.0 + 1, hw[1]), min(row * 2.0 + 1, hw[0])) for row, col in places.tolist())
