"""Takes finished inspections; keeps each in a file of its own and gives it back. Knows nothing of runs or reports."""

from __future__ import annotations

import hashlib
import io
import json
import re
import zipfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Any, overload

import numpy as np
from numpy.typing import NDArray

from cracklens.errors import SettingError
from cracklens.files import write_whole
from cracklens.report.writing import make_folder, output_errors
from cracklens.values import (
    Branch,
    CloseUp,
    Doubt,
    End,
    Failure,
    Finding,
    Gap,
    Inspection,
    Note,
    Outcome,
    Scale,
    ScoreMap,
    Trace,
)

MAGIC = b"cracklens inspection 10\n"
"""Opens every file, followed by the SHA-256 of the rest; its number rises with the layout and with what a number means,
and old files are redone."""

INTERVALS = ("width_median_interval_px", "width_p95_interval_px", "width_max_interval_px")
_KEY = re.compile(r"[0-9a-f]{8,128}")


@dataclass(frozen=True)
class Store:
    """Finished inspections on disk, one per file, so that a run can be killed at any time and resumed.

    Attributes:
        folder: where; made when the first is put.
    """

    folder: Path

    def put(self, key: str, inspection: Inspection) -> None:
        """Keep an inspection; there from one moment to the next, or not at all.

        Args:
            key: 8-128 hex digits that stand for the photo's content and every setting.
            inspection: its score map and preview come back exactly as they are.

        Raises:
            SettingError: the key is none.
            OutputError: the folder cannot be written.
        """
        path = self._path(key)
        make_folder(self.folder)
        content = _pack(inspection)
        with output_errors(path):
            write_whole(path, MAGIC + hashlib.sha256(content).digest() + content)

    def get(self, key: str) -> Inspection | None:
        """Give the inspection kept under a key; None where there is none, or it is damaged or half written.

        Raises:
            SettingError: the key is none.
        """
        try:
            raw = self._path(key).read_bytes()
        except OSError:
            return None  # absent or unreadable: both mean that the photo is inspected again
        digest, content = raw[len(MAGIC) : len(MAGIC) + 32], raw[len(MAGIC) + 32 :]
        if not raw.startswith(MAGIC) or hashlib.sha256(content).digest() != digest:
            return None
        return _unpack(content)

    def _path(self, key: str) -> Path:
        if not _KEY.fullmatch(key):
            raise SettingError(f"key must be 8-128 digits of 0-9 and a-f; got {key!r}. Use the hex digest of a hash.")
        return Path(self.folder) / f"{key}.inspection"


@dataclass(frozen=True)
class Entry:
    """One photo of a run: its name in this run, and the key of its content, which other names may share."""

    photo: str
    key: str


class StoredOutcomes(Sequence[Outcome]):
    """The outcomes of a run, read from a store one at a time, so that memory does not grow with their number."""

    def __init__(self, store: Store, entries: Sequence[Entry | Failure]) -> None:
        """Stand on a store; entries in the order of the run."""
        self._store = store
        self._entries = tuple(entries)

    def __len__(self) -> int:
        """Give the number of entries."""
        return len(self._entries)

    @overload
    def __getitem__(self, index: int) -> Outcome: ...

    @overload
    def __getitem__(self, index: slice) -> StoredOutcomes: ...

    def __getitem__(self, index: int | slice) -> Outcome | StoredOutcomes:
        """Give one outcome from disk, under this run's name; a result that is gone or damaged is a Failure."""
        if isinstance(index, slice):
            return StoredOutcomes(self._store, self._entries[index])
        entry = self._entries[index]
        if isinstance(entry, Failure):
            return entry
        inspection = self._store.get(entry.key)
        return replace(inspection, photo=entry.photo) if inspection else Failure(entry.photo, Note("result_gone"))


def _pack(inspection: Inspection) -> bytes:
    """Give an inspection as an uncompressed .npz: its arrays, and all else as JSON."""
    no_scores = replace(inspection.score_map, values=np.empty(0, np.float32), cells=None, seen=None)
    bare = replace(inspection, score_map=no_scores, preview_jpeg=b"", traces=_without_lines(inspection))
    fields = asdict(replace(bare, other_lines=(), close_ups=(), place_jpegs=()))
    fields["close_ups"] = [(of.trace, of.box_xyxy) for of in inspection.close_ups]
    jpegs = [*(of.jpeg for of in inspection.close_ups), *inspection.place_jpegs]
    fields["jpegs"] = [len(jpeg) for jpeg in jpegs]
    del fields["preview_jpeg"], fields["score_map"]["values"], fields["score_map"]["seen"]
    text = json.dumps(fields, default=_plain).encode()
    parts = (inspection.preview_jpeg, text, b"".join(jpegs))
    preview, words, shown = (np.frombuffer(part, np.uint8) for part in parts)
    buffer = io.BytesIO()
    lines = _lines(inspection)
    values, seen = inspection.score_map.values, inspection.score_map.seen
    seen = np.empty(0, np.float32) if seen is None else seen
    others = [np.column_stack([np.full(len(line), i), line]) for i, line in enumerate(inspection.other_lines)]
    flat = np.concatenate([np.empty((0, 3)), *others]).astype(np.float32)
    np.savez(buffer, values=values, seen=seen, preview=preview, fields=words, lines=lines, others=flat, shown=shown)
    return buffer.getvalue()


def _without_lines(inspection: Inspection) -> tuple[Trace, ...]:
    """Give the traces with empty branches; their points stand in an array of all."""
    return tuple(replace(trace, branches=()) for trace in inspection.traces)


def _lines(inspection: Inspection) -> NDArray[np.float32]:
    """Give the points of all branches (N, 5) float32: trace, branch, x, y, width."""
    rows = [
        np.column_stack(
            [np.full(len(branch.points_xy), i), np.full(len(branch.points_xy), j), branch.points_xy, branch.widths_px]
        )
        for i, trace in enumerate(inspection.traces)
        for j, branch in enumerate(trace.branches)
    ]
    return np.concatenate([np.empty((0, 5)), *rows]).astype(np.float32)


def _plain(value: object) -> int | float:
    """Give NumPy's numbers as Python's; JSON knows no others."""
    if isinstance(value, np.integer):
        return int(value)
    if isinstance(value, np.floating):
        return float(value)
    raise TypeError(f"cannot be stored: {value!r}")


def _unpack(content: bytes) -> Inspection | None:
    try:
        with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
            raw = json.loads(arrays["fields"].tobytes())
            raw["traces"] = _traces(raw["traces"], arrays["lines"])
            raw["score_map"]["seen"] = arrays["seen"] if arrays["seen"].size else None
            jpegs = _parted(arrays["shown"].tobytes(), raw.pop("jpegs"))
            views = [(i, tuple(box)) for i, box in raw["close_ups"]]
            raw["close_ups"] = tuple(CloseUp(*view, jpeg) for view, jpeg in zip(views, jpegs, strict=False))
            raw["place_jpegs"] = tuple(jpegs[len(views) :])
            others = arrays["others"]
            lines = tuple(others[others[:, 0] == i, 1:].copy() for i in range(int(others[:, 0].max(initial=-1)) + 1))
            return _inspection(raw, arrays["values"], arrays["preview"].tobytes(), lines)
    except (KeyError, TypeError, ValueError, EOFError, zipfile.BadZipFile):
        return None  # whole, as its digest says, but of another layout


def _traces(raw: list[dict[str, Any]], lines: NDArray[np.float32]) -> tuple[Trace, ...]:
    traces = []
    for i, fields in enumerate(raw):
        own = lines[lines[:, 0] == i]
        parts = [own[own[:, 1] == j] for j in range(int(own[:, 1].max(initial=-1)) + 1)]
        branches = tuple(Branch(part[:, 2:4].copy(), part[:, 4].copy()) for part in parts)
        places = {
            "junctions_xy": tuple(map(tuple, fields["junctions_xy"])),
            "ends": tuple(End(tuple(end["xy"]), end["kind"]) for end in fields["ends"]),
            "gaps": tuple(Gap(tuple(gap["start_xy"]), tuple(gap["stop_xy"])) for gap in fields["gaps"]),
        }
        flat = {name: tuple(fields[name]) for name in (*INTERVALS, "width_max_at_xy")}
        flat["doubts"] = tuple(Doubt(**doubt) for doubt in fields["doubts"])
        traces.append(Trace(**{**fields, **places, **flat, "branches": branches}))
    return tuple(traces)


def _parted(whole: bytes, sizes: list[int]) -> list[bytes]:
    """Give what stands one after another."""
    return [whole[start:stop] for start, stop in pairwise(np.cumsum([0, *sizes]).tolist())]


def _inspection(
    raw: dict[str, Any], values: np.ndarray, preview_jpeg: bytes, other_lines: tuple[NDArray[np.float32], ...]
) -> Inspection:
    score_map = ScoreMap(values, **{**raw["score_map"], "photo_hw": tuple(raw["score_map"]["photo_hw"])})
    findings, places = (
        tuple(Finding(**{**finding, "box_xyxy": tuple(finding["box_xyxy"])}) for finding in raw[name])
        for name in ("findings", "places")
    )
    how = raw["scale"] and raw["scale"]["note"]
    scale = Scale(**{**raw["scale"], "note": _note(how) if how else None}) if raw["scale"] else None
    made = {"score_map": score_map, "findings": findings, "places": places, "preview_jpeg": preview_jpeg}
    made |= {"scale": scale, "other_lines": other_lines}
    pairs = {"photo_hw": tuple(raw["photo_hw"]), "gps": raw["gps"] and tuple(raw["gps"])}
    return Inspection(**{**raw, **made, **pairs, "notes": tuple(map(_note, raw["notes"]))})


def _note(raw: dict[str, Any]) -> Note:
    return Note(raw["kind"], {name: _note(of) if isinstance(of, dict) else of for name, of in raw["amounts"].items()})
