"""Takes what a person says of the whole project; gives it kept, and changes undone. Knows no photo."""

from __future__ import annotations

from dataclasses import dataclass

from fastapi import APIRouter
from starlette.responses import Response

from cracklens.projects import Project, describe_project, set_lists, set_threshold, undo
from cracklens.web.access import Who
from cracklens.web.answers import Version, as_json


@dataclass(frozen=True)
class AboutForm:
    """What the cover of a report says; the version of the project that was seen, None for any."""

    about: dict[str, str]
    version: int | None = None


@dataclass(frozen=True)
class Lists:
    """Names that are offered for severities and elements; None leaves a list as it is."""

    severities: list[str] | None = None
    elements: list[str] | None = None
    version: int | None = None


@dataclass(frozen=True)
class Threshold:
    """Score 0-1 from which a region is a finding; None takes the detector's own."""

    threshold: float | None
    version: int | None = None


@dataclass(frozen=True)
class Undone:
    """The photo that a change was undone of; None of the whole project."""

    photo: int | None


def whole_routes(project: Project) -> APIRouter:
    """Give the routes of what holds for all photos."""
    router = APIRouter(prefix="/api", tags=["project"])

    @router.patch("/project", response_model=Version)
    def about(form: AboutForm, who: Who) -> Response:
        """Say what the cover of the report says."""
        return as_json(Version(describe_project(project, form.about, who=who, version=form.version)))

    @router.put("/lists", response_model=Version)
    def names(form: Lists, who: Who) -> Response:
        """Set the names that are offered for severities and elements."""
        lists = {name: getattr(form, name) for name in ("severities", "elements")}
        said = {name: names for name, names in lists.items() if names is not None}
        return as_json(Version(set_lists(project, said, who=who, version=form.version)))

    @router.put("/threshold", response_model=Version)
    def threshold(form: Threshold, who: Who) -> Response:
        """Move the threshold of all photos; the network does not run again."""
        return as_json(Version(set_threshold(project, form.threshold, who=who, version=form.version)))

    @router.post("/undo", response_model=Undone)
    def take_back(who: Who) -> Response:
        """Undo the last change."""
        return as_json(Undone(undo(project, who=who)))

    @router.post("/redo", response_model=Undone)
    def do_again(who: Who) -> Response:
        """Do the last undone change again."""
        return as_json(Undone(undo(project, who=who, again=True)))

    return router
