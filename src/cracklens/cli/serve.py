"""Takes the words of `cracklens serve`; gives the workbench of a project in a browser. Serves nothing itself."""

from __future__ import annotations

import json
from pathlib import Path

import typer

ALONE = "The workbench is open to this machine alone. Ctrl-C ends it; everything decided is kept."
SHARED = "The workbench is open to its users, on all machines that reach this one. Ctrl-C ends it."
INSECURE = """
--insecure: nothing is encrypted. Whoever can listen on the network between here and a browser reads every photo and
every password, and can decide and sign in the name of those who are logged in. Do this only where all who can reach
the cable may do so; else name a --certificate and its --key.
""".strip().replace("\n", " ")
"""What is said aloud where TLS was declined."""


def serve(
    project: Path = typer.Argument(Path("cracklens-project"), help="Folder of the project; made if it is not there."),
    port: int | None = typer.Option(None, min=1, max=65535, help="To listen at. [the first free one from 8321 on]"),
    browser: bool = typer.Option(True, "--open/--no-open", help="Open it in the browser."),
    host: str = typer.Option("127.0.0.1", help="To listen at for other machines, too: their people log in."),
    name: list[str] = typer.Option([], "--name", help="With --host: a name or address people type; may be repeated."),
    certificate: Path | None = typer.Option(None, help="With --host: PEM file of the server's certificate, for TLS."),
    key: Path | None = typer.Option(None, help="With --certificate: PEM file of its key."),
    insecure: bool = typer.Option(False, "--insecure", help="With --host: without TLS; what that means is said."),
    root: Path | None = typer.Option(None, help="Photos are put in by the name of their folder from below this one."),
    quota: float | None = typer.Option(None, min=0.001, help="GB that the photos of the project may take together."),
    as_json: bool = typer.Option(False, "--json", help="Print the address as JSON."),
) -> None:
    """Open a project's workbench in the browser: put photos in, review their cracks, sign the report."""
    import webbrowser

    from cracklens.cli.talk import console, print_result
    from cracklens.errors import MissingExtraError

    try:
        from cracklens.projects import Project
        from cracklens.web import Shared, is_loopback
        from cracklens.web import serve as run
    except ModuleNotFoundError as error:
        raise MissingExtraError(error.name or "fastapi", "web") from error
    shared, alone = Shared(host, tuple(name), certificate, key, insecure), is_loopback(host)
    is_new = not project.is_dir() or not any(project.iterdir())
    opened = Project.make(project) if is_new else Project.open(project)

    def ready(address: str) -> None:
        print_result(json.dumps({"address": address}) if as_json else address)
        console().say(ALONE if alone else f"{SHARED}\n{INSECURE}" if insecure else SHARED)
        if browser:
            webbrowser.open(address)

    try:
        run(opened, port=port, shared=shared, root=root, quota_gb=quota, on_ready=ready)
    finally:
        opened.close()
