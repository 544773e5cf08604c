"""Takes the words of `cracklens data`; gives published sets, what is wrong with data, and splits of it."""

from __future__ import annotations

import json
from pathlib import Path

import typer

app = typer.Typer(help="Get published data, check data of your own, split it.", no_args_is_help=True)


@app.command("get")
def get(
    name: str = typer.Argument(..., help="metu or sdnet2018."),
    out: Path = typer.Option(..., "--out", "-o", help="Folder of data sets; the set becomes a folder in it."),
    host: str = typer.Option("", "--from", help="Where from: kaggle, mendeley or usu. [the set's first]"),
    archive: Path | None = typer.Option(None, help="Zip or unpacked folder that is there already; downloads nothing."),
    keep_archive: bool = typer.Option(False, "--keep-archive", help="Keep the download after it is unpacked."),
    as_json: bool = typer.Option(False, "--json", help="Print JSON."),
) -> None:
    """Download a published set, check it and unpack it; an interrupted download is taken up."""
    from cracklens.cli.talk import console, print_result, progress
    from cracklens.published import GetSettings, get_data, published_set

    published = published_set(name)
    console().say(f"{published.title}, {published.licence}, doi:{published.doi}, {published.page}")
    settings = GetSettings(host=host or None, archive=archive, keep_archive=keep_archive)
    with progress(name) as step:

        def show(stage: str, done: int, total: int) -> None:
            unit = 1_000_000 if stage == "downloading" else 1
            step(done // unit, total // unit, f"{stage}, MB" if unit > 1 else stage)

        folder = get_data(name, out=out, settings=settings, on_progress=show)
    found = {"folder": str(folder), "pictures": published.pictures, "doi": published.doi, "licence": published.licence}
    print_result(json.dumps(found) if as_json else folder)


@app.command("check")
def check(
    data: Path = typer.Argument(..., help="Folder with one subfolder a class, or a CSV: file, label[, split, group]."),
    html: Path | None = typer.Option(None, help="Also write a page with contact sheets."),
    as_json: bool = typer.Option(False, "--json", help="Print JSON."),
) -> None:
    """Say what would go wrong in training: unreadable files, duplicates, wrong labels, leaks between splits."""
    from cracklens.cli.talk import console, print_result, progress
    from cracklens.labels import check_data, check_json, check_text, write_check_page

    with progress("pictures") as step:
        result = check_data(data, on_progress=lambda stage, done, total: step(done, total, stage))
    if html:
        console().say(f"page: {write_check_page(result, html)}")
    print_result(check_json(result) if as_json else check_text(result), nl=False)
    raise typer.Exit(0 if result.sound else 1)


@app.command("split")
def split(
    data: Path = typer.Argument(..., help="Folder with one subfolder a class, or a CSV: file, label[, more columns]."),
    out: Path = typer.Option(..., "--out", "-o", help="The CSV to write; `cracklens train` takes it."),
    by: str = typer.Option(..., help="What stays on one side: near-duplicates, regex, folder, column; or random."),
    pattern: str | None = typer.Option(None, help="For regex: what names the group in a file's name, in parentheses."),
    column: str | None = typer.Option(None, help="For column: its name in the CSV."),
    seed: int = typer.Option(0, help="Of the draw."),
    val: float = typer.Option(0.15, help="Share of the pictures."),
    test: float = typer.Option(0.15, help="Share of the pictures."),
    as_json: bool = typer.Option(False, "--json", help="Print JSON."),
) -> None:
    """Split data into train, val and test so that no group is on two sides."""
    from cracklens.cli.talk import print_result, progress
    from cracklens.labels import SplitSettings, split_counts, split_data, split_text

    settings = SplitSettings(by, pattern=pattern, column=column, seed=seed, val_share=val, test_share=test)
    with progress("pictures") as step:

        def show(stage: str, done: int, total: int) -> None:
            step(done, total, stage)

        found = split_data(data, out=out, settings=settings, on_progress=show)
    counts = split_counts(found)
    whole = {"file": str(out), "split_rule": found.split_rule, "counts": counts}
    print_result(json.dumps(whole) if as_json else split_text(counts, found.split_rule), nl=as_json)
