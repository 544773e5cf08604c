"""Takes the words of `cracklens marker`; gives a PDF to print and says where it is."""

from __future__ import annotations

import json
from pathlib import Path

import typer


def marker(
    out: Path = typer.Option(..., "--out", "-o", help="The PDF; its folder is made if it is not there."),
    size_mm: int = typer.Option(50, help="Side of the marker: 20, 50, 100 or 200 mm."),
    as_json: bool = typer.Option(False, "--json", help="Print JSON."),
) -> None:
    """Write a marker to print and lay into photos, for the scale. Needs the extra scale."""
    from cracklens.scale import write_marker

    written = write_marker(out, size_mm=size_mm)
    typer.echo(json.dumps({"marker": str(written), "size_mm": size_mm}) if as_json else written)
