"""Takes cracklens as a process of its own; gives faults of what only a process has: signals, streams, two at once."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.cli.conftest import Cli
from tests.stand_ins import save_wall

Process = Callable[..., subprocess.Popen[bytes]]
MANY = 200

needs_signals = pytest.mark.skipif(sys.platform == "win32", reason="a process cannot be sent Ctrl-C alone")


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a folder of so many photos, of four contents, that a run can be stopped. Not to be written to."""
    folder = tmp_path_factory.mktemp("many") / "photos"
    contents = [save_wall(folder / f"{i}.png", cracked=i % 2 == 0, seed=i).read_bytes() for i in range(4)]
    for i in range(4, MANY):
        (folder / f"{i}.png").write_bytes(contents[i % 4])
    return folder


def report_bytes(out: Path) -> list[bytes]:
    return [(out / f"report.{kind}").read_bytes() for kind in ("json", "html", "csv")]


def wait_for_first_photo(run: subprocess.Popen[bytes], out: Path) -> None:
    deadline = time.monotonic() + 60
    while not list((out / ".cracklens" / "inspected").glob("*.inspection")):
        assert run.poll() is None, run.communicate()
        assert time.monotonic() < deadline
        time.sleep(0.005)


@needs_signals
def test_two_runs_at_once_and_ctrl_c_and_resume(process: Process, cli: Cli, many: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    run = process("inspect", many, "--out", out)
    wait_for_first_photo(run, out)
    run.send_signal(signal.SIGSTOP)  # holds still, so that the second cannot find the folder free
    second = cli("inspect", many, "--out", out)
    assert (second.code, second.out) == (1, "")
    assert "another run is writing here" in second.err

    run.send_signal(signal.SIGINT)
    run.send_signal(signal.SIGCONT)
    stdout, stderr = run.communicate(timeout=60)
    assert (run.returncode, stdout) == (130, b"")
    assert stderr.decode().splitlines() == ["Stopped. What was done is kept."]
    summary = json.loads((out / "report.json").read_text(encoding="utf-8"))["summary"]
    assert summary["photos"] == MANY
    assert 1 <= summary["inspected"] < MANY
    assert b"stopped before its turn" in (out / "report.html").read_bytes()

    assert cli("inspect", many, "--out", out, "--resume").code == 0
    assert cli("inspect", many, "--out", tmp_path / "unbroken").code == 0
    assert report_bytes(out) == report_bytes(tmp_path / "unbroken")


def test_stdout_carries_the_report_as_bytes_and_stderr_the_talk(process: Process, tmp_path: Path) -> None:
    save_wall(tmp_path / "Brücke 橋.png")
    (tmp_path / "empty.jpg").touch()
    run = process("inspect", tmp_path, "--out", tmp_path / "out", "--json")
    stdout, stderr = run.communicate(timeout=60)
    assert run.returncode == 1
    assert stdout == (tmp_path / "out" / "report.json").read_bytes()
    assert "Brücke 橋" in stdout.decode()
    assert stderr.decode().splitlines()[-1] == "2 photos, 1 with findings, 1 not inspected"


def test_a_terminal_without_unicode_gets_the_report_all_the_same(
    process: Process, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONIOENCODING", "latin-1")
    run = process("inspect", save_wall(tmp_path / "橋.png"), "--out", tmp_path / "out", "--json")
    stdout, _ = run.communicate(timeout=60)
    assert run.returncode == 0
    assert stdout == (tmp_path / "out" / "report.json").read_bytes()


def test_debug_shows_the_trace_and_without_it_one_sentence(process: Process) -> None:
    _, sentence = process("inspect", "absent", "--out", "out").communicate(timeout=60)
    assert sentence.decode().splitlines() == [
        "Error: expected photos or folders; not there: absent. Check the spelling."
    ]
    run = process("inspect", "absent", "--out", "out", "--debug")
    _, trace = run.communicate(timeout=60)
    assert run.returncode == 1
    assert b"Traceback (most recent call last)" in trace
    assert b"DataError" in trace


def test_help_is_there_at_once(process: Process) -> None:
    started = time.monotonic()
    stdout, stderr = process("--help").communicate(timeout=60)
    assert time.monotonic() - started < 10  # the bar of .4 s is measured by a benchmark, on a quiet machine
    assert b"inspect" in stdout
    assert stderr == b""
