"""Takes what people decided on a project's photos; gives a detector fitted to them, measured beside the old one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import msgspec
import numpy as np
from numpy.typing import NDArray
from sqlalchemy import select

from cracklens.artefacts import from_json, unpack
from cracklens.detector import Detector
from cracklens.errors import DataError
from cracklens.files import make_folder, output_errors, write_whole
from cracklens.models import (
    FITTED_WITH,
    Card,
    Checkpoint,
    DataSource,
    Metric,
    find_checkpoint,
    head_sha256,
    read_checkpoint,
    write_checkpoint,
)
from cracklens.network import calibrated
from cracklens.photo import read_photo
from cracklens.projects.project import DETECTORS, Project, detector_of, own_detector
from cracklens.projects.queue import again
from cracklens.projects.records import CrackRow, Decision, PhotoRow, changing, check_version, now
from cracklens.projects.review import project_row
from cracklens.projects.teaching.ready import ready_of
from cracklens.training import made_of
from cracklens.training.site import (
    FittedHead,
    Labels,
    Read,
    Shows,
    SiteFigures,
    SitePhoto,
    SiteSettings,
    Spoken,
    Tally,
    figures_of,
    fit_to_site,
    labels_of,
    read_photo_for,
    tally_of,
)
from cracklens.values import Head, Note, Trace

SITE = "site"
"""Name of the recipe on the card."""

FIGURES_FILE = "taught.json"
SHOWS: dict[Decision, Shows] = {"confirmed": "crack", "rejected": "no crack", "open": "unknown"}

OnStep = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Taught:
    """A detector that was fitted to a site, beside the one that it began with.

    Attributes:
        detector: its folder in the project's, as `use` takes it.
        parent: name or folder of the one that it began with.
        photos: gone through, that both were measured on.
        old, new: figures of both; of the new one by fits that had not seen the photo.
        crack_scores: of each crack, its highest score by a fit that had not seen its photo, by id.
        made_at: when, in UTC.
    """

    detector: str
    parent: str
    photos: tuple[str, ...]
    old: SiteFigures
    new: SiteFigures
    crack_scores: dict[str, float]
    made_at: str = ""

    @property
    def note(self) -> Note:
        """What was measured, for words."""
        about: dict[str, str | int | float] = {"photos": len(self.photos), "cracks": self.new.cracks}
        for name, of in (("old", self.old), ("new", self.new)):
            for what, rate in (("missed", of.missed), ("false", of.false)):
                about[f"{name}_{what}"] = f"{rate.value:.1f}"
                about |= {f"{name}_{what}_low": f"{rate.low:.1f}", f"{name}_{what}_high": f"{rate.high:.1f}"}
        return Note("taught", about)


@dataclass(frozen=True)
class _Seen:
    """A photo that was gone through: as the head reads it, and what people said of it."""

    name: str
    read: Read
    labels: Labels
    cracks: tuple[str, ...]

    def for_fit(self) -> SitePhoto:
        return SitePhoto(self.read.features, self.read.rest, self.labels.values, self.labels.rejected)

    def tally(self, scores: NDArray[np.floating], threshold: float) -> Tally:
        rows, cols = self.read.starts
        return tally_of(self.labels, scores, (len(rows), len(cols)), threshold=threshold)


def teach(
    project: Project,
    *,
    settings: SiteSettings | None = None,
    opened: Callable[[str], Detector] = Detector.load,
    on_step: OnStep = lambda *_: None,
) -> Taught:
    """Fit the project's detector to the photos that were gone through, measure both, and keep the new one beside it.

    Confirmed and drawn lines are cracks, rejected ones and the rest of the photos are none; lines that nobody decided
    on are left out. Nothing changes in the project before `use`. One that was fitted to the site before is not gone on
    with: the fit begins with the same detector as that one did, and has all photos.

    Args:
        project: with photos that were gone through.
        settings: of the fit; None takes the chosen ones.
        opened: opens a detector by its name or folder.
        on_step: called with what is done, "read" or "fit", and (done, of all): first each photo is read, then it fits.

    Raises:
        DataError: fewer than eight photos were gone through, or fewer than two of them have cracks.
        PhotoError: a photo cannot be read any more.
        OutputError: the disk is full.
    """
    rows, settings = _gone_through(project), settings or SiteSettings()
    parent = parent_of(project)
    start, detector = read_checkpoint(find_checkpoint(parent)), opened(parent)
    seen, steps = [], len(rows) + len(settings.strengths) * settings.folds
    for number, (photo, cracks) in enumerate(rows):
        seen.append(_read(project, detector, photo, cracks))
        on_step("read", number + 1, steps)
    fitted = fit_to_site(
        [one.for_fit() for one in seen],
        detector.head,
        settings=settings,
        on_step=lambda done, _: on_step("fit", len(rows) + done, steps),
    )
    old = figures_of([one.tally(_scores(one.read, detector.head), start.card.threshold) for one in seen])
    unseen = zip(seen, fitted.unseen, fitted.thresholds, strict=True)
    new = figures_of([one.tally(scores, threshold) for one, scores, threshold in unseen])
    card = _card(start.card, (parent, head_sha256(start.head)), fitted, new, detector, settings)
    name = f"{DETECTORS}/{head_sha256(fitted.head)[:12]}"
    taught = Taught(name, parent, tuple(one.name for one in seen), old, new, _crack_scores(seen, fitted), now())
    _keep(project.folder / name, replace(start, head=fitted.head, card=card), taught)
    return taught


def parent_of(project: Project) -> str:
    """Give the detector that a fit to the site begins with: the project's own, or the one that it began with."""
    name = detector_of(project)
    recipe = read_checkpoint(find_checkpoint(name)).card.recipe
    return str(recipe["parent"]) if recipe.get("name") == SITE else name


def taught_of(project: Project, detector: str) -> Taught | None:
    """Give what was measured when a detector of the project was fitted; None of another one."""
    own = own_detector(project, detector)
    try:
        return from_json((own / FIGURES_FILE).read_bytes(), Taught) if own else None
    except (OSError, msgspec.MsgspecError):
        return None


def use(project: Project, detector: str, *, who: str = "", version: int | None = None) -> int:
    """Put a detector to use, and give the project's version; photos are inspected again, every decision stays.

    Args:
        project: that is to have it.
        detector: `Taught.detector`, or the name or folder of another.
        who: the user.
        version: of the project that the user saw; None changes any.

    Raises:
        CheckpointError: there is no such detector, or it is damaged.
        ConflictError: somebody else has changed what holds for the project in the meantime.
    """
    found = read_checkpoint(own_detector(project, detector) or find_checkpoint(detector))
    with project.database.writing() as session:
        row = project_row(session)
        check_version(row, version)
        with changing(session, who, "detector", [row]):
            row.detector, row.threshold = detector, found.card.threshold
        again(session, "inspect")
        return row.version


def _gone_through(project: Project) -> list[tuple[PhotoRow, list[CrackRow]]]:
    """Give the photos that people have gone through, with their lines.

    Raises:
        DataError: there are too few.
    """
    ready = ready_of(project)
    if ready.missing:
        raise DataError(ready.missing)
    lines = select(CrackRow).where(CrackRow.removed.is_(False), CrackRow.photo_id.in_(ready.photos))
    photos = select(PhotoRow).where(PhotoRow.id.in_(ready.photos)).order_by(PhotoRow.sha256)
    with project.database.reading() as session:
        found = list(session.scalars(lines.order_by(CrackRow.id)))
        return [(photo, [of for of in found if of.photo_id == photo.id]) for photo in session.scalars(photos)]


def _read(project: Project, detector: Detector, photo: PhotoRow, cracks: Sequence[CrackRow]) -> _Seen:
    read = read_photo_for(detector, read_photo(project.photo_path(photo), name=photo.name))
    lines = [Spoken(unpack(row.trace, Trace), SHOWS[row.decision]) for row in cracks]
    ids = tuple(row.id for row in cracks if row.decision == "confirmed")
    return _Seen(photo.name, read, labels_of(lines, read.starts, read.hw), ids)


def _crack_scores(seen: Sequence[_Seen], fitted: FittedHead) -> dict[str, float]:
    return {
        crack: float(scores[places].max())
        for one, scores in zip(seen, fitted.unseen, strict=True)
        for crack, places in zip(one.cracks, one.labels.cracks, strict=True)
    }


def _keep(folder: Path, checkpoint: Checkpoint, taught: Taught) -> None:
    """Write a detector with its figures; its card comes last, so whoever is killed before leaves none."""
    with output_errors(make_folder(folder)):
        write_whole(folder / FIGURES_FILE, msgspec.json.encode(taught))
    write_checkpoint(checkpoint, folder)


def _scores(read: Read, head: Head) -> NDArray[np.float64]:
    """Give the scores (K,) of a photo's neighbourhoods by the head as it was."""
    weight = head.weight[1] - head.weight[0]
    logits = read.features.astype(np.float32) @ weight + (head.bias[1] - head.bias[0]) + read.rest
    return np.asarray(calibrated(logits, head), np.float64)


def _card(
    before: Card,
    start: tuple[str, str],
    fitted: FittedHead,
    figures: SiteFigures,
    detector: Detector,
    settings: SiteSettings,
) -> Card:
    parent, sha256 = start
    with_map = {FITTED_WITH: before.recipe[FITTED_WITH]} if FITTED_WITH in before.recipe else {}
    recipe = {"name": SITE, "parent": parent, "parent_sha256": sha256, "strength": fitted.strength}
    n, on = figures.photos, f"{figures.photos} photos of the site, each by a fit that had not seen it"
    rates = {"missed_cracks_in_10_photos": figures.missed, "false_alarms_in_10_photos": figures.false}
    return replace(
        before,
        name=f"{before.name}, fitted to this site",
        recipe={**asdict(settings), **recipe, **with_map},
        threshold=fitted.threshold,
        threshold_rule="best F1, both classes alike, on places that fits had not seen",
        data=(*before.data, DataSource("photos of one site that were gone through", n, f"{settings.folds} folds")),
        metrics=tuple(Metric(name, of.value, n, on, of.low, of.high) for name, of in rates.items()),
        limits=(
            "This is a screening aid: it misses cracks, and calls marks cracks that are none.",
            f"Fitted to one site on {n} photos from {before.name}; for any other site take that one.",
            "A crack that nobody confirmed or drew counts as none, in the fit and in its figures.",
        ),
        **made_of(detector.backbone, fitted.head),
    )
