"""Takes the words of `cracklens project teach` and `promise`; gives a detector fitted to the site, and its promise."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import typer

from cracklens.cli.project import FOLDER, JSON, _opened

DOING = {"read": "reading photos", "fit": "fitting"}


def teach(
    folder: Path = FOLDER,
    use: bool = typer.Option(False, "--use", help="Put it to use; `project inspect` then inspects again."),
    as_json: bool = JSON,
) -> None:
    """Fit the detector to a site by photos that were gone through, 8 and more, and say how good both are."""
    from cracklens.cli.talk import console, print_result, progress
    from cracklens.report import note_text, words_of

    with _opened(folder) as project, progress("teaching") as step:
        from cracklens.projects.teaching import teach as run
        from cracklens.projects.teaching import use as put_to_use

        taught = run(project, on_step=lambda what, done, of: step(done, of, DOING[what]))
        if use:
            put_to_use(project, taught.detector)
    if as_json:
        print_result(json.dumps({**asdict(taught), "in_use": use}, ensure_ascii=False))
        return
    print_result(f"{taught.detector}\n{note_text(taught.note, words_of())}.")
    then = f"In use; now run: cracklens project inspect {folder}" if use else "Not in use: ask for that by --use."
    console().say(then)


def promise(
    folder: Path = FOLDER,
    recall: float = typer.Option(0.95, help="Share of cracks to be found, above 0, below 1."),
    confidence: float = typer.Option(0.9, help="That the share holds, above 0, below 1."),
    as_json: bool = JSON,
) -> None:
    """Say from which score on cracks are found like those that were confirmed, or why that cannot be promised."""
    from cracklens.cli.talk import print_result
    from cracklens.report import note_text, words_of

    with _opened(folder) as project:
        from cracklens.projects.teaching import promise_of

        found = promise_of(project, recall=recall, confidence=confidence)
    print_result(json.dumps(asdict(found)) if as_json else f"{note_text(found.note, words_of())}.")
