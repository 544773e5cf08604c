"""Takes the folder of a report; gives its photos with their cracks and what found them. Inspects nothing."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from pathlib import Path, PureWindowsPath
from typing import Any, get_args

import numpy as np
from numpy.typing import NDArray

from cracklens.errors import DataError, PhotoError
from cracklens.photo import file_sha256
from cracklens.report.cracks import Certainty, certainty_of
from cracklens.report.material.material import SHORT_HASH
from cracklens.values import Interval, Note, NoteKind, Scale

REPORT = "report.json"
VERSIONS = ("1.1", "1.2", "2.0", "2.1")
"""Of report.json that are read; of a later one, those with the same first number."""

Points = NDArray[np.float64]


@dataclass(frozen=True)
class SeenCrack:
    """One crack as a report has it.

    Attributes:
        id: in the report.
        lines_xy: its centre lines (N, 2) in px of the photo.
        width_px: median along it; NaN where it was not measured, or the report has no interval for it.
        width_interval_px: (low, high) of it, about 95 %.
        confidence: 0-1.
        certainty: that the report gives; by the confidence in reports of before 2.0.
    """

    id: str
    lines_xy: tuple[Points, ...]
    width_px: float
    width_interval_px: Interval
    confidence: float
    certainty: Certainty


@dataclass(frozen=True)
class SeenPhoto:
    """One photo of a report.

    Attributes:
        name: in the report.
        path: where its file is; None where it is gone.
        hw: its size in px.
        cracks: that were traced in it.
        scale: None where unknown.
        taken_at: "YYYY-MM-DDTHH:MM:SS"; None where unknown.
        gps: latitude and longitude; None where unknown.
        fault: why it cannot be compared; None where it can.
    """

    name: str
    path: Path | None
    hw: tuple[int, int]
    cracks: tuple[SeenCrack, ...] = ()
    scale: Scale | None = None
    taken_at: str | None = None
    gps: tuple[float, float] | None = None
    fault: Note | None = None

    @property
    def file(self) -> str:
        """Its name without folders, on any system's separators."""
        return PureWindowsPath(self.name).name or self.name


@dataclass(frozen=True)
class MadeWith:
    """A detector or a crack map.

    Attributes:
        name: on its card.
        sha256: of its head, or of its decoder.
        settings: how a crack map becomes a mask.
    """

    name: str
    sha256: str
    settings: str = ""

    @property
    def named(self) -> str:
        """Name it, with the beginning of its hash: two may have one name."""
        return f"{self.name} ({self.sha256[:SHORT_HASH]})"


@dataclass(frozen=True)
class Side:
    """One of two reports.

    Attributes:
        photos: in its order, those that were not inspected last.
        detector, crack_map: what found the cracks; None where the report does not say.
    """

    photos: tuple[SeenPhoto, ...]
    detector: MadeWith | None = None
    crack_map: MadeWith | None = None


def is_report(folder: Path) -> bool:
    """Say whether a folder is that of a report."""
    return (folder / REPORT).is_file()


def read_side(folder: Path) -> Side:
    """Give the photos of a report, and what found their cracks.

    Raises:
        DataError: report.json cannot be read, or was written before there were traces, or by a later cracklens.
    """
    path = folder / REPORT
    try:
        raw = json.loads(path.read_text(encoding="utf-8"))
        check_version(raw, path)
        photos = tuple(_photo(photo, folder) for photo in raw["photos"])
        failures = tuple(SeenPhoto(of["photo"], None, (0, 0), fault=_because(of["reason"])) for of in raw["failures"])
        head, of_map = raw.get("checkpoint_sha256"), raw.get("crack_map")
        detector = MadeWith(raw["card"]["name"], head) if head else None
        crack_map = _map_of(of_map) if of_map else None
    except (OSError, ValueError, KeyError, TypeError) as error:
        came = "it has no traces" if isinstance(error, KeyError) and error.args == ("traces",) else repr(error)
        expected = "expected a report.json of this cracklens, with traces"
        raise DataError(f"{path}: {expected}; {came}. Inspect the photos again.") from error
    return Side((*photos, *failures), detector, crack_map)


def _map_of(raw: dict[str, Any]) -> MadeWith:
    return MadeWith(raw["name"], raw["sha256"], json.dumps(raw["settings"], sort_keys=True))


def part_notes(old: Side, new: Side) -> tuple[Note, ...]:
    """Say where two reports were made with different detectors or crack maps; two that name no crack map had none."""
    notes: list[Note] = []
    pairs: tuple[tuple[NoteKind, MadeWith | None, MadeWith | None], ...] = (
        ("detectors_differ", old.detector, new.detector),
        ("maps_differ", old.crack_map, new.crack_map),
    )
    for kind, before, after in pairs:
        if before and after and before.sha256 != after.sha256:
            notes.append(Note(kind, {"old": before.named, "new": after.named}))
        elif before and after and before.settings != after.settings:
            notes.append(Note("map_settings_differ", {"name": after.named}))
    if new.crack_map and not old.crack_map:
        notes.append(Note("map_unsaid_older", {"name": new.crack_map.named}))
    if old.crack_map and not new.crack_map:
        notes.append(Note("map_unsaid_newer", {"name": old.crack_map.named}))
    return tuple(notes)


def _because(reason: str | dict[str, Any]) -> Note:
    """Give why a photo was not inspected, in the words of its report; until 2.0 a report had the words alone."""
    return Note("because", {"reason": reason if isinstance(reason, str) else str(reason["sentence"])})


def check_version(raw: dict[str, Any], path: Path) -> None:
    """Refuse a report whose keys may mean something else.

    Raises:
        DataError: its first number is above those of today.
    """
    version = str(raw["schema_version"])
    if version.partition(".")[0] not in {known.partition(".")[0] for known in VERSIONS}:
        expected = f"expected a report.json of schema {', '.join(VERSIONS)}"
        raise DataError(f"{path}: {expected}; this one has {version}. Update cracklens, or inspect the photos again.")


def _photo(raw: dict[str, Any], folder: Path) -> SeenPhoto:
    path, fault = photo_file(raw["photo"], raw["sha256"], folder)
    cracks = tuple(_crack(trace) for trace in raw["traces"])
    gps = raw["gps"] and (raw["gps"]["latitude"], raw["gps"]["longitude"])
    of = raw["scale"]
    scale = Scale(of["px_per_mm"], of["source"], of["relative_error"]) if of else None
    hw = (int(raw["height_px"]), int(raw["width_px"]))
    return SeenPhoto(raw["photo"], path, hw, cracks, scale, raw["taken_at"], gps, fault)


def _crack(raw: dict[str, Any]) -> SeenCrack:
    lines = tuple(np.asarray(line, np.float64).reshape(-1, 2) for line in raw["lines"])
    sizes = (raw["width_median_px"], *raw.get("width_median_interval_px", (None, None)))  # before 1.2 without interval
    width, low, high = map(float, sizes) if None not in sizes else (math.nan,) * 3
    confidence = float(raw["confidence"])
    certainty = raw.get("certainty", certainty_of(confidence))
    if certainty not in get_args(Certainty):
        raise ValueError(f"certainty must be of {', '.join(get_args(Certainty))}; got {certainty!r}")
    return SeenCrack(raw["id"], lines, width, (low, high), confidence, certainty)


def photo_file(name: str, sha256: str, folder: Path) -> tuple[Path | None, Note | None]:
    """Give where a photo is, by its content: as the report names it, else beside the report; or why it is not used."""
    bare = PureWindowsPath(name).name
    places = [Path(name), folder / name, folder / bare, folder.parent / name, folder.parent / bare]
    there = [place for place in places if place.is_file()]
    for place in there:
        try:
            if file_sha256(place) == sha256:
                return place, None
        except PhotoError:
            continue
    if there:
        return None, Note("photo_changed")
    return None, Note("photo_gone")
