"""Takes what COCO JSON says; gives photos with outlines and bitmaps. Source: COCO, data format, object detection."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

import numpy as np

from cracklens.errors import DataError
from cracklens.labels.masks.bitmaps import Bools, coco_runs, from_runs
from cracklens.labels.masks.shapes import Annotated, Area, Bitmap, Shape, Unread
from cracklens.values import Note

LEAST_NUMBERS = 6
"""Of an outline: three points."""


def is_coco(raw: object) -> bool:
    """Say whether JSON is COCO's."""
    return isinstance(raw, dict) and {"images", "annotations"} <= raw.keys()


def read_coco(raw: Mapping[str, Any], *, source: str) -> list[Annotated]:
    """Give the photos of COCO JSON; one without an annotation has no crack.

    Raises:
        DataError: a category that is not listed, or what has not the form of COCO.
    """
    try:
        names = {category["id"]: str(category["name"]) for category in raw.get("categories", [])}
        shapes: dict[Any, list[Shape]] = {image["id"]: [] for image in raw["images"]}
        strangers: dict[Any, int] = {}
        for annotation in raw["annotations"]:
            if annotation["image_id"] not in shapes:
                strangers[annotation["image_id"]] = strangers.get(annotation["image_id"], 0) + 1
                continue
            if annotation["category_id"] not in names:
                came = f"annotation {annotation['id']} is of category {annotation['category_id']!r}"
                raise DataError(f"{source}: expected categories to list every category; {came}. Export it again.")
            form = _form(annotation.get("segmentation"))
            shapes[annotation["image_id"]].append(Shape(names[annotation["category_id"]], form))
        photos = [Annotated(str(one["file_name"]), tuple(shapes[one["id"]]), _hw(one)) for one in raw["images"]]
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise DataError(f"{source}: expected COCO JSON; {error!r} is wrong in it. Export it again.") from error
    unlisted = {one: Note("image_unlisted", {"n": n}) for one, n in strangers.items()}
    return photos + [Annotated(f"image_id {one}", fault=fault) for one, fault in unlisted.items()]


def _hw(image: Mapping[str, Any]) -> tuple[int, int] | None:
    return (int(image["height"]), int(image["width"])) if image.get("height") and image.get("width") else None


def _form(segmentation: Any) -> Area | Bitmap | Unread:
    if isinstance(segmentation, dict):
        return Bitmap(partial(_bitmap, segmentation["counts"], (segmentation["size"][0], segmentation["size"][1])))
    if not segmentation:
        return Unread("a box alone; outline it")
    if any(len(outline) < LEAST_NUMBERS or len(outline) % 2 for outline in segmentation):
        return Unread("an outline of fewer than three points, or of half a point; draw it again")
    return Area(tuple(np.array(outline, np.float64).reshape(-1, 2) for outline in segmentation))


def _bitmap(counts: Any, hw: tuple[int, int]) -> Bools:
    return from_runs(coco_runs(counts) if isinstance(counts, str) else counts, hw, by_columns=True)
