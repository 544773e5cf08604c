"""Takes nothing; gives a photo, its scale and where it comes from. Knows nothing of cracks."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from cracklens.values.notes import Note
from cracklens.values.optics import Optics

Source = str | Path | bytes
ScaleSource = Literal["given", "table", "marker", "exif"]


@dataclass(frozen=True)
class Scale:
    """How many px of a photo lie on a millimetre of the surface, and how sure that is.

    Attributes:
        px_per_mm: > 0.
        source: given for all photos, from a table by photo, from a printed marker, from EXIF and a given distance.
        relative_error: standard uncertainty as a share of px_per_mm, e.g. 0.02.
        note: how it was found, e.g. by a marker of so many mm, so tilted; None where there is nothing to say.
    """

    px_per_mm: float
    source: ScaleSource = "given"
    relative_error: float = 0.02
    note: Note | None = None


@dataclass(frozen=True)
class Photo:
    """One photo as it is to be looked at.

    Attributes:
        pixels: RGB (H, W, 3) uint8, upright. May be a view.
        name: how the report calls it: the path as given, or "<bytes>".
        sha256: of the file's bytes.
        taken_at: "YYYY-MM-DDTHH:MM:SS" in the camera's time, "YYYY-MM-DD" where the day alone is known; None without.
        gps, direction_deg: (latitude, longitude); where the camera looked, clockwise from north, 0-360; None without.
        scale: on the surface, None where unknown.
        notes: what was changed while reading.
        optics: what its file says of the lens.
        empty: (H, W) px without a picture: transparent, without data; filled with the colour nearby, and inspected in
            no way. A note says so. None where every px has a picture.
    """

    pixels: NDArray[np.uint8]
    name: str
    sha256: str
    taken_at: str | None = None
    gps: tuple[float, float] | None = None
    scale: Scale | None = None
    notes: tuple[Note, ...] = ()
    direction_deg: float | None = None
    optics: Optics = field(default_factory=Optics)
    empty: NDArray[np.bool_] | None = None

    @property
    def px_per_mm(self) -> float | None:
        """Scale on the surface; None where unknown."""
        return self.scale.px_per_mm if self.scale else None

    @property
    def hw(self) -> tuple[int, int]:
        """Height and width in px."""
        return self.pixels.shape[0], self.pixels.shape[1]
