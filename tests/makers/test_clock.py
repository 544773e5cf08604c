"""Takes stages that end, fail and are killed; gives faults in the seconds that are written of them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from makers.crackmap.clock import Clock

KILLED = """
import sys, time
from pathlib import Path
from makers.crackmap import clock
clock.BEAT_S = 0.05
with clock.Clock(Path(sys.argv[1])).stage("fit 0"):
    time.sleep(60)
"""


@pytest.fixture
def at(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Give what the clock shows, to be set."""
    shown = [0.0]
    monkeypatch.setattr(time, "monotonic", lambda: shown[0])
    return shown


def test_stages_that_were_cut_add_up(tmp_path: Path, at: list[float], monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock(tmp_path / "work" / "stages.json")
    monkeypatch.setattr(os, "cpu_count", lambda: 8)

    def cut() -> None:
        with clock.stage("fit 0", device="cuda"):
            at[0] += 100
            raise KeyError

    with pytest.raises(KeyError):
        cut()
    at[0] += 1000
    monkeypatch.setattr(os, "cpu_count", lambda: 2)
    with Clock(clock.path).stage("fit 0", device="cuda"):
        at[0] += 20.5
    with clock.stage("pseudo 1"):
        at[0] += 3
    assert json.loads(clock.path.read_text()) == {
        "fit 0": {"seconds": 120.5, "cores": 8, "device": "cuda"},
        "pseudo 1": {"seconds": 3.0, "cores": 2, "device": "cpu"},
    }
    assert clock.recipe() == {"stages_s": {"fit 0": 120.5, "pseudo 1": 3.0}, "cores": 8, "device": "cuda"}


def test_nothing_has_taken_no_time(tmp_path: Path) -> None:
    assert Clock(tmp_path / "stages.json").recipe() == {"stages_s": {}, "cores": 0, "device": "cpu"}


@pytest.mark.slow
def test_a_killed_stage_keeps_its_seconds(tmp_path: Path) -> None:
    path = tmp_path / "stages.json"
    run = subprocess.Popen([sys.executable, "-c", KILLED, str(path)])
    end = time.monotonic() + 60
    while time.monotonic() < end and Clock(path).told().get("fit 0", {}).get("seconds", 0) < 0.2:
        time.sleep(0.02)
    run.kill()
    run.wait()
    kept = Clock(path).told()["fit 0"]["seconds"]
    assert kept >= 0.2
    with Clock(path).stage("fit 0"):
        pass
    assert Clock(path).told()["fit 0"]["seconds"] >= kept
