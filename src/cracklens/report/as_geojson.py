"""Takes outcomes; gives report.geojson, a point on the map for each photo that knows its place. Knows no pictures."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from typing import Any

from cracklens.report.cracks import SURE, cracks_of, guide_sentences
from cracklens.report.material import Material
from cracklens.report.options import ReportOptions
from cracklens.report.overview import inspection_at
from cracklens.values import Inspection
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
        inspection = inspection_at(material.outcomes, row)
        if inspection.gps is None:
            without.append(inspection.photo)
        else:
            yield between + "    " + _dump(_feature(inspection, rank, material.options))
            between = ",\n"
    yield "]" if between == "\n" else "\n  ]"
    yield f',\n  "photos_without_place": {_dump(without)}'
    yield f',\n  "photos_not_inspected": {_dump([failure.photo for failure in material.overview.failures])}\n}}\n'


def _feature(inspection: Inspection, rank: int, options: ReportOptions) -> dict[str, Any]:
    cracks, words = cracks_of(inspection, options.guide), options.words()
    latitude, longitude = inspection.gps or (0.0, 0.0)
    point = {"type": "Point", "coordinates": [round(float(longitude), 7), round(float(latitude), 7)]}
    sure = [crack for crack in cracks if crack.trace.confidence >= SURE]
    widths = [crack.width_p95 for crack in sure if crack.width_p95]
    over = {said for crack in sure for said in guide_sentences(crack, options.guide, words, only=("exceeds",))}
    properties = {
        "photo": inspection.photo,
        "sha256": inspection.sha256,
        "rank": rank,
        "score": round(float(inspection.score), 4),
        "findings": len(inspection.findings),
        "cracks": len(cracks),
        "taken_at": inspection.taken_at,
        "direction_deg": inspection.direction_deg,
        "sure_cracks": len(sure),
        "longest_px": _most([crack.trace.length_px for crack in sure]),
        "widest_p95_px": _most([crack.trace.width_p95_px for crack in sure]),
        "longest_mm": _most([crack.length.value_mm for crack in sure if crack.length]),
        "widest_p95_mm": _most([one.value_mm for one in widths if one.resolved]),
        "widest_p95_mm_low": _most([one.low_mm for one in widths]),
        "widest_p95_mm_high": _most([one.high_mm for one in widths]),
        "guide": sorted(over),
    }
    return {"type": "Feature", "geometry": point, "properties": properties}


def _most(sizes: list[float]) -> float | None:
    known = [size for size in sizes if math.isfinite(size)]
    return round(float(max(known)), 3) if known else None


def _dump(value: object) -> str:
    return visible_json(json.dumps(value, ensure_ascii=False, allow_nan=False))
