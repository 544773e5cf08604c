"""Takes a set and names of splits; gives its single tiles with their features from the user's cache. Fits nothing."""

from __future__ import annotations

from collections.abc import Sequence

from benchmarks.data import split_tiles
from benchmarks.result import DataKind, Settings
from cracklens.cli.talk import progress
from cracklens.network import open_backbone
from cracklens.training import Measured
from cracklens.training.features import default_cache, tile_features


def measured_tiles(name: str, splits: Sequence[str], settings: Settings) -> Measured:
    """Give the tiles of splits with their features by the bundled INT8 network; what is not cached is computed.

    Args:
        name: "metu" or "sdnet2018".
        splits: of splits/NAME.csv; each split once, in order.
        settings: its limit is of each split.
    """
    tiles = [tile for split in splits for tile in split_tiles(name, split, limit=settings.limit).tiles]
    with progress(f"features of {name}") as step:
        paths = [tile.path for tile in tiles]
        return Measured(tiles, tile_features(paths, open_backbone(), cache=default_cache(), on_progress=step))


def part(found: Measured, split: str) -> Measured:
    """Give the tiles of a split."""
    return found.where(lambda tile: tile.split == split)


def data_kind(name: str, splits: Sequence[str], settings: Settings) -> DataKind:
    """Say whether all of these splits are there."""
    kinds = {split_tiles(name, split, limit=settings.limit).data for split in splits}
    return "limited" if "limited" in kinds else "sample" if "sample" in kinds else "whole"
