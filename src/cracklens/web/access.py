"""Takes requests; gives those that may pass, and answers that hold a page to its own parts. Knows no route."""

from __future__ import annotations

import hmac
import secrets
from dataclasses import dataclass, field
from http.cookies import CookieError, SimpleCookie
from urllib.parse import parse_qsl, urlencode, urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

COOKIE = "cracklens"
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
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
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
STRANGER = "Open the address that `cracklens serve` printed: it holds the token of this run."
"""What who has no token is told."""


@dataclass(frozen=True)
class Access:
    """Who may come in.

    Attributes:
        hosts: values of the Host header that are this server, with the port: any other is a page elsewhere whose name
            was bent to this machine (DNS rebinding).
        token: of this run; its first address has it, a cookie keeps it.
        scheme: "http" or "https".
    """

    hosts: frozenset[str]
    token: str = field(default_factory=lambda: secrets.token_urlsafe(24))
    scheme: str = "http"

    @classmethod
    def local(cls, port: int) -> Access:
        """Give access from this machine alone."""
        return cls(frozenset(f"{host}:{port}" for host in ("127.0.0.1", "localhost", "[::1]")))


class Gate:
    """The application behind its access."""

    def __init__(self, app: ASGIApp, access: Access) -> None:
        """Stand before an application."""
        self._app, self._access = app, access

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request through, or answer it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        answer = self._answer(scope)

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        await (answer or self._app)(scope, receive, with_headers)

    def _answer(self, scope: Scope) -> Response | None:
        """Give the answer to a request that does not get through; None where it does."""
        headers = Headers(scope=scope)
        if headers.get("host", "") not in self._access.hosts:
            return PlainTextResponse("This server answers under its own address alone.", 421)
        asked = dict(parse_qsl(scope["query_string"].decode("latin-1")))
        if "token" in asked and scope["method"] == "GET":
            return self._enter(scope["path"], asked)
        if not self._known(headers):
            return PlainTextResponse(STRANGER, 401)
        if scope["method"] not in SAFE and not self._own(headers):
            return PlainTextResponse("Changes come from the workbench's own pages alone.", 403)
        return None

    def _enter(self, path: str, asked: dict[str, str]) -> Response:
        """Turn the token of the first address into a cookie, and take it out of the address."""
        if not hmac.compare_digest(asked.pop("token").encode(), self._access.token.encode()):
            return PlainTextResponse(f"This token is of another run. {STRANGER}", 401)
        clean = "/" + path.lstrip("/\\")  # "//elsewhere" would lead away
        answer = RedirectResponse(clean + (f"?{urlencode(asked)}" if asked else ""), 303)
        secure = self._access.scheme == "https"
        answer.set_cookie(COOKIE, self._access.token, httponly=True, samesite="strict", secure=secure)
        return answer

    def _known(self, headers: Headers) -> bool:
        return any(hmac.compare_digest(came.encode(), self._access.token.encode()) for came in _tokens(headers))

    def _own(self, headers: Headers) -> bool:
        """Say whether a change comes from a page of this server, or from a program that holds the token itself."""
        if headers.get("authorization"):
            return True
        origin = urlsplit(headers.get("origin", ""))
        return origin.scheme == self._access.scheme and origin.netloc == headers.get("host")


def _tokens(headers: Headers) -> list[str]:
    """Give the tokens that came, as a cookie or for programs as a bearer."""
    try:
        cookie = SimpleCookie(headers.get("cookie", "")).get(COOKIE)
    except CookieError:
        cookie = None
    bearer = headers.get("authorization", "").removeprefix("Bearer ").strip()
    return [*([cookie.value] if cookie else []), *([bearer] if bearer else [])]
