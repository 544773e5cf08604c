"""Takes CVAT's XML for images; gives photos with outlines, lines and bitmaps. Source: CVAT, XML annotation format."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import ParseError, parse

from cracklens.errors import DataError
from cracklens.labels.masks.bitmaps import from_runs
from cracklens.labels.masks.shapes import Annotated, Area, Bitmap, Line, Points, Shape, Unread

LEAST_POINTS = {"polygon": 3, "polyline": 2}
EXPORT = "Export it as `CVAT for images 1.1`."


def read_cvat(path: Path) -> list[Annotated]:
    """Give the photos of a CVAT file; one without a shape has no crack.

    Raises:
        DataError: no XML, tracks of a film, or what has not the form of CVAT.
    """
    try:
        return [_photo(image) for image in _images(parse(path).getroot())]
    except (OSError, ParseError, DefusedXmlException, KeyError, ValueError) as error:
        raise DataError(f"{path}: expected CVAT's XML for images; {error}. {EXPORT}") from error


def _images(root: Any) -> list[Any]:
    if root.tag != "annotations":
        raise ValueError(f"its first element is {root.tag}")
    if root.find("track") is not None:
        raise ValueError("it has the tracks of a film")
    return list(root.iter("image"))


def _photo(image: Any) -> Annotated:
    hw = (int(image.attrib["height"]), int(image.attrib["width"])) if "width" in image.attrib else None
    drawn = [one for one in image if "label" in one.attrib and one.tag != "tag"]
    marks = drawn or [one for one in image if one.tag == "tag"]
    return Annotated(image.attrib["name"], tuple(Shape(one.attrib["label"], _form(one)) for one in marks), hw)


def _form(mark: Any) -> Area | Line | Bitmap | Unread:
    if mark.tag in LEAST_POINTS:
        points = _points(mark.attrib["points"])
        if len(points) < LEAST_POINTS[mark.tag]:
            return Unread(f"a {mark.tag} of {len(points)} points; draw it again")
        return Area((points,)) if mark.tag == "polygon" else Line(points)
    if mark.tag == "mask":
        top, left, height, width = (int(mark.attrib[name]) for name in ("top", "left", "height", "width"))
        runs = [int(run) for run in mark.attrib["rle"].split(",")]
        return Bitmap(partial(from_runs, runs, (height, width), by_columns=False), (top, left))
    return Unread(f"a {mark.tag} alone; outline it")


def _points(text: str) -> Points:
    return np.array([[float(number) for number in point.split(",")] for point in text.split(";")]).reshape(-1, 2)
