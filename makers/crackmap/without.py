"""Takes the name of a surface; gives a crack map made without it, smaller than the bundled one, kept on disk."""

from __future__ import annotations

import argparse
import os
import shutil
from pathlib import Path

from makers.crackmap.build import decoder_of
from makers.crackmap.origins import LEFT_OUT, SUT
from makers.crackmap.plan import Build

from cracklens.errors import DataError
from cracklens.models import INT8_BACKBONE
from cracklens.network import OpenVinoBackbone
from cracklens.training.features import default_cache

QUICK, MAP_ROUNDS, DRAWN = 0.35, 2, 4200
"""Of the steps, grounds and photos with pseudo-masks; of the rounds; drawn samples, each of which is taken three
times: those of all four maps take 5 GB. The whole would take over three hours a surface on two cores."""

FOLDER = "CRACKLENS_LEFT_OUT_MAPS"
"""Environment variable: where these crack maps are kept, a folder each; unset, in the user's cache."""


def map_without(surface: str, data: Path) -> OpenVinoBackbone:
    """Give the network with a crack map that has seen nothing of a surface.

    One that is made is used, one that was cut is gone on with. What its stages wrote goes once it is made; the drawn
    samples, which all of LEFT_OUT read, each those it may see, go with the last of them.

    Args:
        surface: one of LEFT_OUT.
        data: folder with `metu/`, `sdnet2018/`, `splits/` and, for surfaces that asphalt does not go with, `sut/`.

    Raises:
        DataError: SUT-Crack takes part and is not there.
    """
    build = build_without(surface, data)
    if SUT in build.shares and not (data / "sut").is_dir():
        raise DataError(
            f"{data}: expected sut/ beside sdnet2018/, for a crack map without {surface}. See docs/data.md."
        )
    network = decoder_of(build)
    for samples in build.work.glob("pseudo*"):
        shutil.rmtree(samples)
    for state in build.work.glob("*.state"):
        state.unlink()
    if all(build_without(other, data).network.exists() for other in LEFT_OUT):
        shutil.rmtree(build.shards, ignore_errors=True)
    return OpenVinoBackbone(INT8_BACKBONE, crack_map=network)


def build_without(surface: str, data: Path) -> Build:
    """Give how the crack map without a surface is made; another recipe has other folders."""
    kept = Path(os.environ.get(FOLDER) or default_cache().folder.parent / "crackmaps")
    folder = kept / OpenVinoBackbone(INT8_BACKBONE).hash[:12]
    return Build(
        data,
        None,
        folder / f"without-{surface}-{QUICK:g}-{MAP_ROUNDS}-{DRAWN}",
        without=surface,
        quick=QUICK,
        rounds=MAP_ROUNDS,
        drawn=DRAWN,
        shared=folder / f"drawn-{QUICK:g}",
    )


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
