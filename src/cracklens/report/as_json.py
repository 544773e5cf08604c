"""Takes outcomes and the card; gives report.json, everything that was measured. Knows no pictures."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np

from cracklens.models.card import Card
from cracklens.report.overview import Overview, inspection_at
from cracklens.values import NEIGHBOURHOOD_PX, Finding, Inspection, Outcome, ScoreMap

SCHEMA_VERSION = "1.0"
"""The first number rises when a reader of today could misread a report, the second when keys are added."""


def as_json(outcomes: Sequence[Outcome], card: Card, overview: Overview) -> Iterator[str]:
    """Give the pieces of report.json: photos in the order of the outcomes, a line each, so that two reports compare."""
    yield _dump(_head(card, overview), indent=2).removesuffix("\n}")
    rows = sorted(overview.inspected, key=lambda row: row.index)
    yield from _list("photos", (_photo(inspection_at(outcomes, row)) for row in rows))
    yield from _list("failures", (asdict(failure) for failure in overview.failures))
    yield "\n}\n"


def _list(key: str, items: Iterator[dict[str, Any]]) -> Iterator[str]:
    """Give one more key of an open object, with one item a line."""
    yield f",\n  {_dump(key)}: ["
    between = "\n"
    for item in items:
        yield f"{between}    {_dump(item)}"
        between = ",\n"
    yield "]" if between == "\n" else "\n  ]"


def _dump(value: object, *, indent: int | None = None) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False, indent=indent)


def _head(card: Card, overview: Overview) -> dict[str, Any]:
    summary = {
        "photos": len(overview.inspected) + len(overview.failures),
        "inspected": len(overview.inspected),
        "with_findings": len(overview.flagged),
        "failed": len(overview.failures),
        "findings": overview.findings,
    }
    software = {"name": "cracklens", "version": overview.software_version}
    return {"schema_version": SCHEMA_VERSION, "software": software, "summary": summary, "card": asdict(card)}


def _photo(inspection: Inspection) -> dict[str, Any]:
    height, width = inspection.photo_hw
    return {
        "photo": inspection.photo,
        "sha256": inspection.sha256,
        "width_px": int(width),
        "height_px": int(height),
        "score": _score(inspection.score),
        "flagged_share": round(float(inspection.flagged_share), 6),
        "threshold": round(float(inspection.threshold), 6),
        "taken_at": inspection.taken_at,
        "gps": _place(inspection.gps),
        "px_per_mm": None if inspection.px_per_mm is None else round(float(inspection.px_per_mm), 6),
        "notes": list(inspection.notes),
        "findings": [_finding(finding) for finding in inspection.findings],
        "score_map": _score_map(inspection.score_map),
    }


def _finding(finding: Finding) -> dict[str, Any]:
    return {
        "box_xyxy": [int(side) for side in finding.box_xyxy],
        "area_px": int(finding.area_px),
        "peak_score": _score(finding.peak_score),
        "mean_score": _score(finding.mean_score),
    }


def _score_map(score_map: ScoreMap) -> dict[str, Any]:
    """Give the map as base64 of uint16: a third of the digits' size, and no score moves by more than 0.00001."""
    steps = np.rint(np.clip(score_map.values, 0, 1).astype(np.float64) * 65_535).astype("<u2")  # (h, w)
    return {
        "stride_px": int(score_map.stride_px),
        "neighbourhood_px": NEIGHBOURHOOD_PX,
        "hw": [int(side) for side in steps.shape],
        "values": base64.b64encode(steps.tobytes()).decode("ascii"),
    }


def _place(gps: tuple[float, float] | None) -> dict[str, float] | None:
    if gps is None:
        return None
    return {"latitude": round(float(gps[0]), 7), "longitude": round(float(gps[1]), 7)}


def _score(score: float) -> float:
    return round(float(score), 4)
