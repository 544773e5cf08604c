"""Takes values and errors; gives them as answers of the server. Knows no route."""

from __future__ import annotations

from typing import Any

import msgspec
from fastapi import Request
from starlette.responses import JSONResponse, Response

from cracklens.errors import ConflictError, CracklensError, OutputError, PhotoError, ProjectError, SettingError

STATUS: dict[type[CracklensError], int] = {
    ConflictError: 409,
    ProjectError: 404,
    SettingError: 422,
    PhotoError: 422,
    OutputError: 507,
}
FOREVER = {"Cache-Control": "private, max-age=31536000, immutable"}
"""Of what is named by its content."""

FRESH = {"Cache-Control": "no-store"}


def as_json(value: Any) -> Response:
    """Give a value as JSON; dataclasses are objects."""
    return Response(msgspec.json.encode(value), media_type="application/json", headers=FRESH)


def refused(_: Request, error: Exception) -> Response:
    """Give an error of ours as its sentence, with the status that fits."""
    full = isinstance(error, ProjectError) and "disk is full" in str(error)
    status = next((code for kind, code in STATUS.items() if isinstance(error, kind)), 400)
    return JSONResponse({"error": str(error)}, 507 if full else status, headers=FRESH)
