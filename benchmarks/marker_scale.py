"""Takes drawn walls with a marker, straight and tilted; gives how far the scale found lies from the true one."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import product

import numpy as np

from benchmarks.marker_scene import Scene, View, scene
from benchmarks.result import Bar, Benchmark, DataKind, Result, Settings
from cracklens.drawn import TEXTURES, Texture
from cracklens.scale.marker import marker_scale
from cracklens.values import Scale

ERROR = Bar("scale error, worst", "≤", 3.0, "%")
HW = (720, 960)
SIZE_MM = 50
SIDES_PX = (30, 60, 120, 240)
TILTS_DEGREES = (0, 10, 20, 30)
LOOSE_DEGREES = 30
Found = list[tuple[int, Scene, Scale | None]]


def run(settings: Settings) -> Sequence[Result]:
    """Draw a marker of 50 mm at four scales and four tilts on six kinds of wall, and measure each photo."""
    textures = TEXTURES[: settings.limit]
    data: DataKind = "limited" if settings.limit else "none"
    found: Found = []
    for i, texture in enumerate(textures):
        for side_px, tilt in product(SIDES_PX, TILTS_DEGREES):
            drawn = _draw(side_px, tilt, texture=texture, seed=100 * i + side_px + tilt)
            found.append((side_px, drawn, marker_scale(drawn.pixels, SIZE_MM)[0]))
    return [*_rows(found, data), _loose(textures, data)]


def _draw(side_px: int, tilt: int, *, texture: Texture, seed: int, centred: bool = False) -> Scene:
    return scene(HW, View(side_px / SIZE_MM, SIZE_MM, tilt, centred), texture=texture, seed=seed)


def _rows(found: Found, data: DataKind) -> list[Result]:
    """Give the worst error, and what informs beside it; a marker that was not found is an error of 100 %."""
    errors = [_error(drawn, scale) for _, drawn, scale in found]
    by_side = {
        f"{side} px": max(error for (of, *_), error in zip(found, errors, strict=True) if of == side)
        for side in SIDES_PX
    }
    missed = sum(scale is None for *_, scale in found)
    note = (
        f"marker of {SIZE_MM} mm, {min(SIDES_PX)}-{max(SIDES_PX)} px wide, tilted by 0-30° about any axis, on n drawn "
        "photos of six kinds of wall with blur and noise; the true scale is the geometric mean over the directions at "
        f"the marker; worst by side; {missed} not found"
    )
    covered = 100 * float(np.mean([_covers(drawn, scale) for _, drawn, scale in found]))
    inside = "photos where the least and the greatest scale at the marker, which a slant makes differ, are both in it"
    n = len(found)
    return [
        ERROR.result(max(errors), n=n, sides=by_side, data=data, note=note),
        Result("scale error, median", float(np.median(errors)), n, unit="%", sense="≤", data=data, note="of the same"),
        Result("scale in its interval, k = 2, in every direction", covered, n, unit="%", data=data, note=inside),
    ]


def _loose(textures: Sequence[Texture], data: DataKind) -> Result:
    """Give the error where a marker does not lie flat: tilted alone, before a wall that is seen straight on."""
    errors = []
    for i, texture in enumerate(textures):
        drawn = _draw(120, LOOSE_DEGREES, texture=texture, seed=i, centred=True)
        scale, _ = marker_scale(drawn.pixels, SIZE_MM)
        errors.append(100.0 if scale is None else 100 * abs(scale.px_per_mm / (120 / SIZE_MM) - 1))
    note = f"worst, the marker alone tilted by {LOOSE_DEGREES}° and not the wall behind it; one marker cannot show that"
    return Result("scale error, marker not flat", max(errors), len(errors), unit="%", sense="≤", data=data, note=note)


def _error(drawn: Scene, scale: Scale | None) -> float:
    return 100.0 if scale is None else 100 * abs(scale.px_per_mm / drawn.px_per_mm - 1)


def _covers(drawn: Scene, scale: Scale | None) -> bool:
    if scale is None:
        return False
    far = [abs(math.log(along / scale.px_per_mm)) for along in (drawn.least, drawn.greatest)]
    return max(far) <= 2 * scale.relative_error


BENCHMARK = Benchmark(
    "marker_scale", "scale by a printed marker in a photo, tilted by up to 30°, against the true one", (ERROR,), run
)
