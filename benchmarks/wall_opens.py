"""Takes a project of 5,000 photos; gives how long its photo wall takes to show its first screen in a real Chromium."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from sqlalchemy import inspect, select
from sqlalchemy.orm import Session

from benchmarks.made_project import copied, linked, made_project
from benchmarks.result import Bar, Benchmark, Result, Settings
from benchmarks.workbench import chromium, entered, served
from cracklens import Detector
from cracklens.projects import Project
from cracklens.projects.records import Base, CrackRow, PhotoRow

PAINT = Bar("photo wall of 5,000 photos, first screen with its pictures, median", "≤", 1.0, "s")
PHOTOS, MADE = 5000, 400
TIMES = 11

FIRST_SCREEN = """() => new Promise((give) => {
  const painted = {};
  new PerformanceObserver((list) => {
    for (const of of list.getEntries()) painted[of.url] = of.renderTime;
    const seen = [...document.querySelectorAll("#wall [elementtiming]")].filter(
      (of) => of.getBoundingClientRect().top < innerHeight);
    if (seen.every((of) => painted[of.src])) {
      const first = performance.getEntriesByName("first-contentful-paint")[0];
      give([Math.max(...seen.map((of) => painted[of.src])) / 1000, first.startTime / 1000, seen.length]);
    }
  }).observe({ type: "element", buffered: true });
})"""
"""Seconds from the start of the navigation until all pictures of the first screen are painted, by the browser's own
Element Timing, and to the first paint of anything."""


def run(settings: Settings) -> Sequence[Result]:
    """Open the wall of a project time and again, each time in a browser that has seen nothing of it."""
    n = settings.limit or PHOTOS
    folder = made_project(min(MADE, n), Detector.load(settings.detector))
    with tempfile.TemporaryDirectory(dir=folder) as name:
        project = copied(folder, Path(name) / "project")
        _multiply(project, n)
        with served(project) as address, chromium() as browser:
            found = []
            for _ in range(TIMES):
                with entered(browser, address) as page:
                    found.append(page.evaluate(FIRST_SCREEN))
    painted, first, pictures = (float(np.median(of)) for of in zip(*found, strict=True))
    sides = {
        "first contentful paint s": first,
        "pictures on the first screen": pictures,
        "longest s": float(np.max(found, axis=0)[0]),
    }
    note = "Chromium at 1,280 x 800 with an empty cache, token and redirect included; server and browser on 2 cores"
    return [PAINT.result(painted, n=TIMES, sides=sides, note=note, data="none" if n == PHOTOS else "limited")]


def _multiply(folder: Path, n: int) -> None:
    """Add photos to a project until it has n: rows of its own, tiles linked, each under a name and hash of its own."""
    project = Project.open(folder)
    with project.database.writing() as session:
        photos = session.scalars(select(PhotoRow)).all()
        for number in range(len(photos), n):
            _again(session, project, photos[number % len(photos)], number)
    project.close()


def _again(session: Session, project: Project, photo: PhotoRow, number: int) -> None:
    sha256 = hashlib.sha256(f"{photo.sha256} {number}".encode()).hexdigest()
    row = PhotoRow(**_values(photo, id=None, sha256=sha256, name=f"again {number} {photo.name}"))
    session.add(row)
    session.flush()
    for crack in session.scalars(select(CrackRow).where(CrackRow.photo_id == photo.id)):
        session.add(CrackRow(**_values(crack, id=f"{crack.id}-{number}", photo_id=row.id)))
    linked(project.tiles_path(photo.sha256), project.tiles_path(sha256))


def _values(row: Base, **other: object) -> dict[str, Any]:
    values = {column.key: getattr(row, column.key) for column in inspect(type(row)).column_attrs}
    return {**values, **other}


BENCHMARK = Benchmark("wall_opens", "opening the photo wall of 5,000 photos", (PAINT,), run)
