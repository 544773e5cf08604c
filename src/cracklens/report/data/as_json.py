"""Takes outcomes and the card; gives report.json, everything that was measured. Knows no pictures."""

from __future__ import annotations

import base64
import json
import math
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cracklens.photo import OtherFiles
from cracklens.report.cracks import WIDTHS, Crack, cracks_of, doubt_sentences, guide_sentences
from cracklens.report.material.facts import score_number
from cracklens.report.material.material import Material
from cracklens.report.material.overview import Row
from cracklens.report.material.review import Review
from cracklens.report.pictures.outline import outline
from cracklens.report.words import Words, note_record, note_text
from cracklens.values import NEIGHBOURHOOD_PX, SURE, Failure, Finding, Interval, Quantity, Scale, ScoreMap, Trace
from cracklens.visible import visible_json

SCHEMA_VERSION = "2.1"
"""The first number rises when a reader of today could misread a report, the second when keys are added."""


def as_json(material: Material) -> Iterator[str]:
    """Give the pieces of report.json: photos in the order of the outcomes, a line each, so that two reports compare."""
    yield _dump(_head(material), indent=2).removesuffix("\n}")
    yield from _list("photos", (_photo(material, row) for row in material.overview.in_order))
    overview, words = material.overview, material.options.words()
    yield from _list("failures", (_failure(of, words) for of in overview.failures))
    yield from _list("covered", ({**_failure(of, words), "covered_by": of.covered_by} for of in overview.covered))
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
    return visible_json(json.dumps(value, ensure_ascii=False, allow_nan=False, indent=indent))


def _head(material: Material) -> dict[str, Any]:
    overview, options = material.overview, material.options
    summary = {
        "photos": len(overview.inspected) + len(overview.failures),
        "inspected": len(overview.inspected),
        "with_findings": sum(row.shows for row in overview.inspected),
        "failed": len(overview.failures),
        "covered": len(overview.covered),
        "other_files": material.others.files,
        "findings": overview.findings,
        "traces": overview.cracks,
        "cracks": len(overview.sure),
        "doubtful": len(overview.doubtful),
        "short": sum(row.short for row in overview.inspected),
        "places": sum(row.places for row in overview.inspected),
    }
    about = {name: getattr(options, name) for name in ("project", "structure", "number", "inspector")}
    about |= {"date": material.date or None, "guide": options.guide, "language": options.language}
    reviewed = {"review": _review(options.review)} if options.review else {}
    return {
        "schema_version": SCHEMA_VERSION,
        "software": {"name": "cracklens", "version": overview.software_version},
        "about": about,
        "summary": summary,
        "card": material.card.as_json(),
        "checkpoint_sha256": material.checkpoint_sha256 or None,
        "crack_map": material.map_card.as_json() if material.map_card else None,
        "notes": [note_record(note, options.words()) for note in material.notes],
        "other_files": _others(material.others, options.words()),
        **reviewed,
    }


def _review(review: Review) -> dict[str, Any]:
    """Give what people said of all lines together, and of those that are not in the report."""
    signed = review.signature
    signature = (
        {name: getattr(signed, name) for name in ("name", "role", "date", "revision", "state_sha256")}
        if signed
        else None
    )
    rejected = [{**_rejected(of.crack), "photo": of.photo, **asdict(of.verdict)} for of in review.rejected]
    counts = {"undecided": review.undecided, "not_gone_through": review.not_gone_through}
    return {**counts, "signature": signature, "rejected": rejected}


def _rejected(crack: Crack) -> dict[str, Any]:
    """Give where a line runs that is no crack, so that another project knows it again."""
    trace = crack.trace
    return {
        "id": crack.id,
        "box_xyxy": list(trace.box_xyxy),
        "lines": [line.tolist() for line in outline(trace)],
        "score": score_number(trace.score, SURE),
        "confidence": score_number(trace.confidence, SURE),
    }


def _others(others: OtherFiles, words: Words) -> dict[str, Any]:
    return {
        "by_suffix": dict(others.by_suffix),
        "passed_over": dict(others.passed_over),
        "hidden": others.hidden,
        "links": [{"folder": folder, "reason": note_text(reason, words)} for folder, reason in others.links],
    }


def _failure(failure: Failure, words: Words) -> dict[str, Any]:
    return {"photo": failure.photo, "reason": note_record(failure.reason, words)}


def _photo(material: Material, row: Row) -> dict[str, Any]:
    inspection, rule = material.inspection(row), row.threshold
    height, width = inspection.photo_hw
    element, words = material.options.element_of(row.photo), material.options.words()
    return {
        "id": row.id,
        "photo": inspection.photo,
        "sha256": inspection.sha256,
        "element": asdict(element) if any(asdict(element).values()) else None,
        "width_px": int(width),
        "height_px": int(height),
        "score": score_number(inspection.score, rule),
        "novelty": _number(inspection.score_map.novelty, 3),
        "flagged_share": round(float(inspection.flagged_share), 6),
        "empty_share": round(float(inspection.empty_share), 6),
        "threshold": round(float(inspection.threshold), 6),
        "taken_at": inspection.taken_at,
        "gps": _place(inspection.gps),
        "px_per_mm": None if inspection.px_per_mm is None else round(float(inspection.px_per_mm), 6),
        "scale": _scale(inspection.scale, words),
        "direction_deg": _number(inspection.direction_deg, 2),
        "notes": [note_record(note, words) for note in inspection.notes],
        "traces": [_trace(crack, material, row) for crack in cracks_of(inspection, row.number)],
        "places": [_finding(place, rule) for place in inspection.places],
        "other_lines": [np.round(line, 1).astype(float).tolist() for line in inspection.other_lines],
        "findings": [_finding(finding, rule) for finding in inspection.findings],
        "score_map": _score_map(inspection.score_map),
    }


def _finding(finding: Finding, rule: float) -> dict[str, Any]:
    return {
        "box_xyxy": [int(side) for side in finding.box_xyxy],
        "area_px": int(finding.area_px),
        "peak_score": score_number(finding.peak_score, rule),
        "mean_score": score_number(finding.mean_score, rule),
    }


def _trace(crack: Crack, material: Material, row: Row) -> dict[str, Any]:
    trace, place = crack.trace, crack.place
    return {
        "id": crack.id,
        "certainty": crack.certainty,
        "listed": crack.listed,
        "needs_checking": bool(trace.needs_checking),
        "length_px": _number(trace.length_px, 2),
        "pieces": len(trace.gaps) + 1,
        "width_median_px": _number(trace.width_median_px, 2),
        "width_p95_px": _number(trace.width_p95_px, 2),
        "width_max_px": _number(trace.width_max_px, 2),
        **{f"{name}_interval_px": _interval(getattr(trace, f"{name}_interval_px")) for name in WIDTHS},
        "width_p95_at_xy": _point(place.xy) if place else [None, None],
        "width_max_at_xy": _point(trace.width_max_at_xy),
        "orientation_deg": _number(trace.orientation_deg, 1),
        "ends": [{"xy": _point(end.xy), "kind": end.kind} for end in trace.ends],
        "gaps": [{"start_xy": _point(gap.start_xy), "stop_xy": _point(gap.stop_xy)} for gap in trace.gaps],
        "junctions_xy": [_point(point) for point in trace.junctions_xy],
        "score": score_number(trace.score, row.threshold),
        "confidence": score_number(trace.confidence, SURE),
        "doubts": _doubts(trace, material.options.words()),
        "box_xyxy": list(trace.box_xyxy),
        "lines": [line.tolist() for line in outline(trace)],
        "mm": _sizes_mm(crack),
        "guide": _guide(crack, material, row),
        **_verdict(crack, material),
    }


def _verdict(crack: Crack, material: Material) -> dict[str, Any]:
    review = material.options.review
    if review is None:
        return {}
    verdict = review.verdict_of(crack)
    return {"by_hand": bool(crack.trace.by_hand), "verdict": asdict(verdict) if verdict else None}


def _doubts(trace: Trace, words: Words) -> list[dict[str, Any]]:
    said = zip(trace.doubts, doubt_sentences(trace, words), strict=True)
    return [{"kind": doubt.kind, "amount": _number(doubt.amount, 4), "sentence": sentence} for doubt, sentence in said]


def _guide(crack: Crack, material: Material, row: Row) -> list[dict[str, Any]]:
    beside, options = material.beside(row, crack), material.options
    said = zip(beside, guide_sentences(crack, beside, options.guide, options.words()), strict=True)
    return [{"relation": of.relation, "value_mm": of.value.value_mm, "sentence": sentence} for of, sentence in said]


def _sizes_mm(crack: Crack) -> dict[str, Any] | None:
    """Give length and widths in mm; None without a scale."""
    if crack.length is None:
        return None
    names = ("length", "width_median", "width_p95", "width_max")
    return {name: _quantity(getattr(crack, name)) for name in names}


def _quantity(size: Quantity | None) -> dict[str, Any] | None:
    if size is None:
        return None
    parts = {name: round(float(getattr(size, name)), 4) for name in ("value_mm", "uncertainty_mm", "low_mm", "high_mm")}
    return {**parts, "resolved": bool(size.resolved)}


def _scale(scale: Scale | None, words: Words) -> dict[str, Any] | None:
    if scale is None:
        return None
    error = _number(scale.relative_error, 6)
    return {
        "px_per_mm": _number(scale.px_per_mm, 6),
        "source": scale.source,
        "relative_error": error,
        "note": note_record(scale.note, words) if scale.note else None,
    }


def _point(point: tuple[float, float]) -> list[float | None]:
    return [_number(coordinate, 1) for coordinate in point]


def _interval(interval: Interval) -> list[float | None]:
    return [_number(end, 2) for end in interval]


def _number(value: float | None, decimals: int) -> float | None:
    """Give a number for JSON, which knows neither NaN nor infinity."""
    return None if value is None or not math.isfinite(value) else round(float(value), decimals)


def _score_map(score_map: ScoreMap) -> dict[str, Any]:
    """Give the map as base64 of uint16: a third of the digits' size, and no score moves by more than 0.00001."""
    seen = None if score_map.seen is None else _packed(score_map.seen)
    return {
        "stride_px": int(score_map.stride_px),
        "neighbourhood_px": NEIGHBOURHOOD_PX,
        "hw": [int(side) for side in score_map.values.shape],
        "values": _packed(score_map.values),
        "seen": seen,
    }


def _packed(shares: NDArray[np.float32]) -> str:
    steps = np.rint(np.clip(shares, 0, 1).astype(np.float64) * 65_535).astype("<u2")  # (h, w)
    return base64.b64encode(steps.tobytes()).decode("ascii")


def _place(gps: tuple[float, float] | None) -> dict[str, float] | None:
    if gps is None:
        return None
    return {"latitude": round(float(gps[0]), 7), "longitude": round(float(gps[1]), 7)}
