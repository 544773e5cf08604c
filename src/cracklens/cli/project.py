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
JSON = typer.Option(False, "--json", help="Print the result as JSON.")
OUT = typer.Option(..., "--out", "-o", help="Folder to write to; made if it is not there.")


@app.command()
def new(
    folder: Path = typer.Argument(..., help="Folder of the project; empty, or made if it is not there."),
    name: str = typer.Option("", help="As people call it. [the folder's name]"),
    as_json: bool = JSON,
) -> None:
    """Make an empty project."""
    with _closing(_project().make(folder, name=name)) as made:
        _print({"project": str(made.folder)}, str(made.folder), as_json=as_json)


@app.command()
def add(
    folder: Path = FOLDER,
    paths: list[Path] = typer.Argument(..., help="Photos, or folders with photos."),
    as_json: bool = JSON,
) -> None:
    """Put photos into a project; what it has already is not put in twice."""
    from cracklens.cli.talk import progress

    with _opened(folder) as project, progress("putting in") as step:
        from cracklens.projects import take_in_all
        from cracklens.projects.views import counts_of

        failures = take_in_all(project, paths, on_photo=step)
        with project.database.reading() as session:
            photos = counts_of(session).photos
    left_out = _say("not put in", failures)
    said = "1 photo in the project" if photos == 1 else f"{photos} photos in the project"
    _print({"photos": photos, "not_put_in": left_out}, said, as_json=as_json)
    raise typer.Exit(1 if failures else 0)


@app.command()
def inspect(
    folder: Path = FOLDER,
    again: bool = typer.Option(False, "--again", help="Also photos that could not be inspected before."),
    as_json: bool = JSON,
) -> None:
    """Find the cracks in what is new in a project; can be stopped and goes on from there."""
    from dataclasses import asdict

    from cracklens import Detector
    from cracklens.cli.talk import progress

    with _opened(folder) as project, progress("inspecting") as step:
        from cracklens.projects import Job, detector_of, try_again, work_off
        from cracklens.projects import progress as how_far
        from cracklens.projects.views import counts_of

        def show(_: Job) -> None:
            with project.database.reading() as session:
                far = how_far(session)
            step(far.done + far.failed, far.done + far.failed + far.waiting)

        if again:
            try_again(project)
        work_off(project, lambda: Detector.load(detector_of(project)), on_job=show)
        with project.database.reading() as session:
            counts = counts_of(session)
    failed = f", {counts.failed} not inspected" if counts.failed else ""
    failed += f", {counts.not_again} not inspected again" if counts.not_again else ""
    said = f"{counts.inspected} photos inspected{failed}, {counts.undecided} lines to decide on"
    _print(asdict(counts), said, as_json=as_json)
    raise typer.Exit(1 if counts.failed or counts.not_again else 0)


@app.command()
def report(folder: Path = FOLDER, out: Path = OUT, as_json: bool = JSON) -> None:
    """Write the report of what was decided: report.html, report.pdf, report.json, report.csv, cracks.csv."""
    _write(folder, out, "json,csv,html,pdf", as_json=as_json)


@app.command()
def export(
    folder: Path = FOLDER,
    out: Path = OUT,
    formats: str = typer.Option("json,csv,geojson,coco,labelstudio", "--format", help="Of these; with commas."),
    as_json: bool = JSON,
) -> None:
    """Write what was decided as data for other programs: tables, maps, and labels to train on."""
    _write(folder, out, formats, as_json=as_json)


@app.command(name="import")
def import_(
    report: Path = typer.Argument(..., help="Folder of a report, with report.json and cracks.csv."),
    folder: Path = typer.Argument(..., help="Folder of the project; empty, or made if it is not there."),
    photos: Path | None = typer.Option(None, help="Folder with the photos, if they are not where the report says."),
    as_json: bool = JSON,
) -> None:
    """Make a project of a report: its photos, cracks and scores, and what was filled in by hand in cracks.csv."""
    from cracklens.cli.talk import progress

    _project()
    from cracklens.projects.exchange import import_report

    with progress("importing") as step:
        arrived = import_report(folder, report, photos=photos, on_photo=step)
    _arrived(arrived, as_json=as_json)


@app.command()
def compare(
    folder: Path = FOLDER,
    earlier: Path = typer.Argument(..., help="Folder of the earlier date: a project, or a report with its photos."),
    as_json: bool = JSON,
) -> None:
    """Say which cracks are new, grown, as before or gone since an earlier date; the workbench shows both dates."""
    from cracklens.cli.talk import console, progress

    with _opened(folder) as project, progress("comparing") as step:
        from cracklens.projects.dates import compare_with, compared
        from cracklens.report import note_text, note_texts, words_of

        found = compare_with(project, earlier, on_photo=step)
        with project.database.reading() as session:
            kept = compared(session)
    words, n = words_of(), dict(kept.counts) if kept else {}
    for note in note_texts(found.notes, words):
        console().say(visible(note))
    without = [{"side": of.side, "photo": of.photo, "reason": note_text(of.reason, words)} for of in found.not_compared]
    for of in without:
        console().say(visible(f"not compared: {of['side']}: {of['photo']}: {of['reason']}"))
    photos = "1 photo" if len(found.pairs) == 1 else f"{len(found.pairs)} photos"
    said = f"{photos} compared: {', '.join(f'{count} {state}' for state, count in n.items() if count) or 'no cracks'}"
    _print({"pairs": len(found.pairs), "not_compared": without, "counts": n}, said, as_json=as_json)


@app.command()
def backup(folder: Path = FOLDER, out: Path = typer.Argument(..., help="ZIP to write."), as_json: bool = JSON) -> None:
    """Write a project as one ZIP, also while it is served: decisions, photos, what was found, signed reports."""
    from cracklens.cli.talk import progress

    with _opened(folder) as project, progress("backing up") as step:
        from cracklens.projects.exchange import back_up

        failures = back_up(project, out, on_file=step)
    left_out = _say("not in the backup", failures)
    _print({"backup": str(out), "not_in_it": left_out}, str(out), as_json=as_json)
    raise typer.Exit(1 if failures else 0)


@app.command()
def restore(
    backup: Path = typer.Argument(..., help="ZIP of project backup."),
    folder: Path = typer.Argument(..., help="Folder of the project; empty, or made if it is not there."),
    as_json: bool = JSON,
) -> None:
    """Make the project of a backup, whole or not at all."""
    from cracklens.cli.talk import progress

    _project()
    from cracklens.projects.exchange import restore as run

    with progress("restoring") as step:
        arrived = run(backup, folder, on_file=step)
    _arrived(arrived, as_json=as_json)


def _arrived(arrived: Arrived, *, as_json: bool) -> None:
    arrived.project.close()
    left_out, folder = _say("not in the project", arrived.failures), str(arrived.project.folder)
    _print({"project": folder, "not_in_it": left_out}, folder, as_json=as_json)
    raise typer.Exit(1 if arrived.failures else 0)


def _say(what: str, failures: Sequence[Failure]) -> list[dict[str, str]]:
    """Say what was left out, and give it for JSON."""
    from cracklens.cli.talk import console
    from cracklens.report import note_text, words_of

    left_out = [{"photo": of.photo, "reason": note_text(of.reason, words_of())} for of in failures]
    for of in left_out:
        console().say(visible(f"{what}: {of['photo']}: {of['reason']}"))
    return left_out


def _write(folder: Path, out: Path, formats: str, *, as_json: bool) -> None:
    from cracklens.cli.talk import progress
    from cracklens.report import FILES

    asked: Any = tuple(name.strip() for name in formats.split(",") if name.strip())
    with _opened(folder) as project, progress("reporting") as step:
        from cracklens.projects import report_of

        report_of(project, on_photo=step).save(out, formats=asked)
    files = [str(out / name) for format_ in asked for name in FILES[format_]]
    _print({"files": files}, "\n".join(files), as_json=as_json)


def _print(result: dict[str, Any], said: str, *, as_json: bool) -> None:
    import json

    from cracklens.cli.talk import print_result

    print_result(json.dumps(result, ensure_ascii=False) if as_json else said)


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
