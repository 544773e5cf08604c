"""Takes the words of `cracklens serve`; gives the workbench of a project in a browser. Serves nothing itself."""

from __future__ import annotations

from pathlib import Path

import typer


def serve(
    project: Path = typer.Argument(Path("cracklens-project"), help="Folder of the project; made if it is not there."),
    port: int | None = typer.Option(None, min=1, max=65535, help="To listen at. [the first free one from 8321 on]"),
    browser: bool = typer.Option(True, "--open/--no-open", help="Open it in the browser."),
    as_json: bool = typer.Option(False, "--json", help="Print the address as JSON."),
) -> None:
    """Open a project's workbench in the browser: put photos in, review their cracks, sign the report."""
    import json
    import webbrowser

    from cracklens.cli.talk import console, print_result
    from cracklens.errors import MissingExtraError

    try:
        from cracklens.projects import Project
        from cracklens.web import serve as run
    except ModuleNotFoundError as error:
        raise MissingExtraError(error.name or "fastapi", "web") from error
    is_new = not project.is_dir() or not any(project.iterdir())
    opened = Project.make(project) if is_new else Project.open(project)

    def ready(address: str) -> None:
        print_result(json.dumps({"address": address}) if as_json else address)
        console().say("The workbench is open to this machine alone. Ctrl-C ends it; everything decided is kept.")
        if browser:
            webbrowser.open(address)

    try:
        run(opened, port=port, on_ready=ready)
    finally:
        opened.close()
