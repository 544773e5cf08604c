"""Takes a project and who may come in; gives the workbench as an ASGI application. Starts no server."""

from __future__ import annotations

from pathlib import Path

from fastapi import FastAPI
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp

from cracklens import __version__
from cracklens.errors import CracklensError
from cracklens.projects import Project
from cracklens.web.access import Access, Gate
from cracklens.web.answers import refused
from cracklens.web.lines import line_routes
from cracklens.web.pages import page_routes
from cracklens.web.photos import photo_routes
from cracklens.web.reports import report_routes
from cracklens.web.review import review_routes
from cracklens.web.uploads import upload_routes
from cracklens.web.whole import whole_routes

STATIC = Path(__file__).parent / "static"


def make_app(project: Project, access: Access) -> ASGIApp:
    """Give the workbench of a project."""
    app = FastAPI(
        title="cracklens", version=__version__, docs_url=None, redoc_url=None, openapi_url="/api/openapi.json"
    )
    app.add_exception_handler(CracklensError, refused)
    for routes in (page_routes, photo_routes, review_routes, line_routes, report_routes, whole_routes, upload_routes):
        app.include_router(routes(project))
    app.mount("/static", StaticFiles(directory=STATIC), name="static")
    return Gate(app, access)
