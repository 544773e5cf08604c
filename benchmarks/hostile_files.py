"""Takes thousands of damaged small photos of every format; gives how one run of `cracklens inspect` names them."""

from __future__ import annotations

import io
import json
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFile

from benchmarks.hostile_made import Hostile, controls, hostile_files
from benchmarks.result import Bar, Benchmark, Result, Settings
from cracklens import CracklensError

TRACEBACKS = Bar("tracebacks", "≤", 0)
LOST = Bar("files without a row", "≤", 0)
HANGS = Bar("files that took over 10 s", "≤", 0)
MEMORY = Bar("peak resident memory", "≤", 2.0, "GB")
DECODED = Bar("damaged files that are still inspected", "≥", 1000)
NAMED = Bar("damaged files of other pixels that are named", "≥", 98, "%")
CALLED = Bar("undamaged files that are called damaged", "≤", 0)

COUNT, CONTROLS, SEED = 4998, 84, 20261126
"""Every encoder with every damage 34 times, and each undamaged 4 times."""

LEVELS, SHARE = 8, 0.05
"""Pixels of a damaged file are others where they differ by more levels on such a share of the area."""

HANG_S, WHOLE_RUN_S = 10, 3600
MEMORY_BYTES = 2_000_000_000
MOST_PIXELS = 50_000_000

# RLIMIT_DATA is what a process may hold for itself: unlike RLIMIT_AS it leaves out OpenVINO's mapped weights and the
# addresses that threads only reserve. The kernel then refuses memory, as on a machine that is full. macOS ignores it.
INSPECT = """
import resource, sys, time
import cracklens
from cracklens.cli.main import run

def clocked(*given, on_outcome, **rest):
    last = [time.monotonic()]
    def tell(done, total, outcome):
        now = time.monotonic()
        print(f"{now - last[0]:.3f} {outcome.photo}", file=clock, flush=True)
        last[0] = now
        on_outcome(done, total, outcome)
    return inspect_photos(*given, on_outcome=tell, **rest)

clock, limit = open(sys.argv.pop(1), "w", encoding="utf-8"), int(sys.argv.pop(1))
resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))
inspect_photos, cracklens.inspect_photos = cracklens.inspect_photos, clocked
run()
"""

LAUNCHER = """
import resource, subprocess, sys
done = subprocess.run(sys.argv[2:], stdout=subprocess.DEVNULL, stderr=open(sys.argv[1], "wb"))
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * (1 if sys.platform == "darwin" else 1024))
sys.exit(done.returncode)
"""


@dataclass(frozen=True)
class Inspected:
    """What one run made of a folder.

    Attributes:
        reasons: why a file was not inspected, by its name; None where it was.
        seconds: from the row before to its own, by name.
        errors: what the run wrote on stderr.
        peak_bytes: of resident memory.
    """

    reasons: Mapping[str, str | None]
    seconds: Mapping[str, float]
    errors: str
    peak_bytes: float


def run(settings: Settings) -> Sequence[Result]:
    """Write all files into one folder, inspect it once, and compare what came with the pixels before the damage."""
    damaged = list(hostile_files(min(COUNT, settings.limit or COUNT), seed=SEED))
    whole = list(controls(CONTROLS, seed=SEED))
    with tempfile.TemporaryDirectory() as folder:
        for file in (*damaged, *whole):
            (Path(folder) / file.name).write_bytes(file.data)
        inspected = inspect_folder(Path(folder), settings.detector)
    return rows(damaged, whole, inspected)


def inspect_folder(folder: Path, detector: str) -> Inspected:
    """Run `cracklens inspect` on a folder in a process of its own that may hold 2 GB.

    Raises:
        CracklensError: it wrote no report.
    """
    with tempfile.TemporaryDirectory() as name:
        out, clock, errors = (Path(name) / part for part in ("report", "clock.txt", "stderr.txt"))
        words = ["inspect", str(folder), "--out", str(out), "--format", "json", "--detector", detector]
        inspect = [sys.executable, "-c", INSPECT, str(clock), str(MEMORY_BYTES), *words]
        launcher = [sys.executable, "-c", LAUNCHER, str(errors), *inspect]
        done = subprocess.run(launcher, capture_output=True, text=True, check=False, timeout=WHOLE_RUN_S)
        said = errors.read_text(encoding="utf-8", errors="replace")
        if not (out / "report.json").is_file():
            raise CracklensError(f"inspect must write a report; exit code {done.returncode}: {said[-2000:]}")
        report = json.loads((out / "report.json").read_text(encoding="utf-8"))
        lines = [line.split(" ", 1) for line in clock.read_text(encoding="utf-8").splitlines()]
    reasons: dict[str, str | None] = {Path(row["photo"]).name: None for row in report["photos"]}
    reasons |= {Path(row["photo"]).name: row["reason"]["sentence"] for row in report["failures"]}
    return Inspected(reasons, {Path(of).name: float(took) for took, of in lines}, said, float(done.stdout.split()[-1]))


def rows(damaged: Sequence[Hostile], whole: Sequence[Hostile], inspected: Inspected) -> list[Result]:
    """Give every bar's figure; a file without a row is neither inspected nor named."""
    reasons = inspected.reasons
    others = [file for file in damaged if file.encoder.compressed and is_other(file)]
    unnamed = [file for file in others if not _says_damaged(reasons.get(file.name))]
    called = [file for file in whole if reasons.get(file.name, "") is not None]
    slow = [took for took in inspected.seconds.values() if took > HANG_S]
    count, tracebacks = len(damaged) + len(whole), inspected.errors.count("Traceback (most recent call last)")
    lost = sum(file.name not in reasons for file in (*damaged, *whole))
    decoded = sum(reasons.get(file.name, "") is None for file in damaged)
    note = f"one run over {len(damaged)} damaged and {len(whole)} undamaged files; RLIMIT_DATA 2 GB; seed {SEED}"
    longest = max(inspected.seconds.values(), default=0)
    return [
        TRACEBACKS.result(tracebacks, n=1, note=note),
        LOST.result(lost, n=count),
        HANGS.result(len(slow), n=count, sides={"longest, s": longest}),
        MEMORY.result(inspected.peak_bytes / 1e9, n=1),
        DECODED.result(decoded, n=len(damaged)),
        NAMED.result(
            **_named(others, unnamed, checked=True),
            note=f"compressed files that Pillow still decodes and whose pixels differ by over {LEVELS} levels on "
            f"≥ {100 * SHARE:.0f} % of the area; sides: those not named, by encoder",
        ),
        Result(
            "the same, of formats that hold nothing to check",
            **_named(others, unnamed, checked=False),
            unit="%",
            note="GIF, AVIF and JPEG 2000: no checksum, and decoders that say nothing",
        ),
        CALLED.result(len(called), n=len(whole), note="every third with bytes of a film behind its end"),
    ]  # fmt: skip


def _named(others: Sequence[Hostile], unnamed: Sequence[Hostile], *, checked: bool) -> dict[str, Any]:
    """Give the share of files, in percent, that are named damaged, their number, and by encoder those that are not."""
    of, missed = ([file for file in some if file.encoder.checked is checked] for some in (others, unnamed))
    sides = Counter(file.encoder.name + file.encoder.suffix for file in missed)
    return {"value": 100 * (1 - len(missed) / max(1, len(of))), "n": len(of), "sides": dict(sides)}


def _says_damaged(reason: str | None) -> bool:
    return reason is not None and reason.startswith("damaged")


def is_other(file: Hostile) -> bool:
    """Whether Pillow, at its most patient, still gives pixels, and they are not those from before the damage."""
    pixels = patient_pixels(file.data)
    if pixels is None:
        return False
    before = patient_pixels(file.whole)
    if before is None or pixels.shape != before.shape:
        return True
    apart = np.abs(pixels.astype(np.int16) - before).max(axis=2) > LEVELS
    return float(apart.mean()) >= SHARE


def patient_pixels(data: bytes) -> NDArray[np.uint8] | None:
    """Give what Pillow makes of a file when it is told to fill up what is missing; None where it gives nothing."""
    before, ImageFile.LOAD_TRUNCATED_IMAGES = ImageFile.LOAD_TRUNCATED_IMAGES, True
    try:
        with Image.open(io.BytesIO(data)) as image:
            if image.width * image.height > MOST_PIXELS:
                return None
            return np.asarray(image.convert("RGB"))
    except Exception:  # noqa: BLE001 what it raises is no matter here
        return None
    finally:
        ImageFile.LOAD_TRUNCATED_IMAGES = before


BENCHMARK = Benchmark(
    "hostile_files",
    "one run of inspect over damaged files of every format",
    (TRACEBACKS, LOST, HANGS, MEMORY, DECODED, NAMED, CALLED),
    run,
)
