"""Takes a command line; gives the crack map of the package: `python -m makers.crackmap DATA --work DIR`."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import get_args

from makers.crackmap.build import build_map
from makers.crackmap.plan import DRAWN, ROUNDS, STEPS, Build

from cracklens.training import Device


def main() -> None:
    """Build the bundled crack map."""
    parser = argparse.ArgumentParser(prog="python -m makers.crackmap", description=__doc__)
    parser.add_argument("data", type=Path, help="folder with metu/, sdnet2018/, sut/ and splits/")
    parser.add_argument("--work", type=Path, required=True, help="where every stage writes and goes on from")
    parser.add_argument("--roads", type=Path, help="Dataset/ of Cracks-and-Potholes; left out, there is less asphalt")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--quick", type=float, default=1.0, help="share of all that is made and done, for trying")
    parser.add_argument("--rounds", type=int, default=ROUNDS, choices=range(1, len(STEPS) + 1))
    parser.add_argument("--device", choices=get_args(Device), default="auto", help="of the fit. [auto: a GPU if any]")
    given = vars(parser.parse_args())
    print(build_map(Build(**given, drawn=round(DRAWN * given["quick"]))))


if __name__ == "__main__":
    main()
