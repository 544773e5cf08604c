"""Takes the folder of a project; gives a detector fitted to its site, in a process of its own, and how far it is."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import msgspec

from cracklens.artefacts import from_json
from cracklens.errors import ConflictError, CracklensError
from cracklens.projects import Project
from cracklens.projects.teaching import teach
from cracklens.web.work.beside import stand_back

PROGRAM = (sys.executable, "-m", "cracklens.web.work.fitting")
AT_IT = "A detector is being fitted to this site already. Wait for it."
ENDED = "The fit ended before it was done: out of memory, or stopped from outside. Nothing was changed; fit again."

What = Literal["", "read", "fit"]


@dataclass(frozen=True)
class Fit:
    """How far the fit to a site is, or how the last one of this run of the server ended.

    Attributes:
        running: whether one runs.
        what: photos are read, or it is fitted; "" before the first step.
        done, of: steps; 0 of 0 while they are not known.
        seconds_left: about; None while nothing is known of it.
        detector: that came of it; "" before.
        error: the sentence of what went wrong; "" where nothing did.
    """

    running: bool = False
    what: What = ""
    done: int = 0
    of: int = 0
    seconds_left: float | None = None
    detector: str = ""
    error: str = ""


class Told(msgspec.Struct, frozen=True, omit_defaults=True):
    """A line that the process prints: a step, or its end with a detector or an error."""

    what: What = ""
    done: int = 0
    of: int = 0
    detector: str = ""
    error: str = ""


class Fitting:
    """The fits to the site of a project, one at a time."""

    def __init__(self, folder: Path) -> None:
        """Fit nothing yet.

        Args:
            folder: of the project.
        """
        self.now = Fit()
        self._folder, self._lock = folder, threading.Lock()

    def start(self) -> Fit:
        """Begin a fit.

        Raises:
            ConflictError: one runs already.
        """
        with self._lock:
            if self.now.running:
                raise ConflictError(AT_IT)
            process = subprocess.Popen(  # noqa: S603 our own module
                [*PROGRAM, str(self._folder)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
            )
            self.now = Fit(running=True)
        threading.Thread(target=self._follow, args=(process,), name="fit", daemon=True).start()
        return self.now

    def _follow(self, process: subprocess.Popen[bytes]) -> None:
        """Take what the process tells until it ends; its standard input is held open for so long."""
        last, first = Told(error=ENDED), 0.0
        with process:
            for line in process.stdout or ():
                try:
                    told = from_json(line, Told)
                except msgspec.MsgspecError:
                    continue  # what a library prints
                if told.detector or told.error:
                    last = told
                else:
                    now = time.monotonic()
                    first = first or now  # the first step opens the network, too
                    left = (now - first) / (told.done - 1) * (told.of - told.done) if told.done > 1 else None
                    self.now = Fit(True, told.what, told.done, told.of, left)
        self.now = Fit(detector=last.detector, error=last.error)


def main(folder: str) -> int:
    """Fit to the site of a project, unless the parent ends before: files are written whole, so nothing is half done."""
    stand_back(lambda: os._exit(1))
    try:
        project = Project.open(folder)
        try:
            taught = teach(project, on_step=lambda what, done, of: _tell(Told(what, done, of)))  # type: ignore[arg-type]
        finally:
            project.close()
    except CracklensError as error:
        _tell(Told(error=str(error)))
        return 1
    _tell(Told(detector=taught.detector))
    return 0


def _tell(told: Told) -> None:
    sys.stdout.buffer.write(msgspec.json.encode(told) + b"\n")
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
