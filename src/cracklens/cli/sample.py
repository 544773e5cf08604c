"""Takes the words of `cracklens sample`; gives a drawn wall with cracks of known width."""

from __future__ import annotations

import json
from pathlib import Path

import typer


def sample(
    folder: Path = typer.Argument(..., help="Where the picture goes; made if it is not there."),
    seed: int = typer.Option(0, help="Another seed draws another wall."),
    as_json: bool = typer.Option(False, "--json", help="Print what was drawn as JSON."),
) -> None:
    """Draw a sample wall with cracks of known width, to try `cracklens inspect` without a photo."""
    from cracklens import draw_wall

    wall = draw_wall((1536, 2304), widths_px=(2.0, 4.0, 8.0), seed=seed)
    path = wall.save(folder)
    drawn = [{"width_px": crack.width_px, "length_px": round(crack.length_px)} for crack in wall.cracks]
    if as_json:
        typer.echo(json.dumps({"file": str(path), "cracks": drawn}))
        return
    widths = ", ".join(f"{crack.width_px:g} px" for crack in wall.cracks)
    typer.echo(f"Drew a wall; it is no photo. Its cracks are {widths} wide.", err=True)
    typer.echo(path)
