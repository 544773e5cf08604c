"""Takes what a training run is and measures; gives its folder: config, log, curves, checkpoint. Knows no network."""

from __future__ import annotations

import csv
import hashlib
import io
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from cracklens.errors import CheckpointError, OutputError, SettingError
from cracklens.files import write_whole
from cracklens.labels import LabelledTile

RUN_VERSION = 1
"""Raised when a run of today could not go on with what another version left."""

LOCK = ".lock"
"""Stands in the folder while a run trains into it; what a killed run leaves of it holds nobody up."""

Row = Mapping[str, float]


@dataclass(frozen=True)
class RunFolder:
    """The folder of one training run.

    Attributes:
        path: where.
    """

    path: Path

    @property
    def config(self) -> Path:
        """Every setting of the run, and what it was run on."""
        return self.path / "config.json"

    @property
    def log(self) -> Path:
        """A row per epoch."""
        return self.path / "log.csv"

    @property
    def curves(self) -> Path:
        """The log as a picture."""
        return self.path / "curves.png"

    @property
    def last(self) -> Path:
        """What `--resume` goes on from."""
        return self.path / "last.ckpt"

    @property
    def best(self) -> Path:
        """The epoch that was best on val."""
        return self.path / "best.ckpt"

    def write(self, path: Path, content: bytes) -> None:
        """Write one file of the run whole, or leave the old one.

        Raises:
            OutputError: it cannot be written.
        """
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            write_whole(path, content)
        except OSError as error:
            raise OutputError(f"{path}: cannot be written ({error.strerror}). Free space or choose --out.") from error

    def write_config(self, config: Mapping[str, Any]) -> None:
        """Write what the run is."""
        text = json.dumps({"run_version": RUN_VERSION, **config}, indent=2, ensure_ascii=False) + "\n"
        self.write(self.config, text.encode())

    def read_config(self) -> dict[str, Any]:
        """Read what the run is.

        Raises:
            CheckpointError: no run, damaged, or of another version.
        """
        try:
            config = json.loads(self.config.read_text(encoding="utf-8"))
            version = config["run_version"]
        except (OSError, ValueError, KeyError, TypeError) as error:
            expected = f"expected the {self.config.name} of a training run"
            raise CheckpointError(f"{self.config}: {expected} ({error}). Start it without --resume.") from error
        check_version(version, source=self.config)
        return dict(config)

    def write_log(self, rows: Sequence[Row]) -> None:
        """Write the log, a row per epoch and a column per figure; later rows may have more of them."""
        columns = list(dict.fromkeys(name for row in rows for name in row))
        text = io.StringIO(newline="")
        writer = csv.DictWriter(text, columns, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
        self.write(self.log, text.getvalue().encode())


@contextmanager
def own_folder(folder: Path) -> Iterator[None]:
    """Hold the folder of a checkpoint for this run alone; one that is made for it and stays empty is removed again.

    Raises:
        OutputError: it cannot be made or written, or another run holds it.
    """
    made = not folder.exists()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        held = FileLock(folder / LOCK, timeout=0).acquire()
    except Timeout as error:
        came = "another run is training into it"
        raise OutputError(f"{folder}: {came}. Wait for it, or choose another --out.") from error
    except OSError as error:
        raise OutputError(f"{folder}: cannot be written ({error.strerror or error}). Choose another --out.") from error
    try:
        with held, _cleared(folder / LOCK):
            yield
    finally:
        if made:
            with suppress(OSError):  # it is not empty, as a rule
                folder.rmdir()


@contextmanager
def _cleared(lock: Path) -> Iterator[None]:
    """Remove a lock while it is still held: who opened it meanwhile is refused, who comes later makes a new one."""
    try:
        yield
    finally:
        with suppress(OSError):  # an open file cannot be removed everywhere
            lock.unlink()


def check_version(version: object, *, source: Path) -> None:
    """Refuse what another version of the format left.

    Raises:
        CheckpointError: it is another.
    """
    if version != RUN_VERSION:
        came = f"this cracklens goes on with runs of version {RUN_VERSION}; got {version!r}"
        raise CheckpointError(f"{source}: {came}. Install the cracklens that wrote it, or train again.")


def start_run(folder: RunFolder, config: Mapping[str, Any], *, resume: bool) -> None:
    """Make the folder ready for a run that is new, or is the same as the one in it.

    Args:
        folder: of the run.
        config: every setting that the weights depend on.
        resume: go on with the run in the folder.

    Raises:
        SettingError: a run is there and `resume` is not asked for, or the other way round, or settings differ.
        CheckpointError: the run is of another version.
        OutputError: the folder cannot be written.
    """
    if not resume:
        if folder.last.exists():
            raise SettingError(f"{folder.path}: holds a training run. Say --resume to go on, or choose another --out.")
        folder.write_config(config)
        return
    if not folder.last.exists():
        raise SettingError(f"{folder.path}: holds no epoch of a run to go on with. Start it without --resume.")
    old, new = folder.read_config(), json.loads(json.dumps(config))
    faults = [
        f"{name} was {old.get(name)!r}, now {value!r}"
        for name, value in new.items()
        if old.get(name) != value and name != "data"  # it may lie elsewhere; tiles_sha256 says whether it is the same
    ]
    if faults:
        raise SettingError(f"{folder.path}: --resume needs the settings of its start; {'; '.join(faults)}.")


def tiles_sha256(tiles: Sequence[LabelledTile]) -> str:
    """Give one hash of the names, labels and splits of tiles, in order; not of their pictures."""
    lines = [f"{tile.file}\t{tile.label}\t{tile.split}\n" for tile in tiles]
    return hashlib.sha256("".join(lines).encode("utf-8", "surrogatepass")).hexdigest()
