"""Takes a photo; gives the picture of its traces that stands in docs/trace.md. Measures nothing."""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from cracklens import Detector, read_photo
from cracklens.values import SURE, Trace

TRACE, GAP = (255, 0, 0), (255, 170, 0)


def draw_traces(pixels: NDArray[np.uint8], traces: tuple[Trace, ...], *, width_px: int) -> Image.Image:
    """Give a photo (H, W, 3), made smaller, with its likely cracks, and bridged gaps, over it."""
    photo = Image.fromarray(pixels)
    share = width_px / photo.width
    picture = photo.resize((width_px, round(photo.height * share)), Image.Resampling.LANCZOS)
    pen = ImageDraw.Draw(picture)
    for trace in (one for one in traces if one.confidence >= SURE):
        lines = [(branch.points_xy, TRACE) for branch in trace.branches]
        lines += [(np.array([gap.start_xy, gap.stop_xy]), GAP) for gap in trace.gaps]
        for points, colour in lines:
            pen.line([(x, y) for x, y in (points * share).tolist()], fill=colour, width=2)
    return picture


def main() -> None:
    """Draw what the default detector traces in a photo."""
    parser = argparse.ArgumentParser(prog="python -m makers.traced_picture", description=__doc__)
    parser.add_argument("photo", type=Path)
    parser.add_argument("out", type=Path, help="a JPEG")
    parser.add_argument("--width", type=int, default=1000, metavar="PX")
    wanted = parser.parse_args()
    photo = read_photo(wanted.photo)
    traces = Detector.load().inspect(photo).traces
    draw_traces(photo.pixels, traces, width_px=wanted.width).save(wanted.out, quality=85)


if __name__ == "__main__":
    main()
