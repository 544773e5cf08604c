"""Takes outcomes; gives report.geojson, a point on the map for each photo that knows its place. Knows no pictures."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any

from cracklens.report.cracks import Crack, cracks_of, doubtful_ones, guide_sentences, listed_ones, sure_ones
from cracklens.report.material.facts import score_text
from cracklens.report.material.material import Material
from cracklens.report.material.overview import Row
from cracklens.visible import visible_json


def as_geojson(material: Material) -> Iterator[str]:
    """Give the pieces of a FeatureCollection, in order of need.

    A photo without a place is no feature: it is named in the foreign members `photos_without_place` and
    `photos_not_inspected`, and no place is made up for it.

    Source: RFC 7946; 4 for WGS 84 and the order longitude, latitude; 6.1 for foreign members.
    """
    yield '{\n  "type": "FeatureCollection",\n  "features": ['
    between, without = "\n", []
    for rank, row in enumerate(material.overview.inspected, start=1):
        if row.gps is None:
            without.append(row.photo)
        else:
            yield between + "    " + _dump(_feature(material, row, rank))
            between = ",\n"
    yield "]" if between == "\n" else "\n  ]"
    yield f',\n  "photos_without_place": {_dump(without)}'
    yield f',\n  "photos_not_inspected": {_dump([failure.photo for failure in material.overview.failures])}\n}}\n'


def _feature(material: Material, row: Row, rank: int) -> dict[str, Any]:
    inspection, options = material.inspection(row), material.options
    listed, element = listed_ones(cracks_of(inspection, row.number)), options.element_of(row.photo)
    latitude, longitude = inspection.gps or (0.0, 0.0)
    point = {"type": "Point", "coordinates": [round(float(longitude), 7), round(float(latitude), 7)]}
    properties = {
        "id": row.id,
        "photo": inspection.photo,
        "sha256": inspection.sha256,
        **asdict(element),
        "rank": rank,
        "score": float(score_text(inspection.score, rule=row.threshold, decimals=4).lstrip("<> ")),
        "findings": len(inspection.findings),
        "places": len(inspection.places),
        "taken_at": inspection.taken_at,
        "direction_deg": inspection.direction_deg,
        **_sizes(sure_ones(listed)),
        "doubtful": len(doubtful_ones(listed)),
        "short": row.short,
        "guide": sorted({said for crack in sure_ones(listed) for said in _over(material, row, crack)}),
    }
    return {"type": "Feature", "geometry": point, "properties": properties}


def _sizes(cracks: Sequence[Crack]) -> dict[str, Any]:
    """Give the ids, the widest and the longest of what is rather a crack than not."""
    by_width = sorted(cracks, key=lambda crack: crack.breadth)
    widths = [one.width_p95 for one in cracks if one.width_p95]
    return {
        "cracks": [crack.id for crack in by_width],
        "needs_checking": [crack.id for crack in by_width if crack.trace.needs_checking],
        "longest_px": _most([crack.trace.length_px for crack in cracks]),
        "widest_p95_px": _most([crack.trace.width_p95_px for crack in cracks if crack.resolved]),
        "longest_mm": _most([crack.length.value_mm for crack in cracks if crack.length]),
        "widest_p95_mm": _most([one.value_mm for one in widths if one.resolved]),
        "widest_p95_mm_low": _most([one.low_mm for one in widths]),
        "widest_p95_mm_high": _most([one.high_mm for one in widths]),
    }


def _over(material: Material, row: Row, crack: Crack) -> tuple[str, ...]:
    """Give a sentence for each value of the guide that a crack exceeds."""
    beside, options = material.beside(row, crack), material.options
    return guide_sentences(crack, [one for one in beside if one.relation == "exceeds"], options.guide, options.words())


def _most(sizes: list[float]) -> float | None:
    known = [size for size in sizes if math.isfinite(size)]
    return round(float(max(known)), 3) if known else None


def _dump(value: object) -> str:
    return visible_json(json.dumps(value, ensure_ascii=False, allow_nan=False))
