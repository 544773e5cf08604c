"""Takes a project; gives one photo with its cracks as a page shows them, sizes in words. Writes nothing."""

from __future__ import annotations

import base64
from dataclasses import dataclass, replace
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray
from sqlalchemy import select

from cracklens.artefacts import unpack
from cracklens.errors import ProjectError
from cracklens.photo import TILE_PX, levels
from cracklens.projects.project import Project, facts_of, threshold_of
from cracklens.projects.records import CrackRow, EarlierRow, PhotoRow
from cracklens.projects.review import photo_row, project_row
from cracklens.projects.views.guide import beside_guide
from cracklens.projects.views.overview import WallPhoto, wall
from cracklens.report import note_texts, words_of
from cracklens.report.cracks import Crack, crack_of, doubt_sentences, length_text, width_text
from cracklens.report.material.facts import place_text, scale_text
from cracklens.tracing import Traced, find_places
from cracklens.values import CrackMap, Photo, Scale, ScoreMap, Trace

OF_THE_ROW = (
    "id",
    "version",
    "decision",
    "reason",
    "severity",
    "element",
    "note",
    "decided_by",
    "decided_at",
    "confidence",
    "by_hand",
    "listed",
)
"""Of a crack on a page, as the project has them."""


@dataclass(frozen=True)
class Tiles:
    """Where a photo's tiles are cut.

    Attributes:
        height, width: of the photo, px.
        tile_px: side of a tile.
        levels: how many, the last is the photo's own size.
    """

    height: int
    width: int
    tile_px: int
    levels: int


@dataclass(frozen=True)
class CrackView:
    """One crack of a photo.

    Attributes:
        id, version, decision, reason, severity, element, note, decided_by, decided_at: as in the project.
        certainty, width, length: in the words of reports.
        confidence: 0-1.
        remarks: what speaks against it, a sentence each.
        guide: where its width stands to the project's guide once it is confirmed, in the words of reports; "" where it
            is compared with none.
        exceeds_guide: whether it then exceeds a value of it.
        lines: its branches, x and y of each point in turn, px of the photo.
        widths_px: of each branch at these points; None where not measured.
        gaps: x and y of both ends of each.
        by_hand, second_look, listed: see `CrackRow`.
        box_xyxy: its bounds.
    """

    id: str
    version: int
    decision: str
    reason: str
    severity: str
    element: str
    note: str
    decided_by: str
    decided_at: str | None
    certainty: str
    width: str
    length: str
    confidence: float
    remarks: tuple[str, ...]
    guide: str
    exceeds_guide: bool
    lines: list[list[float]]
    widths_px: list[list[float | None]]
    gaps: tuple[tuple[float, ...], ...]
    by_hand: bool
    second_look: bool
    listed: bool
    box_xyxy: tuple[int, int, int, int]


@dataclass(frozen=True)
class PhotoView:
    """One photo with all that a page shows of it.

    Attributes:
        photo: as on the wall.
        version: of what people said of it.
        tiles: of it; None until they are made.
        facts: what is known of it, a text each.
        element, note: what people said.
        px_per_mm: its scale; None where unknown.
        cracks: of it, those to look at first first.
        places: boxes to check, x0, y0, x1, y1, with the score of each.
        scores: (rows, columns) of the score map, and its values times 255 in base64; None where not inspected.
        map_key: of its crack map; "" without one.
        threshold: from which a cell counts.
        project_version: of what holds for all photos, the threshold among it.
    """

    photo: WallPhoto
    version: int
    tiles: Tiles | None
    facts: tuple[str, ...] = ()
    element: str = ""
    note: str = ""
    px_per_mm: float | None = None
    cracks: tuple[CrackView, ...] = ()
    places: tuple[tuple[float, ...], ...] = ()
    scores: tuple[int, int, str] | None = None
    map_key: str = ""
    threshold: float = 0.5
    project_version: int = 1


def photo_view(project: Project, photo: int) -> PhotoView:
    """Give one photo with all that a page shows of it.

    Raises:
        ProjectError: there is no such photo.
    """
    with project.database.reading() as session:
        row, whole = photo_row(session, photo), project_row(session)
        (shown,) = wall(session, photo)
        cracks = list(session.scalars(select(CrackRow).where(CrackRow.photo_id == photo, CrackRow.removed.is_(False))))
    facts, threshold = facts_of(row), threshold_of(whole)
    tiles = tiles_of(project, row)
    view = PhotoView(shown, row.version, tiles, element=row.element, note=row.note, threshold=threshold)
    view = replace(view, project_version=whole.version)
    if facts is None:
        return view
    scale = facts.scale
    about: dict[str, Any] = {
        "facts": _fact_texts(facts, (row.height, row.width)),
        "px_per_mm": scale.px_per_mm if scale else None,
    }
    made = sorted((_crack(of, row, scale) for of in cracks), key=lambda pair: pair[0].first)
    about |= {"cracks": tuple(_crack_view(of, crack, whole.guide) for crack, of in made)}
    return replace(view, **about, **_scores(project, row, threshold))


def tiles_of(project: Project, row: PhotoRow | EarlierRow) -> Tiles | None:
    """Give where the tiles of a photo of today or of the earlier date are cut; None where they are not made."""
    hw = row.height, row.width
    return Tiles(*hw, TILE_PX, levels(hw)) if row.height and project.tiles_path(row.sha256).is_file() else None


def _fact_texts(photo: Photo, hw: tuple[int, int]) -> tuple[str, ...]:
    words = words_of()
    facts = [f"{hw[1]:,} × {hw[0]:,} px"]
    facts += [words["photos.taken"].format(when=photo.taken_at.replace("T", " "))] if photo.taken_at else []
    facts += [place_text(photo.gps)] if photo.gps else []
    facts += [scale_text(photo.scale, words)] if photo.scale else []
    return (*facts, *note_texts(photo.notes, words))


def _crack(of: CrackRow, photo: PhotoRow, scale: Scale | None) -> tuple[Crack, CrackRow]:
    unlike = (photo.novelty or 0) > 1
    trace = unpack(of.trace, Trace)
    return crack_of(trace, scale, (photo.height, photo.width), listed=of.listed, unlike=unlike), of


def _crack_view(row: CrackRow, crack: Crack, guide: str) -> CrackView:
    words = words_of()
    said, over = beside_guide(crack, guide)  # type: ignore[arg-type]  # a project has no other
    shape = msgspec.json.decode(row.shape)
    return CrackView(
        **{name: getattr(row, name) for name in OF_THE_ROW},
        certainty=crack.certainty,
        width=width_text(crack, words),
        length=length_text(crack, words),
        remarks=doubt_sentences(crack.trace, words),
        guide=said,
        exceeds_guide=over,
        lines=shape["lines"],
        widths_px=shape["widths_px"],
        gaps=tuple((*gap.start_xy, *gap.stop_xy) for gap in crack.trace.gaps),
        second_look=not row.seen,
        box_xyxy=crack.trace.box_xyxy,
    )


def _scores(project: Project, row: PhotoRow, threshold: float) -> dict[str, Any]:
    """Give the score map and the places of an inspected photo."""
    score_map = project.artefacts.get(row.scored_key, ScoreMap) if row.scored_key else None
    traced = project.artefacts.get(row.traced_key, Traced) if row.traced_key else None
    if score_map is None or traced is None:
        return {}
    values = score_map.values
    mapped = row.scored_key and project.artefacts.path(row.scored_key, CrackMap).is_file()
    found = find_places(score_map, traced.traces, traced.other_lines, threshold=threshold)
    grid = base64.b64encode(np.rint(values * 255).astype(np.uint8).tobytes()).decode()
    return {
        "places": tuple((*map(int, place.box_xyxy), round(float(place.peak_score), 4)) for place in found),
        "scores": (*values.shape, grid),
        "map_key": row.scored_key if row.scored_key and mapped else "",
    }


def crack_map_of(project: Project, key: str) -> NDArray[np.uint8]:
    """Give a crack map (H, W) uint8.

    Raises:
        ProjectError: it is not kept.
        SettingError: the key is none.
    """
    found = project.artefacts.get(key, CrackMap)
    if found is None:
        raise ProjectError("There is no such crack map; the photo may be inspected again. Look at it again.")
    return found.crack
