"""Takes the words of `cracklens inspect`; gives the report's files and says where they are."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from cracklens.visible import visible

if TYPE_CHECKING:
    from cracklens import Report, SurveySettings
    from cracklens.report import ReportOptions

SETTINGS = ("threshold", "px_per_mm", "scales", "marker_mm", "distance_m", "traces", "resume", "workers")
COVER = ("project", "structure", "number", "inspector", "date", "guide", "language")


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
    traces: bool = typer.Option(True, "--traces/--no-traces", help="Follow the cracks and measure their widths."),
    resume: bool = typer.Option(False, "--resume", help="Take over what an earlier run into the same folder finished."),
    workers: int = typer.Option(2, min=1, help="Photos read ahead of the network."),
    project: str = typer.Option("", help="For the cover of the report."),
    structure: str = typer.Option("", help="What was inspected, for the cover."),
    number: str = typer.Option("", help="Of the report, for the cover and the foot of every page."),
    elements: Path | None = typer.Option(None, help="CSV: file, element and, if known, face, position, exposure."),
    inspector: str = typer.Option("", help="Who inspected it, for the cover."),
    date: str | None = typer.Option(None, help="Of the inspection, YYYY-MM-DD. [that of the latest photo]"),
    guide: str = typer.Option("none", help="Set widths in mm beside a guide: aci224r, en1992, bre251 or none."),
    template: Path | None = typer.Option(None, help="TOML file with a firm's logo, colour and words."),
    language: str = typer.Option("en", help="Of the report."),
    formats: str = typer.Option(
        "json,csv,html,pdf", "--format", help="Of json, csv, html, pdf, geojson, coco, labelstudio; with commas."
    ),
    as_json: bool = typer.Option(False, "--json", help="Print report.json on stdout."),
) -> None:
    """Find cracks in photos and write the report: report.html, report.pdf, report.json, report.csv, cracks.csv."""
    from cracklens import SurveySettings
    from cracklens.cli.talk import print_result
    from cracklens.report import ReportOptions, Template, read_elements, read_template

    given: dict[str, Any] = locals()
    settings = SurveySettings(formats=_formats(formats, as_json=as_json), **{name: given[name] for name in SETTINGS})
    options = ReportOptions(**{name: given[name] for name in COVER})
    options = replace(options, template=read_template(template) if template else Template())
    options = replace(options, elements=read_elements(elements, guide=options.guide) if elements else None)
    failures = _inspect(paths, out, detector, settings, options)
    if as_json:
        typer.echo((out / "report.json").read_bytes(), nl=False)  # bytes: no terminal's encoding or line ends
    else:
        print_result(out / _main_file(settings.formats))
    raise typer.Exit(1 if failures else 0)


def _formats(text: str, *, as_json: bool) -> tuple[Any, ...]:
    """Give the formats that were asked for; --json needs report.json."""
    asked = [name.strip() for name in text.split(",") if name.strip()]
    return tuple(dict.fromkeys([*asked, *(["json"] if as_json and asked else [])]))


def _main_file(formats: Sequence[str]) -> str:
    """Give the file that a person opens first."""
    from cracklens.report import FILES

    first = next((name for name in ("html", "pdf") if name in formats), formats[0])
    return FILES[first][0]


def _inspect(paths: list[Path], out: Path, detector: str, settings: SurveySettings, options: ReportOptions) -> int:
    """Inspect, say what was found, and give how many photos were not inspected."""
    from cracklens import Detector, Outcome, inspect_photos
    from cracklens.cli.talk import progress

    loaded = Detector.load(detector) if detector else Detector.load()
    with progress("inspecting") as step, _font_faults() as faults:

        def show(done: int, total: int, outcome: Outcome) -> None:
            step(done, total, Path(outcome.photo).name)

        report = inspect_photos(paths, out=out, detector=loaded, settings=settings, options=options, on_outcome=show)
    return _say(report, faults)


@contextmanager
def _font_faults() -> Iterator[list[str]]:
    """Collect what the PDF could not draw, to be said after the bar; other warnings go on their way."""
    from cracklens.report import MissingGlyphWarning

    faults: list[str] = []
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", MissingGlyphWarning)
        yield faults
    for warning in caught:
        if warning.category is MissingGlyphWarning:
            faults.append(str(warning.message))
        else:
            warnings.warn_explicit(warning.message, warning.category, warning.filename, warning.lineno)


def _say(report: Report, faults: list[str]) -> int:
    """Say what was not inspected, what the PDF could not draw, and the counts; give how many photos were not."""
    from cracklens.cli.talk import console
    from cracklens.report import note_text, note_texts, other_sentences, words_of

    overview, talk, words = report.overview(), console(), words_of()
    for failure in overview.failures:
        talk.say(visible(f"not inspected: {failure.photo}: {note_text(failure.reason, words)}"))
    for said in (*faults, *note_texts(report.notes, words), *other_sentences(report.others, words)):
        talk.say(visible(said))
    counts = f"{len(overview.flagged)} with findings, {len(overview.failures)} not inspected"
    counts += f"; {len(overview.covered)} more covered by another" if overview.covered else ""
    n = len(overview.inspected) + len(overview.failures)
    talk.say(f"{'1 photo' if n == 1 else f'{n} photos'}, {counts}")
    return len(overview.failures)
