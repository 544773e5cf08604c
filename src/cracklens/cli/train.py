"""Takes the words of `cracklens train`; gives a checkpoint folder and says what was measured."""

from __future__ import annotations

from pathlib import Path

import typer

from cracklens.errors import SettingError

RECIPES = ("frozen",)


def train(
    data: Path = typer.Argument(..., help="Folder with one subfolder a class, or a CSV: file, label[, split, group]."),
    out: Path = typer.Option(..., "--out", "-o", help="Folder of the checkpoint."),
    recipe: str = typer.Option("frozen", help=f"How to train: {', '.join(RECIPES)}."),
    recall: float = typer.Option(0.95, help="Share of cracks in val that the default threshold must find."),
    seed: int = typer.Option(0, help="Of the split, where the data gives none."),
    cache: Path | None = typer.Option(None, help="Folder of cached features. [the user's cache]"),
    as_json: bool = typer.Option(False, "--json", help="Print the checkpoint's card on stdout."),
) -> None:
    """Train a detector on your own labelled pictures."""
    from cracklens import FrozenSettings, train_frozen
    from cracklens.cli.show import card_text
    from cracklens.cli.talk import progress

    if recipe not in RECIPES:
        raise SettingError(f"recipe must be one of {', '.join(RECIPES)}; got {recipe!r}. Leave it out for frozen.")
    settings = FrozenSettings(least_recall=recall, seed=seed)
    with progress("features") as step:
        card = train_frozen(data, out=out, settings=settings, cache=cache, on_progress=step).card
    typer.echo((out / "card.json").read_bytes() if as_json else card_text(card), nl=False)
