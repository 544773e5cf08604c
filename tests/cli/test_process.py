"""Takes cracklens as a process of its own; gives faults of what only a process has: signals, streams, two at once."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.cli.conftest import Cli
from tests.stand_ins import save_wall

Process = Callable[..., subprocess.Popen[bytes]]
SOME = 5

# The real command in a process of its own, held before its second photo: it says so on one pipe and waits on another.
HELD = """
import os, signal, sys
from cracklens import Detector
from cracklens.cli.main import run

signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell that starts tests in the background ignores Ctrl-C

said, go_on = int(sys.argv.pop(1)), int(sys.argv.pop(1))
look, done = Detector.look, []

def held(self, photo, **settings):
    if len(done) == 1:
        os.write(said, b"held")
        os.read(go_on, 1)
    done.append(photo)
    return look(self, photo, **settings)

Detector.look = held
run()
"""

LOADED = """
import atexit, sys
from cracklens.cli.main import run

atexit.register(lambda: print(*sys.modules, file=sys.stderr))
sys.argv[1:] = ["--help"]
run()
"""

needs_signals = pytest.mark.skipif(sys.platform == "win32", reason="a process cannot be sent Ctrl-C alone")


@pytest.fixture
def some(tmp_path: Path) -> Path:
    """Give a folder of a few photos."""
    for i in range(SOME):
        save_wall(tmp_path / "photos" / f"{i}.png", cracked=i % 2 == 0, seed=i)
    return tmp_path / "photos"


@pytest.fixture
def held_run(some: Path, tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Give an inspection of these photos into `out` that has done the first one and goes no further."""
    heard, said = os.pipe()
    go_on, hold = os.pipe()
    words = (sys.executable, "-c", HELD, str(said), str(go_on), "inspect", str(some), "--out", str(tmp_path / "out"))
    run = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, pass_fds=(said, go_on))
    os.close(said)  # so that a process that dies early ends the wait, too
    os.close(go_on)
    try:
        assert os.read(heard, 4) == b"held", run.communicate()
        yield run
    finally:
        run.kill()
        run.communicate()
        os.close(heard)
        os.close(hold)


def report_bytes(out: Path) -> list[bytes]:
    return [(out / f"report.{kind}").read_bytes() for kind in ("json", "html", "csv")]


@pytest.mark.slow
@needs_signals
def test_two_runs_at_once_and_ctrl_c_and_resume(
    held_run: subprocess.Popen[bytes], cli: Cli, some: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    second = cli("inspect", some, "--out", out)
    assert (second.code, second.out) == (1, "")
    assert "another run is writing here" in second.err

    held_run.send_signal(signal.SIGINT)
    stdout, stderr = held_run.communicate()
    assert (held_run.returncode, stdout) == (130, b"")
    assert stderr.decode().splitlines() == ["Stopped. What was done is kept."]
    summary = json.loads((out / "report.json").read_text(encoding="utf-8"))["summary"]
    assert (summary["photos"], summary["inspected"]) == (SOME, 1)
    assert b"stopped before its turn" in (out / "report.html").read_bytes()

    assert cli("inspect", some, "--out", out, "--resume").code == 0
    assert cli("inspect", some, "--out", tmp_path / "unbroken").code == 0
    assert report_bytes(out) == report_bytes(tmp_path / "unbroken")


@pytest.mark.slow
def test_stdout_carries_the_report_as_bytes_and_stderr_the_talk(process: Process, tmp_path: Path) -> None:
    save_wall(tmp_path / "Brücke 橋.png")
    (tmp_path / "empty.jpg").touch()
    run = process("inspect", tmp_path, "--out", tmp_path / "out", "--json")
    stdout, stderr = run.communicate()
    assert run.returncode == 1
    assert stdout == (tmp_path / "out" / "report.json").read_bytes()
    assert "Brücke 橋" in stdout.decode()
    assert stderr.decode().splitlines()[-1] == "2 photos, 1 with findings, 1 not inspected"


@pytest.mark.slow
def test_a_terminal_without_unicode_gets_the_report_all_the_same(
    process: Process, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONIOENCODING", "latin-1")
    run = process("inspect", save_wall(tmp_path / "橋.png"), "--out", tmp_path / "out", "--json")
    stdout, _ = run.communicate()
    assert run.returncode == 0
    assert stdout == (tmp_path / "out" / "report.json").read_bytes()


@pytest.mark.slow
def test_debug_shows_the_trace_and_without_it_one_sentence(process: Process) -> None:
    _, sentence = process("inspect", "absent", "--out", "out").communicate()
    assert sentence.decode().splitlines() == [
        "Error: expected photos or folders; not there: absent. Check the spelling."
    ]
    run = process("inspect", "absent", "--out", "out", "--debug")
    _, trace = run.communicate()
    assert run.returncode == 1
    assert b"Traceback (most recent call last)" in trace
    assert b"DataError" in trace


def test_help_loads_no_network_and_no_arrays() -> None:
    """How fast it is there is measured by a benchmark; what would make it slow is seen on any machine."""
    run = subprocess.run([sys.executable, "-c", LOADED], capture_output=True, check=True)
    assert b"inspect" in run.stdout
    loaded = set(run.stderr.decode().split())
    assert "cracklens.cli.main" in loaded
    assert not loaded & {"numpy", "scipy", "PIL", "openvino", "torch", "sklearn", "skimage", "reportlab", "jinja2"}
