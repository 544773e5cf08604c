"""Takes outcomes; gives report.coco.json, traces as annotations for tools that read COCO. Knows no pictures."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import numpy as np

from cracklens.report.cracks import cracks_of
from cracklens.report.material.material import Material
from cracklens.report.pictures.ribbon import area_px, ribbons
from cracklens.values import Inspection
from cracklens.visible import visible_json

CATEGORY = {"id": 1, "name": "crack", "supercategory": "defect"}


def as_coco(material: Material) -> Iterator[str]:
    """Give the pieces of a COCO file: every inspected photo an image, every trace an annotation of thin polygons.

    Source: COCO, data format, 1. Object Detection; https://cocodataset.org/#format-data.
    """
    rows = material.overview.in_order
    info = {"description": "cracks traced by cracklens", "version": material.overview.software_version}
    yield f'{{\n  "info": {_dump(info)},\n  "licenses": [],\n  "categories": {_dump([CATEGORY])},\n  "images": ['
    between = "\n"
    for row in rows:
        yield f"{between}    {_dump(_image(material.inspection(row), row.number))}"
        between = ",\n"
    yield '\n  ],\n  "annotations": ['
    between, identifier = "\n", 0
    for row in rows:
        for annotation in _annotations(material.inspection(row), row.number):
            identifier += 1
            yield f"{between}    {_dump({'id': identifier, **annotation})}"
            between = ",\n"
    yield "\n  ]\n}\n"


def _image(inspection: Inspection, number: int) -> dict[str, Any]:
    height, width = inspection.photo_hw
    image: dict[str, Any] = {"id": number, "file_name": inspection.photo, "width": int(width), "height": int(height)}
    return image | {"sha256": inspection.sha256, "date_captured": (inspection.taken_at or "").replace("T", " ")}


def _annotations(inspection: Inspection, image: int) -> Iterator[dict[str, Any]]:
    for crack in cracks_of(inspection, image):
        polygons = ribbons(crack.trace, inspection.photo_hw)
        points = np.concatenate(polygons)
        (x0, y0), (x1, y1) = points.min(0), points.max(0)
        yield {
            "image_id": image,
            "category_id": CATEGORY["id"],
            "segmentation": [polygon.ravel().tolist() for polygon in polygons],
            "bbox": [round(float(side), 2) for side in (x0, y0, x1 - x0, y1 - y0)],
            "area": round(sum(map(area_px, polygons)), 2),
            "iscrowd": 0,
            "score": round(float(crack.trace.confidence), 4),
            "attributes": {
                "trace": crack.id,
                "length_px": round(float(crack.trace.length_px), 2),
                "certainty": crack.certainty,
            },
        }


def _dump(value: object) -> str:
    return visible_json(json.dumps(value, ensure_ascii=False, allow_nan=False))
