"""Takes the words of `cracklens export`; gives a checkpoint as OpenVINO or ONNX and says how it compares with torch."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import typer

from cracklens.errors import MissingExtraError


def export(
    checkpoint: str = typer.Argument(..., help="Name or folder of a checkpoint; see `cracklens models list`."),
    out: Path = typer.Option(..., "--out", "-o", help="Folder of the export; made if it is not there."),
    format_: str = typer.Option("openvino", "--format", help="openvino (INT8) or onnx (float)."),
    data: Path | None = typer.Option(None, help="Labelled tiles whose val split is compared. [those of its training]"),
    most_flipped: float = typer.Option(0.003, help="Share of the decisions on val that may differ from torch's."),
    limit: int | None = typer.Option(None, help="Compare so many val tiles. [all]"),
    float_network: bool = typer.Option(
        False, "--float", help="openvino: the float network, where INT8 changes too many decisions."
    ),
    crack_map: bool = typer.Option(
        True, "--crack-map/--no-crack-map", help="Export which pixels are crack, too, or the scores alone."
    ),
    as_json: bool = typer.Option(False, "--json", help="Print JSON."),
) -> None:
    """Write a checkpoint as one network for other programs, if its decisions and crack map are those of cracklens."""
    try:
        from cracklens.training.export import ExportSettings, export_checkpoint
    except ModuleNotFoundError as error:
        raise MissingExtraError(error.name or "torch", "train") from error

    settings = ExportSettings(format_, most_flipped, limit, float_network, crack_map)  # type: ignore[arg-type]
    found = export_checkpoint(checkpoint, out=out, data=data, settings=settings)
    if as_json:
        typer.echo(
            json.dumps(
                {"folder": str(found.folder), **asdict(found.parity), "maps": [asdict(one) for one in found.maps]}
            )
        )
        return
    parity = found.parity
    flips = f"{parity.flipped} of {parity.n} decisions differ from torch's ({parity.share:.2%})"
    typer.echo(f"{flips}; largest difference of a score {parity.largest_difference:.4f}", err=True)
    for one in found.maps:
        typer.echo(f"{one.name} map {one.apart:.1%} apart from the detector's, over {one.n:,} cells", err=True)
    from cracklens.cli.talk import print_result

    print_result(found.folder)
