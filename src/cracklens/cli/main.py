"""Takes the command line; gives the verbs and turns errors into one sentence and an exit code. Does no work itself."""

from __future__ import annotations

import sys

import typer

from cracklens.cli import (
    compare,
    data,
    doctor,
    evaluate,
    export,
    inspect,
    marker,
    models,
    project,
    sample,
    serve,
    teach,
    train,
    user,
)
from cracklens.errors import CracklensError
from cracklens.visible import visible

app = typer.Typer(
    name="cracklens",
    help="Finds cracks in photos of concrete, masonry and asphalt.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
INTERRUPTED = 130
"""Exit code after Ctrl-C, as shells give it."""


def _print_version(wanted: bool) -> None:
    if wanted:
        from cracklens import __version__

        typer.echo(f"cracklens {__version__}")
        raise typer.Exit


@app.callback()
def main(
    debug: bool = typer.Option(False, "--debug", help="Show the trace of an error."),
    version: bool = typer.Option(False, "--version", callback=_print_version, is_eager=True, help="Show the version."),
) -> None:
    """Finds cracks in photos of concrete, masonry and asphalt."""


app.command("inspect")(inspect.inspect)
app.command("train")(train.train)
app.command("evaluate")(evaluate.evaluate)
app.command("export")(export.export)
app.command("compare")(compare.compare)
app.command("marker")(marker.marker)
app.command("sample")(sample.sample)
app.command("serve")(serve.serve)
app.command("doctor")(doctor.doctor)
project.app.command("teach")(teach.teach)
project.app.command("promise")(teach.promise)
project.app.add_typer(user.app, name="user")
app.add_typer(project.app, name="project")
app.add_typer(models.app, name="models")
app.add_typer(data.app, name="data")


def run() -> None:
    """Run the command line; the entry point of `cracklens`."""
    debug = "--debug" in sys.argv
    sys.argv = [sys.argv[0], *(word for word in sys.argv[1:] if word != "--debug")]
    try:
        app()
    except SystemExit as stop:  # Typer turns Ctrl-C into this
        if stop.code == INTERRUPTED:
            typer.echo("Stopped. What was done is kept.", err=True)
        raise
    except CracklensError as error:
        if debug:
            raise
        typer.echo(f"Error: {visible(str(error), lines=True)}", err=True)
        sys.exit(1)
