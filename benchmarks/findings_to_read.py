"""Takes six whole photos; gives the rows that a reader of their report meets, and the cracked cells these find."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from benchmarks.labelled_photos import LabelledPhoto, labelled_photos
from benchmarks.lines import Points, points_of
from benchmarks.result import Bar, Benchmark, Result, Settings
from cracklens import Detector
from cracklens.report.cracks import cracks_of, listed_ones
from cracklens.training.features.mosaic import TILE_PX
from cracklens.values import Inspection, Trace

BASELINE = "a3ec6a2"
"""Commit whose product, with its bundled default detector, is the baseline: measured by this very code."""

BASELINE_FINDINGS = 171
"""What the report listed, as issue 9 counts them: the bar is a fifth of it."""

BASELINE_ROWS = 208
"""Rows by this code: findings and traces."""

BASELINE_CELLS = 99
"""Of 205 cracked cells of the six photos, by this code."""

ROWS = Bar("rows to read", "≤", BASELINE_FINDINGS // 5)
CELLS = Bar("cracked cells found", "≥", BASELINE_CELLS)
PLACE_PX = 448
"""A box with a longer side leads nobody to a crack: it finds no cell."""

OVERLAP = 0.25
"""A place finds a cell if it covers so much of it: what only touches it is beside it."""

THROUGH_PX = 16
"""A trace finds a cell if it runs in it for so long, and does not only touch its corner."""

Cell = tuple[int, int]
Box = tuple[int, int, int, int]


def run(settings: Settings) -> Sequence[Result]:
    """Inspect each photo with the detector's own threshold; "val" takes photos of val, put together from tiles."""
    detector, photos = Detector.load(settings.detector), labelled_photos(settings)
    rows, found, cracked, summed, sides = 0, 0, 0, 0, {}
    for labelled in photos.photos:
        inspection = detector.inspect(labelled.photo)
        wanted = cracked_cells(labelled)
        read = rows_to_read(inspection)
        rows, cracked, found = rows + read, cracked + len(wanted), found + len(wanted & found_cells(inspection))
        sides[f"{labelled.photo.name.rsplit('/', 1)[-1]}, rows"] = float(read)
        summed += len(inspection.traces) - len(listed(inspection))
    note = f"{photos.n} photos; places and listed traces, folded ones too, short pieces in a sentence not; "
    note += f"at {BASELINE} the six photos of test had {BASELINE_ROWS}"
    sides["short pieces without a row"] = float(summed)
    cells = f"of n cracked: a trace runs through, or a box of ≤ {PLACE_PX} px covers a quarter; bar: at {BASELINE}"
    shared: dict[str, Any] = {"data": photos.data, "split": settings.split}
    return [
        ROWS.result(rows, n=photos.n, sides=sides, note=note, **shared),
        CELLS.result(found, n=cracked, sides={"share": found / cracked if cracked else 0.0}, note=cells, **shared),
    ]


def boxes(inspection: Inspection) -> list[Box]:
    """Give the boxes that a report lists beside its traces: its places to check."""
    return [place.box_xyxy for place in inspection.places]


def rows_to_read(inspection: Inspection) -> int:
    """Give how many rows a photo has in its report: places and listed traces, whatever is folded away."""
    return len(boxes(inspection)) + len(listed(inspection))


def listed(inspection: Inspection) -> list[Trace]:
    """Give the traces that a report lists; short pieces beside longer cracks are summed up in a sentence."""
    return [crack.trace for crack in listed_ones(cracks_of(inspection, 1))]


def cracked_cells(labelled: LabelledPhoto) -> set[Cell]:
    """Give row and column of the cells that are labelled cracked."""
    return {cell for cell, label in zip(labelled.places, labelled.labels.tolist(), strict=True) if label}


def found_cells(inspection: Inspection) -> set[Cell]:
    """Give row and column of the cells that a listed trace or a place leads to."""
    traced = (cell for trace in listed(inspection) for cell in cells_through(points_of(trace)))
    return {*traced, *(cell for box in boxes(inspection) for cell in cells_under(box))}


def cells_through(points_xy: Points) -> set[Cell]:
    """Give the cells that a line with a point a px runs through."""
    cells, counts = np.unique((points_xy // TILE_PX).astype(int), axis=0, return_counts=True)
    return {
        (row, col) for (col, row), count in zip(cells.tolist(), counts.tolist(), strict=True) if count >= THROUGH_PX
    }


def cells_under(box_xyxy: Box) -> set[Cell]:
    """Give the cells that a place finds; none where it is too large to be one."""
    x0, y0, x1, y1 = box_xyxy
    if max(x1 - x0, y1 - y0) > PLACE_PX:
        return set()
    cols, rows = range(x0 // TILE_PX, -(-x1 // TILE_PX)), range(y0 // TILE_PX, -(-y1 // TILE_PX))
    return {(row, col) for row in rows for col in cols if _cover(box_xyxy, row, col) >= OVERLAP * TILE_PX**2}


def _cover(box_xyxy: Box, row: int, col: int) -> int:
    """Give the px² of a cell that a box covers."""
    x0, y0, x1, y1 = box_xyxy
    wide = min(x1, (col + 1) * TILE_PX) - max(x0, col * TILE_PX)
    high = min(y1, (row + 1) * TILE_PX) - max(y0, row * TILE_PX)
    return max(wide, 0) * max(high, 0)


BENCHMARK = Benchmark(
    "findings_to_read",
    "rows of the report of six whole photos, and the cracked cells that they find",
    (ROWS, CELLS),
    run,
)
