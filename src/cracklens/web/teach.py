"""Takes who wants a detector fitted to the site, and a promise of it; gives both, to page and program. Fits nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from fastapi import APIRouter
from starlette.responses import Response

from cracklens.errors import DataError, SettingError
from cracklens.projects import Project
from cracklens.projects.teaching import (
    LEAST_CRACKED,
    LEAST_PHOTOS,
    KeptDetector,
    Promised,
    Ready,
    detectors_of,
    promise_of,
    ready_of,
    use,
)
from cracklens.projects.views import about, counts_of
from cracklens.report import note_text, words_of
from cracklens.web.access import Here, Who
from cracklens.web.answers import Version, as_json, as_page
from cracklens.web.work import Fit, Fitting

LEAST = {"photos": LEAST_PHOTOS, "cracked": LEAST_CRACKED}


@dataclass(frozen=True)
class Teaching:
    """How far a project is with being fitted to.

    Attributes:
        ready: whether it can be.
        fit: the one that runs, or how the last one of this run of the server ended.
        detectors: fitted in the project, the latest first, then what they began with.
    """

    ready: Ready
    fit: Fit
    detectors: tuple[KeptDetector, ...]


@dataclass(frozen=True)
class DetectorForm:
    """Which of `Teaching.detectors` is to be used; the version of the project that was seen, None for any."""

    detector: str
    version: int | None = None


@dataclass(frozen=True)
class Answer:
    """What can be promised.

    Attributes:
        said: a sentence.
        holds: whether it holds at the project's threshold, at a lower one, or not with so few photos.
        threshold: from which it holds; None with too few photos.
    """

    said: str
    holds: Literal["now", "lower", "too few"]
    threshold: float | None


def teach_routes(project: Project) -> APIRouter:
    """Give the routes by which a detector is fitted to the site, put to use, and promised of."""
    router, fitting = APIRouter(tags=["teach"]), Fitting(project.folder)

    @router.get("/teach", include_in_schema=False)
    def page(visitor: Here) -> Response:
        """Give the page on which a detector is fitted to the site."""
        with project.database.reading() as session:
            of = {"about": about(session), "counts": counts_of(session), "visitor": visitor, "least": LEAST}
        return as_page("teach.html.j2", {**of, "ready": ready_of(project), **_shown(project, fitting.now)})

    @router.get("/api/teach", response_model=Teaching)
    def teaching() -> Response:
        """Say whether a detector can be fitted to the site, and which were."""
        return as_json(Teaching(ready_of(project), fitting.now, detectors_of(project)))

    @router.post("/api/teach", response_model=Fit, status_code=202)
    def start() -> Response:
        """Begin to fit a detector to the site, in a process of its own; nothing changes before it is put to use."""
        _check_ready(project)
        return as_json(fitting.start(), status=202)

    @router.get("/api/teach/progress", response_model=Fit)
    def progress() -> Response:
        """Say how far the fit is."""
        return as_json(fitting.now)

    @router.put("/api/detector", response_model=Version)
    def put_to_use(form: DetectorForm, who: Who) -> Response:
        """Put a detector of the project to use: its photos are inspected again, decisions stay."""
        _check_known(project, form.detector)
        return as_json(Version(use(project, form.detector, who=who, version=form.version)))

    @router.get("/api/promise", response_model=Answer)
    def promise(recall: float = 0.95, confidence: float = 0.9) -> Response:
        """Say from which score on cracks like the confirmed ones are found, a share of them with a confidence."""
        return as_json(_answer(promise_of(project, recall=recall, confidence=confidence)))

    return router


def _check_ready(project: Project) -> None:
    missing = ready_of(project).missing
    if missing:
        raise DataError(missing)


def _check_known(project: Project, detector: str) -> None:
    """Refuse what is no detector of the project: a name from outside may be any path of this machine."""
    known = [of.detector for of in detectors_of(project)]
    if detector not in known:
        raise SettingError(f"detector must be of {', '.join(known)}; got {detector!r}. Fit one first.")


def _answer(found: Promised) -> Answer:
    said = f"{note_text(found.note, words_of())}."
    if found.promise is None:
        return Answer(said, "too few", None)
    threshold = found.promise.threshold
    return Answer(said, "now" if threshold >= found.now else "lower", threshold)


def _shown(project: Project, fit: Fit) -> dict[str, object]:
    """Give what a page shows of a project's detectors: the last fit beside what it began with."""
    detectors = detectors_of(project)
    last = next((of for of in detectors if of.taught), None)
    began = next((of for of in detectors if last and last.taught and of.detector == last.taught.parent), None)
    in_use = next((of for of in detectors if of.in_use), None)
    return {"fit": fit, "detectors": detectors, "last": last, "began": began, "in_use": in_use}
