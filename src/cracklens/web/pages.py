"""Takes requests for pages; gives them as HTML, made of the project. Changes nothing."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from fastapi import APIRouter
from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.responses import HTMLResponse, RedirectResponse, Response, StreamingResponse

from cracklens import __version__
from cracklens.measuring import GUIDES
from cracklens.projects import Project, about, counts_of, progress, signatures, wall
from cracklens.visible import shown_on_page
from cracklens.web.answers import FRESH

PIECES = 2_000
"""Of a page, sent together."""


def today() -> str:
    """Give the day by this machine's clock, which who signs may change."""
    return datetime.now().astimezone().date().isoformat()


def page_routes(project: Project) -> APIRouter:
    """Give the routes of the pages."""
    router = APIRouter(include_in_schema=False)
    templates = Environment(
        loader=PackageLoader("cracklens.web", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=shown_on_page,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    templates.globals["version"] = __version__

    def page(name: str, **of: Any) -> Response:
        return HTMLResponse(templates.get_template(name).render(**of), headers=FRESH)

    @router.get("/")
    def photos() -> Response:
        """Give the photo wall."""
        with project.database.reading() as session:
            of = {"photos": wall(session), "about": about(session), "progress": progress(session)}
        pieces = templates.get_template("wall.html.j2").stream(**of)
        pieces.enable_buffering(PIECES)  # the first screen is shown while the rest is still on its way
        return StreamingResponse(pieces, media_type="text/html", headers=FRESH)

    @router.get("/review")
    def review() -> Response:
        """Lead to the first photo that needs a look."""
        with project.database.reading() as session:
            found = wall(session)
        first = next((of for of in found if of.open and not of.reviewed), found[0] if found else None)
        return RedirectResponse(f"/photos/{first.id}" if first else "/", 303)

    @router.get("/report")
    def report() -> Response:
        """Give the page on which the report is made and signed."""
        with project.database.reading() as session:
            counts, of = counts_of(session), about(session)
        return page("report.html.j2", about=of, counts=counts, signed=signatures(project), guides=GUIDES, today=today())

    @router.get("/photos/{photo}")
    def one(photo: int) -> Response:
        """Give the page on which photos are gone through."""
        with project.database.reading() as session:
            found = wall(session)
            order = [of.id for of in found if of.state != "failed"]
            return page("photo.html.j2", photo=photo, order=order, about=about(session))

    return router
