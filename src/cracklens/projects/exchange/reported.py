"""Takes the folder of a report; gives its photos with cracks and scores as they stand there. Knows no project."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, get_args

import numpy as np

from cracklens.compare.side import REPORT, check_version
from cracklens.errors import DataError
from cracklens.projects.exchange.decided import Said
from cracklens.projects.exchange.geometry import Raw, read_line, read_scores, read_trace
from cracklens.report import Element
from cracklens.values import Failure, Note, Scale, ScaleSource, ScoreMap, Trace

HOW = "Inspect the photos again."


@dataclass(frozen=True)
class ReportedCrack:
    """One line of a report.

    Attributes:
        id: in the report.
        trace: its geometry; intervals that the report does not have are NaN.
        said: what a person said of it, where the report holds it.
    """

    id: str
    trace: Trace
    said: Said | None = None


@dataclass(frozen=True)
class ReportedPhoto:
    """One photo of a report.

    Attributes:
        name: in the report.
        sha256: of its file.
        score_map: its scores.
        cracks: all lines that the report has.
        other_lines: lines that are none.
        threshold, flagged_share: see `Inspection`.
        scale, taken_at, gps, direction_deg: see `Photo`.
        element: what it shows of the structure.
    """

    name: str
    sha256: str
    score_map: ScoreMap
    cracks: tuple[ReportedCrack, ...]
    other_lines: tuple[np.ndarray, ...]
    threshold: float
    flagged_share: float
    scale: Scale | None = None
    taken_at: str | None = None
    gps: tuple[float, float] | None = None
    direction_deg: float | None = None
    element: str = ""


@dataclass(frozen=True)
class Reported:
    """All of a report that a project keeps.

    Attributes:
        photos: that were inspected.
        failures: what was not, and what of the report cannot be kept.
        about: project, structure, number, inspector, guide and language.
        detector, head_sha256: name and head of what found the cracks.
        version: of the cracklens that wrote it.
    """

    photos: tuple[ReportedPhoto, ...]
    failures: tuple[Failure, ...]
    about: Mapping[str, str] = field(default_factory=dict)
    detector: str = ""
    head_sha256: str = ""
    version: str = ""


def read_report(folder: Path) -> Reported:
    """Give what a report holds, of any schema with traces.

    Raises:
        DataError: report.json cannot be read, was written before there were traces, or by a later cracklens.
    """
    path = folder / REPORT
    try:
        raw = json.loads(path.read_text(encoding="utf-8"))
        check_version(raw, path)
        rejected = raw.get("review", {}).get("rejected", [])
        photos = tuple(_photo(of, [line for line in rejected if line["photo"] == of["photo"]]) for of in raw["photos"])
        failures = [Failure(str(of["photo"]), _because(of["reason"])) for of in raw["failures"]]
        about = {name: str(of) for name, of in raw["about"].items() if isinstance(of, str)}
        made = str(raw["card"]["name"]), str(raw.get("checkpoint_sha256") or ""), str(raw["software"]["version"])
    except (OSError, ValueError, KeyError, TypeError, AttributeError, OverflowError) as error:
        came = "it has no traces" if isinstance(error, KeyError) and error.args == ("traces",) else repr(error)
        raise DataError(f"{path}: expected a report.json of this cracklens, with traces; {came}. {HOW}") from error
    failures += [_no_line(line) for line in rejected if "lines" not in line]
    return Reported(photos, tuple(failures), about, *made)


def _because(reason: str | Raw) -> Note:
    return Note("because", {"reason": reason if isinstance(reason, str) else str(reason["sentence"])})


def _no_line(rejected: Raw) -> Failure:
    said = f"the report does not say where the rejected line {rejected['id']} runs; it is to be decided on again"
    return Failure(str(rejected["photo"]), Note("because", {"reason": said}))


def _photo(raw: Raw, rejected: list[Raw]) -> ReportedPhoto:
    hw = int(raw["height_px"]), int(raw["width_px"])
    sha256, gps = str(raw["sha256"]), raw["gps"]
    if len(sha256) != 64 or set(sha256) - set("0123456789abcdef"):
        raise ValueError(f"sha256 must be 64 digits of 0-9 and a-f; got {sha256!r}")
    found = [ReportedCrack(str(of["id"]), read_trace(of, hw), _said(of.get("verdict"))) for of in raw["traces"]]
    found += [ReportedCrack(str(of["id"]), read_trace(of, hw), _said(of)) for of in rejected if "lines" in of]
    return ReportedPhoto(
        str(raw["photo"]),
        sha256,
        read_scores(raw["score_map"], hw, raw.get("novelty")),
        tuple(found),
        tuple(read_line(line, hw) for line in raw.get("other_lines", ())),
        float(raw["threshold"]),
        float(raw["flagged_share"]),
        _scale(raw["scale"]),
        raw["taken_at"] and str(raw["taken_at"]),
        gps and (float(gps["latitude"]), float(gps["longitude"])),
        raw.get("direction_deg"),
        Element(**raw["element"]).named if raw.get("element") else "",
    )


def _said(raw: Raw | None) -> Said | None:
    """Give what a person said of a line; None where nobody has said anything."""
    if not raw:
        return None
    if raw["decision"] not in ("confirmed", "rejected"):
        raise ValueError(f"decision must be confirmed or rejected; got {raw['decision']!r}")
    return Said(
        raw["decision"], *(str(raw.get(name, "")) for name in ("reason", "severity", "element", "note", "by", "at"))
    )


def _scale(raw: Raw | None) -> Scale | None:
    if raw is None:
        return None
    source: Any = raw["source"] if raw["source"] in get_args(ScaleSource) else "given"
    said: Any = raw.get("note")
    error, px_per_mm = raw["relative_error"], float(raw["px_per_mm"])
    if not 0 < px_per_mm < float("inf"):
        raise ValueError(f"px_per_mm must be above 0; got {px_per_mm}")
    return Scale(px_per_mm, source, 0.02 if error is None else float(error), _because(said) if said else None)
