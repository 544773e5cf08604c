"""Takes a folder or CSV of labelled pictures; gives counts, duplicates, disagreements and leaks. Draws nothing."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from cracklens.errors import DataError
from cracklens.labels.dataset import SPLITS, LabelledTile
from cracklens.labels.duplicates import duplicate_groups
from cracklens.labels.fingerprint import Fingerprint, Stage, fingerprints
from cracklens.labels.listing import Listing, list_pictures
from cracklens.labels.splits import with_splits
from cracklens.values import LeftOut, Note

Weight = Literal["stops", "flatters", "look"]
CLASS_NAMES = ("intact", "cracked")


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong with the data.

    Attributes:
        weight: "stops" training, "flatters" its figures, or is worth a "look".
        sentence: for a person.
    """

    weight: Weight
    sentence: str


@dataclass(frozen=True)
class Picture:
    """A picture by the name it has in the data, its class and its split."""

    file: str
    label: str
    split: str | None


@dataclass(frozen=True)
class SameGroup:
    """Pictures that show the same: copies, the same turned or mirrored, or two shots of one place.

    Attributes:
        pictures: in order of their names.
        exact: whether all are the same byte for byte.
    """

    pictures: tuple[Picture, ...]
    exact: bool

    @property
    def disagrees(self) -> bool:
        """Whether the labels differ."""
        return len({picture.label for picture in self.pictures}) > 1

    @property
    def leaks(self) -> bool:
        """Whether they are on more than one side of the splits."""
        return len({picture.split for picture in self.pictures}) > 1


@dataclass(frozen=True)
class SizeCount:
    """How many pictures have a size, in px."""

    height_px: int
    width_px: int
    pictures: int


@dataclass(frozen=True)
class CheckResult:
    """What is known of labelled pictures before training.

    Attributes:
        name: of the data.
        root: folder that the names of files are relative to.
        pictures: all that have a label, in order.
        sizes: most frequent first.
        unreadable: with the reason.
        same: groups of duplicates, largest first.
        surplus_exact: pictures that could go, since another is the same byte for byte.
        surplus_near: and those that could go, since another is nearly the same.
        split_rule: how the splits were made, None without splits.
        leaking: by split, pictures of which another split that is learnt from holds a duplicate.
        problems: weightiest first.
    """

    name: str
    root: Path
    pictures: tuple[Picture, ...]
    sizes: tuple[SizeCount, ...]
    unreadable: tuple[LeftOut, ...]
    same: tuple[SameGroup, ...]
    surplus_exact: int
    surplus_near: int
    split_rule: str | None
    leaking: dict[str, int]
    problems: tuple[Problem, ...]

    @property
    def counts(self) -> dict[str, dict[str, int]]:
        """Pictures by split and class; the first row, "all", is of the whole."""
        splits = [split for split in SPLITS if any(picture.split == split for picture in self.pictures)]
        found = Counter((picture.split, picture.label) for picture in self.pictures)
        rows = {split: {label: found[split, label] for label in CLASS_NAMES[::-1]} for split in splits}
        labels = Counter(picture.label for picture in self.pictures)
        return {"all": {label: labels[label] for label in CLASS_NAMES[::-1]}} | rows

    @property
    def sound(self) -> bool:
        """Whether nothing stops training or flatters its figures."""
        return all(problem.weight == "look" for problem in self.problems)


def check_data(data: str | Path, *, on_progress: Stage | None = None) -> CheckResult:
    """Look at every labelled picture of a folder or CSV, and say what would go wrong in training on it.

    Args:
        data: what `cracklens train` takes.
        on_progress: called with what is done, pictures done and pictures in all.

    Raises:
        DataError: no labelled picture in it.
    """
    listing = list_pictures(Path(data))
    tiles = listing.data.tiles
    prints = fingerprints([tile.path for tile in tiles], on_progress=on_progress)
    readable = [i for i, print_ in enumerate(prints) if isinstance(print_, Fingerprint)]
    known = [print_ for print_ in prints if isinstance(print_, Fingerprint)]
    same = _same_groups([tiles[i] for i in readable], known, duplicate_groups(known, on_progress=on_progress))
    unique = len({print_.sha256 for print_ in known})
    unreadable = tuple(
        LeftOut(tile.file, Note("because", {"reason": reason}))
        for tile, reason in zip(tiles, prints, strict=True)
        if isinstance(reason, str)
    )
    leaking = _leaking(same)
    return CheckResult(
        name=listing.data.name,
        root=Path(data) if Path(data).is_dir() else Path(data).parent,
        pictures=tuple(map(_picture, tiles)),
        sizes=_sizes(known),
        unreadable=unreadable,
        same=same,
        surplus_exact=len(known) - unique,
        surplus_near=sum(len(group.pictures) - 1 for group in same) - (len(known) - unique),
        split_rule=listing.data.split_rule,
        leaking=leaking,
        problems=tuple(_problems(listing, unreadable, same, leaking)),
    )


def _picture(tile: LabelledTile) -> Picture:
    return Picture(tile.file, CLASS_NAMES[tile.label], tile.split)


def _sizes(prints: Sequence[Fingerprint]) -> tuple[SizeCount, ...]:
    return tuple(SizeCount(*hw, count) for hw, count in Counter(print_.hw for print_ in prints).most_common())


def _same_groups(
    tiles: Sequence[LabelledTile], prints: Sequence[Fingerprint], groups: NDArray[np.int64]
) -> tuple[SameGroup, ...]:
    members = defaultdict(list)
    for i, group in enumerate(groups.tolist()):
        members[group].append(i)
    found = [
        SameGroup(tuple(_picture(tiles[i]) for i in of), len({prints[i].sha256 for i in of}) == 1)
        for of in members.values()
        if len(of) > 1
    ]
    return tuple(sorted(found, key=lambda group: -len(group.pictures)))


def _leaking(same: Sequence[SameGroup]) -> dict[str, int]:
    """Count pictures of test with a duplicate in train or val, and of val with one in train."""
    counts = Counter[str]()
    for group in same:
        splits = {picture.split for picture in group.pictures}
        for picture in group.pictures:
            learnt = {"train", "val"} if picture.split == "test" else {"train"}
            if picture.split in ("val", "test") and learnt & splits:
                counts[picture.split] += 1
    return dict(sorted(counts.items()))


def _problems(
    listing: Listing, unreadable: Sequence[LeftOut], same: Sequence[SameGroup], leaking: dict[str, int]
) -> Iterator[Problem]:
    refused = listing.refused or _refused_by_training(listing)
    if refused:
        yield Problem("stops", refused)
    if unreadable:
        yield Problem("stops", f"{_many(len(unreadable), 'file')} cannot be read, {unreadable[0].photo} first.")
    whole = Counter(tile.split for tile in listing.data.tiles)
    for split, count in leaking.items():
        where = "train or val" if split == "test" else "train"
        share = f"{count:,} of {whole[split]:,} pictures in {split} ({100 * count / whole[split]:.1f} %)"
        yield Problem("flatters", f"{share} have a duplicate in {where}: {split} measures pictures seen before.")
    disagreeing = sum(group.disagrees for group in same)
    if disagreeing:
        yield Problem("look", f"{_many(disagreeing, 'group')} of duplicates have both labels: one of them is wrong.")
    for remark in listing.remarks:
        yield Problem("look", f"{remark[0].upper()}{remark[1:]}.")


def _refused_by_training(listing: Listing) -> str | None:
    try:
        with_splits(listing.data)
    except DataError as error:
        return str(error)
    return None


def _many(count: int, word: str) -> str:
    return f"{count:,} {word}{'' if count == 1 else 's'}"
