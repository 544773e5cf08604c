"""Takes where a server listens; gives by which addresses it is come to, and by which cookie. Knows no request."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from starlette.responses import Response

COOKIE = "cracklens"
USUAL_PORT = {"http": 80, "https": 443}
"""Ports that addresses leave out."""


@dataclass(frozen=True)
class Access:
    """Who may come in.

    Attributes:
        hosts: values of the Host header that are this server, with the port: any other is a page elsewhere whose name
            was bent to this machine (DNS rebinding).
        token: of this run; its first address has it, a cookie keeps it. Nobody comes in by it where use is shared.
        scheme: of its addresses.
        cookie: name of the cookie; it has the port, since browsers keep one jar for all ports of a machine.
        shared: whether users log in.
        root: resolved folder below which folders of this machine may be named; None where use is local allows any, and
            none where it is shared.
        quota_bytes: that the photos of the project may take together; None is what the disk has.
    """

    hosts: frozenset[str]
    token: str = field(default_factory=lambda: secrets.token_urlsafe(24), repr=False)
    scheme: Literal["http", "https"] = "http"
    cookie: str = COOKIE
    shared: bool = False
    root: Path | None = None
    quota_bytes: int | None = None

    @classmethod
    def local(cls, port: int) -> Access:
        """Give access from this machine alone, without accounts."""
        hosts = frozenset(f"{host}:{port}" for host in ("127.0.0.1", "localhost", "[::1]"))
        return cls(hosts, cookie=f"{COOKIE}-{port}")

    @classmethod
    def over_network(cls, names: Iterable[str], port: int, *, secure: bool) -> Access:
        """Give access from other machines, to users alone.

        Args:
            names: host names and IP addresses by which this server is come to.
            port: that it listens at.
            secure: whether by TLS; a browser then takes the cookie from this host alone, for this host alone.
        """
        scheme: Literal["http", "https"] = "https" if secure else "http"
        hosts = {written(name) for name in names}
        with_port = {f"{host}:{port}" for host in hosts}
        cookie = f"{'__Host-' if secure else ''}{COOKIE}-{port}"
        all_hosts = frozenset(with_port | (hosts if port == USUAL_PORT[scheme] else set()))
        return cls(all_hosts, scheme=scheme, cookie=cookie, shared=True)

    @property
    def names_folders(self) -> bool:
        """Whether photos come in from folders of this machine that somebody names."""
        return not self.shared or self.root is not None

    def address(self, name: str, port: int) -> str:
        """Give the address to open first, by one of the names; in local use it holds the token."""
        host = written(name)
        start = f"{self.scheme}://{host if host in self.hosts else f'{host}:{port}'}/"
        return start if self.shared else f"{start}?token={self.token}"

    def keep(self, answer: Response, token: str) -> None:
        """Let the browser that gets an answer keep a token, until it is closed; "" takes it away."""
        about: dict[str, Any] = {"secure": self.scheme == "https", "httponly": True, "samesite": "strict"}
        if token:
            answer.set_cookie(self.cookie, token, **about)
        else:
            answer.delete_cookie(self.cookie, **about)


def written(name: str) -> str:
    """Give a host name or IP address as addresses have it: lower case, IPv6 in brackets."""
    name = name.strip().lower().strip("[]")
    return f"[{name}]" if ":" in name else name
