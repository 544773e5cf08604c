"""Takes a true mask; gives photos with their labels as each program writes them. Knows no reader."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from pycocotools import mask as coco_mask

from cracklens import draw_wall

HW = (64, 96)
BOX = [(10.0, 20.0), (70.0, 20.0), (70.0, 24.0), (10.0, 24.0)]
"""A crack, x and y in px: rows 20-23, columns 10-69."""

LINE = [(10.0, 22.0), (70.0, 22.0)]


def box_mask() -> NDArray[np.bool_]:
    mask = np.zeros(HW, np.bool_)
    mask[20:24, 10:70] = True
    return mask


def save_photo(path: Path, *, seed: int = 1, hw: tuple[int, int] = HW) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(draw_wall(hw, widths_px=(), seed=seed).pixels).save(path)
    return path


def save_mask(path: Path, mask: NDArray[Any]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray((mask * (255 if mask.dtype == np.bool_ else 1)).clip(0, 255).astype(np.uint8)).save(path)
    return path


def write_json(path: Path, value: object) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value), encoding="utf-8")
    return path


def coco(segmentations: Sequence[Any], *, name: str = "crack", files: Sequence[str] = ("a.png",)) -> dict[str, Any]:
    """Give COCO JSON whose annotations are all of the first photo."""
    images = [{"id": 7 + i, "file_name": file, "height": HW[0], "width": HW[1]} for i, file in enumerate(files)]
    annotations = [
        {"id": i, "image_id": 7, "category_id": 1, "segmentation": one, "bbox": [10, 20, 60, 4], "iscrowd": 0}
        for i, one in enumerate(segmentations)
    ]
    return {"images": images, "annotations": annotations, "categories": [{"id": 1, "name": name}]}


def coco_rle(mask: NDArray[np.bool_]) -> dict[str, Any]:
    packed = coco_mask.encode(np.asfortranarray(mask.astype(np.uint8)))
    return {"size": packed["size"], "counts": packed["counts"].decode("ascii")}


def coco_list(mask: NDArray[np.bool_]) -> dict[str, Any]:
    return {"size": list(mask.shape), "counts": runs(mask.ravel(order="F"))}


def runs(flat: NDArray[np.bool_]) -> list[int]:
    """Give run lengths, ground first."""
    edges = np.flatnonzero(np.diff(flat.astype(np.int8))) + 1
    lengths = np.diff([0, *edges.tolist(), len(flat)]).tolist()
    return [0, *lengths] if flat[0] else lengths


def brush(mask: NDArray[np.bool_]) -> list[int]:
    """Give a mask as Label Studio packs a brush: runs of one value, and single values in between."""
    rgba = np.repeat(np.where(mask, 255, 0).ravel(), 4).tolist()
    sizes = (3, 4, 8, 16)
    bits = f"{len(rgba):032b}{7:05b}" + "".join(f"{size - 1:04b}" for size in sizes)
    at = 0
    while at < len(rgba):
        end = at
        while end < len(rgba) and rgba[end] == rgba[at] and end - at < 2**16:
            end += 1
        which = next(i for i, size in enumerate(sizes) if end - at <= 2**size)
        same = end - at > 4
        bits += f"{int(same):b}{which:02b}{end - at - 1:0{sizes[which]}b}"
        bits += f"{rgba[at]:08b}" * (1 if same else end - at)
        at = end
    bits += "0" * (-len(bits) % 8)
    return [int(bits[i : i + 8], 2) for i in range(0, len(bits), 8)]


def region(kind: str, value: dict[str, Any], *, name: str = "crack", identifier: str = "r1") -> dict[str, Any]:
    """Give a region of Label Studio with its label."""
    size = {"original_width": HW[1], "original_height": HW[0], "image_rotation": 0}
    return {
        "id": identifier,
        "type": kind,
        "from_name": "tag",
        "to_name": "image",
        **size,
        "value": value | {kind: [name]},
    }


def percent(points: Sequence[tuple[float, float]]) -> list[list[float]]:
    return [[100 * x / HW[1], 100 * y / HW[0]] for x, y in points]


def vector(points: Sequence[tuple[float, float]], *, closed: bool = False) -> dict[str, Any]:
    vertices = [
        {"id": f"p{i}", "prevPointId": f"p{i - 1}" if i else None, "x": x, "y": y, "isBezier": False}
        for i, (x, y) in enumerate(percent(points))
    ]
    return {"vertices": vertices, "closed": closed}


def task(regions: Sequence[dict[str, Any]], *, image: str = "/data/upload/1/3f2a91bc-a.png") -> dict[str, Any]:
    return {"id": 1, "data": {"image": image}, "annotations": [{"result": list(regions), "was_cancelled": False}]}


def cvat(marks: str, *, name: str = "a.png", hw: tuple[int, int] = HW) -> str:
    image = f'<image id="0" name="{name}" width="{hw[1]}" height="{hw[0]}">{marks}</image>'
    return f'<?xml version="1.0" encoding="utf-8"?>\n<annotations><version>1.1</version><meta/>{image}</annotations>'


def cvat_points(tag: str, points: Sequence[tuple[float, float]], *, label: str = "crack") -> str:
    text = ";".join(f"{x:.2f},{y:.2f}" for x, y in points)
    return f'<{tag} label="{label}" source="manual" occluded="0" points="{text}" z_order="0"></{tag}>'


def cvat_mask(part: NDArray[np.bool_], corner: tuple[int, int]) -> str:
    told = ", ".join(map(str, runs(part.ravel())))
    place = f'left="{corner[1]}" top="{corner[0]}" width="{part.shape[1]}" height="{part.shape[0]}"'
    return f'<mask label="crack" source="manual" occluded="0" rle="{told}" {place} z_order="0"></mask>'
