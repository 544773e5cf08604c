"""Takes words of a command line; gives exit code, stdout and stderr. In this process, on one shared network."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.stand_ins import CountingBackbone, mapping_backbone, save_grey, save_wall

import cracklens.detector
import cracklens.training.frozen
from cracklens.cli.main import run

PROCESS = (sys.executable, "-c", "from cracklens.cli.main import run; run()")
"""What the entry point `cracklens` runs."""


@dataclass(frozen=True)
class Answer:
    """What a command gave: exit code, stdout and stderr."""

    code: int
    out: str
    err: str


Cli = Callable[..., Answer]


@pytest.fixture
def network(monkeypatch: pytest.MonkeyPatch) -> CountingBackbone:
    """Give the network that every verb opens; it counts what it is asked."""
    counting = CountingBackbone(mapping_backbone())
    for module in (cracklens.detector, cracklens.training.frozen):
        monkeypatch.setattr(module, "open_backbone", lambda *_, **__: counting)
    return counting


@pytest.fixture
def cli(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], network: CountingBackbone, tmp_path: Path
) -> Cli:
    """Give a function that runs `cracklens` with these words, in an empty folder."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CRACKLENS_CACHE", str(tmp_path / "cache"))

    def call(*words: object) -> Answer:
        monkeypatch.setattr(sys, "argv", ["cracklens", *map(str, words)])
        capfd.readouterr()
        code: object = 0
        try:
            run()
        except SystemExit as stop:
            code = stop.code or 0
        assert isinstance(code, int)
        return Answer(code, *capfd.readouterr())

    return call


@pytest.fixture
def process(tmp_path: Path) -> Callable[..., subprocess.Popen[bytes]]:
    """Give a function that starts `cracklens` with these words in a process of its own."""

    def start(*words: object) -> subprocess.Popen[bytes]:
        command = [*PROCESS, *map(str, words)]
        return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=tmp_path)

    return start


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    """Give a folder with a cracked wall, an intact wall and a plain photo."""
    save_wall(tmp_path / "photos" / "a cracked.png", hw=(64, 96))
    save_wall(tmp_path / "photos" / "b intact.png", cracked=False, hw=(64, 96))
    save_grey(tmp_path / "photos" / "c grey.png", 128)
    return tmp_path / "photos"
