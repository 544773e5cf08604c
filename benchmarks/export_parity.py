"""Takes tiles of METU; gives how many decisions of a fine-tuned ResNet50 the exported INT8 network flips on val."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.cached_refit import tiles_csv
from benchmarks.clock import seconds
from benchmarks.data import split_tiles
from benchmarks.result import Bar, Benchmark, Result, Settings
from cracklens.cli.talk import progress
from cracklens.errors import OutputError

if TYPE_CHECKING:
    from cracklens.training.nets import Parity

FLIPPED = Bar("flipped decisions", "≤", 0.3, "%")
TRAIN_TILES, VAL_TILES, CHOOSING_TILES = 512, 1000, 64
STEPS = 64


def run(settings: Settings) -> Sequence[Result]:
    """Fine-tune layer4 for 64 steps, export it as `cracklens export` does, and count what that finds on val.

    Tiles of train and val only are read, whatever the split. A limit takes so many tiles of each.
    """
    few = {n: min(n, settings.limit or n) for n in (TRAIN_TILES, VAL_TILES, CHOOSING_TILES)}
    train = split_tiles("metu", "train", limit=few[TRAIN_TILES]).tiles
    val = split_tiles("metu", "val", limit=few[VAL_TILES]).tiles
    with tempfile.TemporaryDirectory() as name:
        folder, found = Path(name), []
        choosing = split_tiles("metu", "val", limit=few[CHOOSING_TILES]).tiles
        _train(tiles_csv([*train, *choosing], folder / "train.csv"), folder / "run", batch=-(-len(train) // STEPS))
        data = tiles_csv([*train, *val], folder / "val.csv")
        spent = seconds(lambda: found.append(_exported(folder, data)))
    parity, refused = found[0]
    note = (
        f"ResNet50, layer4 fine-tuned for {STEPS} steps on {len(train)} tiles of METU's train; {parity.data}{refused}"
    )
    sides = {"flipped": float(parity.flipped), "largest difference of a score": parity.largest_difference}
    return [FLIPPED.result(100 * parity.share, n=parity.n, sides=sides, note=f"{note}; exported in {spent:.0f} s")]


def _train(data: Path, out: Path, *, batch: int) -> None:
    """Leave a checkpoint with the float network: the INT8 one is made, and measured, by the export."""
    from cracklens.training.finetune import FinetuneSettings, MachineSettings, train_finetune

    settings = FinetuneSettings(
        epochs=1,
        head_epochs=0,
        batch=batch,
        float_network=True,
        most_flipped=1.0,
        machine=MachineSettings(device="cpu"),
    )
    with progress("fine-tuning") as step:
        train_finetune(data, out=out, settings=settings, on_progress=step)


def _exported(folder: Path, data: Path) -> tuple[Parity, str]:
    """Give the parity of the export; where it is refused, that of the plain INT8 form, and say so."""
    from cracklens.training.export import ExportSettings, export_checkpoint

    try:
        return export_checkpoint(folder / "run", out=folder / "out", data=data).parity, ""
    except OutputError:
        open_gate = ExportSettings(most_flipped=1.0)
        found = export_checkpoint(folder / "run", out=folder / "out", data=data, settings=open_gate)
        return found.parity, "; the export was refused, this is what it refused first"


BENCHMARK = Benchmark(
    "export_parity", "the exported INT8 network of a fine-tuned ResNet50 against torch, on val", (FLIPPED,), run
)
