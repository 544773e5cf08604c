"""Takes what a person does to lines and scales on a page; gives it to the project, and the answer. Measures nothing."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Literal

from fastapi import APIRouter
from starlette.responses import Response

from cracklens.errors import SettingError
from cracklens.projects import Project, draw, join, like_photo, move, part, remove, set_scale, snap
from cracklens.values import Point, Scale
from cracklens.web.access import Who
from cracklens.web.answers import FRESH, as_json

POINT_PX = 1.5
"""So far a clicked point is off, one standard deviation."""


@dataclass(frozen=True)
class Clicked:
    """Points that a person clicked, px of the photo."""

    points: list[Point]


@dataclass(frozen=True)
class Line:
    """A line as x and y by turns, px of the photo."""

    line: list[float]


@dataclass(frozen=True)
class Cut:
    """Where a crack is to be cut."""

    at: Point
    version: int | None = None


@dataclass(frozen=True)
class Join:
    """Which other crack is to be joined to one; the versions of both that were seen, None for any."""

    other: str
    version: int | None = None
    other_version: int | None = None


@dataclass(frozen=True)
class Moved:
    """Through which points a branch is to run."""

    branch: int
    points: list[Point]
    version: int | None = None


@dataclass(frozen=True)
class Cracks:
    """Ids of cracks that are new."""

    ids: list[str]


@dataclass(frozen=True)
class ScaleForm:
    """Two points and how far they are apart on the surface.

    Attributes:
        points: px of the photo; none takes the scale away.
        mm: their distance, > 0.
        photos: for this photo, for all of this camera, size and focal length, or for those in `chosen`.
        chosen: ids of photos.
        version: of the photo on which the points lie, as it was seen; None sets it on any.
    """

    points: list[Point] = field(default_factory=list)
    mm: float = 0.0
    photos: Literal["this", "camera", "chosen"] = "this"
    chosen: list[int] = field(default_factory=list)
    version: int | None = None


@dataclass(frozen=True)
class Scaled:
    """How many photos have the scale, and what it is."""

    photos: int
    px_per_mm: float | None


def line_routes(project: Project) -> APIRouter:
    """Give the routes by which people draw and measure."""
    router = APIRouter(prefix="/api", tags=["lines"])

    @router.post("/photos/{photo}/snap", response_model=Line)
    def along(photo: int, clicked: Clicked) -> Response:
        """Give the line along the darkest px between points; nothing is kept."""
        return as_json(Line(snap(project, photo, clicked.points)))

    @router.post("/photos/{photo}/cracks", response_model=Cracks, status_code=201)
    def drawn(photo: int, clicked: Clicked, who: Who) -> Response:
        """Draw a missed crack."""
        return as_json(Cracks([draw(project, photo, clicked.points, who=who)]))

    @router.post("/cracks/{crack}/cut", response_model=Cracks)
    def parted(crack: str, where: Cut, who: Who) -> Response:
        """Cut a crack in two."""
        return as_json(Cracks(list(part(project, crack, where.at, who=who, version=where.version))))

    @router.post("/cracks/{crack}/join", response_model=Cracks)
    def joined(crack: str, which: Join, who: Who) -> Response:
        """Join another crack to one."""
        join(project, crack, which.other, who=who, version=which.version, other_version=which.other_version)
        return as_json(Cracks([crack]))

    @router.put("/cracks/{crack}/line", response_model=Cracks)
    def moved(crack: str, to: Moved, who: Who) -> Response:
        """Let a branch run through other points."""
        move(project, crack, to.branch, to.points, who=who, version=to.version)
        return as_json(Cracks([crack]))

    @router.delete("/cracks/{crack}", status_code=204)
    def removed(crack: str, who: Who, version: int | None = None) -> Response:
        """Take away a crack that was drawn by hand."""
        remove(project, crack, who=who, version=version)
        return Response(status_code=204, headers=FRESH)

    @router.put("/photos/{photo}/scale", response_model=Scaled)
    def scale(photo: int, form: ScaleForm, who: Who) -> Response:
        """Set the scale of photos by two points, or take it away."""
        made = _scale(form) if form.points else None
        photos = _photos(project, photo, form)
        set_scale(project, photos, made, who=who, seen=(photo, form.version))
        return as_json(Scaled(len(photos), made.px_per_mm if made else None))

    return router


def _photos(project: Project, photo: int, form: ScaleForm) -> list[int]:
    """Give the photos that a scale is for.

    Raises:
        SettingError: photos are to be chosen, and none is.
    """
    if form.photos == "camera":
        return like_photo(project, photo)
    if form.photos == "chosen" and not form.chosen:
        raise SettingError("expected the photos that the scale is for; none is chosen. Choose some, or this photo.")
    return form.chosen if form.photos == "chosen" else [photo]


def _scale(form: ScaleForm) -> Scale:
    """Give the scale that two clicked points say; the nearer they are, the less sure it is.

    Raises:
        SettingError: not two points apart, or no distance.
    """
    apart = math.dist(*form.points) if len(form.points) == 2 else 0.0
    if apart < 4 * POINT_PX or not 0 < form.mm < math.inf:
        came = f"got {len(form.points)} points {apart:.1f} px apart and {form.mm} mm"
        raise SettingError(
            f"expected two points well apart and their distance in mm; {came}. Click both ends of a known length."
        )
    return Scale(apart / form.mm, "given", math.hypot(0.01, math.sqrt(2) * POINT_PX / apart))
