"""Takes what Label Studio exports as JSON; gives photos with outlines, lines and bitmaps.

Source: Label Studio, task format, and the result parameters of the tags PolygonLabels, BrushLabels and VectorLabels.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import numpy as np

from cracklens.errors import DataError
from cracklens.labels.masks.bitmaps import brush_mask
from cracklens.labels.masks.shapes import Annotated, Area, Bitmap, Line, Points, Shape, Unread
from cracklens.values import Note

UPLOADED = re.compile(r"[0-9a-f]{8}-(?=.)")
"""What Label Studio puts before the name of a file that is uploaded to it."""

LEAST_POINTS = 3


def is_label_studio(raw: object) -> bool:
    """Say whether JSON is a list of Label Studio's tasks."""
    return isinstance(raw, list) and bool(raw) and all(isinstance(one, dict) and "data" in one for one in raw)


def read_label_studio(raw: Sequence[Mapping[str, Any]], *, source: str) -> list[Annotated]:
    """Give the photos of tasks; one whose annotation is empty has no crack, one without an annotation is left out.

    Raises:
        DataError: what has not the form of an export.
    """
    try:
        return [_photo(task) for task in raw]
    except (KeyError, TypeError, ValueError, AttributeError, IndexError) as error:
        came = f"{error!r} is wrong in it"
        raise DataError(f"{source}: expected JSON of Label Studio; {came}. Export it as JSON.") from error


def without_upload(file: str) -> str:
    """Give a file's name without what an upload has put before it.

    Example:
        >>> without_upload("/data/upload/1/3f2a91bc-wall 7.jpg")
        'wall 7.jpg'
    """
    return UPLOADED.sub("", file.rpartition("/")[2], count=1)


def _photo(task: Mapping[str, Any]) -> Annotated:
    file = _file(task["data"])
    told = [one for one in task.get("annotations", []) if not one.get("was_cancelled")]
    agreed = [one for one in told if one.get("ground_truth")] or told
    if len(agreed) != 1:
        many = Note("annotated_often", {"n": len(agreed)})
        return Annotated(file, fault=many if agreed else Note("annotated_by_none"))
    regions = [one for one in agreed[0]["result"] if "original_width" in one]
    if any(one.get("image_rotation") for one in regions):
        return Annotated(file, fault=Note("annotated_turned"))
    sizes = {(int(one["original_height"]), int(one["original_width"])) for one in regions}
    if len(sizes) > 1:
        return Annotated(file, fault=Note("annotated_sizes", {"n": len(sizes)}))
    return Annotated(file, tuple(_shapes(regions)), sizes.pop() if sizes else None)


def _file(data: Mapping[str, Any]) -> str:
    """Give the name of a task's photo: our own, or that in its address."""
    if "photo" in data:
        return str(data["photo"])
    texts = [one for one in data.values() if isinstance(one, str)]
    address = data.get("image") or next((one for one in texts if "." in one.rpartition("/")[2]), "")
    parts = urlsplit(str(address))
    return parse_qs(parts.query).get("d", [unquote(parts.path)])[0]


def _shapes(regions: Sequence[Mapping[str, Any]]) -> Iterator[Shape]:
    """Give a shape a region; its labels may stand in results of their own, which share its id."""
    parts: dict[Any, list[Mapping[str, Any]]] = {}
    for number, region in enumerate(regions):
        parts.setdefault(region.get("id", number), []).append(region)
    for of in parts.values():
        names = [name for one in of for name in one["value"].get(one["type"], []) if one["type"].endswith("labels")]
        for name in dict.fromkeys(names or ["no label"]):
            yield Shape(str(name), _form(of[0]))


def _form(region: Mapping[str, Any]) -> Area | Line | Bitmap | Unread:
    value, hw = region["value"], (int(region["original_height"]), int(region["original_width"]))
    if "rle" in value:
        return Bitmap(partial(brush_mask, value["rle"], hw))
    if "vertices" in value:
        return _vector(value, hw)
    if "points" in value and len(value["points"]) >= LEAST_POINTS:
        return Area((_px(value["points"], hw),))
    return Unread(f"a region of the type {region['type']}; draw it as polygon, vector or brush")


def _vector(value: Mapping[str, Any], hw: tuple[int, int]) -> Area | Line | Unread:
    """Give a line from point to point, or what a closed one goes around."""
    vertices = value["vertices"]
    before = [one.get("prevPointId") for one in vertices[1:]]
    in_a_row = before == [one.get("id") for one in vertices[:-1]] or not any(before)
    if len(vertices) < 2 or not in_a_row or any(one.get("isBezier") for one in vertices):
        return Unread("a vector of one point, with branches or with curves; draw it of straight pieces, one a branch")
    points = _px([(one["x"], one["y"]) for one in vertices], hw)
    return Area((points,)) if value.get("closed") and len(points) >= LEAST_POINTS else Line(points)


def _px(points: Sequence[Sequence[float]], hw: tuple[int, int]) -> Points:
    """Give points in px of points in per cent of width and height."""
    return np.asarray(np.array(points, np.float64) * np.array(hw[::-1]) / 100)
