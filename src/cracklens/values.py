"""Takes nothing; gives the frozen values that travel from photo to report. Knows nothing of how they are made.

Order is (height, width) for sizes and shapes, (x0, y0, x1, y1) for boxes with x1 and y1 exclusive.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from cracklens.values_head import Head as Head  # noqa: PLC0414 given on: rooms take every value from here
from cracklens.values_optics import Optics as Optics  # noqa: PLC0414
from cracklens.values_trace import Branch as Branch  # noqa: PLC0414
from cracklens.values_trace import Interval as Interval  # noqa: PLC0414
from cracklens.values_trace import Quantity as Quantity  # noqa: PLC0414
from cracklens.values_trace import Trace as Trace  # noqa: PLC0414
from cracklens.values_windows import NEIGHBOURHOOD_PX as NEIGHBOURHOOD_PX  # noqa: PLC0414
from cracklens.values_windows import STRIDE_PX as STRIDE_PX  # noqa: PLC0414
from cracklens.values_windows import FeatureMaps as FeatureMaps  # noqa: PLC0414
from cracklens.values_windows import Window as Window  # noqa: PLC0414

LEAST_SEEN = 0.5
"""A cell of whose px fewer have a picture is not inspected."""

ScaleSource = Literal["given", "table", "marker", "exif"]


@dataclass(frozen=True)
class Scale:
    """How many px of a photo lie on a millimetre of the surface, and how sure that is.

    Attributes:
        px_per_mm: > 0.
        source: given for all photos, from a table by photo, from a printed marker, from EXIF and a given distance.
        relative_error: standard uncertainty as a share of px_per_mm, e.g. 0.02.
        note: for the reader of the report, e.g. "marker of 50 mm, tilted by 12 degrees"; may be empty.
    """

    px_per_mm: float
    source: ScaleSource = "given"
    relative_error: float = 0.02
    note: str = ""


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
        notes: what was changed while reading, for the reader of the report.
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
    notes: tuple[str, ...] = ()
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


@dataclass(frozen=True)
class ScoreMap:
    """Where a photo shows cracks, on an absolute scale.

    Attributes:
        values: (h, w) float32, 0-1: calibrated probability that the 224 px neighbourhood of a cell holds a crack.
        photo_hw: size of the photo in px.
        stride_px: side of a cell; the last row and column reach to the photo's edge.
        novelty: how unlike the training data the photo looks; above 1, 99 of 100 tiles of that data are more alike.
            None where the detector cannot tell.
        cells: (h, w) float32, 0-1: the score that a neighbourhood would have if of all its cells only the middle one
            spoke for a crack; finer than `values`, for tracing, and not stored. None without a detail net.
        seen: (h, w) float32, 0-1: share of each cell's px that have a picture; None where all have. Cells of less than
            half have the score 0, and no finding.
    """

    values: NDArray[np.float32]
    photo_hw: tuple[int, int]
    stride_px: int = STRIDE_PX
    novelty: float | None = None
    cells: NDArray[np.float32] | None = None
    seen: NDArray[np.float32] | None = None

    @property
    def inspected(self) -> NDArray[np.bool_]:
        """Cells (h, w) of which at least half has a picture."""
        return np.ones(self.values.shape, np.bool_) if self.seen is None else self.seen >= LEAST_SEEN

    @property
    def peak(self) -> float:
        """The photo's own score: its highest cell."""
        return float(self.values.max())


@dataclass(frozen=True)
class Finding:
    """One connected region of a photo whose score is over the threshold.

    Attributes:
        box_xyxy: its bounds in px of the photo.
        area_px: its area in px², of what has a picture.
        peak_score: highest score in it, 0-1.
        mean_score: mean score of its cells, 0-1.
    """

    box_xyxy: tuple[int, int, int, int]
    area_px: int
    peak_score: float
    mean_score: float


@dataclass(frozen=True)
class Inspection:
    """What was found in one photo.

    Attributes:
        photo: the photo's name in the report.
        sha256: of its file.
        photo_hw: its size in px.
        score_map: absolute scores.
        findings: most certain first.
        threshold: the score from which a region is a finding.
        preview_jpeg: the photo as a small JPEG, long side at most 1,280 px, for reports.
        taken_at, gps, scale, notes, direction_deg: as in `Photo`.
        traces: the cracks that could be followed in the findings, the widest first.
        empty_share: share of the photo without a picture, 0-1, see `Photo.empty`.
    """

    photo: str
    sha256: str
    photo_hw: tuple[int, int]
    score_map: ScoreMap
    findings: tuple[Finding, ...]
    threshold: float
    preview_jpeg: bytes
    taken_at: str | None = None
    gps: tuple[float, float] | None = None
    scale: Scale | None = None
    notes: tuple[str, ...] = ()
    traces: tuple[Trace, ...] = ()
    direction_deg: float | None = None
    empty_share: float = 0.0

    @property
    def px_per_mm(self) -> float | None:
        """Scale on the surface; None where unknown."""
        return self.scale.px_per_mm if self.scale else None

    @property
    def score(self) -> float:
        """The photo's score: the peak of its map."""
        return self.score_map.peak

    @property
    def flagged_share(self) -> float:
        """Share of what has a picture inside findings, 0-1."""
        seen_px = self.photo_hw[0] * self.photo_hw[1] * (1 - self.empty_share)
        return min(1.0, sum(f.area_px for f in self.findings) / seen_px) if seen_px else 0.0


@dataclass(frozen=True)
class Failure:
    """A photo that was not inspected, and why.

    Attributes:
        photo: its name.
        reason: for a person.
        covered_by: the inspected photo that shows the same, as the JPEG beside a raw photo does; "" without one.
    """

    photo: str
    reason: str
    covered_by: str = ""


class Backbone(Protocol):
    """A network that turns windows into feature maps."""

    @property
    def name(self) -> str:
        """How reports call it."""
        ...

    @property
    def hash(self) -> str:
        """SHA-256 of the weights file; a head fits only the backbone it was fitted on."""
        ...

    def feature_maps(self, windows: NDArray[np.uint8]) -> FeatureMaps:
        """Give the feature maps of windows (N, H, W, 3) uint8 RGB; H and W are multiples of 32."""
        ...

    def release(self) -> None:
        """Give back the memory that is kept for the next window."""
        ...


Outcome = Inspection | Failure
Source = str | Path | bytes
