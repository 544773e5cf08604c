"""Takes nothing; gives the frozen values that travel from photo to report. Knows nothing of how they are made.

Order is (height, width) for sizes and shapes, (x0, y0, x1, y1) for boxes with x1 and y1 exclusive.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from cracklens.values_head import Head as Head  # noqa: PLC0414 given on: rooms take every value from here
from cracklens.values_trace import Branch as Branch  # noqa: PLC0414
from cracklens.values_trace import Interval as Interval  # noqa: PLC0414
from cracklens.values_trace import Quantity as Quantity  # noqa: PLC0414
from cracklens.values_trace import Trace as Trace  # noqa: PLC0414

STRIDE_PX = 32
"""Side of a cell of the score map: one step of ResNet50's layer4."""

NEIGHBOURHOOD_PX = 224
"""Side of the square whose features are averaged for one score: the size that ResNet50 was trained at."""


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
        taken_at: EXIF date "YYYY-MM-DDTHH:MM:SS" in the camera's time, None without one.
        gps, direction_deg: (latitude, longitude); where the camera looked, clockwise from north, 0-360; None without.
        scale: on the surface, None where unknown.
        notes: what was changed while reading, for the reader of the report.
    """

    pixels: NDArray[np.uint8]
    name: str
    sha256: str
    taken_at: str | None = None
    gps: tuple[float, float] | None = None
    scale: Scale | None = None
    notes: tuple[str, ...] = ()
    direction_deg: float | None = None

    @property
    def px_per_mm(self) -> float | None:
        """Scale on the surface; None where unknown."""
        return self.scale.px_per_mm if self.scale else None

    @property
    def hw(self) -> tuple[int, int]:
        """Height and width in px."""
        return self.pixels.shape[0], self.pixels.shape[1]


@dataclass(frozen=True)
class Window:
    """One part of a photo that goes through the network at once.

    Attributes:
        core_cells_xyxy: the cells of the map that this window gives.
        reads_xyxy: the px it reads, core and halo; may reach beyond the photo, where it is filled by reflection.
    """

    core_cells_xyxy: tuple[int, int, int, int]
    reads_xyxy: tuple[int, int, int, int]

    @property
    def core_in_reads(self) -> tuple[slice, slice]:
        """Rows and columns of the core in the feature map of `reads_xyxy`."""
        x0, y0, x1, y1 = self.core_cells_xyxy
        left, top = self.reads_xyxy[0] // STRIDE_PX, self.reads_xyxy[1] // STRIDE_PX
        return slice(y0 - top, y1 - top), slice(x0 - left, x1 - left)


@dataclass(frozen=True)
class FeatureMaps:
    """What the backbone gives for a batch of windows.

    Attributes:
        layer3: (N, 1024, 2h, 2w) float32, stride 16 px.
        layer4: (N, 2048, h, w) float32, stride 32 px.
    """

    layer3: NDArray[np.float32]
    layer4: NDArray[np.float32]


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
    """

    values: NDArray[np.float32]
    photo_hw: tuple[int, int]
    stride_px: int = STRIDE_PX
    novelty: float | None = None
    cells: NDArray[np.float32] | None = None

    @property
    def peak(self) -> float:
        """The photo's own score: its highest cell."""
        return float(self.values.max())


@dataclass(frozen=True)
class Finding:
    """One connected region of a photo whose score is over the threshold.

    Attributes:
        box_xyxy: its bounds in px of the photo.
        area_px: its area in px².
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
        """Share of the photo's area inside findings, 0-1."""
        return sum(f.area_px for f in self.findings) / (self.photo_hw[0] * self.photo_hw[1])


@dataclass(frozen=True)
class Failure:
    """A photo that could not be inspected, and why."""

    photo: str
    reason: str


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


Outcome = Inspection | Failure
Source = str | Path | bytes
Windows = Iterator[tuple[Window, NDArray[np.uint8]]]
