"""Takes 50 reviewers at once; gives how soon the workbench answers them, and how much it slows a running inspection."""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import httpx2
import numpy as np
from numpy.typing import NDArray
from scipy.stats import sem, t
from sqlalchemy import select

from benchmarks.data import find
from benchmarks.made_project import copied, made_project
from benchmarks.result import Bar, Benchmark, Result, Settings
from benchmarks.workbench import served
from cracklens import Detector
from cracklens.photo import levels
from cracklens.projects import Progress, Project, progress, take_in
from cracklens.projects.records import CrackRow, JobRow, PhotoRow

ERRORS = Bar("answers that are errors", "≤", 0)
ANSWER = Bar("answer, p95", "≤", 300, "ms")
SLOWED = Bar("inspection slowed", "≤", 15, "%")
PHOTOS, REVIEWERS, SECONDS, EVERY_S = 400, 50, 60.0, 2.0
TURNS = 5
"""Of a minute alone and one beside reviewers, by turns: the machine may be busier later than it was first."""

IN_LINE = 40
"""Photos in line for inspection at the begin of a turn: more than a fast machine does in its two minutes."""

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
    """Inspect for a minute alone and one with 50 reviewers at work, by turns."""
    n = min(settings.limit or PHOTOS, PHOTOS)
    lasting, turns = (SECONDS, TURNS) if settings.limit is None else (30.0, 2)
    folder = made_project(n, Detector.load(settings.detector))
    heard, alone, beside = Heard(), list[float](), list[float]()
    with tempfile.TemporaryDirectory(dir=folder) as name:
        project = Project.open(copied(folder, Path(name) / "project"))
        works = _works(project)
        with served(project.folder) as address:
            for _ in range(turns):
                _put_in_line(project, Path(name) / "more.jpg")
                alone.append(_seconds(project, lambda: time.sleep(lasting)))
                beside.append(_seconds(project, lambda: asyncio.run(_review(address, works, heard, lasting))))
        project.close()
    data = {"data": "none" if settings.limit is None else "limited"}
    how = f"{REVIEWERS} reviewers for {lasting:.0f} s, one action in {EVERY_S:.0f} s each, {turns} times"
    note = f"{how}; load, server and inspection on 2 cores"
    sides = {"median ms": float(np.median(heard.ms)), "longest ms": float(np.max(heard.ms))}
    slowed = 100 * (1 - np.divide(alone, beside))
    took = {"s a photo alone": float(np.mean(alone)), "beside": float(np.mean(beside))}
    by_turn = f"one photo again and again, alone and beside by turns; interval of the mean of {turns} turns, each "
    by_turn += ", ".join(f"{of:.1f}" for of in slowed)
    return [
        ERRORS.result(heard.errors, n=len(heard.ms), note=note, **data),
        ANSWER.result(float(np.percentile(heard.ms, 95)), n=len(heard.ms), sides=sides, **data),
        SLOWED.result(slowed.mean(), n=turns, interval=_interval(slowed), sides=took, note=by_turn, **data),
    ]


def _interval(values: NDArray[np.floating]) -> tuple[float, float]:
    """Give the 95 % interval of a mean of a few values, by Student's t."""
    low, high = t.interval(0.95, len(values) - 1, values.mean(), sem(values))
    return float(low), float(high)


def _put_in_line(project: Project, file: Path) -> None:
    """Fill the line up with photos that are new to the project, and wait until their tiles are made.

    It is one photo, each time with bytes of its own behind its end: what a photo shows must not weigh.
    """
    photo, there = min(find("photos").glob("*.jpg")).read_bytes(), len(_jobs(project))
    left = there - len(_jobs(project, "done"))
    for number in range(there, there + IN_LINE - left):
        file.write_bytes(photo + number.to_bytes(2))
        take_in(project, file, name=f"in line {number}.jpg")
    while _progress(project).preparing or not _jobs(project, "running"):
        time.sleep(0.5)


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


def _jobs(project: Project, *states: str) -> dict[int, float | None]:
    """Give the inspections of photos that were put in line, in these states or all, with the seconds they took."""
    own = select(PhotoRow.id).where(PhotoRow.name.startswith("in line"))
    of = select(JobRow.id, JobRow.seconds).where(JobRow.kind == "inspect", JobRow.photo_id.in_(own))
    with project.database.reading() as session:
        rows = session.execute(of.where(JobRow.state.in_(states)) if states else of)
        return {row.id: row.seconds for row in rows}


def _progress(project: Project) -> Progress:
    with project.database.reading() as session:
        return progress(session)


def _seconds(project: Project, during: Callable[[], object]) -> float:
    """Give the seconds that a photo takes during something, the mean of those that began and ended in it."""
    before = _jobs(project, "running", "done")
    during()
    return float(np.mean([of for job, of in _jobs(project, "done").items() if job not in before and of]))


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
