"""Takes a photo repeated to 200 megapixels; gives the peak memory of the process that inspects it."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from benchmarks.clock import seconds
from benchmarks.data import one_photo
from benchmarks.result import Bar, Benchmark, Result, Settings
from cracklens import CracklensError, read_photo

MEMORY = Bar("peak resident memory", "≤", 1.5, "GB")
SIZE_HW = (10_000, 20_000)
INSPECT = "from cracklens.cli.main import run; run()"

# A process counts what its parent held when it was started; so the one that is measured is started by a small one.
LAUNCHER = """
import resource, subprocess, sys
done = subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * (1 if sys.platform == "darwin" else 1024))
sys.exit(done.returncode)
"""


def run(settings: Settings) -> Sequence[Result]:
    """Inspect a JPEG of 200 megapixels with the command line and read the peak from the system."""
    found: list[float] = []
    with tempfile.TemporaryDirectory() as name:
        path, what = write_big(Path(name))
        inspect = [sys.executable, "-c", INSPECT, "inspect", str(path), "--out", str(Path(name) / "report")]
        took = seconds(lambda: found.append(peak_bytes([*inspect, "--detector", settings.detector]) / 1e9))
    note = f"{what}, repeated to {SIZE_HW[1]} x {SIZE_HW[0]} px; command line in a process of its own; 1 GB = 10⁹ bytes"
    return [
        MEMORY.result(found[0], n=1, sides={"megapixels": SIZE_HW[0] * SIZE_HW[1] / 1e6, "seconds": took}, note=note)
    ]


def write_big(folder: Path) -> tuple[Path, str]:
    """Write a photo, repeated in both directions, as a JPEG of 200 megapixels; give its path and what it shows."""
    with one_photo() as (path, name):
        pixels = read_photo(path).pixels
    times = [-(-of // have) for of, have in zip(SIZE_HW, pixels.shape[:2], strict=True)]
    big = np.tile(pixels, (*times, 1))[: SIZE_HW[0], : SIZE_HW[1]]
    Image.fromarray(big).save(folder / "big.jpg", quality=85)
    return folder / "big.jpg", name


def peak_bytes(command: list[str]) -> int:
    """Run a command and give its peak resident memory.

    Raises:
        CracklensError: the command failed.
    """
    done = subprocess.run([sys.executable, "-c", LAUNCHER, *command], capture_output=True, text=True, check=False)
    if done.returncode:
        raise CracklensError(f"inspect of the big photo must end with 0; got {done.returncode}. Run it by hand.")
    return int(done.stdout.split()[-1])


BENCHMARK = Benchmark("big_photo", "peak memory of inspecting a 200 MP photo", (MEMORY,), run)
