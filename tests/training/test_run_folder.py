"""Takes folders of runs; gives faults of holding one for a single run: two at once, leavings, a killed run."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from tests.stand_ins import CountingBackbone

import cracklens.training.frozen
from cracklens.errors import OutputError
from cracklens.training.fit import fit_bags
from cracklens.training.frozen import train_frozen
from cracklens.training.run_folder import LOCK, own_folder

HOLD = """
import sys
from pathlib import Path
from cracklens.training.run_folder import own_folder

with own_folder(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()  # until the test ends it
"""


def test_a_folder_is_held_for_one_run_and_left_clean(tmp_path: Path) -> None:
    folder = tmp_path / "deep" / "run"
    with own_folder(folder):
        assert (folder / LOCK).is_file()
        (folder / "card.json").touch()
        refused = pytest.raises(OutputError, match=r"run: another run is training into it\. Wait for it, or choose")
        with refused, own_folder(folder):
            pass
        assert (folder / LOCK).is_file()  # the refused one takes nothing away
    assert [path.name for path in folder.iterdir()] == ["card.json"]
    with own_folder(folder):
        pass
    assert [path.name for path in folder.iterdir()] == ["card.json"]


def test_a_run_that_wrote_nothing_leaves_no_folder(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), own_folder(tmp_path / "run"):
        raise ZeroDivisionError
    assert not (tmp_path / "run").exists()


def test_a_folder_that_was_there_stays(tmp_path: Path) -> None:
    with own_folder(tmp_path):
        pass
    assert tmp_path.is_dir()


def test_a_folder_that_cannot_be_made_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with (
        pytest.raises(OutputError, match=r"cannot be written \(.+\)\. Choose another --out"),
        own_folder(tmp_path / "file" / "run"),
    ):
        pass


def test_another_process_holds_it_and_a_kill_sets_it_free(tmp_path: Path) -> None:
    words, pipe = [sys.executable, "-c", HOLD, str(tmp_path)], subprocess.PIPE
    with subprocess.Popen(words, stdin=pipe, stdout=pipe, text=True) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "held\n"
        with pytest.raises(OutputError, match="another run is training into it"), own_folder(tmp_path):
            pass
        other.send_signal(getattr(signal, "SIGKILL", signal.SIGTERM))
    with own_folder(tmp_path):
        pass


def test_two_runs_of_train_at_once(
    tiles_dir: Path, cache_dir: Path, network: CountingBackbone, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    refused: list[str] = []
    true_fit = fit_bags

    def meanwhile(*values: Any, **settings: Any) -> Any:
        with pytest.raises(OutputError) as error:
            train_frozen(tiles_dir, out=tmp_path / "mine", cache=cache_dir)
        refused.append(str(error.value))
        return true_fit(*values, **settings)

    monkeypatch.setattr(cracklens.training.frozen, "fit_bags", meanwhile)
    train_frozen(tiles_dir, out=tmp_path / "mine", cache=cache_dir)
    assert refused == [f"{tmp_path / 'mine'}: another run is training into it. Wait for it, or choose another --out."]
    assert not (tmp_path / "mine" / LOCK).exists()
    assert (tmp_path / "mine" / "card.json").is_file()
