"""Takes what a person says of the whole project; gives it kept, and changes undone. Knows no photo."""

from __future__ import annotations

from dataclasses import dataclass

from fastapi import APIRouter
from starlette.responses import Response

from cracklens.projects import Project, describe_project, set_lists, set_threshold, undo
from cracklens.web.access import Who
from cracklens.web.answers import FRESH, as_json


@dataclass(frozen=True)
class AboutForm:
    """What the cover of a report says."""

    about: dict[str, str]


@dataclass(frozen=True)
class Lists:
    """Names that are offered for severities and elements; None leaves a list as it is."""

    severities: list[str] | None = None
    elements: list[str] | None = None


@dataclass(frozen=True)
class Threshold:
    """Score 0-1 from which a region is a finding; None takes the detector's own."""

    threshold: float | None


@dataclass(frozen=True)
class Undone:
    """The photo that a change was undone of; None of the whole project."""

    photo: int | None


def whole_routes(project: Project) -> APIRouter:
    """Give the routes of what holds for all photos."""
    router = APIRouter(prefix="/api", tags=["project"])

    @router.patch("/project", status_code=204)
    def about(form: AboutForm, who: Who) -> Response:
        """Say what the cover of the report says."""
        describe_project(project, form.about, who=who)
        return Response(status_code=204, headers=FRESH)

    @router.put("/lists", status_code=204)
    def lists(form: Lists, who: Who) -> Response:
        """Set the names that are offered for severities and elements."""
        set_lists(project, {name: names for name, names in vars(form).items() if names is not None}, who=who)
        return Response(status_code=204, headers=FRESH)

    @router.put("/threshold", status_code=204)
    def threshold(form: Threshold, who: Who) -> Response:
        """Move the threshold of all photos; the network does not run again."""
        set_threshold(project, form.threshold, who=who)
        return Response(status_code=204, headers=FRESH)

    @router.post("/undo", response_model=Undone)
    def take_back(who: Who) -> Response:
        """Undo the last change."""
        return as_json(Undone(undo(project, who=who)))

    @router.post("/redo", response_model=Undone)
    def do_again(who: Who) -> Response:
        """Do the last undone change again."""
        return as_json(Undone(undo(project, who=who, again=True)))

    return router
