"""Takes a name and a password from a page; gives its browser a session, and takes it away again. Knows no cracks."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from math import ceil
from urllib.parse import parse_qsl

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import RedirectResponse, Response

from cracklens.projects import Project
from cracklens.projects.accounts import Guesses, check_password, close_session, open_session
from cracklens.web.access import Access, came_with, needed
from cracklens.web.answers import FRESH, as_page

FORM = "application/x-www-form-urlencoded"
MOST_BYTES = 8_192
"""Of a form that anybody may send."""

MOST_WAITING = 20
"""So many log-ins wait for each other: each takes 64 MB for a moment, and anybody may try."""

WRONG = "This name and this password do not belong together, or the account is disabled. Try again."


@dataclass
class Door:
    """Through which users come in, one at a time.

    Attributes:
        waiting: how many there are, the one at the door among them.
    """

    project: Project
    guesses: Guesses = field(default_factory=Guesses)
    turn: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(1))
    waiting: int = 0

    async def token(self, name: str, password: str) -> tuple[str, int, str]:
        """Give the token of a new session; else "", the status and the sentence that says why."""
        if self.waiting >= MOST_WAITING:
            return "", 503, "Too many people log in at once. Try again in a moment."
        self.waiting += 1
        try:
            async with self.turn:
                return await run_in_threadpool(self._token, name, password)
        finally:
            self.waiting -= 1

    def _token(self, name: str, password: str) -> tuple[str, int, str]:
        wait = self.guesses.wait_seconds(name)
        if wait > 0:
            return "", 429, f"Too many wrong passwords for this name. Wait {ceil(wait)} s, then try again."
        user = check_password(self.project, name, password)
        if user is None:
            self.guesses.add(name)
            return "", 401, WRONG
        self.guesses.forget(name)
        return open_session(self.project, user), 303, ""


def login_routes(project: Project, access: Access) -> APIRouter:
    """Give the routes by which users come in and go."""
    router, door = APIRouter(include_in_schema=False), Door(project)

    @router.get("/login")
    def page(next: str = "/") -> Response:  # noqa: A002 as it stands in the address
        """Give the page of name and password."""
        return _page(next)

    @router.post("/login")
    async def log_in(request: Request) -> Response:
        """Log in by name and password; the session is a new one each time."""
        form = await _form(request)
        if form is None:
            return _page("/", status=422, said="Name and password are needed. Type them, then try again.")
        name, onward = form.get("name", ""), form.get("next", "/")
        token, status, said = await door.token(name, form.get("password", ""))
        if not token:
            return _page(onward, status=status, said=said, name=name)
        answer = RedirectResponse(_own(onward), 303, FRESH)
        access.keep(answer, token)
        await run_in_threadpool(close_session, project, came_with(request, access))
        return answer

    @router.post("/logout")
    def log_out(request: Request) -> Response:
        """Log out; the session is over on the server, too."""
        close_session(project, came_with(request, access))
        answer = RedirectResponse("/login", 303, FRESH)
        access.keep(answer, "")
        return answer

    return router


def _page(onward: str, *, status: int = 200, said: str = "", name: str = "") -> Response:
    return as_page("login.html.j2", {"next": _own(onward), "said": said, "name": name}, status=status)


def _own(path: str) -> str:
    """Give where to go on: a page of the workbench, never anything else that an address may say."""
    path = path.partition("?")[0]
    return path if needed("GET", path) in {"look", "review"} else "/"


async def _form(request: Request) -> Mapping[str, str] | None:
    """Give what a form says; None where it is none, or too long."""
    content = bytearray()
    async for part in request.stream():
        content += part
        if len(content) > MOST_BYTES:
            return None
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    return dict(parse_qsl(content.decode("utf-8", "replace"), keep_blank_values=True)) if kind == FORM else None
