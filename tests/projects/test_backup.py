"""Takes projects in use, and backups that are damaged or made to do harm; gives faults where one is not whole."""

from __future__ import annotations

import shutil
import sqlite3
import stat
import threading
import zipfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from tests.projects.made import make_walls, opened, photos_of, rows_of, save_photo, unpacked

from cracklens.errors import CracklensError, OutputError, ProjectError
from cracklens.models import find_checkpoint, read_checkpoint, write_checkpoint
from cracklens.projects import Signing, decide, detector_of, report_of, sign, signatures, take_in, undo, work_off
from cracklens.projects.exchange import back_up, restore
from cracklens.projects.project import DATABASE
from cracklens.projects.records import JobRow
from cracklens.projects.teaching import use
from cracklens.values import Failure


@pytest.fixture(scope="module")
def signed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the folder of a project with two photos, a decision and a signed report, not to be changed."""
    at = tmp_path_factory.mktemp("signed")
    with opened(make_walls(at / "bridge")) as project:
        sign(project, Signing("Ann Inspector", "", "2026-05-03"))
    return at / "bridge"


@pytest.fixture
def bridge(signed: Path, tmp_path: Path) -> Path:
    """Give a copy of it."""
    return Path(shutil.copytree(signed, tmp_path / "bridge"))


def backed_up(folder: Path, into: Path) -> Path:
    with opened(folder) as project:
        assert back_up(project, into) == ()
    return into


def test_what_is_restored_is_what_was_backed_up(bridge: Path, tmp_path: Path) -> None:
    path = backed_up(bridge, tmp_path / "out" / "bridge.zip")
    with zipfile.ZipFile(path) as packed:
        names = set(packed.namelist())
        assert {of.compress_type for of in packed.infolist()} == {zipfile.ZIP_STORED}
    own = {of.relative_to(bridge).as_posix() for of in bridge.rglob("*") if of.is_file()}
    left_out = {name for name in own if name.startswith(("tiles/", "drafts/", "project.sqlite-", "worker.lock"))}
    assert names == own - left_out
    arrived = restore(path, tmp_path / "again")
    again = arrived.project
    assert not arrived.failures
    with opened(bridge) as project:
        assert rows_of(again) == rows_of(project)
        assert [of.whole for of in signatures(again)] == [True]
        assert [of.current for of in signatures(again)] == [True]
        with again.database.reading() as session:
            jobs = {(of.kind, of.state) for of in session.scalars(select(JobRow))}
        assert jobs == {("prepare", "waiting"), ("inspect", "done")}
    work_off(again, lambda: pytest.fail("what was found is in the backup"))
    assert all(again.tiles_path(row.sha256).is_file() for row in photos_of(again).values())
    undo(again)
    assert {of["decision"] for of in rows_of(again).values()} == {"open"}
    again.close()


def test_a_detector_that_was_fitted_in_a_project_goes_with_it(bridge: Path, tmp_path: Path) -> None:
    name = "detectors/0123456789ab"
    write_checkpoint(read_checkpoint(find_checkpoint("concrete-frozen")), bridge / name)
    (bridge / name / "taught.json").write_bytes(b"{}")
    with opened(bridge) as project:
        use(project, name)
    again = restore(backed_up(bridge, tmp_path / "bridge.zip"), tmp_path / "again").project
    assert detector_of(again) == str(tmp_path / "again" / name)
    assert {of.name: of.read_bytes() for of in (bridge / name).iterdir()} == {
        of.name: of.read_bytes() for of in (tmp_path / "again" / name).iterdir()
    }
    assert read_checkpoint(tmp_path / "again" / name).card.name == "concrete-frozen"
    again.close()


def test_a_backup_of_a_project_in_use_is_of_one_moment(bridge: Path, tmp_path: Path) -> None:
    """Decisions and photos come in all the while; each backup has what was decided before it, and all its photos."""
    stopped, decided, taken = threading.Event(), [0], [0]
    photos = [save_photo(tmp_path / "in" / f"{seed}.png", seed=seed, hw=(8, 8)) for seed in range(3, 400)]

    def review() -> None:
        with opened(bridge) as project:
            crack = min(rows_of(project))
            while not stopped.is_set():
                decided[0] = decide(project, crack, "rejected", reason="stain")
                if taken[0] < len(photos):
                    take_in(project, photos[taken[0]])
                    taken[0] += 1

    thread = threading.Thread(target=review)
    thread.start()
    try:
        counts = []
        for i in range(6):
            least = decided[0], taken[0]
            path = backed_up(bridge, tmp_path / f"{i}.zip")
            arrived = restore(path, tmp_path / f"again {i}")
            rows, shown = rows_of(arrived.project), photos_of(arrived.project)
            arrived.project.close()
            assert not arrived.failures
            assert rows[min(rows)]["version"] >= least[0]
            assert len(shown) >= 2 + least[1]
            counts.append(len(shown))
    finally:
        stopped.set()
        thread.join()
    assert counts == sorted(counts)
    assert counts[-1] > counts[0], "photos came in between"


def test_an_older_backup_is_migrated(tmp_path: Path) -> None:
    folder = unpacked("0001", tmp_path / "old")
    with zipfile.ZipFile(tmp_path / "old.zip", "w") as packed:
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                packed.write(path, path.relative_to(folder).as_posix())
    arrived = restore(tmp_path / "old.zip", tmp_path / "new")
    assert not arrived.failures
    assert {of["note"] for of in rows_of(arrived.project).values()} == {"", "below the bearing"}
    arrived.project.close()


def test_a_photo_that_is_lost_or_damaged_is_listed_and_the_rest_is_kept(bridge: Path, tmp_path: Path) -> None:
    with opened(bridge) as project:
        lost, damaged = (project.photo_path(row) for row in photos_of(project).values())
        lost.unlink()
        damaged.write_bytes(b"\0" + damaged.read_bytes()[1:])
        failures = back_up(project, tmp_path / "out.zip")
        rows = rows_of(project)
    assert [(of.photo, of.reason.amounts["reason"]) for of in failures] == [
        ("1.png", "its file is not in the project any more"),
        ("2.png", "its file in the project is damaged"),
    ]
    arrived = restore(tmp_path / "out.zip", tmp_path / "again")
    assert [of.photo for of in arrived.failures] == ["1.png", "2.png"]
    assert rows_of(arrived.project) == rows
    shutil.rmtree(arrived.project.folder / "drafts", ignore_errors=True)
    assert {type(of) for of in report_of(arrived.project).outcomes} == {Failure}, "a report says so, too"
    arrived.project.close()


def test_a_signed_report_that_is_lost_is_listed_with_its_data(bridge: Path, tmp_path: Path) -> None:
    for path in (bridge / "signed").iterdir():
        path.unlink()
    with opened(bridge) as project:
        (pdf,) = (of.file for of in signatures(project))
        failures = back_up(project, tmp_path / "out.zip")
    assert [of.photo for of in failures] == [f"signed/{pdf}", f"signed/{Path(pdf).stem}.json"]
    assert {of.reason.amounts["reason"] for of in failures} == {"its file is not in the project any more"}


def test_a_full_disk_leaves_no_backup_and_the_one_before_as_it_was(
    bridge: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "out"
    path = backed_up(bridge, out / "bridge.zip")
    before = path.read_bytes()

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    for where in ("zipfile.shutil.copyfileobj", "cracklens.files.os.fsync"):
        with monkeypatch.context() as patch:
            patch.setattr(where, full)
            with opened(bridge) as project, pytest.raises(CracklensError, match="Free some space"):
                back_up(project, path)
        assert [of.name for of in out.iterdir()] == ["bridge.zip"]
        assert path.read_bytes() == before


def test_a_full_disk_while_restoring_leaves_nothing(
    bridge: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = backed_up(bridge, tmp_path / "out" / "bridge.zip")

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    before = sorted(tmp_path.iterdir())
    with monkeypatch.context() as patch:
        patch.setattr("cracklens.projects.exchange.restoring.Path.open", full)
        with pytest.raises(OutputError, match="no space left on device"):
            restore(path, tmp_path / "again")
    assert sorted(tmp_path.iterdir()) == before


def test_a_folder_that_holds_something_is_left_as_it_is(bridge: Path, tmp_path: Path) -> None:
    path = backed_up(bridge, tmp_path / "bridge.zip")
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "letter.txt").write_text("mine")
    for folder in (tmp_path / "mine", tmp_path / "mine" / "letter.txt"):
        with pytest.raises(ProjectError, match="expected an empty folder"):
            restore(path, folder)
    assert (tmp_path / "mine" / "letter.txt").read_text() == "mine"
    (tmp_path / "empty").mkdir()
    restore(path, tmp_path / "empty").project.close()
    assert (tmp_path / "empty" / DATABASE).is_file()


def entry(name: str, **changes: Any) -> zipfile.ZipInfo:
    made = zipfile.ZipInfo(name)
    for field, value in changes.items():
        setattr(made, field, value)
    return made


def with_entry(info: zipfile.ZipInfo, content: bytes = b"x") -> Callable[[Path], None]:
    def add(path: Path) -> None:
        with zipfile.ZipFile(path, "a") as packed:
            packed.writestr(info, content)

    return add


NAMES = [
    "/etc/passwd",
    "../x",
    "photos/../../x",
    "photos\\x",
    "C:/x",
    "photos/",
    "project.sqlite-wal",
    "a.sh",
    "signed/x.pdf",
    "detectors/card.json",
    "detectors/0123456789ab/x.py",
    "detectors/0123456789ab/../card.json",
]
SHA = "ab" * 32


def without_end(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-40])


def empty(path: Path) -> None:
    path.write_bytes(b"")


def flipped(path: Path) -> None:
    """Change one byte of a photo, and nothing of the ZIP's own checks."""
    with zipfile.ZipFile(path) as packed:
        content = {of.filename: packed.read(of) for of in packed.infolist()}
    photo = next(name for name in content if name.startswith("photos/"))
    content[photo] = content[photo][:-1] + bytes([content[photo][-1] ^ 1])
    write(path, content)


def write(path: Path, content: dict[str, bytes]) -> None:
    with zipfile.ZipFile(path, "w") as packed:
        for name, of in content.items():
            packed.writestr(name, of)


def damaged_database(path: Path) -> None:
    with zipfile.ZipFile(path) as packed:
        content = {of.filename: packed.read(of) for of in packed.infolist()}
    raw = bytearray(content[DATABASE])
    raw[4096 * 2 : 4096 * 6] = b"\xff" * 4096 * 4
    write(path, {**content, DATABASE: bytes(raw)})


def foreign_rows(said: str) -> Callable[[Path], None]:
    """Give what changes the database in a backup."""

    def change(path: Path) -> None:
        with zipfile.ZipFile(path) as packed:
            content = {of.filename: packed.read(of) for of in packed.infolist()}
        file = path.with_name("own.sqlite")
        file.write_bytes(content[DATABASE])
        with closing(sqlite3.connect(file)) as database:
            database.execute(said)
            database.commit()
            database.execute("pragma journal_mode=delete")
        write(path, {**content, DATABASE: file.read_bytes()})
        file.unlink()

    return change


def said_larger(path: Path) -> None:
    """Say of a file that it is larger than it is, in both places that a ZIP says it."""
    with zipfile.ZipFile(path) as packed:
        size = packed.getinfo(DATABASE).file_size
    raw = path.read_bytes()
    path.write_bytes(raw.replace(size.to_bytes(4, "little") * 2, (2_000_000_000).to_bytes(4, "little") * 2))


@pytest.mark.parametrize(
    ("harm", "said"),
    [
        *((with_entry(entry(name)), "it holds '") for name in NAMES),
        (with_entry(entry(f"photos/ab/{SHA}.jpg", external_attr=(stat.S_IFLNK | 0o777) << 16)), "it holds a link"),
        (with_entry(entry(f"photos/ab/{SHA}.jpg", compress_type=zipfile.ZIP_DEFLATED), b"\0" * 10_000_000), "packed"),
        (with_entry(entry(f"photos/cd/{SHA}.jpg")), "it holds 'photos/cd/"),
        (with_entry(entry(f"photos/ab/{SHA}.jpg")), "is damaged"),
        (said_larger, "larger than it is itself"),
        (flipped, "is damaged"),
        (without_end, "it is damaged"),
        (empty, "it is damaged"),
        (damaged_database, "its database is damaged"),
        (foreign_rows("update photo set sha256 = '../../../etc/passwd'  where id = 1"), "its database is damaged"),
        (foreign_rows("update alembic_version set version_num = '9999'"), r"bridge\.zip: is of version 9999"),
        (foreign_rows("drop table photo"), "its database is damaged"),
        (lambda path: path.unlink(), "no such file"),
        (lambda path: write(path, {f"photos/ab/{SHA}.jpg": b"x"}), "it holds no project"),
    ],
)
def test_a_backup_that_is_none_is_refused_and_nothing_is_left(
    harm: Callable[[Path], None], said: str, bridge: Path, tmp_path: Path
) -> None:
    path = backed_up(bridge, tmp_path / "out" / "bridge.zip")
    harm(path)
    before = sorted(tmp_path.iterdir())
    with pytest.raises(ProjectError, match=said):
        restore(path, tmp_path / "again")
    assert sorted(tmp_path.iterdir()) == before


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_file_that_stands_twice_is_refused(bridge: Path, tmp_path: Path) -> None:
    path = backed_up(bridge, tmp_path / "bridge.zip")
    with_entry(entry(DATABASE))(path)
    with pytest.raises(ProjectError, match="a file twice"):
        restore(path, tmp_path / "again")
