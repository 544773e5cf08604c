"""Takes a folder; gives a wall at two dates, on which one crack grew, one is new, one gone and one as before."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw
from tests.compare.scenes import HW, WIDTH_PX, Points, Shot, moved_line, taken_again, trace_of, write_report

from cracklens.drawn.wall import draw_wall
from cracklens.projects.exchange import import_report
from cracklens.values import Scale

SCALE = Scale(2.0)
LINES = {
    "grown": [(60, 100), (500, 130)],
    "new": [(80, 220), (480, 200)],
    "gone": [(70, 330), (470, 350)],
    "static": [(30, 60), (40, 390)],
}
"""Ends of each crack, px of the earlier photo."""

GROWN_FROM_X = 280
"""The crack that grew went so far at the earlier date."""


def line(name: str, *, until_x: float = np.inf) -> Points:
    """Give a crack's line, a point a px."""
    (x0, y0), (x1, y1) = LINES[name]
    share = np.linspace(0, 1, int(np.hypot(x1 - x0, y1 - y0)) + 1)
    points = np.column_stack([x0 + share * (x1 - x0), y0 + share * (y1 - y0)])
    return points[points[:, 0] <= until_x]


def drawn(*lines: Points) -> NDArray[np.uint8]:
    """Give the wall with cracks (H, W, 3) uint8."""
    image = Image.fromarray(draw_wall(HW, widths_px=(), texture="concrete", seed=3).pixels)
    for points in lines:
        ImageDraw.Draw(image).line([tuple(point) for point in points], fill=(45, 43, 40), width=round(WIDTH_PX))
    return np.asarray(image)


def earlier_report(folder: Path) -> Path:
    """Write the report of the earlier date, its photo beside it, and give its folder."""
    lines = [line("grown", until_x=GROWN_FROM_X), line("gone"), line("static")]
    traces = tuple(map(trace_of, lines))
    return write_report(folder, Shot("pier.png", drawn(*lines), traces, SCALE, "2024-05-04T10:00:00"))


def today_report(folder: Path) -> Path:
    """Write the report of today, taken from another place, with a photo of another wall, and give its folder."""
    lines = [line("grown"), line("new"), line("static")]
    traces = tuple(trace_of(moved_line(points)) for points in lines)
    other = draw_wall(HW, widths_px=(), texture="concrete", seed=9).pixels
    shots = Shot("pier.png", taken_again(drawn(*lines)), traces, SCALE, "2026-05-04T10:00:00"), Shot("deck.png", other)
    return write_report(folder, *shots)


def today(folder: Path) -> Path:
    """Make the project of today, and give its folder."""
    import_report(folder, today_report(folder.parent / "today")).project.close()
    return folder
