"""Takes nothing; gives what came of a photo: what was found in it, or why it was not inspected."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cracklens.values.maps import ScoreMap
from cracklens.values.notes import Note
from cracklens.values.photo import Scale
from cracklens.values.traces import Trace


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
class CloseUp:
    """A cut-out of a photo at full resolution, around the place where the width of a crack was taken.

    Attributes:
        trace: which of the inspection's traces, from 0.
        box_xyxy: what it shows, px of the photo.
        jpeg: its bare px.
    """

    trace: int
    box_xyxy: tuple[int, int, int, int]
    jpeg: bytes


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
        places: warm places where no crack could be traced, the warmest first, at most five.
        other_lines: middle lines (N, 2) float32 in px of what is a line and no crack: joints, edges, cables, writing.
        close_ups: at most twelve of what is rather crack than not, those to look at first, then at most five others.
        place_jpegs: the bare px of each place; () where there are none.
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
    notes: tuple[Note, ...] = ()
    traces: tuple[Trace, ...] = ()
    direction_deg: float | None = None
    empty_share: float = 0.0
    places: tuple[Finding, ...] = ()
    other_lines: tuple[NDArray[np.float32], ...] = ()
    close_ups: tuple[CloseUp, ...] = ()
    place_jpegs: tuple[bytes, ...] = ()

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
        reason: what fills in its words; "because" where it is the sentence of an error.
        covered_by: the inspected photo that shows the same, as the JPEG beside a raw photo does; "" without one.
    """

    photo: str
    reason: Note
    covered_by: str = ""


@dataclass(frozen=True)
class LeftOut:
    """A picture of labelled data that could not be used.

    Attributes:
        photo: its name.
        reason: what fills in its words; "because" where it is the sentence of an error.
    """

    photo: str
    reason: Note


Outcome = Inspection | Failure
