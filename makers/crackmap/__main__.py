"""Takes the train splits; gives the crack map that comes with the package: `python -m makers.crackmap DATA --work DIR`.

Every stage writes to the work folder and is skipped where its output stands; a stage that was cut goes on from its
last saved state. On two cores all stages together take under six hours, none over ninety minutes.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import numpy as np
import openvino as ov
from makers.crackmap import grounds, pseudo
from makers.crackmap.card import fit_scales, write_bundle
from makers.crackmap.samples import Sample
from makers.crackmap.scene import SIDE
from makers.crackmap.shards import SHARD, draw_shards, shard_path, write_shard
from numpy.typing import NDArray
from safetensors.torch import load_file, save_file
from scipy import ndimage

from cracklens.files import write_whole
from cracklens.models import INT8_BACKBONE, DataSource, read_map
from cracklens.network import OpenVinoBackbone
from cracklens.training.crackmap import (
    Decoder,
    MapFit,
    Mixed,
    Pictures,
    Shards,
    Taps,
    convert_decoder,
    fit_decoder,
    quantize_decoder,
)
from cracklens.training.crackmap.source import CRACK, OTHER, UNSURE
from cracklens.values import MapSettings

SUT_SPLIT = Path(__file__).parents[2] / "benchmarks" / "splits" / "sut.csv"
SUT_REACH = (64.0, 512.0)
"""Sides of what is cut from SUT-Crack's photos: from six times enlarged to the whole photo."""

DRAWN_SHARDS = 48
STEPS = (1500, 2200)
RATES = (2e-3, 1.2e-3)
SOURCES = (
    DataSource("METU, train", 3900, "splits/metu.csv", "10.17632/5y9wdsg2zt", "CC BY 4.0"),
    DataSource("SDNET2018, train photos", 161, "splits/sdnet2018.csv", "10.15142/T3TD19", "CC BY 4.0"),
    DataSource("SUT-Crack, train", 78, "benchmarks/splits/sut.csv", "10.17632/gsbmknrhkv.6", "CC BY 4.0"),
    DataSource("Cracks-and-Potholes, asphalt", 495, "every second", "10.17632/t576ydh9v8", "MIT"),
)
RANGE_CROPS = 80
"""Crops of each origin on which the decoder's INT8 ranges are measured: by 60 drawn ones alone, INT8 had a Dice of .974
against float on SUT-Crack val, by 200 of all .981."""


@dataclass(frozen=True)
class Build:
    """One run of the maker.

    Attributes:
        data: folder with `metu/`, `sdnet2018/`, `sut/` and `splits/`.
        roads: `Dataset/` of Cracks-and-Potholes; None leaves its asphalt out.
        work: where every stage writes.
        seed: of everything.
        without: a surface of SDNET2018 that nothing is made of.
        quick: share of the steps and shards.
    """

    data: Path
    roads: Path | None
    work: Path
    seed: int = 0
    without: str | None = None
    quick: float = 1.0

    def rng(self, stage: int) -> np.random.Generator:
        """Give the random numbers of a stage."""
        return np.random.default_rng([self.seed, stage])

    @property
    def shards(self) -> int:
        """Shards of drawn samples."""
        return max(round(DRAWN_SHARDS * self.quick), 2)

    @property
    def with_asphalt(self) -> bool:
        """Whether asphalt takes part: it is left out with the pavements."""
        return self.without != "Pavements"


def make_grounds(build: Build) -> None:
    """Write the crack-free grounds, an array for each origin."""
    parts: dict[str, Callable[[], Iterable[NDArray[np.uint8]]]] = {
        "metu": lambda: grounds.metu_grounds(build.data, build.rng(1)),
        "sdnet": lambda: grounds.sdnet_grounds(build.data, build.rng(2), without=build.without),
    }
    if build.with_asphalt:
        photos = grounds.sut_photos(build.data, "train", SUT_SPLIT)
        parts["sut"] = lambda: grounds.sut_grounds(photos, build.rng(3))
        roads = build.roads
        if roads is not None:
            parts["road"] = lambda: grounds.road_grounds(roads, build.rng(4))
    for name, read in parts.items():
        path = build.work / f"{name}.npy"
        if not path.exists():
            _save_array(path, np.stack(list(read())))
            print(f"grounds: {name}", flush=True)


def _save_array(path: Path, array: NDArray[np.uint8]) -> None:
    packed = BytesIO()
    np.save(packed, array)
    write_whole(path, packed.getvalue())


def make_drawn(build: Build) -> None:
    """Write the drawn samples."""
    told = lambda done: print(f"drawn: {done} of {build.shards} shards", flush=True)  # noqa: E731
    draw_shards(build.work, build.work / "drawn", seed=build.seed, count=build.shards, on_done=told)


def make_pseudo(build: Build, decoder: Path) -> None:
    """Write crops of cracked train photos with the masks that the first decoder and the labels agree on."""
    out = build.work / "pseudo"
    if (out / "done").exists():
        return
    out.mkdir(exist_ok=True)
    backbone, rng = OpenVinoBackbone(INT8_BACKBONE, crack_map=int8_form(build, decoder)), build.rng(5)
    found: list[Sample] = []
    for number, seen in enumerate(pseudo.sdnet_photos(build.data, backbone, without=build.without)):
        found += pseudo.photo_crops(seen, rng)
        print(f"pseudo: {number + 1} photos, {len(found)} crops", flush=True)
    found += pseudo.metu_crops(build.data, backbone, rng)
    order = rng.permutation(len(found))
    for shard in range(len(found) // SHARD):
        few = [found[i] for i in order[shard * SHARD : (shard + 1) * SHARD]]
        write_shard(shard_path(out, shard), few)
    write_whole(out / "done", b"")


def fit_round(build: Build, number: int) -> Path:
    """Fit the decoder of a round on drawn samples and SUT-Crack, in the second with pseudo-masks, and give its file."""
    path = build.work / f"decoder{number}.safetensors"
    if path.exists():
        return path
    steps = max(round(STEPS[number] * build.quick), 2)
    start = None if number == 0 else read_decoder(build.work / f"decoder{number - 1}.safetensors")
    told = lambda done, of, loss: done % 50 or print(f"fit {number}: {done} of {of}, {loss:.4f}", flush=True)  # noqa: E731
    decoder = fit_decoder(
        _source(build, number),
        Taps(INT8_BACKBONE),
        settings=MapFit(steps, rate=RATES[number], seed=build.seed + number),
        state=build.work / f"round{number}.state",
        start=start,
        told=told,
    )
    save_file({name: value.contiguous() for name, value in decoder.state_dict().items()}, path)
    return path


def _source(build: Build, number: int) -> Mixed:
    drawn = Shards(sorted((build.work / "drawn").glob("*.npz")), SHARD, seed=build.seed + number)
    parts: list[tuple[Shards | Pictures, int]] = [(drawn, 13 if number == 0 else 8)]
    if build.with_asphalt:
        photos = grounds.sut_photos(build.data, "train", SUT_SPLIT)
        labels = [mask_labels(mask) for _, mask in photos]
        parts.append((Pictures([pixels for pixels, _ in photos], labels, SIDE, SUT_REACH), 3))
    if number > 0:
        parts.append((Shards(sorted((build.work / "pseudo").glob("*.npz")), SHARD, seed=build.seed), 5))
    return Mixed(parts, seed=build.seed + 10 * number)


def mask_labels(mask: NDArray[np.bool_]) -> NDArray[np.uint8]:
    """Give the label map (H, W) of a mask drawn by hand: the px around it are not learnt from."""
    rim = ndimage.binary_dilation(mask, np.ones((3, 3))) & ~mask
    return np.where(mask, CRACK, np.where(rim, UNSURE, OTHER)).astype(np.uint8)


def read_decoder(path: Path) -> Decoder:
    """Give a decoder from its file."""
    decoder = Decoder()
    decoder.load_state_dict(load_file(path))
    return decoder.eval()


def int8_form(build: Build, decoder: Path) -> Path:
    """Write the INT8 form of a decoder beside it and give its `.xml`."""
    path = decoder.with_suffix(".xml")
    if not path.exists():
        part = quantize_decoder(convert_decoder(read_decoder(decoder)), Taps(INT8_BACKBONE), range_crops(build))
        ov.save_model(part, path)
    return path


def range_crops(build: Build) -> list[NDArray[np.uint8]]:
    """Give crops of every origin that there are by now."""
    shards = [shard_path(build.work / name, 0) for name in ("drawn", "pseudo")]
    found = [crop for path in shards if path.exists() for crop in np.load(path)["pixels"][:RANGE_CROPS]]
    if build.with_asphalt:
        photos = grounds.sut_photos(build.data, "train", SUT_SPLIT)
        found += [pixels[:SIDE, :SIDE] for pixels, _ in photos[:RANGE_CROPS]]
    return found


def bundle(build: Build, decoder: Path) -> Path:
    """Choose scales and settings, write the crack map with its card, and give its folder."""
    out = build.work / "crackmap"
    if read_map(out) is None:
        photos = grounds.sut_photos(build.data, "train", SUT_SPLIT) if build.with_asphalt else []
        backbone = OpenVinoBackbone(INT8_BACKBONE, crack_map=decoder)
        settings = fit_scales(photos, backbone, build.rng(6)) if photos else MapSettings()
        recipe = {"name": "crackmap", "maker": "makers.crackmap", "seed": build.seed, "quick": build.quick}
        write_bundle(decoder, settings, build.data, out, recipe=recipe, sources=SOURCES)
    return out


def build_map(build: Build) -> Path:
    """Run all stages and give the folder of the crack map."""
    build.work.mkdir(parents=True, exist_ok=True)
    make_grounds(build)
    make_drawn(build)
    first = fit_round(build, 0)
    make_pseudo(build, first)
    return bundle(build, int8_form(build, fit_round(build, 1)))


def main() -> None:
    """Build the bundled crack map."""
    parser = argparse.ArgumentParser(prog="python -m makers.crackmap", description=__doc__)
    parser.add_argument("data", type=Path, help="folder with metu/, sdnet2018/, sut/ and splits/")
    parser.add_argument("--work", type=Path, required=True, help="where every stage writes and goes on from")
    parser.add_argument("--roads", type=Path, help="Dataset/ of Cracks-and-Potholes; left out, there is less asphalt")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--without", choices=("Decks", "Pavements", "Walls"), help="leave a surface out of everything")
    parser.add_argument("--quick", type=float, default=1.0, help="share of the steps and samples, for trying")
    given = parser.parse_args()
    print(build_map(Build(given.data, given.roads, given.work, given.seed, given.without, given.quick)))


if __name__ == "__main__":
    main()
