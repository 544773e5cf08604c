"""Takes the folder of a project; gives its photos inspected, for as long as who started it lives. Opens no port."""

from __future__ import annotations

import contextlib
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

from cracklens import Detector
from cracklens.errors import CracklensError
from cracklens.projects import Project, detector_of, work_off
from cracklens.web.work.beside import stand_back

EVERY_SECONDS = 0.5
AGAIN_SECONDS = 2.0


def main(folder: str) -> int:
    """Work until the parent ends."""
    ended = threading.Event()
    stand_back(ended.set)
    project = Project.open(folder)
    try:
        work_off(
            project,
            lambda: Detector.load(detector_of(project)),
            wait=lambda: not ended.wait(EVERY_SECONDS),
            ended=ended.is_set,
        )
    except CracklensError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    finally:
        project.close()
    return 0


@contextlib.contextmanager
def working(folder: Path) -> Iterator[None]:
    """Keep a process at work on a project; one that ends is begun again, and what ended it twice is given up."""
    ended = threading.Event()
    thread = threading.Thread(target=_keep, args=(folder, ended), daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join(timeout=30)


def _keep(folder: Path, ended: threading.Event) -> None:
    while not ended.is_set():
        command = [sys.executable, "-m", "cracklens.web.work.inspecting", str(folder)]
        with subprocess.Popen(  # noqa: S603 our own module
            command, stdin=subprocess.PIPE
        ) as process:
            while process.poll() is None and not ended.wait(EVERY_SECONDS):
                pass
            if process.stdin:
                process.stdin.close()
        time.sleep(0 if ended.is_set() else AGAIN_SECONDS)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
