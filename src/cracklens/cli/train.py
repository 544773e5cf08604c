"""Takes the words of `cracklens train`; gives a checkpoint folder and says what was measured."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from cracklens.errors import MissingExtraError, SettingError

if TYPE_CHECKING:
    from cracklens.models import Checkpoint

COMMON = {"seed"}
FROZEN = {"recall", "cache"}
NOTEBOOK = {"epochs", "batch", "learning_rate", "weights", "strides", "limit"}
FINETUNE = {
    "recall", "epochs", "batch", "learning_rate", "weights", "strides", "unfreeze", "head_epochs", "accumulate",
    "average", "patience", "most_flipped", "device", "devices", "hosts", "strategy", "precision", "workers", "resume",
    "float_network",
}  # fmt: skip
CRACKMAP = {
    "steps", "batch", "learning_rate", "images", "cracks", "line_width", "detector", "least_agreement", "device",
    "resume", "float_network",
}  # fmt: skip
OWN = {"frozen": FROZEN, "notebook": NOTEBOOK, "finetune": FINETUNE, "crackmap": CRACKMAP}
FLAGS = {name: flags | COMMON for name, flags in OWN.items()}
"""The flags that each recipe knows."""

SPOKEN = {"float_network": "float"}
"""Flags that are not called as their keyword is."""

MACHINE = ("device", "devices", "hosts", "strategy", "precision", "workers")
MASKS = {"images": "images", "cracks": "cracks", "line_width": "line_width_px"}
RECIPES = tuple(FLAGS)
CARD = "card.json"


def train(
    data: Path = typer.Argument(..., help="Labelled pictures: a folder or CSV. crackmap: masks or annotations."),
    out: Path = typer.Option(..., "--out", "-o", help="Folder of the checkpoint."),
    recipe: str = typer.Option("frozen", help=f"How to train: {', '.join(RECIPES)}."),
    recall: float | None = typer.Option(None, help="Share of cracks in val that the threshold must find. [0.95]"),
    seed: int = typer.Option(0, help="Of the split, where the data gives none, and of what is drawn."),
    cache: Path | None = typer.Option(None, help="frozen: folder of cached features. [the user's cache]"),
    weights: str | None = typer.Option(
        None, help="bundled, IMAGENET1K_V1, IMAGENET1K_V2, timm:NAME or a file. [bundled]"
    ),
    strides: str | None = typer.Option(None, help="Of weights that are a file: v1.5 (torchvision's) or v1."),
    epochs: int | None = typer.Option(None, help="Passes over the tiles. [notebook 5, finetune at most 12]"),
    batch: int | None = typer.Option(None, help="Tiles of a step on one device, or crops. [32, crackmap 8]"),
    learning_rate: float | None = typer.Option(None, help="Of the head or decoder. [0.001, crackmap 0.0004]"),
    limit: int | None = typer.Option(None, help="notebook: use so many tiles. [all]"),
    unfreeze: str | None = typer.Option(
        None, help="finetune: lowest stage that learns, e.g. layer3, all or none. [layer4]"
    ),
    head_epochs: int | None = typer.Option(None, help="finetune: epochs in which only the head learns. [1]"),
    accumulate: int | None = typer.Option(None, help="finetune: steps whose gradients are added. [1]"),
    average: float | None = typer.Option(None, help="finetune: decay of averaged weights, 0 for none. [0.998]"),
    patience: int | None = typer.Option(None, help="finetune: epochs without a better val before it stops. [4]"),
    most_flipped: float | None = typer.Option(
        None, help="finetune: share of val decisions that INT8 may change. [0.003]"
    ),
    float_network: bool = typer.Option(False, "--float", help="Write the float network, where INT8 changes too much."),
    device: str | None = typer.Option(None, help="finetune, crackmap: auto, cpu or cuda. [auto]"),
    devices: int | None = typer.Option(None, help="finetune: GPUs, or processes on the CPU, of a host. [1]"),
    hosts: int | None = typer.Option(None, help="finetune: machines that train together. [1]"),
    strategy: str | None = typer.Option(None, help="finetune: Lightning's strategy. [auto]"),
    precision: str | None = typer.Option(None, help="finetune: 32-true, 16-mixed or bf16-mixed. [auto]"),
    workers: int | None = typer.Option(None, help="finetune: processes that read tiles ahead. [0]"),
    steps: int | None = typer.Option(None, help="crackmap: batches. [600]"),
    images: Path | None = typer.Option(None, help="crackmap: folder of the annotated photos. [beside the file]"),
    cracks: list[str] | None = typer.Option(None, help="crackmap: a category that is a crack; again for more. [crack]"),
    line_width: float | None = typer.Option(None, help="crackmap: px that a line along a crack is wide. [3]"),
    detector: str | None = typer.Option(None, help="crackmap: head and map to go on from. [concrete-frozen]"),
    least_agreement: float | None = typer.Option(None, help="crackmap: least Dice of INT8 and float on val. [0.95]"),
    resume: bool = typer.Option(False, "--resume", help="finetune, crackmap: go on with the run in the folder."),
    as_json: bool = typer.Option(False, "--json", help="Print the checkpoint's card on stdout."),
) -> None:
    """Train a detector on your own labelled pictures."""
    given = {name: value for name, value in locals().items() if name not in ("data", "out", "recipe", "as_json")}
    told = {name: value for name, value in given.items() if not (value is None or value is False or value == [])}
    recipes = {"frozen": _frozen, "notebook": _notebook, "finetune": _finetune, "crackmap": _crackmap}
    recipes[_checked(recipe, told)](data, out, told, as_json)


def _checked(recipe: str, told: Mapping[str, Any]) -> str:
    """Give the recipe; refuse flags that it does not know."""
    if recipe not in RECIPES:
        raise SettingError(f"recipe must be one of {', '.join(RECIPES)}; got {recipe!r}. Leave it out for frozen.")
    foreign = {name: f"--{SPOKEN.get(name, name).replace('_', '-')}" for name in told if name not in FLAGS[recipe]}
    if foreign:
        knowing = [name for name, flags in FLAGS.items() if foreign.keys() <= flags]
        hint = f"Use recipe {' or '.join(knowing)}, or leave" if knowing else "Leave"
        raise SettingError(f"recipe {recipe} does not know {', '.join(foreign.values())}. {hint} them out.")
    return recipe


def _frozen(data: Path, out: Path, told: dict[str, Any], as_json: bool) -> None:
    from cracklens import FrozenSettings, train_frozen
    from cracklens.cli.talk import progress

    settings = FrozenSettings(least_recall=told.get("recall", 0.95), seed=told["seed"])
    with progress("features") as step:
        checkpoint = train_frozen(data, out=out, settings=settings, cache=told.get("cache"), on_progress=step)
    _say(checkpoint, out, as_json)


def _notebook(data: Path, out: Path, told: dict[str, Any], as_json: bool) -> None:
    from cracklens.cli.talk import console, print_result, progress

    try:
        from cracklens.training import NotebookSettings, train_notebook
    except ModuleNotFoundError as error:
        raise MissingExtraError(error.name or "torch", "train") from error
    with progress("training") as step:
        found = train_notebook(data, out=out, settings=NotebookSettings(**told), on_progress=step)
    console().say(f"run: {found.folder}")
    if as_json:
        _say_card(out)
        return
    print_result(f"accuracy {found.accuracy:.4f}, F1 {found.f1:.4f}, on a random fifth of the tiles\n{found.report}")


def _finetune(data: Path, out: Path, told: dict[str, Any], as_json: bool) -> None:
    from cracklens.cli.talk import progress

    try:
        from cracklens.training.finetune import FinetuneSettings, MachineSettings, train_finetune
    except ModuleNotFoundError as error:
        raise MissingExtraError(error.name or "lightning", "train") from error
    resume = bool(told.pop("resume", False))
    machine = MachineSettings(**{name: told.pop(name) for name in MACHINE if name in told})
    recall = {"least_recall": told.pop("recall")} if "recall" in told else {}
    settings = FinetuneSettings(**told, **recall, machine=machine)
    with progress("training") as step:
        checkpoint = train_finetune(data, out=out, settings=settings, resume=resume, on_progress=step)
    _say(checkpoint, out, as_json)


def _crackmap(data: Path, out: Path, told: dict[str, Any], as_json: bool) -> None:
    from cracklens.cli.talk import console, progress
    from cracklens.labels.masks import MaskSettings
    from cracklens.models import MAP_CARD_FILE, read_checkpoint
    from cracklens.report.words import left_out_text

    try:
        from cracklens.training.crackmap import CrackMapSettings, train_crackmap
    except ModuleNotFoundError as error:
        raise MissingExtraError(error.name or "torch", "train") from error
    resume = bool(told.pop("resume", False))
    masks = {MASKS[name]: told.pop(name) for name in MASKS if name in told}
    settings = CrackMapSettings(masks=MaskSettings(**masks | {"cracks": tuple(masks.get("cracks", ()))}), **told)
    with progress("crack map") as step:

        def show(stage: str, done: int, total: int) -> None:
            step(done, total, stage)

        found = train_crackmap(data, out=out, settings=settings, resume=resume, on_progress=show)
    for one in found.left_out:
        console().say(f"left out: {one.photo}: {left_out_text(one)}")
    for remark in found.remarks:
        console().say(remark)
    console().say(f"photos with their masks: {found.picture}" if found.picture else "no picture: it needs Matplotlib")
    _say(read_checkpoint(out), out, as_json, card=MAP_CARD_FILE)


def _say(checkpoint: Checkpoint, out: Path, as_json: bool, *, card: str = CARD) -> None:
    from cracklens.cli.show import checkpoint_text
    from cracklens.cli.talk import print_result

    if as_json:
        _say_card(out, card)
    else:
        print_result(checkpoint_text(checkpoint), nl=False)


def _say_card(out: Path, card: str = CARD) -> None:
    typer.echo((out / card).read_bytes(), nl=False)
