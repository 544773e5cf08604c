"""Takes the repository; gives the size and start of its base install in a fresh virtual environment."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import venv
from collections.abc import Sequence
from pathlib import Path

from benchmarks.clock import seconds
from benchmarks.data import REPO
from benchmarks.result import Bar, Benchmark, Result, Settings
from cracklens import draw_wall

TORCH = Bar("torch packages", "≤", 0)
SIZE = Bar("virtual environment", "≤", 700, "MB")
HELP = Bar("cracklens --help", "≤", 0.4, "s")
TILE = Bar("cracklens inspect, one tile", "≤", 2.5, "s")
REPEATS = 7
TORCH_NAMES = ("torch", "torchvision", "nncf", "lightning")


def run(settings: Settings) -> Sequence[Result]:  # noqa: ARG001 the base install has one detector and no split
    """Install the base package and time whole processes of it."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        env = install(folder / "venv")
        size_mb = _size_mb(folder / "venv")
        found = [line for line in _installed(folder / "venv", env) if line.split("==")[0].lower() in TORCH_NAMES]
        tile = draw_wall((227, 227), widths_px=(3.0,), seed=0).save(folder)
        command = _program(folder / "venv", "cracklens")
        help_s = _median_s([command, "--help"], env)
        tile_s = _median_s([command, "inspect", str(tile), "--out", str(folder / "report")], env)
    whole = "whole process; median of n after one that does not count"
    return [
        TORCH.result(len(found), n=1, note=f"of {', '.join(TORCH_NAMES)}"),
        SIZE.result(
            size_mb, n=1, note="sum of all files after pip install, with pip and compiled bytecode; 1 MB = 10⁶ bytes"
        ),
        HELP.result(help_s, n=REPEATS, note=whole),
        TILE.result(tile_s, n=REPEATS, note=f"{whole}; a drawn tile of 227 px"),
    ]


def install(folder: Path) -> dict[str, str]:
    """Install the repository into a fresh virtual environment; give the environment variables to run it with."""
    venv.create(folder, with_pip=True)
    env = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "VIRTUAL_ENV"))}
    subprocess.run(
        [_program(folder, "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", str(REPO)],
        check=True, env=env, capture_output=True, text=True,
    )  # fmt: skip
    return env


def _program(folder: Path, name: str) -> str:
    return str(folder / ("Scripts" if sys.platform == "win32" else "bin") / name)


def _size_mb(folder: Path) -> float:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file() and not path.is_symlink()) / 1e6


def _installed(folder: Path, env: dict[str, str]) -> list[str]:
    command = [_program(folder, "python"), "-m", "pip", "--disable-pip-version-check", "list", "--format", "freeze"]
    return subprocess.run(command, check=True, env=env, capture_output=True, text=True).stdout.split()


def _median_s(command: list[str], env: dict[str, str]) -> float:
    def whole() -> object:
        return subprocess.run(command, check=True, env=env, capture_output=True)

    whole()
    return statistics.median(seconds(whole) for _ in range(REPEATS))


BENCHMARK = Benchmark("footprint", "base install: no torch, its size, its start", (TORCH, SIZE, HELP, TILE), run)
