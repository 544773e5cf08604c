"""Takes the words of `cracklens compare`; gives the comparison's files and says where they are."""

from __future__ import annotations

from pathlib import Path

import typer

from cracklens.visible import visible


def compare(
    old: Path = typer.Argument(..., help="The earlier report's folder, or a folder of photos."),
    new: Path = typer.Argument(..., help="The later one."),
    out: Path = typer.Option(..., "--out", "-o", help="Folder of the comparison; made if it is not there."),
    threshold: float | None = typer.Option(None, min=0, max=1, help="For photos: as in `cracklens inspect`."),
    px_per_mm: float | None = typer.Option(None, help="For photos: as in `cracklens inspect`."),
    marker_mm: float | None = typer.Option(None, help="For photos: as in `cracklens inspect`."),
    detector: str = typer.Option("", help="For photos: as in `cracklens inspect`."),
    as_json: bool = typer.Option(False, "--json", help="Print compare.json on stdout."),
) -> None:
    """Say which cracks of two dates are new, grown, as before or gone, with numbers."""
    from cracklens import Detector, SurveySettings
    from cracklens.cli.talk import console, print_result, progress
    from cracklens.compare import compare_folders
    from cracklens.report import note_text, note_texts, words_of

    settings = SurveySettings(threshold=threshold, px_per_mm=px_per_mm, marker_mm=marker_mm, resume=True)
    with progress("comparing") as step:
        found = compare_folders(
            old,
            new,
            out=out,
            detector=(lambda: Detector.load(detector)) if detector else Detector.load,
            settings=settings,
            on_photo=step,
        )
    talk, words = console(), words_of()
    for note in note_texts(found.notes, words):
        talk.say(visible(note))
    for photo in found.not_compared:
        talk.say(visible(f"not compared: {photo.side}: {photo.photo}: {note_text(photo.reason, words)}"))
    counts = ", ".join(f"{found.count(status)} {status}" for status in ("NEW", "GROWN", "STATIC", "GONE"))
    photos = "1 photo" if len(found.pairs) == 1 else f"{len(found.pairs)} photos"
    talk.say(f"{photos} compared: {counts}")
    if as_json:
        typer.echo((out / "compare.json").read_bytes(), nl=False)
    else:
        print_result(out / "compare.html")
