"""Takes requests for photos; gives the wall, one photo with its cracks, and tiles. Decides nothing."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from fastapi import APIRouter
from PIL import Image
from starlette.responses import Response

from cracklens.errors import ProjectError
from cracklens.photo import read_tile
from cracklens.projects import Progress, Project, progress, try_again
from cracklens.projects.views import PhotoView, WallPhoto, crack_map_of, photo_view, wall
from cracklens.web.answers import FOREVER, as_json

INK = (235, 60, 220)
"""Colour of a crack map: no wall has it."""

_SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class Which:
    """Ids of photos; None is all that could not be inspected."""

    photos: list[int] | None = None


@dataclass(frozen=True)
class Work(Progress):
    """How far the work on a project is, and whether it goes on.

    Attributes:
        stopped: why the inspection has stopped, until it is tried again; "" where it has not.
    """

    stopped: str


def photo_routes(project: Project, stopped: Callable[[], str]) -> APIRouter:
    """Give the routes that show photos; `stopped` gives why their inspection has stopped."""
    router = APIRouter(tags=["photos"])

    @router.get("/api/photos", response_model=list[WallPhoto])
    def photos() -> Response:
        """Give all photos, the one that needs a look most first."""
        with project.database.reading() as session:
            return as_json(wall(session))

    @router.get("/api/photos/{photo}", response_model=PhotoView)
    def one(photo: int) -> Response:
        """Give a photo with its cracks."""
        return as_json(photo_view(project, photo))

    @router.get("/api/progress", response_model=Work)
    def work() -> Response:
        """Say how far the inspection is, and why it has stopped where it has."""
        return as_json(_far(project, stopped))

    @router.post("/api/inspections", response_model=Work, status_code=202)
    def again(which: Which) -> Response:
        """Inspect photos again, or those that could not be inspected; decisions stay with their cracks."""
        try_again(project, which.photos)
        return as_json(_far(project, stopped), status=202)

    @router.get("/tiles/{sha256}/{level}/{column}_{row}.jpg")
    def tile(sha256: str, level: int, column: int, row: int) -> Response:
        """Give a tile; it is named by the photo's content, so that a browser keeps it for good."""
        found = read_tile(project.tiles_path(sha256), level, column, row) if _SHA256.fullmatch(sha256) else None
        if found is None:
            raise ProjectError("There is no such tile; the photo may still be being prepared. Wait a moment.")
        return Response(found, media_type="image/jpeg", headers=FOREVER)

    @router.get("/crackmap/{key}.png")
    def crack_map(key: str) -> Response:
        """Give a crack map at half the photo's size, white on black."""
        return Response(_map_png(project, key), media_type="image/png", headers=FOREVER)

    return router


def _far(project: Project, stopped: Callable[[], str]) -> Work:
    with project.database.reading() as session:
        return Work(**vars(progress(session)), stopped=stopped())


@lru_cache(maxsize=16)
def _map_png(project: Project, key: str) -> bytes:
    """Give the largest of each four px of a crack map, as a picture."""
    found = crack_map_of(project, key)
    height, width = (side // 2 * 2 for side in found.shape)
    small = found[:height, :width].reshape(height // 2, 2, width // 2, 2).max(axis=(1, 3))
    ink = np.empty((*small.shape, 4), np.uint8)
    ink[..., :3], ink[..., 3] = INK, small
    stream = io.BytesIO()
    Image.fromarray(ink, "RGBA").save(stream, "PNG", compress_level=1)
    return stream.getvalue()
