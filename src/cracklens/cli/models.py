"""Takes the words of `cracklens models`; gives the bundled detectors and the card of one."""

from __future__ import annotations

import json

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
    as_json: bool = typer.Option(False, "--json", help="Print the card as JSON, and its parts."),
) -> None:
    """Give a detector's card and its parts: what each was made from, how good it is, its limits."""
    from cracklens.cli.show import checkpoint_text
    from cracklens.models import DEFAULT_DETECTOR, find_checkpoint, parts_of, read_checkpoint

    checkpoint = read_checkpoint(find_checkpoint(name or DEFAULT_DETECTOR))
    told = checkpoint.card.as_json() | {"parts": [part.as_json() for part in parts_of(checkpoint)]}
    typer.echo(json.dumps(told, indent=2) + "\n" if as_json else checkpoint_text(checkpoint), nl=False)
