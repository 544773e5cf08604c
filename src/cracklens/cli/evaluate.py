"""Takes the words of `cracklens evaluate`; gives an evaluation or a score card, printed and as files."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from cracklens.assessment import EvaluationSettings


def evaluate(
    checkpoint: str = typer.Argument("", help="Name or folder of a checkpoint; see `cracklens models list`."),
    data: Path | None = typer.Argument(None, help="Folder with one subfolder a class, or a CSV: file, label[, split]."),
    split: str | None = typer.Option(None, help="train, val, test or all. [test; val with --scorecard]"),
    out: Path | None = typer.Option(None, "--out", "-o", help="Folder of the page, the figures and the pictures."),
    threshold: float | None = typer.Option(None, help="Score from which a tile is cracked. [the detector's own]"),
    recall: float | None = typer.Option(None, help="Choose the threshold that promises this recall on this site."),
    confidence: float = typer.Option(0.9, help="Of the promise."),
    write: Path | None = typer.Option(None, help="Folder of a new checkpoint with the promised threshold."),
    scorecard: Path | None = typer.Option(
        None, help="Instead of a checkpoint: train on each surface in this folder, test on every other."
    ),
    cache: Path | None = typer.Option(None, help="Folder of kept scores or features. [the user's cache]"),
    pictures: bool | None = typer.Option(None, "--pictures/--no-pictures", help="Draw. [where Matplotlib is there]"),
    as_json: bool = typer.Option(False, "--json", help="Print the figures as JSON."),
) -> None:
    """Measure a detector on labelled pictures, or how training holds on surfaces it has not seen."""
    from cracklens.assessment import EvaluationSettings

    if scorecard is None and (not checkpoint or data is None):
        raise typer.BadParameter("expected CHECKPOINT and DATA, or --scorecard FOLDER.")
    if scorecard is not None and (checkpoint or recall is not None or threshold is not None):
        raise typer.BadParameter("--scorecard trains its own heads; leave out CHECKPOINT, --threshold and --recall.")
    if write is not None and recall is None:
        raise typer.BadParameter("--write needs a promised threshold; give --recall, e.g. 0.95.")
    settings = EvaluationSettings(
        split=split, threshold=threshold, recall=recall, confidence=confidence, pictures=pictures
    )
    if scorecard is not None:
        _score_surfaces(scorecard, out, cache, settings, as_json=as_json)
    elif data is not None:
        _evaluate((checkpoint, data), (out, write), cache, settings, as_json=as_json)


def _score_surfaces(
    root: Path, out: Path | None, cache: Path | None, settings: EvaluationSettings, *, as_json: bool
) -> None:
    from cracklens.assessment import score_surfaces
    from cracklens.cli.talk import print_result, progress

    with progress("features") as step:
        found = score_surfaces(root, out=out, settings=settings, cache=cache, on_progress=step)
    print_result(found.json() if as_json else found.text(), nl=False)
    _say_where(out, "scorecard.html")


def _evaluate(
    what: tuple[str, Path],
    folders: tuple[Path | None, Path | None],
    cache: Path | None,
    settings: EvaluationSettings,
    *,
    as_json: bool,
) -> None:
    from cracklens import Detector
    from cracklens.assessment import evaluate_detector, write_promised
    from cracklens.cli.talk import console, print_result, progress

    checkpoint, data = what
    out, write = folders
    detector = Detector.load(checkpoint)
    with progress("scoring") as step:
        found = evaluate_detector(detector, data, out=out, settings=settings, cache=cache, on_progress=step)
    if write is not None:
        write_promised(checkpoint, found, write)
        console().say(f"checkpoint with the promised threshold: {write}")
    print_result(found.json() if as_json else found.text(), nl=False)
    _say_where(out, "evaluation.html")
    raise typer.Exit(1 if found.failures else 0)


def _say_where(out: Path | None, page: str) -> None:
    """Name the page; on stderr, for stdout carries the figures."""
    from cracklens.cli.talk import console

    if out is not None:
        console().say(f"page: {out / page}")
