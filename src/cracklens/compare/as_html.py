"""Takes a comparison; gives compare.html, the photos of each pair side by side, without a single fetch."""

from __future__ import annotations

import base64
import io
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from jinja2 import Environment, PackageLoader, StrictUndefined
from PIL import Image

from cracklens import __version__
from cracklens.compare.as_json import summary
from cracklens.compare.pairs import Comparison, Pair
from cracklens.compare.register import Matrix, moved
from cracklens.compare.side import Points
from cracklens.compare.sizes import size_texts
from cracklens.errors import PhotoError
from cracklens.photo import read_photo
from cracklens.report import Named, note_texts, place_names, words_of
from cracklens.visible import shown_on_page

SIDE_PX = 1000
JPEG_QUALITY = 78
NOTHING = (128, 128, 128)
"""Colour of what the older photo does not show."""

CALM = ("STATIC", "OUTSIDE")
"""What did not change, or was not seen both times."""

SHOWN_PX, NAME_PX = 520.0, 17.0
"""Width that a picture is shown in on a screen, and height of a crack's name in it."""


@dataclass(frozen=True)
class Drawn:
    """One crack as the page draws it.

    Attributes:
        path: of an SVG, in px of the newer photo.
        status: decides the colour.
        name: and where it stands; None where there is no room.
    """

    path: str
    status: str
    name: Named | None


@dataclass(frozen=True)
class Sheet:
    """One pair as the page shows it; pictures are data URIs, "" where a photo is gone by now."""

    pair: Pair
    old_picture: str
    new_picture: str
    old_cracks: tuple[Drawn, ...]
    new_cracks: tuple[Drawn, ...]


def as_html(comparison: Comparison) -> Iterator[str]:
    """Give the pieces of compare.html, holding one pair's pictures at a time; pairs with changes stand first."""
    words, loader = words_of(), PackageLoader("cracklens.compare", "templates")
    environment = Environment(loader=loader, autoescape=True, undefined=StrictUndefined, finalize=shown_on_page)
    environment.trim_blocks = environment.lstrip_blocks = True
    environment.globals.update(w=words)
    environment.filters["named"] = lambda photo: ", ".join(filter(None, (photo.name, photo.taken_at)))
    environment.filters.update(sizes=size_texts, said=lambda notes: note_texts(notes, words))
    ordered = sorted(comparison.pairs, key=lambda pair: not _changed(pair))
    return environment.get_template("compare.html.j2").generate(
        summary=summary(comparison),
        sheets=(_sheet(pair) for pair in ordered),
        not_compared=comparison.not_compared,
        notes=comparison.notes,
        version=__version__,
    )


def _changed(pair: Pair) -> bool:
    return any(change.status not in CALM for change in pair.changes)


def _sheet(pair: Pair) -> Sheet:
    old, new = _drawn(pair, of_old=True), _drawn(pair, of_old=False)
    return Sheet(pair, _picture(pair, of_old=True), _picture(pair, of_old=False), old, new)


def _drawn(pair: Pair, *, of_old: bool) -> tuple[Drawn, ...]:
    """Give the cracks of one side in px of the newer photo, each with the status of the change that it belongs to."""
    cracks, matrix = (pair.old.cracks, pair.registration.matrix) if of_old else (pair.new.cracks, None)
    status = {id_: one.status for one in pair.changes for id_ in (one.old_ids if of_old else one.new_ids)}
    lines = {one.id: [moved(matrix, of) if matrix is not None else of for of in one.lines_xy] for one in cracks}
    ordered = sorted(lines, key=lambda id_: status[id_] in CALM)
    height_px = NAME_PX * pair.new.hw[1] / SHOWN_PX
    placed = place_names([(id_, lines[id_][0]) for id_ in ordered], pair.new.hw, height_px=height_px)
    names = {of.text: of for of in placed}
    return tuple(Drawn(_path(lines[id_]), status[id_], names.get(id_)) for id_ in ordered)


def _path(lines_xy: list[Points]) -> str:
    return "".join("M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in line) for line in lines_xy)


def _picture(pair: Pair, *, of_old: bool) -> str:
    """Give a photo as a small JPEG in the newer one's frame: the older is laid on it."""
    photo = pair.old if of_old else pair.new
    try:
        pixels = read_photo(photo.path).pixels if photo.path else None
    except PhotoError:
        pixels = None
    if pixels is None:
        return ""
    height, width = pair.new.hw
    shrink = max(1.0, max(height, width) / SIDE_PX)
    size = (max(1, round(width / shrink)), max(1, round(height / shrink)))
    if of_old:
        image = _laid(pixels, pair.registration.matrix, shrink, size)
    else:
        image = Image.fromarray(np.ascontiguousarray(pixels)).resize(size, Image.Resampling.BOX)
    stream = io.BytesIO()
    image.save(stream, "JPEG", quality=JPEG_QUALITY)
    return f"data:image/jpeg;base64,{base64.b64encode(stream.getvalue()).decode('ascii')}"


def _laid(pixels: np.ndarray, old_to_new: Matrix, shrink: float, size: tuple[int, int]) -> Image.Image:
    """Give the older photo as seen from the newer one's place, shrunk before it is turned so that nothing flickers."""
    enlarged = float(np.sqrt(abs(np.linalg.det(old_to_new[:2, :2]))))
    before = max(1.0, shrink / enlarged)
    small_size = tuple(max(1, round(side / before)) for side in pixels.shape[1::-1])
    small = Image.fromarray(np.ascontiguousarray(pixels)).resize(small_size, Image.Resampling.BOX)
    to_small = np.diag([small_size[0] / pixels.shape[1], small_size[1] / pixels.shape[0], 1])
    back = to_small @ np.linalg.inv(old_to_new) @ np.diag([shrink, shrink, 1])
    back = back / back[2, 2]
    way, how = Image.Transform.PERSPECTIVE, Image.Resampling.BILINEAR
    return small.transform(size, way, back.ravel()[:8].tolist(), how, fillcolor=NOTHING)
