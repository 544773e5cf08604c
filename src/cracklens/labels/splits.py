"""Takes labelled tiles; gives each a split, whole groups at a time. Opens no picture."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Sequence
from dataclasses import dataclass, replace

from cracklens.errors import DataError
from cracklens.labels.dataset import LabelledSet, LabelledTile

LEAKING_RULE = "random by tile: leaks if tiles of one photo are on both sides"
"""What the card says of a split that knows no groups."""


@dataclass(frozen=True)
class Needs:
    """What train and val must have, each.

    Attributes:
        cracked, intact: so many; fewer tiles of a class in val cannot carry a threshold.
        what: they are called.
    """

    cracked: int = 4
    intact: int = 4
    what: str = "tiles"


TILES = Needs()


def with_splits(
    data: LabelledSet, *, seed: int = 0, val_share: float = 0.15, test_share: float = 0.15, needs: Needs = TILES
) -> LabelledSet:
    """Give the set with a split for every tile: the given ones, or drawn group by group within each class.

    Args:
        data: labelled tiles.
        seed: of the draw.
        val_share: of the groups, 0-1.
        test_share: of the groups, 0-1.
        needs: what train and val must have.

    Raises:
        DataError: some tiles have a split and others none, a group is in more than one, or a split is left with too few
            tiles of a class.
    """
    without = sum(tile.split is None for tile in data.tiles)
    if 0 < without < len(data.tiles):
        raise DataError(
            f"{data.name}: expected a split for all {needs.what} or for none; {without} have none. Fill the column."
        )
    drawn = data if not without else _drawn(data, random.Random(seed), val_share, test_share)  # noqa: S311 no secret
    _check_groups(drawn)
    _check_counts(drawn, needs)
    return drawn


def _drawn(data: LabelledSet, draw: random.Random, val_share: float, test_share: float) -> LabelledSet:
    labels: dict[str, int] = {}
    for tile in data.tiles:
        labels[tile.group] = max(labels.get(tile.group, 0), tile.label)
    split_of: dict[str, str] = {}
    for label in (0, 1):
        groups = sorted(group for group, of in labels.items() if of == label)
        draw.shuffle(groups)
        val, test = round(val_share * len(groups)), round(test_share * len(groups))
        for i, group in enumerate(groups):
            split_of[group] = "val" if i < val else "test" if i < val + test else "train"
    single = len(labels) == len(data.tiles)
    rule = LEAKING_RULE if single else "random by group"
    tiles = tuple(replace(tile, split=split_of[tile.group]) for tile in data.tiles)
    listing = "".join(f"{tile.file},{tile.split}\n" for tile in tiles)
    return replace(data, tiles=tiles, split_rule=rule, split_sha256=hashlib.sha256(listing.encode()).hexdigest())


def _check_groups(data: LabelledSet) -> None:
    """Refuse groups on both sides: what is measured on tiles of a photo that was learnt from is worth nothing."""
    splits: dict[str, set[str | None]] = {}
    for tile in data.tiles:
        splits.setdefault(tile.group, set()).add(tile.split)
    torn = [group for group, of in splits.items() if len(of) > 1]
    if torn:
        came = f"{len(torn)} are in more, {torn[0]!r} first"
        raise DataError(f"{data.name}: expected every group in one split; {came}. Mend the column split.")


def _check_counts(data: LabelledSet, needs: Needs) -> None:
    for split in ("train", "val"):
        for label, word, least in ((1, "cracked", needs.cracked), (0, "intact", needs.intact)):
            count = sum(tile.split == split and tile.label == label for tile in data.tiles)
            if count < least:
                expected = f"expected at least {least} {word} {needs.what} in {split}"
                came = f"got {count} of {len(data.tiles)} {needs.what}"
                raise DataError(f"{data.name}: {expected}; {came}. Label more, or give splits.")


def of_split(data: LabelledSet, split: str) -> Sequence[LabelledTile]:
    """Give the tiles of a split, in order."""
    return [tile for tile in data.tiles if tile.split == split]
