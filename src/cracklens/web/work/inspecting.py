"""Takes the folder of a project; gives its photos inspected, for as long as who started it lives. Opens no port."""

from __future__ import annotations

import contextlib
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import msgspec

from cracklens import Detector
from cracklens.artefacts import from_json
from cracklens.errors import CracklensError
from cracklens.projects import Project, detector_of, work_off
from cracklens.web.work.beside import stand_back

PROGRAM = (sys.executable, "-m", "cracklens.web.work.inspecting")
EVERY_SECONDS = 0.5
AGAIN_SECONDS, AGAIN_MOST_SECONDS = 2.0, 60.0
"""Before a process that ended is begun again; each time twice as long where nothing came of it."""

ENDED = "It ended by itself: out of memory, or stopped from outside."


@dataclass
class Working:
    """The work on a project that is served.

    Attributes:
        said: why the last process ended; "" once a photo was done since, or nothing is left to do.
    """

    said: str = ""


class Told(msgspec.Struct, frozen=True):
    """A line that the process prints: that it goes on, or why it ends."""

    said: str = ""


def main(folder: str) -> int:
    """Work until the parent ends."""
    ended = threading.Event()
    stand_back(ended.set)
    try:
        with contextlib.closing(Project.open(folder)) as project:
            _work(project, ended)
    except CracklensError as error:
        sys.stderr.write(f"{error}\n")
        _tell(str(error))
        return 1
    return 0


def _work(project: Project, ended: threading.Event) -> None:
    def wait() -> bool:
        _tell()
        return not ended.wait(EVERY_SECONDS)

    work_off(
        project,
        lambda: Detector.load(detector_of(project)),
        wait=wait,
        ended=ended.is_set,
        on_job=lambda _: _tell(),
    )


def _tell(said: str = "") -> None:
    with contextlib.suppress(BrokenPipeError):  # the parent is gone, which ends this process, too
        sys.stdout.buffer.write(msgspec.json.encode(Told(said)) + b"\n")
        sys.stdout.buffer.flush()


@contextlib.contextmanager
def working(folder: Path) -> Iterator[Working]:
    """Keep a process at work on a project; one that ends is begun again, and what ended it twice is given up."""
    ended, work = threading.Event(), Working()
    thread = threading.Thread(target=_keep, args=(folder, ended, work), daemon=True)
    thread.start()
    try:
        yield work
    finally:
        ended.set()
        thread.join(timeout=30)


def _keep(folder: Path, ended: threading.Event, work: Working) -> None:
    pause = AGAIN_SECONDS
    while not ended.is_set():
        with subprocess.Popen(  # noqa: S603 our own module
            [*PROGRAM, str(folder)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        ) as process:
            reader = _Reader(process, work)
            reader.start()
            while process.poll() is None and not ended.wait(EVERY_SECONDS):
                pass
            if process.stdin:
                process.stdin.close()
            reader.join()
        if process.returncode and not reader.said:
            work.said = ENDED
        pause = AGAIN_SECONDS if reader.went_on else pause
        ended.wait(pause)
        pause = min(2 * pause, AGAIN_MOST_SECONDS)


class _Reader(threading.Thread):
    """Takes what a process tells until it ends.

    Attributes:
        went_on: whether it did anything, or had nothing to do.
        said: why it ended; "" where it did not say so.
    """

    def __init__(self, process: subprocess.Popen[bytes], work: Working) -> None:
        super().__init__(name="inspecting", daemon=True)
        self.went_on, self.said = False, ""
        self._lines, self._work = process.stdout or (), work

    def run(self) -> None:
        for line in self._lines:
            try:
                self.said = self._work.said = from_json(line, Told).said
            except msgspec.MsgspecError:
                continue  # what a library prints
            self.went_on |= not self.said


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
