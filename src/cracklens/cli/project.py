"""Takes the words of `cracklens project`; gives a project made, filled, inspected and reported on, without a page."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from cracklens.errors import MissingExtraError
from cracklens.visible import visible

if TYPE_CHECKING:
    from cracklens.projects import Project
    from cracklens.projects.exchange import Arrived
    from cracklens.values import Failure

app = typer.Typer(
    help="Keep photos of a structure, what was found in them, and what people decided.", no_args_is_help=True
)
FOLDER = typer.Argument(..., help="Folder of the project.")
OUT = typer.Option(..., "--out", "-o", help="Folder to write to; made if it is not there.")


@app.command()
def new(
    folder: Path = typer.Argument(..., help="Folder of the project; empty, or made if it is not there."),
    name: str = typer.Option("", help="As people call it. [the folder's name]"),
) -> None:
    """Make an empty project."""
    from cracklens.cli.talk import print_result

    with _closing(_project().make(folder, name=name)) as made:
        print_result(made.folder)


@app.command()
def add(folder: Path = FOLDER, paths: list[Path] = typer.Argument(..., help="Photos, or folders with photos.")) -> None:
    """Put photos into a project; what it has already is not put in twice."""
    from cracklens.cli.talk import print_result, progress

    with _opened(folder) as project, progress("putting in") as step:
        from cracklens.projects import counts_of, take_in_all

        failures = take_in_all(project, paths, on_photo=step)
        with project.database.reading() as session:
            photos = counts_of(session).photos
    _say("not put in", failures)
    print_result("1 photo in the project" if photos == 1 else f"{photos} photos in the project")
    raise typer.Exit(1 if failures else 0)


@app.command()
def inspect(folder: Path = FOLDER) -> None:
    """Find the cracks in what is new in a project; can be stopped and goes on from there."""
    from cracklens import Detector
    from cracklens.cli.talk import print_result, progress

    with _opened(folder) as project, progress("inspecting") as step:
        from cracklens.projects import Job, counts_of, detector_of, work_off
        from cracklens.projects import progress as how_far

        def show(_: Job) -> None:
            with project.database.reading() as session:
                far = how_far(session)
            step(far.done + far.failed, far.done + far.failed + far.waiting)

        work_off(project, lambda: Detector.load(detector_of(project)), on_job=show)
        with project.database.reading() as session:
            counts = counts_of(session)
    failed = f", {counts.failed} not inspected" if counts.failed else ""
    print_result(f"{counts.inspected} photos inspected{failed}, {counts.undecided} lines to decide on")
    raise typer.Exit(1 if counts.failed else 0)


@app.command()
def report(folder: Path = FOLDER, out: Path = OUT) -> None:
    """Write the report of what was decided: report.html, report.pdf, report.json, report.csv, cracks.csv."""
    _write(folder, out, "json,csv,html,pdf", "report.html")


@app.command()
def export(
    folder: Path = FOLDER,
    out: Path = OUT,
    formats: str = typer.Option("json,csv,geojson,coco,labelstudio", "--format", help="Of these; with commas."),
) -> None:
    """Write what was decided as data for other programs: tables, maps, and labels to train on."""
    _write(folder, out, formats, "")


@app.command(name="import")
def import_(
    report: Path = typer.Argument(..., help="Folder of a report, with report.json and cracks.csv."),
    folder: Path = typer.Argument(..., help="Folder of the project; empty, or made if it is not there."),
    photos: Path | None = typer.Option(None, help="Folder with the photos, if they are not where the report says."),
) -> None:
    """Make a project of a report: its photos, cracks and scores, and what was filled in by hand in cracks.csv."""
    from cracklens.cli.talk import progress

    _project()
    from cracklens.projects.exchange import import_report

    with progress("importing") as step:
        arrived = import_report(folder, report, photos=photos, on_photo=step)
    _arrived(arrived)


@app.command()
def backup(folder: Path = FOLDER, out: Path = typer.Argument(..., help="ZIP to write.")) -> None:
    """Write a project as one ZIP, also while it is served: decisions, photos, what was found, signed reports."""
    from cracklens.cli.talk import print_result, progress

    with _opened(folder) as project, progress("backing up") as step:
        from cracklens.projects.exchange import back_up

        failures = back_up(project, out, on_file=step)
    _say("not in the backup", failures)
    print_result(out)
    raise typer.Exit(1 if failures else 0)


@app.command()
def restore(
    backup: Path = typer.Argument(..., help="ZIP of project backup."),
    folder: Path = typer.Argument(..., help="Folder of the project; empty, or made if it is not there."),
) -> None:
    """Make the project of a backup, whole or not at all."""
    from cracklens.cli.talk import progress

    _project()
    from cracklens.projects.exchange import restore as run

    with progress("restoring") as step:
        arrived = run(backup, folder, on_file=step)
    _arrived(arrived)


def _arrived(arrived: Arrived) -> None:
    from cracklens.cli.talk import print_result

    arrived.project.close()
    _say("not in the project", arrived.failures)
    print_result(arrived.project.folder)
    raise typer.Exit(1 if arrived.failures else 0)


def _say(what: str, failures: Sequence[Failure]) -> None:
    from cracklens.cli.talk import console
    from cracklens.report import note_text, words_of

    for failure in failures:
        console().say(visible(f"{what}: {failure.photo}: {note_text(failure.reason, words_of())}"))


def _write(folder: Path, out: Path, formats: str, first: str) -> None:
    from cracklens.cli.talk import print_result, progress

    asked: Any = tuple(name.strip() for name in formats.split(",") if name.strip())
    with _opened(folder) as project, progress("reporting") as step:
        from cracklens.projects import report_of

        report_of(project, on_photo=step).save(out, formats=asked)
    print_result(out / first)


@contextmanager
def _opened(folder: Path) -> Iterator[Project]:
    with _closing(_project().open(folder)) as project:
        yield project


@contextmanager
def _closing(project: Project) -> Iterator[Project]:
    try:
        yield project
    finally:
        project.close()


def _project() -> type[Project]:
    """Give what opens projects.

    Raises:
        MissingExtraError: the extra `web` is not installed.
    """
    try:
        from cracklens.projects import Project
    except ModuleNotFoundError as error:
        raise MissingExtraError(error.name or "sqlalchemy", "web") from error
    return Project
