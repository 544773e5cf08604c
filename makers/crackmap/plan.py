"""Takes what a person said of a build; gives its folders, origins, shares and random numbers. Makes nothing."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

import numpy as np
from makers.crackmap import grounds
from makers.crackmap.clock import Clock
from makers.crackmap.origins import ORIGINS, ROADS, SURFACES, SUT, seen_without, shares_of
from makers.crackmap.samples import DRAWING, LATE, Drawing
from makers.crackmap.shards import SHARD
from numpy.typing import NDArray

from cracklens.errors import DataError
from cracklens.files import write_whole
from cracklens.training import Device
from cracklens.training.crackmap import MapFit

SUT_SPLIT = Path(__file__).parents[2] / "benchmarks" / "splits" / "sut.csv"

DRAWN, LATE_DRAWN = 24_000, 0.3
"""Drawn samples, each of which is taken twice in three rounds; and of each late one, as a share of these."""

STEPS = (1500, 2200, 2600, 1000, 1000)
"""Batches of each round."""

ROUNDS = 4
"""Of the bundled crack map; one more late round can be asked for and has not been measured."""

LATE_FROM = 3
"""The first of the rounds that have drawn samples of their own; a reduced build need not reach it."""


@dataclass(frozen=True)
class Recipe:
    """What a crack map learns from; as it stands, that of the bundled one.

    Attributes:
        drawing: what is drawn on grounds.
        late: what is drawn for the late rounds.
        origins: that grounds may be of.
        most_px: side of a ground in SDNET2018's photos.
        masked: photos of asphalt with their masks take part; else drawn samples stand in their place.
        dice_share: of the overlap in what is made small.
        agreed: which crops with pseudo-masks take part after the first round: all, those with a crack, so without hard
            negatives, or none; drawn samples stand in the place of none.
    """

    drawing: Drawing = DRAWING
    late: Drawing = LATE
    origins: tuple[str, ...] = ORIGINS
    most_px: int = grounds.MOST_PX
    masked: bool = True
    dice_share: float = MapFit.dice_share
    agreed: Literal["all", "cracks", "none"] = "all"

    @property
    def words(self) -> str:
        """What it is, in words that stay the same from run to run; functions that paint by their names."""
        both = (self.drawing, self.late)
        painted = [
            {of.__name__: chance for of, chance in some.items()} for one in both for some in (one.below, one.above)
        ]
        drawing, late = (replace(one, below={}, above={}) for one in both)
        return repr((painted, replace(self, drawing=drawing, late=late)))


RECIPE = Recipe()


@dataclass(frozen=True)
class Build:
    """One run of the maker.

    Attributes:
        data: folder with `metu/`, `sdnet2018/`, `sut/` and `splits/`.
        roads: `Dataset/` of Cracks-and-Potholes; None leaves its asphalt out.
        work: where every stage writes.
        seed: of everything.
        without: a surface of SDNET2018 that nothing is made of, or all of that set; asphalt goes with the pavements.
        quick: share of the steps, of the grounds and of the photos that get pseudo-masks.
        rounds: of fitting, at most five.
        drawn: samples that are drawn for all rounds but the late ones, of all origins together.
        crops: samples in a file; there must be as many with pseudo-masks.
        device: what the decoder is fitted on; all else runs on the CPU.
        shared: where grounds and drawn samples lie, for builds of one seed and `quick`; None keeps them in `work`.
        recipe: what it learns from.
    """

    data: Path
    roads: Path | None
    work: Path
    seed: int = 0
    without: str | None = None
    quick: float = 1.0
    rounds: int = ROUNDS
    drawn: int = DRAWN
    crops: int = SHARD
    device: Device = "auto"
    shared: Path | None = None
    recipe: Recipe = RECIPE

    def claim(self) -> None:
        """Write what this build is into its folders, or hold it against what they were begun with.

        More rounds may follow, on another device; samples that builds share may be of builds without other surfaces.

        Raises:
            DataError: a folder was begun with something else; what lies in it must not be taken for what is asked for.
        """
        files = {name: self.data / name for name in ("splits/metu.csv", "splits/sdnet2018.csv")}
        files["sut.csv"] = self.sut_split
        shared = {"seed": self.seed, "quick": self.quick, "crops": self.crops, "recipe": self.recipe.words}
        shared |= {name: _sha256(path) for name, path in files.items()}
        begun = not (self.work / "build.json").exists() and sorted(self.work.glob("decoder*.safetensors"))
        if begun:
            raise DataError(f"{self.work}: expected build.json beside {begun[0].name}, which says what build it is of.")
        own = {"without": self.without, "drawn": self.drawn, "roads": self.roads is not None, "steps": list(STEPS)}
        _claim(self.work / "build.json", shared | own)
        if self.shared is not None:
            _claim(self.shared / "build.json", shared)

    def rng(self, *stage: int) -> np.random.Generator:
        """Give the random numbers of a stage."""
        return np.random.default_rng([self.seed, *stage])

    @property
    def network(self) -> Path:
        """What the last stage before the settings writes: the INT8 decoder's `.xml`."""
        return self.decoder(self.rounds - 1).with_suffix(".xml")

    def decoder(self, number: int) -> Path:
        """Give the file of a round's decoder."""
        return self.work / f"decoder{number}.safetensors"

    @property
    def sut_split(self) -> Path:
        """Which photos of SUT-Crack are of train."""
        return SUT_SPLIT

    @property
    def clock(self) -> Clock:
        """What the stages have taken."""
        return Clock(self.work / "stages.json")

    def agreed(self, number: int) -> Path:
        """Give the folder of a round's crops with pseudo-masks."""
        return self.work / f"pseudo{number}"

    @property
    def shards(self) -> Path:
        """Folder of the grounds and of the drawn samples, a file and a folder for each origin."""
        return self.shared or self.work / "drawn"

    def samples(self, number: int) -> Path:
        """Give the folder of the drawn samples of a round."""
        return self.shards / f"late{number}" if number >= LATE_FROM else self.shards

    @property
    def shares(self) -> dict[str, float]:
        """Share of the drawn samples that each origin has; no other is read in any stage."""
        seen = [name for name in seen_without(self.without) if name in self.recipe.origins]
        return shares_of([name for name in seen if name != ROADS or self.roads is not None])

    def counts(self, number: int) -> dict[str, int]:
        """Give how many shards of each origin a round reads."""
        drawn = self.drawn * (LATE_DRAWN if number >= LATE_FROM else 1)
        return {name: max(round(drawn * share / self.crops), 1) for name, share in self.shares.items()}

    @property
    def surfaces(self) -> tuple[str, ...]:
        """Surfaces of SDNET2018 that take part."""
        return tuple(name for name in self.shares if name in SURFACES)

    def asphalt(self) -> list[tuple[NDArray[np.uint8], NDArray[np.bool_]]]:
        """Give SUT-Crack's train photos with their masks; none where asphalt takes no part."""
        return grounds.sut_photos(self.data, "train", self.sut_split) if SUT in seen_without(self.without) else []


def _sha256(path: Path) -> str | None:
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else None


def _claim(path: Path, asked: dict[str, Any]) -> None:
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, (json.dumps(asked, indent=2) + "\n").encode())
        return
    began = json.loads(path.read_text())
    other = [name for name, value in asked.items() if began.get(name) != value]
    if other:
        both = {name: (str(asked[name]), str(began.get(name))) for name in other}
        came = ", ".join(
            f"{name} {now} where it was {then}" if max(len(now), len(then)) < 40 else f"another {name}"
            for name, (now, then) in both.items()
        )
        raise DataError(f"{path.parent}: expected the build that it was begun with; got {came}. Name another folder.")
