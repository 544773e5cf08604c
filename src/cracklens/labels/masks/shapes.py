"""Takes outlines, lines and bitmaps of cracks; gives which px of a photo they cover. Knows no format of files."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw
from skimage.draw import polygon as inside

from cracklens.errors import DataError
from cracklens.values import Note

Bools = NDArray[np.bool_]
Points = NDArray[np.float64]
MOST_SHARE = 0.5
"""A photo of which more is marked as crack has, as a rule, a mask the wrong way round."""


@dataclass(frozen=True)
class Area:
    """Outlines (N, 2) of what belongs together, x and y in px; the top left px reaches from (0, 0) to (1, 1)."""

    outlines: tuple[Points, ...]


@dataclass(frozen=True)
class Line:
    """A line along a crack (N, 2), x and y in px as of an area."""

    points: Points


@dataclass(frozen=True)
class Bitmap:
    """Px that are marked one by one.

    Attributes:
        read: gives them (h, w); may raise ValueError where they are damaged.
        corner: row and column of its top left px in the photo; None where it is as large as the photo.
    """

    read: Callable[[], Bools]
    corner: tuple[int, int] | None = None


@dataclass(frozen=True)
class Unread:
    """What marks no px.

    Attributes:
        what: it is, and what to do.
    """

    what: str


@dataclass(frozen=True)
class Shape:
    """What somebody has marked in a photo, with the name of its category."""

    name: str
    form: Area | Line | Bitmap | Unread


@dataclass(frozen=True)
class Annotated:
    """A photo as a file of annotations has it.

    Attributes:
        file: its name there.
        shapes: in it.
        hw: its size there; None where that is not said.
        fault: why it cannot be learnt from; None where it can.
    """

    file: str
    shapes: tuple[Shape, ...] = ()
    hw: tuple[int, int] | None = None
    fault: Note | None = None


@dataclass(frozen=True)
class Truth:
    """Which px of a photo are crack.

    Attributes:
        areas: (H, W) in outlines and bitmaps.
        lines: (H, W) on lines, whose width nobody has drawn.
    """

    areas: Bools
    lines: Bools

    @property
    def crack(self) -> Bools:
        """Px (H, W) that are crack."""
        return self.areas | self.lines


def painted(shapes: Sequence[Shape], hw: tuple[int, int], *, line_width_px: float) -> Truth:
    """Give the truth of a photo.

    Args:
        shapes: of cracks.
        hw: of the photo.
        line_width_px: of lines.

    Raises:
        DataError: a shape that marks no px, a bitmap of another size, or more than half of the photo.
    """
    areas, lines = np.zeros(hw, np.bool_), Image.new("1", hw[::-1])
    for shape in shapes:
        form = shape.form
        if isinstance(form, Unread):
            raise DataError(f"{shape.name!r} is marked by {form.what}")
        if isinstance(form, Area):
            for outline in form.outlines:
                cols, rows = outline.T - 0.5  # px have their centres at whole numbers there
                areas[inside(rows, cols, hw)] = True
        elif isinstance(form, Line):
            along = [(x, y) for x, y in (form.points - 0.5).tolist()]
            ImageDraw.Draw(lines).line(along, fill=1, width=max(round(line_width_px), 1), joint="curve")
        else:
            _lay(form, areas)
    truth = Truth(areas, np.asarray(lines))
    share = float(truth.crack.mean())
    if share > MOST_SHARE:
        raise DataError(f"{share:.0%} of it is marked as crack; mark cracks alone, and in a mask by light px")
    return truth


def _lay(bitmap: Bitmap, areas: Bools) -> None:
    """Add a bitmap to what is marked, in place."""
    try:
        marked = bitmap.read()
    except ValueError as error:
        raise DataError(f"its mask cannot be read ({error})") from error
    top, left = bitmap.corner or (0, 0)
    bottom, right = top + marked.shape[0], left + marked.shape[1]
    whole = areas.shape == (bottom, right) or bitmap.corner is not None
    if not whole or min(top, left) < 0 or bottom > areas.shape[0] or right > areas.shape[1]:
        came = f"its mask is {size_text(marked.shape)}" + (f" at row {top}, column {left}" if bitmap.corner else "")
        turned = "; the photo is turned by its EXIF" if marked.shape == areas.shape[::-1] else ""
        raise DataError(f"{came}, the photo {size_text(areas.shape)}{turned}; mask and photo must lie on each other")
    areas[top:bottom, left:right] |= marked


def size_text(hw: tuple[int, ...]) -> str:
    """Give a size for people: width first, as programs show it."""
    return f"{hw[1]} x {hw[0]} px"
