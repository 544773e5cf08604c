"""Takes databases of other versions, on disks that are full or closed; gives faults where data or a sentence lacks."""

from __future__ import annotations

import os
import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import event, select
from tests.projects.made import FIXTURES, lines, opened, photos_of, put_photo, rows_of, save_photo, unpacked

from cracklens.errors import ProjectError
from cracklens.projects import Project, decide, describe_crack, report_of, signatures, take_in, undo
from cracklens.projects.project import DATABASE
from cracklens.projects.records import AuditRow, Base, Database, InspectionRow
from cracklens.projects.records.database import VERSIONS
from cracklens.projects.views import photo_view

FROZEN = sorted(path.stem for path in FIXTURES.glob("*.zip"))
NOBODY = 65_534


def revision_of(path: Path) -> str:
    with closing(sqlite3.connect(path)) as database:
        return str(database.execute("select version_num from alembic_version").fetchone()[0])


def head() -> str:
    return max(path.stem[1:5] for path in VERSIONS.glob("v*.py"))


def content(path: Path) -> dict[str, list[tuple[object, ...]]]:
    """Give all rows of the tables that the first version had."""
    tables = {"photo": "id", "crack": "id", "audit": "id", "job": "id", "signature": "id"}
    names = {
        of: ", ".join(f'"{row[1]}"' for row in _query(_frozen_database(), f"pragma table_info({of})")) for of in tables
    }
    return {of: _query(path, f"select {names[of]} from {of} order by {key}") for of, key in tables.items()}  # noqa: S608


_KEPT: list[Path] = []


def _frozen_database() -> Path:
    return _KEPT[0]


def _query(path: Path, said: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(path)) as database:
        return database.execute(said).fetchall()


@pytest.fixture(autouse=True, scope="module")
def first_version(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Keep a database of the first version, whose columns are compared."""
    _KEPT.append(unpacked("0001", tmp_path_factory.mktemp("first")) / DATABASE)
    yield
    _KEPT.clear()


def test_each_version_has_a_frozen_project_but_the_latest() -> None:
    known = {path.stem[1:5] for path in VERSIONS.glob("v*.py")}
    assert set(FROZEN) - {head()} == known - {head()}, "tests/projects/fixtures/README.md says how one is made"


@pytest.mark.parametrize("frozen", FROZEN)
def test_a_frozen_project_opens_shows_what_was_decided_and_undoes(frozen: str, tmp_path: Path) -> None:
    folder = unpacked(frozen, tmp_path)
    before = content(folder / DATABASE)
    with opened(folder) as project:
        assert revision_of(folder / DATABASE) == head()
        assert content(folder / DATABASE) == before
        photos, rows = photos_of(project), rows_of(project)
        assert set(photos) == {"pier 1.jpg", "pier 2.jpg"}
        shown = [crack for row in photos.values() for crack in photo_view(project, row.id).cracks]
        assert {crack.id for crack in shown} == set(rows)
        assert sorted((of["decision"], of["reason"], of["by_hand"]) for of in rows.values()) == [
            ("confirmed", "", False),
            ("confirmed", "", True),
            ("rejected", "stain", False),
        ]
        assert {of["note"] for of in rows.values()} == {"", "below the bearing"}
        assert photos["pier 1.jpg"].reviewed_at
        undo(project)
        undo(project)
        undo(project)
        assert not photos_of(project)["pier 1.jpg"].reviewed_at
        assert sorted(of["decision"] for of in rows_of(project).values() if not of["removed"]) == ["confirmed", "open"]
        undo(project, again=True)
        assert "rejected" in {of["decision"] for of in rows_of(project).values()}
        assert signatures(project) == ()
        report_of(project).save(tmp_path / "out", formats=("json", "html"))


@pytest.mark.parametrize("frozen", FROZEN)
def test_the_old_database_is_kept_beside_the_new_one(frozen: str, tmp_path: Path) -> None:
    folder = unpacked(frozen, tmp_path)
    before = content(folder / DATABASE)
    with opened(folder):
        pass
    kept = list(folder.glob("project-before-*.sqlite"))
    assert [path.name for path in kept] == ([f"project-before-{head()}-{frozen}.sqlite"] if frozen != head() else [])
    for path in kept:
        assert revision_of(path) == frozen
        assert content(path) == before
    with opened(folder):
        pass
    assert list(folder.glob("project-before-*.sqlite")) == kept


def test_photos_that_were_inspected_before_have_a_row_each(tmp_path: Path) -> None:
    with opened(unpacked("0001", tmp_path)) as project:
        photos = photos_of(project).values()
        with project.database.reading() as session:
            found = session.scalars(select(InspectionRow)).all()
        assert {(of.photo_id, of.scored_key, of.traced_key) for of in found} == {
            (row.id, row.scored_key, row.traced_key) for row in photos
        }
        assert {(of.detector, of.at, of.threshold) for of in found} == {("", "", None)}


def test_the_tables_are_those_that_migrations_make(tmp_path: Path) -> None:
    with opened(tmp_path / "bridge", new=True) as project, project.database.engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), Base.metadata) == []


def test_a_migration_that_breaks_off_leaves_the_old_database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = unpacked("0001", tmp_path)
    before = content(folder / DATABASE)

    def broken(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("alembic.op.create_index", broken)
        with pytest.raises(KeyboardInterrupt):
            Database.open(folder / DATABASE)
    assert revision_of(folder / DATABASE) == "0001"
    assert content(folder / DATABASE) == before
    with opened(folder):
        assert revision_of(folder / DATABASE) == head()


def test_a_project_of_a_newer_version_says_so_and_is_left_alone(tmp_path: Path) -> None:
    with opened(tmp_path / "bridge", new=True):
        pass
    path = tmp_path / "bridge" / DATABASE
    with closing(sqlite3.connect(path)) as database:
        database.execute("update alembic_version set version_num = '9999'")
        database.commit()
    with pytest.raises(ProjectError, match=r"is of version 9999, made by a newer cracklens .* Update cracklens"):
        Database.open(path)
    assert revision_of(path) == "9999"
    assert not list(path.parent.glob("project-before-*"))


def test_what_is_no_project_says_so(tmp_path: Path) -> None:
    with pytest.raises(ProjectError, match=r"expected a project, a folder with project.sqlite"):
        Database.open(tmp_path / DATABASE)
    (tmp_path / DATABASE).write_bytes(b"no database at all, but long enough to be read as one" * 40)
    with pytest.raises(ProjectError, match=r"expected a project's database; file is not a database. Restore a copy"):
        Database.open(tmp_path / DATABASE)


@contextmanager
def closed(folder: Path) -> Iterator[None]:
    """Let nobody write to a folder. Root writes everywhere, so root stands aside as nobody until the block ends."""
    for path in (folder, *folder.rglob("*")):
        path.chmod(0o555 if path.is_dir() else 0o444)
    as_root = os.geteuid() == 0
    if as_root:
        os.seteuid(NOBODY)
    try:
        yield
    finally:
        if as_root:
            os.seteuid(0)
        for path in (folder, *folder.rglob("*")):
            path.chmod(0o755 if path.is_dir() else 0o644)


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """Give a folder that every user may enter, which pytest's own are not."""
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        yield Path(name)


@pytest.mark.parametrize("old", [False, True])
def test_a_project_on_a_read_only_disk_says_so(old: bool, open_folder: Path) -> None:
    folder = open_folder / "bridge"
    if old:
        unpacked("0001", folder)
    else:
        with opened(folder, new=True):
            pass
    with (
        closed(folder),
        pytest.raises(ProjectError, match=r"expected a folder that can be written; .*Copy the project"),
    ):
        Database.open(folder / DATABASE)
    with opened(folder):
        assert revision_of(folder / DATABASE) == head()


def full(database: Database) -> None:
    """Let a database grow by some pages and no further, as on a full disk: what SQLite then says is the same."""
    with closing(sqlite3.connect(database.path)) as asked:
        most = asked.execute("pragma page_count").fetchone()[0] + 8
    event.listen(database.engine, "connect", lambda of, _: of.execute(f"pragma max_page_count = {most}"))
    database.engine.dispose()


def last_before_full(project: Project, write: Callable[[int], object]) -> dict[str, dict[str, Any]]:
    """Write until the disk is full, and give the cracks, which are those from before what did not fit."""
    for i in range(200):
        before, photos = rows_of(project), set(photos_of(project))
        try:
            write(i)
        except ProjectError as error:
            said = str(error)
            break
    else:
        pytest.fail("it was never full")
    assert "the disk is full; nothing of this change was kept. Free some space." in said
    assert (rows_of(project), set(photos_of(project))) == (before, photos)
    return before


def test_a_full_disk_is_a_sentence_and_nothing_is_half_written(tmp_path: Path) -> None:
    with opened(tmp_path / "bridge", new=True) as project:
        _, (first, *_) = put_photo(project, save_photo(tmp_path / "a.png"), *lines(3))
        decide(project, first, "confirmed")
    with opened(tmp_path / "bridge") as project:
        before = content(tmp_path / "bridge" / DATABASE)
        full(project.database)
        long = [f"{i} {'x' * 1900}" for i in range(200)]
        kept = last_before_full(project, lambda i: describe_crack(project, first, {"note": long[i]}))[first]
        with project.database.reading() as session:
            assert len(session.scalars(select(AuditRow)).all()) == kept["version"] - 1
        photos = [save_photo(tmp_path / f"{seed}.png", seed=seed, hw=(8, 8)) for seed in range(200)]
        last_before_full(project, lambda i: take_in(project, photos[i]))
    with opened(tmp_path / "bridge") as project:
        assert rows_of(project)[first] == kept
        assert content(tmp_path / "bridge" / DATABASE)["crack"] != before["crack"]
        decide(project, first, "rejected", reason="other")


def test_a_full_disk_while_the_old_database_is_copied_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = unpacked("0001", tmp_path)

    def no_room(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("cracklens.files.tempfile.mkstemp", no_room)
        with pytest.raises(ProjectError, match="the disk is full"):
            Database.open(folder / DATABASE)
    assert revision_of(folder / DATABASE) == "0001"
    assert not list(folder.glob("*before*"))


def test_a_folder_can_be_copied(tmp_path: Path) -> None:
    with opened(tmp_path / "bridge", new=True) as project:
        _, (first,) = put_photo(project, save_photo(tmp_path / "a.png"), *lines(1))
        decide(project, first, "confirmed")
        before = rows_of(project)
    shutil.copytree(tmp_path / "bridge", tmp_path / "stick" / "bridge")
    shutil.rmtree(tmp_path / "bridge")
    with opened(tmp_path / "stick" / "bridge") as project:
        assert rows_of(project) == before
        (row,) = photos_of(project).values()
        assert project.photo_path(row).is_file()
