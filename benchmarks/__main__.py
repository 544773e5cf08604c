"""Takes the words of `python -m benchmarks`; gives figures, and on request results.json and docs/results.md."""

from __future__ import annotations

import argparse
import hashlib
import os
import subprocess
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version

from benchmarks.record import CRACK_MAP, Run, as_json, text, write_results
from benchmarks.registry import BENCHMARKS, PUBLISHED
from benchmarks.result import Settings
from cracklens import CracklensError, __version__
from cracklens.models import DEFAULT_DETECTOR, find_checkpoint, map_of, read_checkpoint
from cracklens.values import MapSettings


def parse(words: Sequence[str]) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Measure what cracklens promises.")
    parser.add_argument("names", nargs="*", metavar="NAME", help="benchmarks, or all")
    parser.add_argument("--list", action="store_true", help="name every benchmark with its bars")
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument("--write", action="store_true", help="write benchmarks/results.json and docs/results.md")
    parser.add_argument("--split", choices=("val", "test"), default="test", help="val while a detector is being made")
    parser.add_argument("--limit", type=int, metavar="N", help="smoke run on about N tiles or photos; never written")
    parser.add_argument("--detector", default=DEFAULT_DETECTOR, help="name or folder of a checkpoint")
    wanted = parser.parse_args(words)
    unknown = [name for name in wanted.names if name not in (*BENCHMARKS, "all")]
    if unknown or not (wanted.names or wanted.list):
        parser.error(f"expected NAME of {', '.join(BENCHMARKS)}, or all; got {', '.join(unknown) or 'none'}")
    if wanted.limit is not None and wanted.limit < 1:
        parser.error(f"--limit must be ≥ 1; got {wanted.limit}")
    if wanted.write and not _settings(wanted).publishable:
        parser.error("--write takes the whole test split of the bundled detector: no --split, --limit or --detector")
    return wanted


def _settings(wanted: argparse.Namespace) -> Settings:
    return Settings(wanted.split, wanted.limit, wanted.detector)


def measure(name: str, settings: Settings) -> Run:
    """Run one benchmark; what cannot be measured here says why."""
    try:
        return Run(tuple(BENCHMARKS[name].run(settings)), _made(settings))
    except CracklensError as error:
        return Run(not_measured=str(error))
    except subprocess.CalledProcessError as error:
        last = str(error.stderr or "").strip().splitlines()[-1:]
        print(*last, file=sys.stderr)
        return Run(not_measured=f"a command failed with exit code {error.returncode}")


def _made(settings: Settings) -> dict[str, str]:
    """Give the date, machine, versions, detector and crack map of a run."""
    import openvino

    cpu = str(openvino.Core().get_property("CPU", "FULL_DEVICE_NAME")).strip()
    checkpoint = read_checkpoint(find_checkpoint(settings.detector))
    card, crack_map = checkpoint.card, map_of(checkpoint).card
    return {
        "date": datetime.now(UTC).date().isoformat(),
        "machine": f"{cpu}, {os.cpu_count()} cores",
        "cracklens": __version__,
        "openvino": version("openvino"),
        **_torch(),
        "detector": f"{card.name} {card.head_file}",
        CRACK_MAP: f"{crack_map.sha256[:12]}/{_short_hash(crack_map.settings)} ({crack_map.name})",
    }


def _short_hash(settings: MapSettings) -> str:
    """Give what tells a crack map from itself with other thresholds."""
    return hashlib.sha256(repr(settings).encode()).hexdigest()[:8]


def _torch() -> dict[str, str]:
    try:
        return {"torch": version("torch")}
    except PackageNotFoundError:
        return {}


def list_text() -> str:
    """Give every benchmark with what it measures and its bars."""
    lines = [
        f"{of.name:<18}{of.what}\n{'':<18}{'; '.join(map(str, of.bars)) or 'no bar'}" for of in BENCHMARKS.values()
    ]
    return "\n".join(lines)


def main(words: Sequence[str]) -> int:
    """Run the command line; give its exit code: 0, or 1 where a bar is missed or a benchmark could not be run."""
    wanted = parse(words)
    if wanted.list:
        print(list_text())
        return 0
    names = list(PUBLISHED) if "all" in wanted.names else wanted.names
    runs: dict[str, Run] = {}
    for name in names:
        runs[name] = measure(name, _settings(wanted))
        print(text(name, runs[name]), file=sys.stderr if wanted.json else sys.stdout, flush=True)
        if wanted.write:
            write_results({name: runs[name]})
    if wanted.json:
        print(as_json(runs), end="")
    return 0 if all(run.holds for run in runs.values()) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
