"""Takes photos of asphalt with drawn masks, SUT-Crack; gives how the shipped mask fits them within 2 px."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from benchmarks.data import find
from benchmarks.mask_scores import mean_dice, mean_tolerant_f1, micro_f1, parts, row, score_masks, told
from benchmarks.result import Bar, Benchmark, Result, Settings
from benchmarks.splits.make_sut import rows

TOLERANT = Bar("mean F1 within 2 px", "≥", 0.85)


def run(settings: Settings) -> Sequence[Result]:
    """Compare the shipped masks with the drawn ones, on photos of the split."""
    folder = find("sut")
    photos = [folder / line["file"] for line in rows() if line["split"] == settings.split][: settings.limit]
    scores = score_masks([(path, folder / "masks" / f"{path.stem}.png") for path in photos], settings)
    shared: dict[str, Any] = {"data": "limited" if settings.limit else "whole", "split": settings.split}
    note = "by benchmarks/splits/sut.csv; photos squeezed to 512 px, as published"
    return [
        row(TOLERANT, mean_tolerant_f1, scores, sides=parts(scores), note=note, **shared),
        told("mean Dice", mean_dice, scores, note="the same masks", **shared),
        told("micro F1", micro_f1, scores, note="all px of all photos together", **shared),
    ]


BENCHMARK = Benchmark("sut", "shipped mask on photos of SUT-Crack that it never saw", (TOLERANT,), run)
