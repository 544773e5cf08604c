"""Takes photos with drawn masks; gives the shipped mask's overlap with them. The one place that knows what ships."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from benchmarks.result import Bar, Result, Settings
from cracklens import Detector, Photo, read_photo
from cracklens.figures import dice, tolerant_f1
from cracklens.tracing.mask import crack_mask

DRAWS = 1000
INK = 127
"""Masks are binarised above this grey level."""

Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]


def shipped_mask(detector: Detector, photo: Photo) -> Bools:
    """Give which px (H, W) of a whole photo the product calls crack: crack map times score map, at its own threshold.

    Every benchmark of masks reads this one; what else ships a mask is named here and nowhere else.
    """
    scores, crack_map = detector.maps(photo)
    return crack_mask(crack_map, scores, detector.map_settings)


@dataclass(frozen=True)
class MaskScore:
    """How a found mask fits a drawn one.

    Attributes:
        name: of the photo.
        dice: 0-1; 1 where both are empty.
        tolerant_f1: F1 where a px is right within TOLERANCE_PX of the other mask.
        counts: px that both have, that only the found one has, that only the drawn one has.
    """

    name: str
    dice: float
    tolerant_f1: float
    counts: tuple[int, int, int]


Figure = Callable[[Sequence[MaskScore]], float]


def score_masks(pairs: Sequence[tuple[Path, Path]], settings: Settings) -> list[MaskScore]:
    """Score the shipped mask of photos against their drawn masks, both as paths."""
    detector = Detector.load(settings.detector)
    return [
        mask_score(drawn.stem, shipped_mask(detector, read_photo(photo)), read_mask(drawn)) for photo, drawn in pairs
    ]


def read_mask(path: Path) -> Bools:
    """Give a drawn mask (H, W), True where it is light; what is transparent is as it is painted."""
    with Image.open(path) as picture:
        return np.asarray(np.asarray(picture.convert("L")) > INK, np.bool_)


def mask_score(name: str, found: Bools, drawn: Bools) -> MaskScore:
    """Give how a found mask fits a drawn one of the same shape."""
    counts = (int((found & drawn).sum()), int((found & ~drawn).sum()), int((drawn & ~found).sum()))
    return MaskScore(name, dice(found, drawn), tolerant_f1(found, drawn), counts)


def micro_f1(scores: Sequence[MaskScore]) -> float:
    """Give F1 of all px of all photos together, 0-1; 1 where there is nothing to find and nothing found."""
    both, found_only, drawn_only = np.array([one.counts for one in scores]).sum(axis=0).tolist()
    whole = 2 * both + found_only + drawn_only
    return 2 * both / whole if whole else 1.0


def mean_dice(scores: Sequence[MaskScore]) -> float:
    """Give the mean Dice of photos."""
    return float(np.mean([one.dice for one in scores]))


def mean_tolerant_f1(scores: Sequence[MaskScore]) -> float:
    """Give the mean F1 within TOLERANCE_PX of photos."""
    return float(np.mean([one.tolerant_f1 for one in scores]))


def row(bar: Bar, figure: Figure, scores: Sequence[MaskScore], **rest: Any) -> Result:
    """Give the row of a bar with its interval; `rest` are fields of `Result`."""
    return bar.result(figure(scores), n=len(scores), interval=interval(figure, scores), **rest)


def told(name: str, figure: Figure, scores: Sequence[MaskScore], **rest: Any) -> Result:
    """Give a row that only informs, with its interval; no number where there are no photos."""
    if not scores:
        return Result(name, float("nan"), 0, **rest)
    return Result(name, figure(scores), len(scores), interval=interval(figure, scores), **rest)


def interval(figure: Figure, scores: Sequence[MaskScore]) -> tuple[float, float]:
    """Give the 95 % interval of a figure by drawing whole photos with replacement (seed 0).

    Source: Efron and Tibshirani 1993, chapter 13 (percentile interval).
    """
    draw = np.random.default_rng(0)
    places = (draw.integers(len(scores), size=len(scores)) for _ in range(DRAWS))
    low, high = np.quantile([figure([scores[i] for i in drawn]) for drawn in places], (0.025, 0.975))
    return float(low), float(high)


def parts(scores: Iterable[MaskScore]) -> dict[str, float]:
    """Give the px of all photos that both masks have, that only the found and only the drawn one has, in thousands."""
    both, found_only, drawn_only = np.array([one.counts for one in scores]).sum(axis=0) / 1000
    return {"both, thousand px": both, "only found": found_only, "only drawn": drawn_only}
