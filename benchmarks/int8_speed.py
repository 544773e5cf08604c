"""Takes METU tiles; gives INT8 tiles a second against torch's eager float32 loop, files to features, in one run."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.clock import median_seconds
from benchmarks.data import split_tiles
from benchmarks.result import Bar, Benchmark, Result, Settings
from cracklens import Detector
from cracklens.errors import MissingExtraError
from cracklens.training.features import FeatureCache, tile_features

TIMES = Bar("INT8 over torch eager float32", "≥", 7, "times")
TILES = {"int8": 512, "eager": 128}
ROUNDS = 7
BATCH = 32
SIDE_PX = 227


@dataclass(frozen=True)
class NothingKept(FeatureCache):
    """A cache that knows nothing and keeps nothing: every tile goes through the network."""

    def read(
        self,
        backbone_hash: str,  # noqa: ARG002 as the cache has it
        wanted: Collection[str] | None = None,  # noqa: ARG002 as the cache has it
    ) -> dict[str, NDArray[np.float16]]:
        """Know nothing."""
        return {}

    def write(self, backbone_hash: str, hashes: Sequence[str], pictures: Sequence[NDArray[np.float16]]) -> None:
        """Keep nothing."""


def run(settings: Settings) -> Sequence[Result]:
    """Time the package's route for many tiles and the notebook's eval loop in turns."""
    backbone = Detector.load(settings.detector).backbone
    paths = [tile.path for tile in split_tiles("metu", "train", limit=TILES["int8"]).tiles]
    few = paths[:: len(paths) // TILES["eager"]][: TILES["eager"]]
    nothing = NothingKept(Path())
    sides = {"int8": lambda: tile_features(paths, backbone, cache=nothing), "eager": eager_loop(few)}
    found = median_seconds(sides, rounds=ROUNDS)
    rates = {"INT8, tiles/s": len(paths) / found["int8"], "torch eager, tiles/s": len(few) / found["eager"]}
    note = (
        f"{len(paths)} METU tiles by INT8, {len(few)} of them by torch; decoding included; median of n rounds. "
        f"INT8 reads {_read_px(paths[0])} px a side, with the reflected edge; torch {SIDE_PX} px"
    )
    return [TIMES.result(rates["INT8, tiles/s"] / rates["torch eager, tiles/s"], n=ROUNDS, sides=rates, note=note)]


def _read_px(path: Path) -> int:
    """Give the side of the window that the package reads for a tile."""
    from cracklens import read_photo
    from cracklens.network import plan_windows

    x0, _, x1, _ = plan_windows(read_photo(path).hw)[0].reads_xyxy
    return x1 - x0


def eager_loop(paths: Sequence[Path]) -> Callable[[], object]:
    """Give the notebook's eval loop: PIL, resize, ToTensor, normalise, batches of 32, ResNet50 with Linear(2048, 2).

    Raises:
        MissingExtraError: torch is not installed.
    """
    try:
        import torch
        from PIL import Image
        from torchvision import models, transforms
    except ImportError as error:
        raise MissingExtraError("torch", "train") from error
    steps = [transforms.Resize((SIDE_PX, SIDE_PX)), transforms.ToTensor(), transforms.Normalize([0.5] * 3, [0.5] * 3)]
    transform = transforms.Compose(steps)
    net = models.resnet50(weights=None)  # speed does not depend on what was learnt
    net.fc = torch.nn.Linear(2048, 2)
    net.eval()
    batches = [paths[i : i + BATCH] for i in range(0, len(paths), BATCH)]

    def loop() -> int:
        right = 0
        with torch.no_grad():
            for batch in batches:
                tiles = torch.stack([transform(Image.open(path).convert("RGB")) for path in batch])  # (N, 3, 227, 227)
                right += int((net(tiles).argmax(1) == 0).sum())
        return right

    return loop


BENCHMARK = Benchmark(
    "int8_speed",
    "INT8 tiles a second against torch eager float32 (the notebook's eval loop), decoding included",
    (TIMES,),
    run,
)
