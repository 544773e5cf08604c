"""Takes what a person decides on a page; gives it to the project, and what became of cracks. Knows no rule of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter
from starlette.responses import Response

from cracklens.projects import Project, be_done_with, decide, describe_crack, describe_photo
from cracklens.projects.dates import EarlierView, earlier_view, say_of
from cracklens.web.access import Who
from cracklens.web.answers import Version, as_json


@dataclass(frozen=True)
class Decided:
    """Whether a line is a crack; see `cracklens.projects.decide`."""

    decision: str
    reason: str = ""
    version: int | None = None


@dataclass(frozen=True)
class Described:
    """What is said of a crack or a photo."""

    about: dict[str, str]
    version: int | None = None


@dataclass(frozen=True)
class SaidOfGone:
    """Why a line of the earlier date is gone; see `cracklens.projects.dates.say_of`."""

    said: str
    version: int | None = None


def review_routes(project: Project) -> APIRouter:
    """Give the routes by which people decide, and see what an earlier date showed."""
    router = APIRouter(prefix="/api", tags=["review"])

    @router.post("/cracks/{crack}/decision", response_model=Version)
    def decision(crack: str, said: Decided, who: Who) -> Response:
        """Confirm a crack, reject it with a reason, or open it again."""
        about: dict[str, Any] = {"decision": said.decision, "reason": said.reason, "version": said.version}
        return as_json(Version(decide(project, crack, **about, who=who)))

    @router.patch("/cracks/{crack}", response_model=Version)
    def crack_about(crack: str, said: Described, who: Who) -> Response:
        """Say of what severity and element a crack is, or note something."""
        return as_json(Version(describe_crack(project, crack, said.about, who=who, version=said.version)))

    @router.get("/photos/{photo}/earlier", response_model=EarlierView)
    def earlier(photo: int) -> Response:
        """Give the earlier date of a photo, with what became of its cracks."""
        return as_json(earlier_view(project, photo))

    @router.post("/changes/{change}/said", response_model=Version)
    def of_gone(change: str, said: SaidOfGone, who: Who) -> Response:
        """Say of a line that is gone that it was repaired, that it is not visible any more, or neither."""
        about: dict[str, Any] = {"said": said.said, "version": said.version}
        return as_json(Version(say_of(project, change, **about, who=who)))

    @router.patch("/photos/{photo}", response_model=Version)
    def photo_about(photo: int, said: Described, who: Who) -> Response:
        """Say what a photo shows of the structure, or note something."""
        return as_json(Version(describe_photo(project, photo, said.about, who=who, version=said.version)))

    @router.put("/photos/{photo}/done", response_model=Version)
    def done(photo: int, who: Who, version: int | None = None) -> Response:
        """Say that a photo was gone through."""
        return as_json(Version(be_done_with(project, photo, who=who, version=version)))

    @router.delete("/photos/{photo}/done", response_model=Version)
    def not_done(photo: int, who: Who, version: int | None = None) -> Response:
        """Say that a photo is to be looked at again."""
        return as_json(Version(be_done_with(project, photo, done=False, who=who, version=version)))

    return router
