"""Takes a workbench that is killed while people work in it; gives what of their work was acknowledged and is lost."""

from __future__ import annotations

import hashlib
import io
import os
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import httpx2
import numpy as np
from PIL import Image

from benchmarks.result import Bar, Benchmark, Result, Settings
from benchmarks.workbench import RUN
from cracklens.projects import Project, take_in
from cracklens.projects.cracks import set_trace
from cracklens.projects.identity import crack_id
from cracklens.projects.project import DATABASE
from cracklens.projects.records import CrackRow
from cracklens.values import Branch, End, Trace

DECISIONS = Bar("acknowledged decisions that are lost", "≤", 0)
PHOTOS = Bar("acknowledged photos that are lost", "≤", 0)
WHOLE = Bar("databases that are whole, of all kills", "≥", 1)
KILLS, CRACKS = 200, 40
LONGEST_SECONDS = 2.0
"""A kill comes up to so long after the server says that it is ready."""

EVERY_DECISION_S, EVERY_PHOTO_S = 0.01, 0.1
SAID = (("confirmed", ""), ("rejected", "stain"), ("open", ""), ("rejected", "joint"))
TUS = {"Tus-Resumable": "1.0.0"}
Decided = tuple[int, str, str]
"""Version, decision and reason of a crack."""


@dataclass
class Known:
    """What the server has acknowledged, and what was asked and not answered yet.

    Attributes:
        cracks: version, decision and reason of each.
        asked: decision and reason that were sent last.
        decisions, changes: how many were acknowledged, and how many of them changed something.
        photos: hashes of photos.
        refused: answers that are errors.
    """

    cracks: dict[str, Decided]
    asked: dict[str, tuple[str, str]] = field(default_factory=dict)
    decisions: int = 0
    changes: int = 0
    photos: set[str] = field(default_factory=set)
    refused: int = 0


def run(settings: Settings) -> Sequence[Result]:
    """Kill the server and its worker again and again, and look after each kill for all that was acknowledged."""
    n = min(settings.limit or KILLS, KILLS)
    chance = np.random.default_rng(0)
    lost_decisions: set[str] = set()
    lost_photos: set[str] = set()
    whole = 0
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "project"
        known = Known(dict.fromkeys(_make(folder), (1, "open", "")))
        for kill in range(n):
            with _killed_after(folder, chance.uniform(0, LONGEST_SECONDS)) as address:
                _work(address, known, seed=kill)
            whole += _is_whole(folder)
            lost_decisions |= _lost_decisions(folder, known, kill)
            lost_photos |= _lost_photos(folder, known)
    data = {"data": "none" if n == KILLS else "limited"}
    how = f"`serve` and its worker killed {n} times, up to {LONGEST_SECONDS:.0f} s after they were ready; "
    sides = {"acknowledged decisions": known.decisions, "answers that are errors": known.refused}
    note = how + "a decision is looked for among the cracks and in the log"
    return [
        DECISIONS.result(len(lost_decisions), n=known.decisions, sides=sides, note=note, **data),
        PHOTOS.result(len(lost_photos), n=len(known.photos), note="their row, and their file by its hash", **data),
        WHOLE.result(whole / n, n=n, note="SQLite's integrity check and foreign keys", **data),
    ]


def _make(folder: Path) -> list[str]:
    """Make a project with one photo of cracks, and give their ids."""
    project = Project.make(folder)
    file = folder.with_name("wall.png")
    file.write_bytes(_photo(0))
    taken, ids = take_in(project, file), list[str]()
    with project.database.writing() as session:
        for i in range(CRACKS):
            trace = _line(i)
            row = CrackRow(id=crack_id(taken.sha256, trace, taken=set(ids)), photo_id=taken.photo_id, by_hand=True)
            set_trace(row, trace)
            session.add(row)
            ids.append(row.id)
    project.close()
    return ids


def _line(i: int) -> Trace:
    points = np.column_stack([np.arange(60), np.full(60, float(i))]).astype(np.float32)
    ends = (End((0.0, float(i)), "fades"), End((59.0, float(i)), "fades"))
    sizes, intervals = (59.0, 2.0, 2.0, 2.0), ((1.5, 2.5),) * 3
    branch = Branch(points, np.full(60, 2, np.float32))
    return Trace((branch,), *sizes, *intervals, (0.0, float(i)), 0.0, ends, (), 0.9, 0.9, by_hand=True)


def _photo(seed: int) -> bytes:
    stream = io.BytesIO()
    pixels = np.random.default_rng(seed).integers(0, 255, (48, 64, 3), np.uint8)
    Image.fromarray(pixels).save(stream, "PNG")
    return stream.getvalue()


@contextmanager
def _killed_after(folder: Path, seconds: float) -> Iterator[str]:
    """Serve a project, give its address, and kill it with all its processes so long after it is ready."""
    command = [sys.executable, "-c", RUN, "serve", str(folder), "--no-open"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, start_new_session=True) as process:
        assert process.stdout is not None
        address = process.stdout.readline().strip()
        httpx2.get(address, timeout=60)  # the port is open before the server is
        killing = threading.Timer(seconds, os.killpg, (process.pid, signal.SIGKILL))
        killing.start()
        try:
            yield address
        finally:
            killing.join()


def _work(address: str, known: Known, *, seed: int) -> None:
    """Decide and put photos in, from two threads, until nobody answers."""
    url, _, token = address.partition("/?token=")

    def until_dead(step: Callable[[httpx2.Client, int], None], pause: float) -> None:
        with (
            suppress(httpx2.TransportError),
            httpx2.Client(base_url=url, headers={"Authorization": f"Bearer {token}"}, timeout=30) as client,
        ):
            for i in range(seed * 10_000, (seed + 1) * 10_000):
                step(client, i)
                time.sleep(pause)

    threads = [
        threading.Thread(target=until_dead, args=(lambda client, i: _decide(client, known, i), EVERY_DECISION_S)),
        threading.Thread(target=until_dead, args=(lambda client, i: _put_in(client, known, i), EVERY_PHOTO_S)),
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def _decide(client: httpx2.Client, known: Known, i: int) -> None:
    crack, said = list(known.cracks)[i % CRACKS], SAID[i // CRACKS % len(SAID)]
    known.asked[crack] = said
    answer = client.post(f"/api/cracks/{crack}/decision", json={"decision": said[0], "reason": said[1]})
    if answer.status_code != httpx2.codes.OK:
        known.refused += 1
        return
    version = answer.json()["version"]
    known.decisions += 1
    known.changes += version > known.cracks[crack][0]  # what is decided so already is no change
    known.cracks[crack] = (version, *said)


def _put_in(client: httpx2.Client, known: Known, i: int) -> None:
    """Put a photo in, in two pieces as over a bad line."""
    content = _photo(i + 1)
    begun = client.post("/api/uploads", headers={**TUS, "Upload-Length": str(len(content))})
    middle = len(content) // 2
    for at, piece in ((0, content[:middle]), (middle, content[middle:])):
        about = {**TUS, "Upload-Offset": str(at), "Content-Type": "application/offset+octet-stream"}
        answer = client.patch(begun.headers["Location"], content=piece, headers=about)
    if "Photo-Id" in answer.headers:
        known.photos.add(hashlib.sha256(content).hexdigest())
    else:
        known.refused += 1


def _is_whole(folder: Path) -> bool:
    with closing(sqlite3.connect(folder / DATABASE)) as database:
        said = database.execute("pragma integrity_check").fetchall()
        return said == [("ok",)] and not database.execute("pragma foreign_key_check").fetchall()


def _lost_decisions(folder: Path, known: Known, kill: int) -> set[str]:
    """Give what is not as it was acknowledged, or one further as it was asked last; that counts from then on."""
    with closing(sqlite3.connect(folder / DATABASE)) as database:
        rows = database.execute("select id, version, decision, reason from crack").fetchall()
        logged = database.execute("select count(*) from audit").fetchone()[0]
    now: dict[str, Decided] = {crack: (version, decision, reason) for crack, version, decision, reason in rows}
    lost = set()
    for crack, before in known.cracks.items():
        further = (before[0] + 1, *known.asked.get(crack, ("", "")))
        if now.get(crack) not in (before, further):
            lost.add(f"{crack} {before}")
        known.cracks[crack] = now.get(crack, before)
    return lost | {f"kill {kill}: {i} missing in the log" for i in range(known.changes - logged)}


def _lost_photos(folder: Path, known: Known) -> set[str]:
    with closing(sqlite3.connect(folder / DATABASE)) as database:
        rows = {row[0] for row in database.execute("select sha256 from photo")}
    there = {path.stem for path in (folder / "photos").rglob("*.png") if _sha256(path) == path.stem}
    return known.photos - (rows & there)


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


BENCHMARK = Benchmark("kill_review", "work that is lost when the workbench is killed", (DECISIONS, PHOTOS, WHOLE), run)
