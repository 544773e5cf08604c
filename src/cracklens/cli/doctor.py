"""Takes the words of `cracklens doctor`; gives versions, the machine, extras and a self-test on a drawn wall."""

from __future__ import annotations

import json

import typer


def doctor(as_json: bool = typer.Option(False, "--json", help="Print JSON.")) -> None:
    """Check this installation: versions, CPU, extras, and a self-test on a drawn wall."""
    from cracklens import examine

    found = examine()
    if as_json:
        typer.echo(json.dumps(found, indent=2))
    else:
        for name, values in found.items():
            typer.echo(f"{name}")
            for key, value in values.items():
                typer.echo(f"  {key:<32}{value}")
    raise typer.Exit(0 if found["self-test"]["passed"] else 1)
