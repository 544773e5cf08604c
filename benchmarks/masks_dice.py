"""Takes close photos with hand-drawn masks; gives how the shipped mask fits them, on the half not used for choosing."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.data import find
from benchmarks.mask_scores import MaskScore, mean_dice, mean_tolerant_f1, parts, row, score_masks, told
from benchmarks.result import Bar, Benchmark, Result, Settings

DICE = Bar("mean Dice", "≥", 0.58)
TOLERANT = Bar("mean F1 within 2 px", "≥", 0.74)
CHOOSING, REPORTING = 0, 1
"""In the order of file names every second photo, from the first, was for choosing parameters; the others report."""

LIST = Path(__file__).with_name("lists") / "masks_surface.csv"
NOTE = "shipped mask of whole pictures; masks as published, about 2 px right of and below the darkness of their cracks"


def run(settings: Settings) -> Sequence[Result]:
    """Compare the shipped masks of whole pictures with the drawn ones; "val" takes the half for choosing."""
    half = REPORTING if settings.split == "test" else CHOOSING
    photos = sorted((find("masks") / "images").iterdir())[half::2][: settings.limit]
    scores = score_masks([(path, path.parents[1] / "masks" / f"{path.stem}.png") for path in photos], settings)
    shared: dict[str, Any] = {"data": "limited" if settings.limit else "whole", "split": settings.split}
    return [
        row(DICE, mean_dice, scores, sides=parts(scores), note=NOTE, **shared),
        row(TOLERANT, mean_tolerant_f1, scores, note="the same masks", **shared),
        *(
            told(f"{figure}, {surface}", of, on(surface, scores), note="by a list made by eye", **shared)
            for surface in ("concrete", "asphalt")
            for figure, of in ((DICE.row, mean_dice), (TOLERANT.row, mean_tolerant_f1))
        ),
    ]


def surfaces() -> dict[str, str]:
    """Give "concrete" or "asphalt" for each picture by its stem; masonry, plaster and paint count as concrete."""
    with LIST.open(newline="", encoding="utf-8") as file:
        return {Path(line["file"]).stem: line["surface"] for line in csv.DictReader(file)}


def on(surface: str, scores: Sequence[MaskScore]) -> list[MaskScore]:
    """Give the scores of pictures of a surface."""
    of = surfaces()
    return [one for one in scores if of[one.name] == surface]


BENCHMARK = Benchmark(
    "masks_dice", "shipped against hand-drawn masks, the half not used for choosing", (DICE, TOLERANT), run
)
