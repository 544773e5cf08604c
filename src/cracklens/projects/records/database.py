"""Takes the file of a project's database; gives sessions that read or write it, brought to this version's tables."""

from __future__ import annotations

import errno
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from alembic.config import Config
from alembic.runtime.environment import EnvironmentContext
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Engine, create_engine, event
from sqlalchemy.exc import DatabaseError, OperationalError
from sqlalchemy.orm import Session

from cracklens import __version__
from cracklens.errors import ProjectError
from cracklens.files import replaced
from cracklens.projects.records.following import fill

VERSIONS = Path(__file__).parents[1] / "versions"
BUSY_MS = 20_000
"""So long a writer waits for another: each writes for some ms."""


@dataclass(frozen=True)
class Database:
    """The database of one project.

    Attributes:
        path: of its file.
        engine: opens connections to it.
    """

    path: Path
    engine: Engine

    @classmethod
    def open(cls, path: Path, *, make: bool = False) -> Database:
        """Open a database; one of an older version is brought to this one's, and its copy kept beside it.

        Raises:
            ProjectError: it is not there, is no project, of a newer version, or cannot be written.
        """
        if not make and not path.is_file():
            raise ProjectError(
                f"{path.parent}: expected a project, a folder with {path.name}; make one with project new."
            )
        engine = create_engine(f"sqlite:///{path}")
        event.listen(engine, "connect", _connected)
        event.listen(engine, "begin", _begun)
        try:
            _migrate(engine, path)
        except (DatabaseError, OSError) as error:
            engine.dispose()
            raise _refused(path, error) from error
        except BaseException:
            engine.dispose()
            raise
        return cls(path, engine)

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """Give a session that sees one state of the database."""
        with Session(self.engine) as session, output(self.path):
            yield session

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """Give a session that alone writes; it is on disk when the block ends, or nothing of it is.

        Raises:
            ProjectError: the disk is full, or the file cannot be written.
        """
        with output(self.path), Session(self.engine.execution_options(writes=True)) as session, session.begin():
            yield session

    def close(self) -> None:
        """Close its connections; the write-ahead log goes into the file."""
        self.engine.dispose()

    def back_up(self, path: Path) -> None:
        """Write a whole copy, as it is at one moment, while others read and write.

        Raises:
            ProjectError: the disk is full.
        """
        copy(self.path, path)


def copy(path: Path, into: Path) -> None:
    """Write a copy of a database that others may be writing to, whole or not at all.

    Raises:
        ProjectError: the disk is full, or the database cannot be read.
    """
    try:
        with replaced(into) as part, closing(sqlite3.connect(path)) as of, closing(sqlite3.connect(part)) as copied:
            of.backup(copied)
    except (sqlite3.Error, OSError) as error:
        raise _refused(into, error) from error


@contextmanager
def output(path: Path) -> Iterator[None]:
    """Give errors of the database as one sentence."""
    try:
        yield
    except OperationalError as error:
        raise _refused(path, error) from error


def _refused(path: Path, error: Exception) -> ProjectError:
    said, number = str(getattr(error, "orig", error) or error), getattr(error, "errno", None)
    if "full" in said or number in (errno.ENOSPC, errno.EDQUOT):
        return ProjectError(f"{path.parent}: the disk is full; nothing of this change was kept. Free some space.")
    if "readonly" in said or "unable to open" in said or number in (errno.EROFS, errno.EACCES, errno.EPERM):
        return ProjectError(
            f"{path.parent}: expected a folder that can be written; {said}. Copy the project elsewhere."
        )
    if "locked" in said:
        return ProjectError(f"{path.parent}: another program holds the project; nothing was changed. Try again.")
    return ProjectError(f"{path}: expected a project's database; {said}. Restore a copy.")


def _connected(connection: Any, _: object) -> None:
    """Set what holds for every connection: another process may read while one writes, and a commit is on disk."""
    connection.isolation_level = None  # transactions are begun below, not by sqlite3
    for pragma in ("journal_mode=wal", "synchronous=full", "foreign_keys=on", f"busy_timeout={BUSY_MS}"):
        connection.execute(f"pragma {pragma}")


def _begun(connection: Any) -> None:
    """Begin; who will write takes the lock at once, so that nobody's reading is old when it writes."""
    connection.exec_driver_sql("begin immediate" if connection.get_execution_options().get("writes") else "begin")


def _migrate(engine: Engine, path: Path, to: str = "head") -> None:
    """Bring a database to a version of its tables; whoever asks for an older one than it has is told nothing."""
    config = Config()
    config.set_main_option("script_location", str(VERSIONS))
    config.set_main_option("version_locations", str(VERSIONS))
    config.set_main_option("path_separator", "newline")
    script = ScriptDirectory.from_config(config)
    with engine.connect() as connection:
        now = MigrationContext.configure(connection).get_current_revision()
    if now == script.get_current_head():
        return
    if now is not None:
        _check_known(script, now, path)
        copy(path, path.with_name(f"{path.stem}-before-{script.get_current_head()}-{now}{path.suffix}"))

    def upgrade(revision: Any, _: object) -> Any:
        return script._upgrade_revs(to, revision)  # noqa: SLF001 as Alembic's own documentation does it

    with (
        engine.execution_options(writes=True).connect() as connection,
        EnvironmentContext(config, script, fn=upgrade) as run,
    ):
        run.configure(connection=connection, transactional_ddl=True)
        with run.begin_transaction():
            run.run_migrations()
            if now is not None and to == "head":
                fill(connection)


def _check_known(script: ScriptDirectory, revision: str, path: Path) -> None:
    try:
        script.get_revision(revision)
    except CommandError as error:
        came = f"is of version {revision}, made by a newer cracklens than {__version__}"
        raise ProjectError(
            f"{path.parent}: {came}, which knows {script.get_current_head()}. Update cracklens."
        ) from error
