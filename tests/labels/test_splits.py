"""Takes made-up labelled tiles; gives faults of how they are split. Opens no picture."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cracklens.errors import DataError
from cracklens.labels.dataset import SPLITS, LabelledSet, LabelledTile, read_labelled
from cracklens.labels.splits import of_split, with_splits

Row = tuple[int, str | None, str | None]


def labelled(rows: list[Row]) -> LabelledSet:
    """Make a set of (label, group, split); a tile without a group is its own."""
    tiles = [
        LabelledTile(Path(f"{i}.jpg"), f"{i}.jpg", label, group or f"{i}.jpg", split)
        for i, (label, group, split) in enumerate(rows)
    ]
    return LabelledSet("made", tuple(tiles), "given" if rows[0][2] else None)


def single_tiles(per_class: int = 40) -> LabelledSet:
    return labelled([(i % 2, None, None) for i in range(2 * per_class)])


def counts(data: LabelledSet) -> dict[tuple[str | None, int], int]:
    found: dict[tuple[str | None, int], int] = defaultdict(int)
    for tile in data.tiles:
        found[tile.split, tile.label] += 1
    return dict(found)


def test_tiles_are_drawn_70_15_15_within_each_class() -> None:
    found = with_splits(single_tiles())
    shares = {("train", 28), ("val", 6), ("test", 6)}
    assert {(split, n) for (split, _), n in counts(found).items()} == shares
    assert found.split_rule is not None
    assert "leaks" in found.split_rule


def test_same_seed_same_split_another_seed_another() -> None:
    assert with_splits(single_tiles(), seed=3) == with_splits(single_tiles(), seed=3)
    assert with_splits(single_tiles(), seed=3) != with_splits(single_tiles(), seed=4)


@given(
    sizes=st.lists(st.tuples(st.integers(1, 6), st.integers(0, 6)), max_size=40),
    seed=st.integers(0, 99),
)
def test_groups_stay_whole(sizes: list[tuple[int, int]], seed: int) -> None:
    rows: list[Row] = [(i % 2, f"more {i}", None) for i in range(80)]
    rows += [(int(k < cracked), f"photo {i}", None) for i, (n, cracked) in enumerate(sizes) for k in range(n)]
    found = with_splits(labelled(rows), seed=seed)
    splits = defaultdict(set)
    for tile in found.tiles:
        splits[tile.group].add(tile.split)
    assert {len(of) for of in splits.values()} == {1}
    assert {split for of in splits.values() for split in of} == set(SPLITS)
    assert found.split_rule is not None
    assert ("leaks" in found.split_rule) == all(n == 1 for n, _ in sizes)


def test_a_group_with_a_crack_is_drawn_among_the_cracked() -> None:
    rows: list[Row] = [(label, f"photo {i}", None) for i in range(40) for label in (1, 0)]
    rows += [(0, f"intact {i}", None) for i in range(40)]
    found = with_splits(labelled(rows))
    assert len({tile.group for tile in found.tiles if tile.split == "val" and "photo" in tile.group}) == 6


def test_given_splits_stay() -> None:
    data = labelled([(label, None, split) for split in ("train", "val") for label in (0, 1) for _ in range(4)])
    assert with_splits(data) is data


def test_a_split_for_some_tiles_only_is_refused() -> None:
    rows: list[Row] = [(0, None, "train"), (1, None, None), (1, None, None)]
    with pytest.raises(DataError, match="expected a split for all tiles or for none; 2 have none"):
        with_splits(labelled(rows))


def test_a_group_on_both_sides_is_refused() -> None:
    rows: list[Row] = [(label, None, split) for split in ("train", "val") for label in (0, 1) for _ in range(4)]
    rows += [(1, "photo 7", "train"), (1, "photo 7", "test")]
    with pytest.raises(DataError, match="expected every group in one split; 1 are in more, 'photo 7' first"):
        with_splits(labelled(rows))


@pytest.mark.parametrize(("split", "label", "word"), [("train", 1, "cracked"), ("val", 0, "intact")])
def test_a_split_with_too_few_of_a_class_is_refused(split: str, label: int, word: str) -> None:
    rows: list[Row] = [(of, None, side) for side in ("train", "val") for of in (0, 1) for _ in range(5)]
    rows = [row for row in rows if (row[2], row[0]) != (split, label)] + [(label, None, split)] * 3
    with pytest.raises(DataError, match=f"expected at least 4 {word} tiles in {split}; got 3 of 18 tiles"):
        with_splits(labelled(rows))


def test_too_few_tiles_to_split_are_refused() -> None:
    with pytest.raises(DataError, match="expected at least 4"):
        with_splits(single_tiles(per_class=10))


def test_of_split_keeps_the_order() -> None:
    found = with_splits(single_tiles())
    files = [tile.file for tile in of_split(found, "val")]
    assert files == [tile.file for tile in found.tiles if tile.split == "val"]


@pytest.mark.parametrize("name", ["metu", "sdnet2018"])
def test_the_splits_of_the_real_sets_are_taken(sample_dir: Path, name: str) -> None:
    found = with_splits(read_labelled(sample_dir / name))
    assert set(counts(found)) == {(split, label) for split in SPLITS for label in (0, 1)}
