"""Takes the name of a surface; gives a crack map made without it, smaller than the bundled one, kept on disk."""

from __future__ import annotations

from pathlib import Path

from makers.crackmap.build import Build, decoder_of

from cracklens.errors import DataError
from cracklens.models import INT8_BACKBONE
from cracklens.network import OpenVinoBackbone
from cracklens.training.features import default_cache

QUICK, MAP_ROUNDS = 0.35, 2
"""Of the steps and shards, and of the three rounds: the whole would take six hours a surface on two cores."""


def map_without(surface: str, data: Path, *, roads: Path | None = None) -> OpenVinoBackbone:
    """Give the network with a crack map that has seen nothing of a surface; what was made before is taken up.

    Args:
        surface: "Decks", "Pavements", "Walls" or "SDNET2018".
        data: folder with `metu/`, `sdnet2018/`, `splits/` and, for surfaces that asphalt does not go with, `sut/`.
        roads: `Dataset/` of Cracks-and-Potholes; None leaves its asphalt out.

    Raises:
        DataError: SUT-Crack takes part and is not there.
    """
    folder = default_cache().folder.parent / "crackmaps"
    name = f"without-{surface}-{QUICK:g}-{MAP_ROUNDS}{'' if roads is None else '-roads'}"
    work = folder / OpenVinoBackbone(INT8_BACKBONE).hash[:12] / name
    build = Build(data, roads, work, without=surface, quick=QUICK, rounds=MAP_ROUNDS)
    if build.with_asphalt and not (data / "sut").is_dir():
        raise DataError(
            f"{data}: expected sut/ beside sdnet2018/, for a crack map without {surface}. See docs/data.md."
        )
    return OpenVinoBackbone(INT8_BACKBONE, crack_map=decoder_of(build))
