"""Takes a project and who may come in; gives the workbench as an ASGI application. Starts no server."""

from __future__ import annotations

import hmac
from collections.abc import Callable
from pathlib import Path

from fastapi import FastAPI
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp

from cracklens import __version__
from cracklens.errors import CracklensError
from cracklens.projects import Project
from cracklens.projects.accounts import session_user
from cracklens.web.access import ALONE, Access, Gate, Visitor
from cracklens.web.answers import refused
from cracklens.web.incoming import folder_routes, upload_routes
from cracklens.web.lines import line_routes
from cracklens.web.login import login_routes
from cracklens.web.pages import page_routes
from cracklens.web.photos import photo_routes
from cracklens.web.reports import report_routes
from cracklens.web.review import review_routes
from cracklens.web.teach import teach_routes
from cracklens.web.whole import whole_routes

STATIC = Path(__file__).parent / "static"
ROUTES = (review_routes, line_routes, teach_routes, report_routes, whole_routes)
ROUTES_BY_ACCESS = (page_routes, folder_routes, upload_routes)


def make_app(project: Project, access: Access, *, stopped: Callable[[], str] = lambda: "") -> ASGIApp:
    """Give the workbench of a project, behind its gate.

    Args:
        project: of it.
        access: who may come in.
        stopped: gives why the inspection of its photos has stopped; "" where it has not.
    """
    return Gate(make_routes(project, access, stopped=stopped), access, _finder(project, access))


def make_routes(project: Project, access: Access, *, stopped: Callable[[], str] = lambda: "") -> FastAPI:
    """Give the workbench of a project without its gate: whoever asks has it all."""
    app = FastAPI(
        title="cracklens", version=__version__, docs_url=None, redoc_url=None, openapi_url="/api/openapi.json"
    )
    app.add_exception_handler(CracklensError, refused)
    app.include_router(photo_routes(project, stopped))
    for routes in ROUTES:
        app.include_router(routes(project))
    for routes_by in ROUTES_BY_ACCESS:
        app.include_router(routes_by(project, access))
    if access.shared:
        app.include_router(login_routes(project, access))
    app.mount("/static", StaticFiles(directory=STATIC), name="static")
    return app


def _finder(project: Project, access: Access) -> Callable[[str, bool], Visitor | None]:
    """Give what tells who has a token: the one person at this machine, or a user who is logged in."""

    def at_home(token: str, _: bool) -> Visitor | None:
        return ALONE if hmac.compare_digest(token.encode(), access.token.encode()) else None

    def logged_in(token: str, used: bool) -> Visitor | None:
        user = session_user(project, token, used=used)
        return Visitor(user.name, user.role) if user else None

    return logged_in if access.shared else at_home
