"""Takes requests; gives those that may pass, and answers that hold a page to its own parts. Knows no route."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import parse_qsl, urlencode

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import MutableHeaders
from starlette.requests import HTTPConnection
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from starlette.websockets import WebSocketClose

from cracklens.errors import CracklensError
from cracklens.web.access.places import Access
from cracklens.web.access.rules import Need, needed
from cracklens.web.access.visitors import Visitor
from cracklens.web.answers import FRESH, as_error

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
BY_ITSELF = "/progress"
"""So paths end that an open page asks for by itself, for as long as it is open."""

STAGE_STYLE = "sha256-9xTiqzfwFaL2SGb1rmr8gysEwVVjIvqWAgmZgqFqpEE="
"""The one style that OpenSeadragon sets itself, by its content: that touch screens show no ring of focus."""

POLICY = (
    "default-src 'none'; script-src 'self'; "
    f"style-src 'self' '{STAGE_STYLE}'; img-src 'self' data: blob:; connect-src 'self'; "
    "font-src 'self'; manifest-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
"""Of every answer. With `no-referrer` a browser would send the Origin of a form as `null`."""

STRANGER = "Open the address that `cracklens serve` printed: it holds the token of this run."
"""What who has no token is told, in local use."""

LOGGED_OUT = "You are not logged in, or no more. Log in again; nothing was changed."
MAY_NOT: dict[Need, str] = {
    "review": "You may look at this project, but change nothing.",
    "sign": "You may not sign reports of this project.",
}
ASK = "Ask who runs the server for the role {need!r}; nothing was changed."


class Gate:
    """The application behind its access."""

    def __init__(self, app: ASGIApp, access: Access, find: Callable[[str, bool], Visitor | None]) -> None:
        """Stand before an application.

        Args:
            app: that is let through to.
            access: who may come in.
            find: gives who has a token, told whether this is use of it; None where nobody has. It may read a disk.
        """
        self._app, self._access, self._find = app, access, find

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request through, or answer it."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        if scope["type"] != "http":
            await WebSocketClose()(scope, receive, send)  # nothing here speaks so
            return

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        answer = await self._answer(HTTPConnection(scope))
        await (answer or self._app)(scope, receive, with_headers)

    async def _answer(self, request: HTTPConnection) -> Response | None:
        """Give the answer to a request that does not get through; None where it does, with who sends it as its user."""
        method, path = request.scope["method"], request.scope["path"]
        if request.headers.get("host", "").lower() not in self._access.hosts:
            return _said(path, 421, "This server answers under its own address alone.")
        need = needed(method, path)
        if "token" in request.query_params and method == "GET" and not self._access.shared:
            return self._enter(request)
        if need == "nothing":
            return None if method in SAFE or self._from_here(request) else _foreign(path)
        return await self._let_in(request, need)

    async def _let_in(self, request: HTTPConnection, need: Need | None) -> Response | None:
        method, path = request.scope["method"], request.scope["path"]
        try:
            used = not (method == "GET" and path.endswith(BY_ITSELF))
            visitor = await run_in_threadpool(self._find, came_with(request, self._access), used)
        except CracklensError as error:  # the disk is full, or the project is held
            return _said(path, 503, str(error))
        if visitor is None:
            return self._unknown(request)
        if method not in SAFE and not (_bearer(request) or self._from_here(request)):
            return _foreign(path)
        request.scope["user"] = visitor
        return _refused(path, need, visitor)

    def _enter(self, request: HTTPConnection) -> Response:
        """Turn the token of the first address into a cookie, and take it out of the address."""
        asked = dict(parse_qsl(request.scope["query_string"].decode("latin-1")))
        if self._find(asked.pop("token", ""), True) is None:
            return _said("", 401, f"This token is of another run. {STRANGER}")
        clean = "/" + request.scope["path"].lstrip("/\\")  # "//elsewhere" would lead away
        answer = RedirectResponse(clean + (f"?{urlencode(asked)}" if asked else ""), 303)
        self._access.keep(answer, self._access.token)
        return answer

    def _unknown(self, request: HTTPConnection) -> Response:
        """Give the way in to who is not known."""
        path = request.scope["path"]
        if not self._access.shared:
            return _said(path, 401, STRANGER)
        if request.scope["method"] == "GET" and "text/html" in request.headers.get("accept", ""):
            return RedirectResponse(f"/login?{urlencode({'next': path})}", 303, FRESH)
        return _said(path, 401, LOGGED_OUT)

    def _from_here(self, request: HTTPConnection) -> bool:
        """Say whether a change comes from a page of this server."""
        here = f"{self._access.scheme}://{request.headers.get('host', '')}"
        return request.headers.get("origin", "").lower() == here.lower()


def came_with(request: HTTPConnection, access: Access) -> str:
    """Give the token that came, for programs as a bearer, else as a cookie; "" where none did."""
    return _bearer(request) or request.cookies.get(access.cookie, "")


def _bearer(request: HTTPConnection) -> str:
    kind, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() if kind.lower() == "bearer" else ""


def _refused(path: str, need: Need | None, visitor: Visitor) -> Response | None:
    """Give why somebody may not do something; None where they may."""
    if need is None:
        return _said(path, 404, "There is nothing here. Go on from the page of photos.")
    if need != "nothing" and not visitor.may(need):
        return _said(path, 403, f"{MAY_NOT[need]} {ASK.format(need=need)}")
    return None


def _foreign(path: str) -> Response:
    return _said(path, 403, "Changes come from the workbench's own pages alone.")


def _said(path: str, status: int, sentence: str) -> Response:
    """Give a sentence, to pages' scripts as they read it."""
    if path.startswith("/api/"):
        return as_error(sentence, status)
    return PlainTextResponse(sentence, status, FRESH)
