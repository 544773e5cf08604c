"""Takes nothing; gives what a photo's file says of the lens it was taken through. Knows nothing of how it is read."""

from __future__ import annotations

from dataclasses import dataclass

from cracklens.values.notes import Note


@dataclass(frozen=True)
class Optics:
    """What a photo's file says of its lens; None where it says nothing that can be true.

    Attributes:
        focal_mm: focal length.
        film_mm: focal length of the 35 mm equivalent, which speaks of the diagonal.
        px_per_sensor_mm: px of the photo on a mm of the sensor.
        written_px: long and short side that the camera wrote, or one of them; () where it wrote none.
        digital_zoom: how many times the sensor's px were enlarged; 1 without.
        subject_m: distance to the subject as the camera guessed it.
        said: the tags of the focal length as they stand, for an error, e.g. "FocalLength nan"; "" without any.
        not_plain: why the photo is not one plain frame through one lens; None where nothing says so.
    """

    focal_mm: float | None = None
    film_mm: float | None = None
    px_per_sensor_mm: float | None = None
    written_px: tuple[int, ...] = ()
    digital_zoom: float = 1.0
    subject_m: float | None = None
    said: str = ""
    not_plain: Note | None = None
