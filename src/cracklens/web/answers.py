"""Takes values and errors; gives them as answers of the server. Knows no route."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import msgspec
from fastapi import Request
from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.responses import HTMLResponse, Response, StreamingResponse

from cracklens import __version__
from cracklens.errors import (
    ConflictError,
    CracklensError,
    DataError,
    OutputError,
    PhotoError,
    ProjectError,
    SettingError,
)
from cracklens.visible import shown_on_page

STATUS: dict[type[CracklensError], int] = {
    ConflictError: 409,
    ProjectError: 404,
    SettingError: 422,
    PhotoError: 422,
    DataError: 422,
    OutputError: 507,
}
FOREVER = {"Cache-Control": "private, max-age=31536000, immutable"}
"""Of what is named by its content."""

FRESH = {"Cache-Control": "no-store"}
PIECES = 2_000
"""Of a long page, sent together."""


@dataclass(frozen=True)
class Version:
    """The version that a change made."""

    version: int


def as_json(value: Any, *, status: int = 200) -> Response:
    """Give a value as JSON; dataclasses are objects."""
    return Response(msgspec.json.encode(value), status, media_type="application/json", headers=FRESH)


def as_page(name: str, about: Mapping[str, Any], *, status: int = 200) -> Response:
    """Give a page made of a template and what it is about."""
    return HTMLResponse(_templates().get_template(name).render(about), status, headers=FRESH)


def as_long_page(name: str, about: Mapping[str, Any]) -> Response:
    """Give a page in pieces: its first screen is shown while the rest is still on its way."""
    pieces = _templates().get_template(name).stream(about)
    pieces.enable_buffering(PIECES)
    return StreamingResponse(pieces, media_type="text/html", headers=FRESH)


@lru_cache(maxsize=1)
def _templates() -> Environment:
    templates = Environment(
        loader=PackageLoader("cracklens.web", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=shown_on_page,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    templates.globals["version"] = __version__
    return templates


def as_error(sentence: str, status: int) -> Response:
    """Give what is amiss as one sentence."""
    return as_json({"error": sentence}, status=status)


def refused(_: Request, error: Exception) -> Response:
    """Give an error of ours as its sentence, with the status that fits."""
    full = isinstance(error, ProjectError) and "disk is full" in str(error)
    status = next((code for kind, code in STATUS.items() if isinstance(error, kind)), 400)
    return as_error(str(error), 507 if full else status)
