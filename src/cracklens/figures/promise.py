"""Takes scores of a site's own labelled cracks; gives the threshold whose recall holds there. Knows no files."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import binom

from cracklens.errors import DataError, SettingError
from cracklens.figures.tiles import ScoredTile


@dataclass(frozen=True)
class PromiseGoal:
    """What is to be promised.

    Attributes:
        recall: share of cracked places to be found, above 0, below 1.
        confidence: that the share holds, above 0, below 1; .9 because 45 labelled cracks then carry a recall of .95.
    """

    recall: float = 0.95
    confidence: float = 0.9

    def __post_init__(self) -> None:
        """Refuse what no number of labels can hold."""
        faults = [
            f"{name} must be above 0 and below 1; got {value}."
            for name, value in (("recall", self.recall), ("confidence", self.confidence))
            if not 0 < value < 1
        ]
        if faults:
            raise SettingError(f"{' '.join(faults)} Nothing is certain: try 0.95 and 0.9.")

    @property
    def words(self) -> str:
        """The goal for people, e.g. "recall of at least 95 % with 90 % confidence"."""
        return f"recall of at least {100 * self.recall:g} % with {100 * self.confidence:g} % confidence"


@dataclass(frozen=True)
class Promise:
    """A threshold that holds a goal on a site.

    Attributes:
        goal: what is promised.
        threshold: score from which a place is called cracked, 0-1.
        cracks: how many independent labelled cracks it rests on.
        may_miss: how many of them score below the threshold at most.
        groups: True where cracks of one photo were told apart from those of others, and one a photo counts.
    """

    goal: PromiseGoal
    threshold: float
    cracks: int
    may_miss: int
    groups: bool

    @property
    def rule(self) -> str:
        """How the threshold was chosen, for the card."""
        unit = "labelled photos with cracks" if self.groups else "labelled cracks"
        return f"{self.goal.words}, from {self.cracks} {unit}, at most {self.may_miss} missed"


def least_cracks(goal: PromiseGoal) -> int:
    """Give how many independent labelled cracks carry the goal if none of them is missed.

    Example:
        >>> least_cracks(PromiseGoal(recall=0.95, confidence=0.9))
        45
    """
    return math.ceil(math.log(1 - goal.confidence) / math.log(goal.recall) - 1e-9)


def misses_allowed(cracks: int, goal: PromiseGoal) -> int:
    """Give how many of so many cracks may be missed: the most whose Clopper-Pearson bound is within the goal.

    Returns:
        -1 where even none is too many.

    Source: Wilks 1941 (tolerance limits); Clopper and Pearson 1934; as risk control Bates et al. 2021, section 2.
    """
    missed = np.arange(cracks + 1)
    holds = binom.cdf(missed, cracks, 1 - goal.recall) <= 1 - goal.confidence + 1e-12
    return int(holds.sum()) - 1


def keep_promise(tiles: Sequence[ScoredTile], goal: PromiseGoal) -> Promise:
    """Give the highest threshold of which the goal holds for further photos of the same site.

    Cracked tiles of one group are alike, so one of each group counts: drawn by the hash of its name, before its score
    is looked at. What is promised is then the share of groups in which a cracked tile drawn like this is found.

    Args:
        tiles: scored and labelled; only cracked ones count.
        goal: to be held.

    Raises:
        DataError: too few; the sentence says how many are needed.
    """
    cracked = [tile for tile in tiles if tile.label == 1]
    drawn = one_of_each_group(cracked)
    may_miss = misses_allowed(len(drawn), goal)
    has_groups = len(drawn) < len(cracked)
    if may_miss < 0:
        raise DataError(_too_few(len(cracked), len(drawn), goal, has_groups=has_groups))
    scores = np.sort([tile.score for tile in drawn])
    return Promise(goal, float(scores[may_miss]), len(drawn), may_miss, has_groups)


def one_of_each_group(tiles: Sequence[ScoredTile]) -> list[ScoredTile]:
    """Give one tile of each group, the one whose name has the lowest hash: a draw that is the same every time."""
    first: dict[str, ScoredTile] = {}
    for tile in sorted(tiles, key=lambda tile: hashlib.sha256(tile.file.encode("utf-8", "surrogateescape")).digest()):
        first.setdefault(tile.group, tile)
    return list(first.values())


def _too_few(cracked: int, drawn: int, goal: PromiseGoal, *, has_groups: bool) -> str:
    needed = least_cracks(goal)
    unit = "photos with cracks" if has_groups else "cracked tiles"
    came = f"{drawn} ({cracked} tiles, but those of one photo count once)" if has_groups else f"{drawn}"
    return (
        f"A {goal.words} needs {needed} labelled {unit}, none of them missed; got {came}. Label {needed - drawn} more."
    )
