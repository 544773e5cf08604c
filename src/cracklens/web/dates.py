"""Takes requests for the earlier date of photos; gives what became of cracks, and keeps what is said of gone ones."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter
from starlette.responses import Response

from cracklens.projects import Project
from cracklens.projects.dates import EarlierView, earlier_view, say_of
from cracklens.web.access import Who
from cracklens.web.answers import as_json
from cracklens.web.review import Version


@dataclass(frozen=True)
class SaidOfGone:
    """Why a line is gone; see `cracklens.projects.dates.say_of`."""

    said: str
    version: int | None = None


def date_routes(project: Project) -> APIRouter:
    """Give the routes of the earlier date."""
    router = APIRouter(prefix="/api", tags=["dates"])

    @router.get("/photos/{photo}/earlier", response_model=EarlierView)
    def earlier(photo: int) -> Response:
        """Give the earlier date of a photo, with what became of its cracks."""
        return as_json(earlier_view(project, photo))

    @router.post("/changes/{change}/said", response_model=Version)
    def said(change: str, of: SaidOfGone, who: Who) -> Response:
        """Say of a line that is gone that it was repaired, that it is not visible any more, or neither."""
        about: dict[str, Any] = {"said": of.said, "version": of.version}
        return as_json(Version(say_of(project, change, **about, who=who)))

    return router
