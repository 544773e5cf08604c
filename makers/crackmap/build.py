"""Takes the train splits; gives the crack map that comes with the package, stage by stage.

Every stage writes to the work folder and is skipped where its output stands; a stage that was cut goes on from its
last saved state. On two cores all stages together take under six hours, none over ninety minutes.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from io import BytesIO
from pathlib import Path

import numpy as np
import openvino as ov
from makers.crackmap import grounds, pseudo
from makers.crackmap.card import Masked, drawn, fit_scales, hand_drawn, with_edge, write_bundle
from makers.crackmap.origins import METU, ORIGINS, ROADS, SURFACES, SUT, in_turns, seen_without, shares_of
from makers.crackmap.samples import Sample, draw_sample
from makers.crackmap.scene import SIDE
from makers.crackmap.shards import SHARD, InTurns, draw_shards, read_grounds, shard_path, write_shard
from numpy.typing import NDArray

from cracklens import Detector
from cracklens.errors import DataError
from cracklens.files import write_whole
from cracklens.models import INT8_BACKBONE, SMALL_DETECTOR, DataSource, read_map
from cracklens.network import OpenVinoBackbone
from cracklens.training.crackmap import (
    MapFit,
    Mixed,
    Pictures,
    Shards,
    Taps,
    convert_decoder,
    fit_decoder,
    mask_labels,
    quantize_decoder,
    read_decoder,
    write_decoder,
)
from cracklens.training.crackmap.source import Source
from cracklens.values import MapSettings

SUT_SPLIT = Path(__file__).parents[2] / "benchmarks" / "splits" / "sut.csv"
SUT_REACH = (64.0, 512.0)
"""Sides of what is cut from SUT-Crack's photos: from six times enlarged to the whole photo."""

DRAWN = 24_000
"""Drawn samples; in three rounds each is taken twice."""

STEPS = (1500, 2200, 2600)
RATES = (2e-3, 1.2e-3, 1e-3)
CROPS = ((13, 3, 0), (7, 3, 6))
"""In a batch of the first round and of those after it: drawn, of SUT-Crack, with pseudo-masks."""

SOURCES = (
    DataSource("METU, train", 3900, "splits/metu.csv", "10.17632/5y9wdsg2zt", "CC BY 4.0"),
    DataSource("SDNET2018, train photos", 161, "splits/sdnet2018.csv", "10.15142/T3TD19", "CC BY 4.0"),
    DataSource("SUT-Crack, train", 78, "benchmarks/splits/sut.csv", "10.17632/gsbmknrhkv.6", "CC BY 4.0"),
    DataSource("Cracks-and-Potholes, asphalt", 495, "every second", "10.17632/t576ydh9v8", "MIT"),
    DataSource("Cracks-and-Potholes, roads with cracks", 745, "every third", "10.17632/t576ydh9v8", "MIT"),
)
EDGE_SAMPLES = 200
"""Drawn samples on which the value at a crack's edge is chosen where no photos with hand-drawn masks are there."""

RANGE_CROPS = 80
"""Crops of each origin on which the decoder's INT8 ranges are measured."""


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
        rounds: of fitting, at most three.
        drawn: samples that are drawn, of all origins together.
        crops: samples in a file.
        shared: where grounds and drawn samples lie, for builds of one seed and `quick`; None keeps them in `work`.
    """

    data: Path
    roads: Path | None
    work: Path
    seed: int = 0
    without: str | None = None
    quick: float = 1.0
    rounds: int = len(STEPS)
    drawn: int = DRAWN
    crops: int = SHARD
    shared: Path | None = None

    def rng(self, *stage: int) -> np.random.Generator:
        """Give the random numbers of a stage."""
        return np.random.default_rng([self.seed, *stage])

    @property
    def network(self) -> Path:
        """What the last stage before the settings writes: the INT8 decoder's `.xml`."""
        return self.work / f"decoder{self.rounds - 1}.xml"

    @property
    def shards(self) -> Path:
        """Folder of the grounds and of the drawn samples, a file and a folder for each origin."""
        return self.shared or self.work / "drawn"

    @property
    def shares(self) -> dict[str, float]:
        """Share of the drawn samples that each origin has; no other is read in any stage."""
        seen = seen_without(self.without)
        return shares_of([name for name in seen if name != ROADS or self.roads is not None])

    @property
    def counts(self) -> dict[str, int]:
        """Shards of each origin."""
        return {name: max(round(self.drawn * share / self.crops), 1) for name, share in self.shares.items()}

    @property
    def surfaces(self) -> tuple[str, ...]:
        """Surfaces of SDNET2018 that take part."""
        return tuple(name for name in self.shares if name in SURFACES)

    def asphalt(self) -> list[tuple[NDArray[np.uint8], NDArray[np.bool_]]]:
        """Give SUT-Crack's train photos with their masks; none where asphalt takes no part."""
        return grounds.sut_photos(self.data, "train", SUT_SPLIT) if SUT in self.shares else []


def make_drawn(build: Build) -> None:
    """Write the crack-free grounds, an array for each origin, and the samples drawn on them."""
    build.shards.mkdir(parents=True, exist_ok=True)
    for origin in build.shares:
        path = build.shards / f"{origin}.npy"
        if not path.exists():
            found = list(_grounds(build, origin))
            if not found:
                raise DataError(
                    f"{build.data}: expected train photos of {origin} with places free of cracks; found none."
                )
            _save_array(path, np.stack(found))
            print(f"grounds: {origin}", flush=True)
    counts = build.counts
    told = lambda done: print(f"drawn: {done} of {sum(counts.values())} shards", flush=True)  # noqa: E731
    draw_shards(build.shards, counts, seed=build.seed, on_done=told, crops=build.crops)


def _grounds(build: Build, origin: str) -> Iterable[NDArray[np.uint8]]:
    rng = build.rng(1, ORIGINS.index(origin))
    if origin == METU:
        return grounds.metu_grounds(build.data, rng)
    if origin == SUT:
        return grounds.sut_grounds(build.asphalt(), rng)
    if origin == ROADS and build.roads is not None:
        return grounds.road_grounds(build.roads, rng)
    return grounds.sdnet_grounds(build.data, origin, rng, share=build.quick)


def _save_array(path: Path, array: NDArray[np.uint8]) -> None:
    packed = BytesIO()
    np.save(packed, array)
    write_whole(path, packed.getvalue())


def make_pseudo(build: Build, decoder: Path, out: Path) -> None:
    """Write crops of train photos with the masks that a decoder, the score and the labels agree on."""
    if (out / "done").exists():
        return
    out.mkdir(exist_ok=True)
    backbone, rng = OpenVinoBackbone(INT8_BACKBONE, crack_map=int8_form(build, decoder)), build.rng(5)
    # its score must hold no crack map: one that does would agree with the map it is teaching, whatever that sees
    detector = replace(Detector.load(SMALL_DETECTOR), mapper=backbone, map_card=None)
    found: list[Sample] = []
    scored = build.without is None
    photos = pseudo.sdnet_photos(build.data, detector, build.surfaces, share=build.quick, scored=scored)
    for number, seen in enumerate(photos):
        found += [*pseudo.photo_crops(seen, rng), *pseudo.far_crops(seen, rng)]
        print(f"pseudo: {number + 1} photos, {len(found)} crops", flush=True)
    share = build.quick if build.surfaces else 1.0  # METU alone: all of it, and there is time
    found += pseudo.metu_crops(build.data, detector, rng, share=share)
    if ROADS in build.shares and build.roads is not None:
        found += pseudo.road_crops(build.roads, detector, rng, share=build.quick)
    order = rng.permutation(len(found))
    if len(found) < build.crops:
        raise DataError(f"{build.data}: expected photos with cracks; the last decoder saw {len(found)} crops of them.")
    for shard in range(len(found) // build.crops):
        few = [found[i] for i in order[shard * build.crops : (shard + 1) * build.crops]]
        write_shard(shard_path(out, shard), few)
    write_whole(out / "done", b"")


def fit_round(build: Build, number: int) -> Path:
    """Fit the decoder of a round and give its file; after the first, pseudo-masks are among what it learns from."""
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
    write_decoder(decoder, path)
    return path


def _source(build: Build, number: int) -> Mixed:
    drawn, sut, agreed = CROPS[min(number, 1)]
    parts: list[tuple[Source, int]] = [(drawn_samples(build, number), drawn)]
    photos = build.asphalt()
    if photos:
        labels = [mask_labels(mask) for _, mask in photos]
        parts.append((Pictures([pixels for pixels, _ in photos], labels, SIDE, SUT_REACH), sut))
    if agreed:
        paths = sorted((build.work / f"pseudo{number}").glob("*.npz"))
        parts.append((Shards(paths, build.crops, seed=build.seed + number), agreed))
    return Mixed(parts, seed=build.seed + 10 * number)


def drawn_samples(build: Build, number: int) -> InTurns:
    """Give the drawn samples as a round reads them: of the origins that the build may see and of no other."""
    parts = [
        Shards([shard_path(build.shards / origin, i) for i in range(count)], build.crops, seed=build.seed + number)
        for origin, count in build.counts.items()
    ]
    return InTurns(parts, list(build.shares.values()))


def int8_form(build: Build, decoder: Path) -> Path:
    """Write the INT8 form of a decoder beside it and give its `.xml`."""
    path = decoder.with_suffix(".xml")
    if not path.exists():
        part = quantize_decoder(convert_decoder(read_decoder(decoder)), Taps(INT8_BACKBONE), range_crops(build))
        ov.save_model(part, path)
    return path


def range_crops(build: Build) -> list[NDArray[np.uint8]]:
    """Give drawn crops, crops with pseudo-masks where there are any by now, and crops of asphalt."""
    found = list(drawn_samples(build, 0).batch(0, RANGE_CROPS, build.rng(8))[0])
    agreed = shard_path(build.work / "pseudo1", 0)
    if agreed.exists():
        found += list(np.load(agreed)["pixels"][:RANGE_CROPS])
    return found + [pixels[:SIDE, :SIDE] for pixels, _ in build.asphalt()[:RANGE_CROPS]]


def decoder_of(build: Build) -> Path:
    """Run the stages up to the INT8 decoder and give its `.xml`; where the last round is done, none before is run."""
    last = build.network.with_suffix(".safetensors")
    if last.exists():
        return int8_form(build, last)
    build.work.mkdir(parents=True, exist_ok=True)
    make_drawn(build)
    decoder = fit_round(build, 0)
    for number in range(1, build.rounds):
        make_pseudo(build, decoder, build.work / f"pseudo{number}")
        decoder = fit_round(build, number)
    return int8_form(build, decoder)


def fitted(build: Build) -> tuple[Path, MapSettings]:
    """Give the INT8 decoder of all stages with the scales it is read at and the value at a crack's edge."""
    network = decoder_of(build)
    backbone, photos = OpenVinoBackbone(INT8_BACKBONE, crack_map=network), build.asphalt()
    settings = fit_scales(photos, backbone, build.rng(6)) if photos else MapSettings()
    rng, read = build.rng(7), [read_grounds(build.shards, origin) for origin in build.shares]
    turns = in_turns(list(build.shares.values()), EDGE_SAMPLES)
    known: list[Masked] = [*hand_drawn(build.data)]
    known = known or [drawn(draw_sample(rng, read[origin])) for origin in turns]
    return network, with_edge(settings, known, backbone)


def build_map(build: Build) -> Path:
    """Run all stages and give the folder of the crack map with its card."""
    out = build.work / "crackmap"
    if read_map(out) is None:
        recipe = {"name": "crackmap", "maker": "makers.crackmap", "seed": build.seed, "quick": build.quick}
        write_bundle(*fitted(build), build.data, out, recipe=recipe | {"rounds": build.rounds}, sources=SOURCES)
    return out
