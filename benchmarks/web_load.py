"""Takes 50 reviewers at once; gives how soon the workbench answers them, and how much it slows a running inspection."""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2
import numpy as np
from sqlalchemy import func, select

from benchmarks.data import find
from benchmarks.made_project import copied, made_project
from benchmarks.result import Bar, Benchmark, Result, Settings
from benchmarks.workbench import served
from cracklens import Detector
from cracklens.photo import levels
from cracklens.projects import Project, take_in
from cracklens.projects.records import CrackRow, JobRow, PhotoRow

ERRORS = Bar("answers that are errors", "≤", 0)
ANSWER = Bar("answer, p95", "≤", 300, "ms")
SLOWED = Bar("inspection slowed", "≤", 15, "%")
PHOTOS, REVIEWERS, SECONDS, EVERY_S = 400, 50, 60.0, 2.0
IN_LINE = 60
"""Photos in line for inspection: more than a fast machine does in the time."""

DECISIONS, TILES = 0.6, 0.3
"""Of the actions; the rest are next photos."""


@dataclass
class Heard:
    """What came back.

    Attributes:
        ms: of each answer.
        errors: how many were none; a conflict is an answer, and does not happen among reviewers of other photos.
    """

    ms: list[float] = field(default_factory=list)
    errors: int = 0


@dataclass(frozen=True)
class Work:
    """One reviewer's photos.

    Attributes:
        photos: id and hash of each.
        cracks: ids of theirs.
    """

    photos: list[tuple[int, str]]
    cracks: list[str]


def run(settings: Settings) -> Sequence[Result]:
    """Inspect alone for a minute, then with 50 reviewers at work."""
    n = min(settings.limit or PHOTOS, PHOTOS)
    lasting = SECONDS if settings.limit is None else 10.0
    folder = made_project(n, Detector.load(settings.detector))
    with tempfile.TemporaryDirectory(dir=folder) as name:
        project = Project.open(copied(folder, Path(name) / "project"))
        _put_in_line(project, Path(name) / "more.jpg")
        works = _works(project)
        with served(project.folder) as address:
            _wait_for_first(project)
            alone = _rate(project, lambda: time.sleep(lasting))
            heard = Heard()
            loaded = _rate(project, lambda: asyncio.run(_review(address, works, heard, lasting)))
        project.close()
    slowed = 100 * (1 - loaded / alone)
    data = {"data": "none" if settings.limit is None else "limited"}
    how = f"{REVIEWERS} reviewers for {lasting:.0f} s, one action in {EVERY_S:.0f} s each"
    note = f"{how}; load, server and inspection on 2 cores"
    sides = {"median ms": float(np.median(heard.ms)), "longest ms": float(np.max(heard.ms))}
    return [
        ERRORS.result(heard.errors, n=len(heard.ms), note=note, **data),
        ANSWER.result(float(np.percentile(heard.ms, 95)), n=len(heard.ms), sides=sides, **data),
        SLOWED.result(slowed, n=IN_LINE, sides={"photos a minute alone": 60 * alone, "beside": 60 * loaded}, **data),
    ]


def _put_in_line(project: Project, file: Path) -> None:
    """Put in photos that are new to the project: whole ones, each with a byte of its own behind its end."""
    photos = sorted(find("photos").glob("*.jpg"))
    for number in range(IN_LINE):
        file.write_bytes(photos[number % len(photos)].read_bytes() + bytes([number]))
        take_in(project, file, name=f"in line {number}.jpg")


def _works(project: Project) -> list[Work]:
    """Give each reviewer photos of their own."""
    with project.database.reading() as session:
        found = session.execute(select(PhotoRow.id, PhotoRow.sha256).where(PhotoRow.state == "inspected"))
        photos = [(photo, sha256) for photo, sha256 in found]
        rows = session.execute(select(CrackRow.id, CrackRow.photo_id).where(CrackRow.removed.is_(False)))
        cracks = [(crack, photo) for crack, photo in rows]
    works = []
    for number in range(REVIEWERS):
        own = photos[number::REVIEWERS]
        ids = {photo for photo, _ in own}
        works.append(Work(own, [crack for crack, photo in cracks if photo in ids]))
    return [work for work in works if work.cracks]


def _wait_for_first(project: Project) -> None:
    """Wait until the tiles of all photos are made and the network runs."""
    while _done(project, "prepare") < IN_LINE or not _done(project, "inspect"):
        time.sleep(0.5)


def _done(project: Project, kind: str) -> int:
    with project.database.reading() as session:
        own = select(PhotoRow.id).where(PhotoRow.name.startswith("in line"))
        done = select(func.count()).where(JobRow.kind == kind, JobRow.state == "done", JobRow.photo_id.in_(own))
        return int(session.scalar(done) or 0)


def _rate(project: Project, during: Any) -> float:
    """Give the photos a second that are inspected during something, by the seconds of those that were ended in it."""
    before = _done(project, "inspect")
    during()
    after = _done(project, "inspect")
    with project.database.reading() as session:
        took = select(JobRow.seconds).where(JobRow.kind == "inspect", JobRow.state == "done").order_by(JobRow.id)
        lately = session.scalars(took).all()[-(after - before) :] if after > before else []
    return len(lately) / sum(filter(None, lately)) if lately else 0.0


async def _review(address: str, works: list[Work], heard: Heard, lasting: float) -> None:
    base = address.split("?", maxsplit=1)[0]
    limits = httpx2.Limits(max_connections=REVIEWERS)
    async with httpx2.AsyncClient(base_url=base, follow_redirects=True, limits=limits, timeout=30) as client:
        await client.get(address)
        client.headers["Origin"] = base.rstrip("/")
        ends = time.perf_counter() + lasting
        await asyncio.gather(*(_reviewer(client, number, work, heard, ends) for number, work in enumerate(works)))


async def _reviewer(client: httpx2.AsyncClient, number: int, work: Work, heard: Heard, ends: float) -> None:
    chance = np.random.default_rng(number)
    await asyncio.sleep(float(chance.uniform(0, EVERY_S)))
    while time.perf_counter() < ends:
        started = time.perf_counter()
        try:
            answer = await _act(client, chance, work)
            heard.errors += answer.is_error
        except httpx2.HTTPError:
            heard.errors += 1
        took = time.perf_counter() - started
        heard.ms.append(1000 * took)
        await asyncio.sleep(max(EVERY_S - took, 0))


async def _act(client: httpx2.AsyncClient, chance: np.random.Generator, work: Work) -> httpx2.Response:
    kind, (photo, sha256) = chance.random(), work.photos[int(chance.integers(len(work.photos)))]
    if kind < DECISIONS:
        crack = work.cracks[int(chance.integers(len(work.cracks)))]
        said = {"decision": "confirmed"} if chance.random() < 0.7 else {"decision": "rejected", "reason": "joint"}
        return await client.post(f"/api/cracks/{crack}/decision", json=said)
    if kind < DECISIONS + TILES:
        return await client.get(
            f"/tiles/{sha256}/{levels((3000, 4000)) - 1}/{int(chance.integers(7))}_{int(chance.integers(5))}.jpg"
        )
    return await client.get(f"/api/photos/{photo}")


BENCHMARK = Benchmark("web_load", "50 reviewers beside a running inspection", (ERRORS, ANSWER, SLOWED), run)
