"""Takes the name of a surface; gives a crack map made without it, smaller than the bundled one, kept on disk."""

from __future__ import annotations

import argparse
import os
import shutil
from pathlib import Path

from makers.crackmap.build import LEFT_OUT, Build, decoder_of

from cracklens.errors import DataError
from cracklens.models import INT8_BACKBONE
from cracklens.network import OpenVinoBackbone
from cracklens.training.features import default_cache

QUICK, MAP_ROUNDS = 0.35, 2
"""Of the steps and shards, and of the three rounds: the whole would take six hours a surface on two cores."""

FOLDER = "CRACKLENS_LEFT_OUT_MAPS"
"""Environment variable: where these crack maps are kept, a folder each; unset, in the user's cache."""


def map_without(surface: str, data: Path) -> OpenVinoBackbone:
    """Give the network with a crack map that has seen nothing of a surface.

    One that is made is used, one that was cut is gone on with; its grounds and samples, 10 GB, go once it is made.

    Args:
        surface: one of LEFT_OUT.
        data: folder with `metu/`, `sdnet2018/`, `splits/` and, for surfaces that asphalt does not go with, `sut/`.

    Raises:
        DataError: SUT-Crack takes part and is not there.
    """
    kept = Path(os.environ.get(FOLDER) or default_cache().folder.parent / "crackmaps")
    work = kept / OpenVinoBackbone(INT8_BACKBONE).hash[:12] / f"without-{surface}-{QUICK:g}-{MAP_ROUNDS}"
    build = Build(data, None, work, without=surface, quick=QUICK, rounds=MAP_ROUNDS)
    if build.with_asphalt and not (data / "sut").is_dir():
        raise DataError(
            f"{data}: expected sut/ beside sdnet2018/, for a crack map without {surface}. See docs/data.md."
        )
    network = decoder_of(build)
    for grounds in work.glob("*.npy"):
        grounds.unlink()
    for samples in (work / "drawn", *work.glob("pseudo*")):
        shutil.rmtree(samples, ignore_errors=True)
    return OpenVinoBackbone(INT8_BACKBONE, crack_map=network)


def main() -> None:
    """Make the crack maps that the benchmarks and the figures of the card need, one after the other."""
    parser = argparse.ArgumentParser(
        prog="python -m makers.crackmap.without",
        description=f"{__doc__} They lie in ${FOLDER}, or in the user's cache.",
    )
    parser.add_argument("data", type=Path, help="folder with metu/, sdnet2018/, sut/ and splits/")
    parser.add_argument("--surface", action="append", choices=LEFT_OUT, help="this one; again for more. [all]")
    words = parser.parse_args()
    for surface in words.surface or LEFT_OUT:
        map_without(surface, words.data)
        print(f"crack map without {surface} is made", flush=True)


if __name__ == "__main__":
    main()
