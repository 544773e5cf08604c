"""Takes the cracks that people confirmed in a project; gives the threshold that finds such cracks, or why none does."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from cracklens.artefacts import unpack
from cracklens.errors import DataError
from cracklens.figures import Promise, PromiseGoal, ScoredTile, keep_promise, least_cracks
from cracklens.projects import Project, held
from cracklens.projects.project import threshold_of
from cracklens.projects.records import CrackRow, PhotoRow
from cracklens.projects.teaching.fit import taught_of
from cracklens.values import Note, ScoreMap, Trace


@dataclass(frozen=True)
class Promised:
    """What can be promised of cracks like those that people confirmed.

    Attributes:
        goal: that was asked for.
        promise: what holds it; None where too few photos have cracks.
        photos: gone through, with cracks: of each one crack counts.
        needed: so many of them carry the goal if none of their cracks is missed.
        now: the threshold that the project has.
    """

    goal: PromiseGoal
    promise: Promise | None
    photos: int
    needed: int
    now: float

    @property
    def note(self) -> Note:
        """The answer, for words: kept, kept by a lower threshold than the project's, or too few photos."""
        about: dict[str, str | int | float] = {
            "recall": f"{100 * self.goal.recall:g}",
            "confidence": f"{100 * self.goal.confidence:g}",
            "photos": self.photos,
        }
        if self.promise is None:
            return Note("promise_too_few", about | {"needed": self.needed, "more": self.needed - self.photos})
        threshold, missed = f"{self.promise.threshold:.3f}", self.promise.may_miss
        about |= {"now": f"{self.now:.3f}", "threshold": threshold, "missed": missed}
        return Note("promise_kept" if self.promise.threshold >= self.now else "promise_lower", about)


def promise_of(project: Project, *, recall: float = 0.95, confidence: float = 0.9) -> Promised:
    """Give the threshold at which cracks like those of the gone-through photos are found, with a confidence.

    A crack's score is the highest of the cells that it runs through. Where the project's detector was fitted to its
    photos, it is that of a fit that had not seen the photo. Of each photo one crack counts.

    Args:
        project: whose photos were gone through.
        recall: share of cracks to be found, above 0, below 1.
        confidence: that the share holds, above 0, below 1.

    Raises:
        SettingError: recall or confidence is out of range.
    """
    goal, holding = PromiseGoal(recall, confidence), held(project)
    taught = taught_of(project, holding.project.detector)
    unseen = taught.crack_scores if taught else {}
    tiles = [
        ScoredTile(Path(), row.id, 1, photo.sha256, score)
        for photo in holding.photos
        if photo.reviewed_at and photo.state == "inspected"
        for row, score in _scored(project, photo, holding.cracks.get(photo.id, ()), unseen)
    ]
    try:
        promise = keep_promise(tiles, goal)
    except DataError:
        promise = None
    photos = len({tile.group for tile in tiles})
    return Promised(goal, promise, photos, least_cracks(goal), threshold_of(holding.project))


def _scored(
    project: Project, photo: PhotoRow, rows: tuple[CrackRow, ...], unseen: dict[str, float]
) -> list[tuple[CrackRow, float]]:
    """Give the confirmed cracks of a photo with their scores."""
    confirmed = [row for row in rows if row.decision == "confirmed"]
    scores = project.artefacts.get(photo.scored_key, ScoreMap) if photo.scored_key and confirmed else None
    if scores is None:
        return []
    return [(row, unseen.get(row.id, _highest(scores, unpack(row.trace, Trace)))) for row in confirmed]


def _highest(scores: ScoreMap, trace: Trace) -> float:
    """Give the highest score of the cells that a line runs through."""
    points = np.concatenate([branch.points_xy for branch in trace.branches]) // scores.stride_px
    cols, rows = np.clip(points.astype(np.intp), 0, np.array(scores.values.shape[::-1]) - 1).T
    return float(scores.values[rows, cols].max())
