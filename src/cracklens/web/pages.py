"""Takes requests for pages; gives them as HTML, made of the project. Changes nothing."""

from __future__ import annotations

from datetime import datetime
from typing import get_args

from fastapi import APIRouter
from starlette.responses import RedirectResponse, Response

from cracklens.measuring import GUIDES
from cracklens.projects import Project, progress, signatures
from cracklens.projects.dates import changed, compared
from cracklens.projects.records import last_line
from cracklens.projects.views import about, counts_of, wall
from cracklens.report import Reason
from cracklens.web.access import Access, Here
from cracklens.web.answers import as_long_page, as_page


def today() -> str:
    """Give the day by this machine's clock, which who signs may change."""
    return datetime.now().astimezone().date().isoformat()


def page_routes(project: Project, access: Access) -> APIRouter:
    """Give the routes of the pages."""
    router = APIRouter(include_in_schema=False)

    @router.get("/")
    def photos(visitor: Here) -> Response:
        """Give the photo wall."""
        with project.database.reading() as session:
            of, found, work = about(session), wall(session), progress(session)
            dates = {"compared": compared(session), "changed": changed(session)}
        guide = GUIDES.get(of.guide) if any(photo.px_per_mm for photo in found) else None
        shown = {"photos": found, "about": of, "progress": work, "guide": guide, **dates}
        return as_long_page("wall.html.j2", {**shown, "access": access, "visitor": visitor})

    @router.get("/review")
    def review() -> Response:
        """Lead to the first photo that needs a look."""
        with project.database.reading() as session:
            found = wall(session)
        first = next((of for of in found if of.open and not of.reviewed), found[0] if found else None)
        return RedirectResponse(f"/photos/{first.id}" if first else "/", 303)

    @router.get("/report")
    def report(visitor: Here) -> Response:
        """Give the page on which the report is made and signed."""
        with project.database.reading() as session:
            of = {"counts": counts_of(session), "about": about(session), "guides": GUIDES, "today": today()}
            of |= {"compared": compared(session), "seen": last_line(session)}
        return as_page("report.html.j2", {**of, "signed": signatures(project), "visitor": visitor})

    @router.get("/photos/{photo}")
    def one(photo: int, visitor: Here) -> Response:
        """Give the page on which photos are gone through."""
        with project.database.reading() as session:
            order, of = [of.id for of in wall(session) if of.state != "failed"], about(session)
            dated = compared(session) is not None
        shown = {"photo": photo, "order": order, "about": of, "visitor": visitor, "reasons": get_args(Reason)}
        return as_page("photo.html.j2", {**shown, "dated": dated, "guide": GUIDES.get(of.guide)})

    return router
