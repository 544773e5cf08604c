"""Takes the names of stages; gives the seconds that each took, in a file, those of runs that were cut added up."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Event, Thread
from typing import Any

from cracklens.files import write_whole

BEAT_S = 10.0
"""Seconds between two writes of a stage that runs: so much is lost where it is killed."""


@dataclass(frozen=True)
class Clock:
    """What the stages of a build have taken.

    Attributes:
        path: JSON with `seconds`, `cores` and `device` of each stage.
    """

    path: Path

    @contextmanager
    def stage(self, name: str, *, device: str = "cpu") -> Iterator[None]:
        """Add the seconds of what is inside to those of a stage; while it runs they are written every BEAT_S."""
        before, start, done = self.told().get(name, {}), time.monotonic(), Event()

        def write() -> None:
            seconds = before.get("seconds", 0.0) + time.monotonic() - start
            cores = max(before.get("cores", 0), os.cpu_count() or 1)
            row = {"seconds": round(seconds, 1), "cores": cores, "device": device}
            write_whole(self.path, (json.dumps(self.told() | {name: row}, indent=2) + "\n").encode())

        def beat() -> None:
            while not done.wait(BEAT_S):
                write()

        self.path.parent.mkdir(parents=True, exist_ok=True)
        beats = Thread(target=beat, daemon=True)
        beats.start()
        try:
            yield
        finally:
            done.set()
            beats.join()
            write()

    def told(self) -> dict[str, dict[str, Any]]:
        """Give `seconds`, `cores` (the most that any run had) and `device` of each stage that has begun, in order."""
        found: dict[str, dict[str, Any]] = json.loads(self.path.read_text()) if self.path.exists() else {}
        return found

    def recipe(self) -> dict[str, object]:
        """Give what a card says of the stages: the seconds of each, on how many cores, and whether on a GPU."""
        told = self.told()
        return {
            "stages_s": {name: row["seconds"] for name, row in told.items()},
            "cores": max((row["cores"] for row in told.values()), default=0),
            "device": "cuda" if any(row["device"] == "cuda" for row in told.values()) else "cpu",
        }
