"""Takes frozen projects and reports of each schema; gives how many open and hold what they held."""

from __future__ import annotations

import hashlib
import json
import sqlite3
import tempfile
import zipfile
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import numpy as np
from PIL import Image

from benchmarks.data import REPO
from benchmarks.result import Bar, Benchmark, Result, Settings
from cracklens.errors import CracklensError
from cracklens.projects import Project, undo
from cracklens.projects.exchange import import_report
from cracklens.projects.project import DATABASE

OPEN = Bar("frozen projects that open as they were", "≥", 1)
IMPORT = Bar("reports that import whole", "≥", 1)
PROJECTS = REPO / "tests" / "projects" / "fixtures"
REPORTS = REPO / "tests" / "compare"
KEPT = (
    "select sha256, name, state, scored_key from photo order by id",
    "select id, trace, decision, reason, severity, note, removed from crack order by id",
    "select id, who, action, changes from audit order by id",
)
"""What a migration must not touch, as of the first schema."""


def run(_: Settings) -> Sequence[Result]:
    """Open each project and import each report."""
    with tempfile.TemporaryDirectory() as name:
        frozen = sorted(PROJECTS.glob("*.zip"))
        opened = [path.stem for path in frozen if _opens(path, Path(name) / path.stem)]
        reports = sorted(REPORTS.glob("report-*.json"))
        imported = [path.stem for path in reports if _imports(path, Path(name) / path.stem)]
    schemas = f"schemas {', '.join(path.stem for path in frozen)}; each copied, migrated, a decision of it undone"
    versions = f"schemas {', '.join(path.stem.removeprefix('report-') for path in reports)}; photos and all lines"
    return [
        OPEN.result(len(opened) / len(frozen), n=len(frozen), note=schemas),
        IMPORT.result(len(imported) / len(reports), n=len(reports), note=versions),
    ]


def _opens(path: Path, folder: Path) -> bool:
    with zipfile.ZipFile(path) as packed:
        packed.extractall(folder)
    before = _kept(folder)
    try:
        project = Project.open(folder)
    except CracklensError:
        return False
    after = _kept(folder)
    undo(project)
    undone = _kept(folder)
    project.close()
    return before == after != undone


def _kept(folder: Path) -> list[list[tuple[object, ...]]]:
    with closing(sqlite3.connect(folder / DATABASE)) as database:
        return [database.execute(said).fetchall() for said in KEPT]


def _imports(path: Path, folder: Path) -> bool:
    """Import a report whose photos are there, and say whether all of them and all lines came."""
    raw = json.loads(path.read_text(encoding="utf-8"))
    folder.mkdir()
    for i, photo in enumerate(raw["photos"]):
        photo["photo"] = f"wall {i}.png"
        Image.fromarray(np.full((photo["height_px"], photo["width_px"], 3), i, np.uint8)).save(folder / photo["photo"])
        photo["sha256"] = hashlib.sha256((folder / photo["photo"]).read_bytes()).hexdigest()
    (folder / "report.json").write_text(json.dumps(raw), encoding="utf-8")
    try:
        arrived = import_report(folder / "project", folder)
    except CracklensError:
        return False
    arrived.project.close()
    photos, cracks, _ = _kept(folder / "project")
    lines = sum(len(photo["traces"]) for photo in raw["photos"])
    return (len(photos), len(cracks), len(arrived.failures)) == (len(raw["photos"]), lines, len(raw["failures"]))


BENCHMARK = Benchmark("migrate", "projects and reports of older versions that open", (OPEN, IMPORT), run)
