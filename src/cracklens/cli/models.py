"""Takes the words of `cracklens models`; gives the bundled detectors and the card of one."""

from __future__ import annotations

import json
from dataclasses import asdict

import typer

app = typer.Typer(help="List detectors and show their cards.", no_args_is_help=True)


@app.command("list")
def list_models(as_json: bool = typer.Option(False, "--json", help="Print JSON.")) -> None:
    """Give the names of the bundled detectors."""
    from cracklens import list_detectors

    names = list_detectors()
    typer.echo(json.dumps(names) if as_json else "\n".join(names))


@app.command("show")
def show_model(
    name: str = typer.Argument("", help="Name of a bundled detector or folder of a checkpoint. [the default]"),
    as_json: bool = typer.Option(False, "--json", help="Print the card as JSON."),
) -> None:
    """Give a detector's card: what it was made from, how good it is, its limits."""
    from cracklens import show_detector
    from cracklens.cli.show import card_text, map_text
    from cracklens.models import DEFAULT_DETECTOR, find_checkpoint, read_map

    card = show_detector(name or None)
    typer.echo(json.dumps(asdict(card), indent=2) + "\n" if as_json else card_text(card), nl=False)
    own = read_map(find_checkpoint(name or DEFAULT_DETECTOR))
    if own is not None and not as_json:
        typer.echo("\n" + map_text(own.card), nl=False)
