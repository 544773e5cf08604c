"""Takes outcomes; gives report.labelstudio.json, traces as predictions to mend by hand. Knows no pictures."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import numpy as np
from numpy.typing import NDArray

from cracklens.report.cracks import cracks_of
from cracklens.report.material.material import Material
from cracklens.report.material.overview import Row
from cracklens.report.pictures.ribbon import ribbons
from cracklens.values import Inspection
from cracklens.visible import visible_json

LOCAL_FILES = "/data/local-files/?d="
"""Where Label Studio serves files of its own machine. Source: Label Studio, Storage, Local storage."""


def as_labelstudio(material: Material) -> Iterator[str]:
    """Give the pieces of a JSON import: a task a photo, a polygon a branch of a trace.

    For a labelling interface with `<Image name="image" value="$image"/>` and
    `<PolygonLabels name="crack" toName="image">`.

    Source: Label Studio, Import pre-annotated data, and Tags, PolygonLabels, result parameters.
    """
    rows = material.overview.in_order
    yield "["
    between = "\n"
    for row in rows:
        task = _task(material.inspection(row), row, material.overview.software_version)
        yield f"{between}  {visible_json(json.dumps(task, ensure_ascii=False, allow_nan=False))}"
        between = ",\n"
    yield "]\n" if between == "\n" else "\n]\n"


def _task(inspection: Inspection, row: Row, version: str) -> dict[str, Any]:
    path = inspection.photo.replace("\\", "/").lstrip("/").encode("utf-8", "surrogateescape")
    data = {"image": LOCAL_FILES + quote(path), "photo": inspection.photo, "sha256": inspection.sha256}
    regions = list(_regions(inspection, row.number))
    prediction = {"model_version": f"cracklens {version}", "score": round(inspection.score, 4), "result": regions}
    return {"data": data, "predictions": [prediction]}


def _regions(inspection: Inspection, number: int) -> Iterator[dict[str, Any]]:
    height, width = inspection.photo_hw
    for crack in cracks_of(inspection, number):
        for branch, polygon in enumerate(ribbons(crack.trace, inspection.photo_hw), start=1):
            yield {
                "id": f"{crack.id}-{branch}",
                "type": "polygonlabels",
                "from_name": "crack",
                "to_name": "image",
                "original_width": int(width),
                "original_height": int(height),
                "image_rotation": 0,
                "score": round(float(crack.trace.confidence), 4),
                "value": {"points": _percent(polygon, (height, width)), "closed": True, "polygonlabels": ["crack"]},
            }


def _percent(polygon: NDArray[np.float64], photo_hw: tuple[int, int]) -> list[list[float]]:
    """Give points in per cent of the photo's width and height, as Label Studio counts them."""
    points: list[list[float]] = np.round(100 * polygon / np.array(photo_hw[::-1]), 4).tolist()
    return points
