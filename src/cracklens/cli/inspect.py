"""Takes the words of `cracklens inspect`; gives the report's files and says where they are."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from cracklens import Report


def inspect(
    paths: list[Path] = typer.Argument(..., help="Photos, or folders that are searched with their subfolders."),
    out: Path = typer.Option(..., "--out", "-o", help="Folder of the report; made if it is not there."),
    threshold: float | None = typer.Option(
        None, min=0, max=1, help="Score from which a place is a finding. [the detector's own]"
    ),
    px_per_mm: float | None = typer.Option(None, help="Scale on the surface, the same for all photos. [unknown]"),
    scales: Path | None = typer.Option(None, help="CSV with the columns file and px_per_mm: a scale for each photo."),
    marker_mm: float | None = typer.Option(
        None, help="Side of the printed marker (`cracklens marker`) that lies in the photos. Needs the extra scale."
    ),
    distance_m: float | None = typer.Option(
        None, help="Distance from the lens to the surface, for the scale by the photo's EXIF."
    ),
    detector: str = typer.Option("", help="Name or folder of a checkpoint; see `cracklens models list`. [the default]"),
    resume: bool = typer.Option(False, "--resume", help="Take over what an earlier run into the same folder finished."),
    workers: int = typer.Option(2, min=1, help="Photos read ahead of the network."),
    as_json: bool = typer.Option(False, "--json", help="Print report.json on stdout."),
) -> None:
    """Find cracks in photos and write report.html, report.json and report.csv."""
    from cracklens import Detector, Outcome, SurveySettings, inspect_photos
    from cracklens.cli.talk import progress

    settings = SurveySettings(
        threshold=threshold,
        px_per_mm=px_per_mm,
        scales=scales,
        marker_mm=marker_mm,
        distance_m=distance_m,
        resume=resume,
        workers=workers,
    )
    with progress("inspecting") as step:

        def show(done: int, total: int, outcome: Outcome) -> None:
            step(done, total, Path(outcome.photo).name)

        loaded = Detector.load(detector) if detector else Detector.load()
        report = inspect_photos(paths, out=out, detector=loaded, settings=settings, on_outcome=show)
    failures = _say(report)
    if as_json:
        typer.echo((out / "report.json").read_bytes(), nl=False)  # bytes: no terminal's encoding or line ends
    else:
        typer.echo(out / "report.html")
    raise typer.Exit(1 if failures else 0)


def _say(report: Report) -> int:
    """Say what was not inspected and the counts; give how many photos were not."""
    from cracklens.cli.talk import console

    overview, talk = report.overview(), console()
    for failure in overview.failures:
        talk.print(f"not inspected: {failure.photo}: {failure.reason}")
    counts = f"{len(overview.flagged)} with findings, {len(overview.failures)} not inspected"
    photos = "1 photo" if len(report.outcomes) == 1 else f"{len(report.outcomes)} photos"
    talk.print(f"{photos}, {counts}")
    return len(overview.failures)
