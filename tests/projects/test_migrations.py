"""Takes databases of each version; gives faults where one is not brought to this version's tables with its data."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import create_engine, event
from tests.projects.made import opened, photos_of, rows_of, unpacked

from cracklens.projects import Project
from cracklens.projects.records import Base, Database, database
from cracklens.projects.records.following import of_scale, of_trace
from cracklens.projects.views import about

FIRST = """
insert into project (id, name, structure, number, inspector, guide, language, detector, severities, elements, revision,
                     version, made_at)
values (1, 'Pier 3', 'bridge', '', '', 'none', 'en', '', '{"names": []}', '{"names": ["pier"]}', 1, 4, '2026-01-01');
insert into audit (id, at, who, action, photo_id, changes) values (1, '2026-01-02', '', 'describe', null, x'90');
"""


def made_by(path: Path, revision: str) -> Path:
    """Give a database as the version of cracklens that ended with a revision made it."""
    path.parent.mkdir(parents=True)
    engine = create_engine(f"sqlite:///{path}")
    event.listen(engine, "connect", database._connected)
    event.listen(engine, "begin", database._begun)
    database._migrate(engine, path, revision)
    engine.dispose()
    return path


def tables(path: Path) -> set[str]:
    with closing(sqlite3.connect(path)) as connection:
        return {name for (name,) in connection.execute("select name from sqlite_master where type = 'table'")}


def told(path: Path, sql: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute(sql).fetchall()


@pytest.mark.parametrize("revision", ["head", "0001"])
def test_the_tables_are_those_that_the_code_says(tmp_path: Path, revision: str) -> None:
    opened = Database.open(made_by(tmp_path / "bridge" / "project.sqlite", revision))
    with opened.engine.connect() as connection:
        run = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        assert compare_metadata(run, Base.metadata) == []
        names = {row for (row,) in connection.exec_driver_sql("select sql from sqlite_master where sql is not null")}
    opened.close()
    for table in Base.metadata.tables.values():
        for constraint in table.constraints:
            if constraint.name:
                assert any(str(constraint.name) in sql for sql in names), constraint.name


def test_a_first_version_is_brought_on_with_its_data_and_a_copy_kept(tmp_path: Path) -> None:
    path = made_by(tmp_path / "bridge" / "project.sqlite", "0001")
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(FIRST)
    assert "user" not in tables(path)
    before = {table: told(path, f"select * from {table}") for table in ("project", "audit")}  # noqa: S608
    project = Project.open(path.parent)
    with project.database.reading() as session:
        assert (about(session).name, about(session).elements) == ("Pier 3", ("pier",))
    project.close()
    assert {table: told(path, f"select * from {table}") for table in before} == before  # noqa: S608
    assert {"user", "session"} <= tables(path)
    (copy,) = path.parent.glob("project-before-*-0001.sqlite")
    assert "user" not in tables(copy)
    assert told(copy, "select version_num from alembic_version") == [("0001",)]
    assert {table: told(copy, f"select * from {table}") for table in before} == before  # noqa: S608
    Project.open(path.parent).close()
    assert list(path.parent.glob("project-before-*")) == [copy]


@pytest.mark.parametrize("frozen", ["0001", "0003"])
def test_what_tells_of_the_guide_is_filled_in_for_what_was_there(frozen: str, tmp_path: Path) -> None:
    with opened(unpacked(frozen, tmp_path)) as project:
        photos, cracks = photos_of(project).values(), rows_of(project).values()
    assert [(row.px_per_mm, row.scale_error) for row in photos] == [(3.2, 0.02)] * 2
    assert all(of_scale(row.scale, row.facts)["px_per_mm"] == row.px_per_mm for row in photos)
    assert [of["width_low_px"] for of in cracks] == [of_trace(of["trace"])["width_low_px"] for of in cracks]
    assert all(0 < of["width_low_px"] <= of["width_px"] for of in cracks)


def test_a_damaged_trace_keeps_no_project_shut(tmp_path: Path) -> None:
    folder = unpacked("0003", tmp_path)
    with closing(sqlite3.connect(folder / "project.sqlite")) as connection:
        connection.execute("update crack set trace = x'90' where by_hand")
        connection.commit()
    with opened(folder) as project:
        lows = {bool(of["by_hand"]): of["width_low_px"] for of in rows_of(project).values()}
    assert lows[True] is None
    assert lows[False] > 0


def test_the_log_is_still_only_added_to(tmp_path: Path) -> None:
    path = made_by(tmp_path / "bridge" / "project.sqlite", "head")
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(FIRST)
        for change in ("update audit set who = 'x'", "delete from audit"):
            with pytest.raises(sqlite3.IntegrityError, match="only ever added to"):
                connection.execute(change)
