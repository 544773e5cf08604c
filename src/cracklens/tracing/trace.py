"""Takes a photo, its crack map and its score map; gives the cracks in it, measured, and lines that are none."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from cracklens.measuring.along import in_holes, in_stains, measure_along, without
from cracklens.measuring.millimetres import shown_px
from cracklens.measuring.sizes import length_px, measured_trace
from cracklens.measuring.width import Measured
from cracklens.tracing.bridge import Crack, bridged, extent
from cracklens.tracing.cut import without_other_lines
from cracklens.tracing.doubts import Seen, facts, judge
from cracklens.tracing.ends import EDGE_PX, end_kind
from cracklens.tracing.graph import Graph, Path, graphs, longest, px_of
from cracklens.tracing.looked import Looked, look, middles
from cracklens.tracing.mask import radii
from cracklens.tracing.windows import WINDOW_PX, Bools
from cracklens.values import SURE, CrackMap, Doubt, End, Gap, MapSettings, Note, ScoreMap, Trace
from cracklens.values.maps import LINE_STRIDE_PX

Floats = NDArray[np.float32]

LEAST_CONFIDENCE = 0.3
"""A line that is less likely a crack is left out."""

LEAST_LENGTH_PX = 80.0
LEAST_TIMES_WIDTH = 5.0
"""A crack is at least so long, in px and in times its width; less is a speck."""

LEAST_WIDTHS = 2
"""Places along a crack that must have one."""

LEAST_TIMES_WIDEST = 4.0
"""Each piece of a crack reaches at least so far, in times the widest place of its mask; less is a pore or a spall."""

BESIDE_PX = 16
"""A width is the mean of a stretch: so near a void or a line that is no crack it is partly theirs."""

MOST_PX = 300_000
"""Px of middle lines, at half resolution, that are measured in a photo: 600,000 px of crack. Measuring costs most."""

LONG_LINE_PX = 120.0
"""A line that is no crack is shown from this length on."""


@dataclass(frozen=True)
class Traced:
    """What was followed in a photo.

    Attributes:
        traces: the cracks, the widest first.
        other_lines: middle lines (N, 2) float32 in px of what is a line and no crack, the longest first.
        notes: what was not followed, for the reader of the report; empty where all was.
    """

    traces: tuple[Trace, ...] = ()
    other_lines: tuple[NDArray[np.float32], ...] = ()
    notes: tuple[Note, ...] = ()


@dataclass(frozen=True)
class Followed:
    """A crack before it is judged.

    Attributes:
        crack: its lines and gaps.
        lines: its branches as measured.
        wide_px: (M,) of each branch, how wide the mask is along it.
    """

    crack: Crack
    lines: tuple[Measured, ...]
    wide_px: tuple[Floats, ...]

    @property
    def points_xy(self) -> NDArray[np.float64]:
        """All points (N, 2) of its branches."""
        return np.concatenate([line.points_xy for line in self.lines])


def trace_photo(
    pixels: NDArray[np.uint8],
    crack_map: CrackMap,
    score_map: ScoreMap,
    settings: MapSettings,
    *,
    window_px: int = WINDOW_PX,
) -> Traced:
    """Give the cracks of a photo, the widest first: pieces that a person would bridge are one.

    Args:
        pixels: RGB (H, W, 3) uint8.
        crack_map: of these pixels.
        score_map: of these pixels.
        settings: of the crack map.
        window_px: side of the windows in which the maps are looked at, even; the cracks are the same for any.

    Raises:
        SettingError: pixels that are no photo, or that a map is not of; a window that is none.
    """
    looked = look(pixels, crack_map, score_map, settings, window_px=window_px)
    lines = _lines(looked)
    few = longest(lines, MOST_PX)
    left = px_of(lines) - px_of(few)
    found: list[Trace] = []
    no_width = 0.0
    for followed in _followed(few, looked):
        seen = looked.seen(followed.lines, followed.points_xy, np.concatenate(followed.wide_px))
        judged = judge(seen, settings)
        trace = _trace(followed, seen, judged, looked) if judged[0] >= LEAST_CONFIDENCE else None
        if trace is not None:
            found.append(trace)
        elif judged[0] >= SURE:
            no_width += sum(length_px(line.points_xy) for line in followed.lines)
    in_order = tuple(sorted(found, key=_breadth))
    told = (Note("tracing_left_out", {"px": 2 * left}), Note("no_width_left_out", {"px": round(no_width)}))
    notes = tuple(note for note in told if note.amounts["px"])
    return Traced(in_order, _other_lines(looked), notes)


def _breadth(one: Trace) -> tuple[float, tuple[int, int, int, int]]:
    """Give what traces are ordered by: as wide as a report says that they are, the widest first."""
    return -shown_px(one.width_p95_px, one.width_p95_interval_px), one.box_xyxy


def _wide(lines: Sequence[Graph], looked: Looked) -> dict[int, Floats]:
    """Give by the id of each branch how wide the mask is at each of its px (N,), in px of the photo."""
    paths = [path for line in lines for path in line.paths]
    if not paths:
        return {}
    places = [path.places for path in paths]
    found = radii(looked.mask, np.concatenate(places), side=looked.window_px // 2)
    each = np.split(4 * found - 2, np.cumsum([len(of) for of in places])[:-1])
    return {id(path): of for path, of in zip(paths, each, strict=True)}


def _lines(looked: Looked) -> tuple[Graph, ...]:
    """Give the middle lines of cracks."""
    return without_other_lines(graphs(looked.mask, side=looked.window_px // 2), looked.on_other)


def _is_long(line: Graph, wide_px: dict[int, Floats]) -> bool:
    """Say whether a line is no pore or spall by itself: a crack that ends beside one does not go on in it."""
    return 2 * extent(line) >= LEAST_TIMES_WIDEST * max(float(wide_px[id(path)].max()) for path in line.paths)


def _followed(lines: Sequence[Graph], looked: Looked) -> Iterator[Followed]:
    """Give the cracks with their branches as measured, without crumbs and blobs; some may have no width anywhere."""
    wide_px = _wide(lines, looked)
    for crack in bridged([line for line in lines if _is_long(line, wide_px)]):
        wide = [wide_px[id(path)] for path in crack.graph.paths]
        measured = tuple(_measured(path, of, looked) for path, of in zip(crack.graph.paths, wide, strict=True))
        length = sum(length_px(line.points_xy) for line in measured)
        widths = np.concatenate([line.widths_px for line in measured])
        width = float(np.nanmedian(widths)) if _has_width(measured) else 0
        if length >= max(LEAST_LENGTH_PX, LEAST_TIMES_WIDTH * width):
            yield Followed(crack, measured, tuple(wide))


def seen_cracks(
    pixels: NDArray[np.uint8], crack_map: CrackMap, score_map: ScoreMap, settings: MapSettings
) -> Iterator[tuple[NDArray[np.float64], NDArray[np.float64]]]:
    """Give the points (N, 2) of each crack, sure or not, and the facts that its confidence is made of."""
    looked = look(pixels, crack_map, score_map, settings)
    for one in filter(lambda followed: _has_width(followed.lines), _followed(longest(_lines(looked), MOST_PX), looked)):
        yield one.points_xy, facts(looked.seen(one.lines, one.points_xy, np.concatenate(one.wide_px)))


def _trace(followed: Followed, seen: Seen, judged: tuple[float, tuple[Doubt, ...]], looked: Looked) -> Trace | None:
    """Give the trace of one crack; None where it has no place of which the width may be said."""
    crack, lines, points, hw = followed.crack, followed.lines, followed.points_xy, looked.pixels.shape
    if not _has_width(lines):
        return None
    own = next(filter(_has_width, (without(lines, out) for out in _not_its_own(followed, seen, looked))), None)
    if own is None:
        return None
    made = measured_trace(own, score=float(seen.scores.max()))
    width_px, least = made.width_median_px, looked.settings.high
    ends = tuple(
        End(xy, end_kind(xy, points, looked.crack_map, looked.score_map, width_px=width_px, least=least))
        for xy in _xy(crack.graph.ends, hw)
    )
    gaps, junctions = tuple(Gap(*_xy(gap, hw)) for gap in crack.gaps), _xy(crack.graph.junctions, hw)
    return replace(made, ends=ends, junctions_xy=junctions, confidence=judged[0], doubts=judged[1], gaps=gaps)


def _measured(path: Path, wide_px: Floats, looked: Looked) -> Measured:
    """Give a branch as measured in the photo, where in the mask its map is highest."""
    edge = looked.settings.edge
    found = measure_along(looked.pixels, looked.crack_map.crack, middles(path.places), wide_px, edge=edge)
    return replace(found, points_xy=np.clip(found.points_xy, 0, looked.pixels.shape[1::-1]))


def _has_width(lines: Sequence[Measured]) -> bool:
    return sum(int(np.isfinite(line.widths_px).sum()) for line in lines) >= LEAST_WIDTHS


def _not_its_own(followed: Followed, seen: Seen, looked: Looked) -> tuple[Bools, Bools]:
    """Give the points (N,) whose width is not the crack's own, with those that lie beside such a place and without.

    It is none at the photo's edge, in a void or a hole, and on a line that is no crack.
    """
    height, width = looked.pixels.shape[:2]
    points = followed.points_xy
    near_edge = (np.minimum(points, np.array([width, height]) - points) < EDGE_PX).any(axis=1)
    elsewhere = (seen.shares < looked.settings.low) | (seen.line > seen.shares)
    elsewhere |= in_holes(followed.lines) | in_stains(followed.lines)
    return near_edge | ndimage.binary_dilation(elsewhere, iterations=BESIDE_PX), near_edge | elsewhere


def _other_lines(looked: Looked) -> tuple[Floats, ...]:
    """Give the middle lines (N, 2) in px of what the map knows as lines that are no crack, the longest first."""
    lines = [((path.places[:, ::-1] + 0.5) * LINE_STRIDE_PX).astype(np.float32) for path in looked.others]
    return tuple(sorted((line for line in lines if length_px(line) >= LONG_LINE_PX), key=lambda line: -len(line)))


def _xy(places: NDArray[np.intp], hw: tuple[int, ...]) -> tuple[tuple[float, float], ...]:
    """Give rows and columns at half resolution as x and y in px of the photo."""
    return tuple((min(col * 2.0 + 1, hw[1]), min(row * 2.0 + 1, hw[0])) for row, col in places.tolist())
