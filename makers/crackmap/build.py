"""Takes the train splits; gives the crack map that comes with the package, stage by stage.

Every stage writes to the work folder and is skipped where its output stands; a stage that was cut goes on from its
last saved state. What each has taken stands in `stages.json` and on the card; on two cores it is to be at most ninety
minutes, and six hours together.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import openvino as ov
from makers.crackmap import grounds
from makers.crackmap.card import (
    DRAWN_DATA,
    HAND_DRAWN,
    Masked,
    drawn,
    hand_drawn,
    new_card,
    settle,
    with_edge,
)
from makers.crackmap.crops import INDEX, Crops, CropsOf, write_crops, write_index
from makers.crackmap.origins import METU, ORIGINS, ROADS, SUT, in_turns
from makers.crackmap.photos import TrainPhoto, metu_photos, road_photos, sdnet_photos
from makers.crackmap.plan import LATE_FROM, STEPS, Build
from makers.crackmap.samples import draw_sample
from makers.crackmap.scene import SIDE
from makers.crackmap.shards import InTurns, draw_shards, read_grounds, shard_path, write_array
from makers.crackmap.sources import Taken, link_grounds, names_path, sources_of, write_names
from numpy.typing import NDArray

from cracklens import Detector
from cracklens.errors import DataError
from cracklens.models import INT8_BACKBONE, SMALL_DETECTOR, MapPart, Metric, read_map, write_map
from cracklens.network import OpenVinoBackbone
from cracklens.training import device_there
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

SUT_REACH = (64.0, 512.0)
"""Sides of what is cut from SUT-Crack's photos: from six times enlarged to the whole photo."""

RATES = (2e-3, 1.2e-3, 1e-3, 6e-4, 6e-4)
CROPS = ((13, 3, 0), (7, 3, 6))
"""In a batch of the first round and of those after it: drawn, of SUT-Crack, with pseudo-masks."""

EDGE_SAMPLES = 200
"""Drawn samples on which the value at a crack's edge is chosen where no photos with hand-drawn masks are there."""

RANGE_CROPS = 80
"""Crops of each origin on which the decoder's INT8 ranges are measured."""


def make_drawn(build: Build, number: int = 0) -> None:
    """Write the crack-free grounds, an array for each origin, and the samples drawn on them for a round."""
    build.shards.mkdir(parents=True, exist_ok=True)
    for origin in build.shares:
        path = build.shards / f"{origin}.npy"
        if not (path.exists() and names_path(build.shards, origin).exists()):
            with build.clock.stage("grounds"):
                _write_grounds(build, origin, path)
    if number >= LATE_FROM:
        link_grounds(build.samples(number), build.shards, build.shares)
    counts = build.counts(number)
    drawing, seed = (build.recipe.late, number) if number >= LATE_FROM else (build.recipe.drawing, 0)
    told = lambda done: print(f"drawn: {done} of {sum(counts.values())} shards", flush=True)  # noqa: E731
    with build.clock.stage("drawn"):
        draw_shards(
            build.samples(number), counts, seed=build.seed + seed, on_done=told, crops=build.crops, drawing=drawing
        )


def _write_grounds(build: Build, origin: str, path: Path) -> None:
    found = list(_grounds(build, origin))
    if not found:
        raise DataError(f"{build.data}: expected train photos of {origin} with places free of cracks; found none.")
    write_names(build.shards, origin, [name for name, _ in found])
    write_array(path, np.stack([ground for _, ground in found]))
    print(f"grounds: {origin}", flush=True)


def _grounds(build: Build, origin: str) -> Iterable[grounds.Ground]:
    rng = build.rng(1, ORIGINS.index(origin))
    if origin == METU:
        return grounds.metu_grounds(build.data, rng)
    if origin == SUT:
        return grounds.sut_grounds(build.asphalt(), rng)
    if origin == ROADS and build.roads is not None:
        return grounds.road_grounds(build.roads, rng)
    return grounds.sdnet_grounds(build.data, origin, rng, share=build.quick, most_px=build.recipe.most_px)


def make_pseudo(build: Build, number: int) -> None:
    """Write crops of train photos with the masks that the decoder before a round, the score and the labels agree on.

    Each photo's crops are written once they are made, and are the same whichever photos a run began with.
    """
    out = build.agreed(number)
    if (out / INDEX).exists():
        return
    out.mkdir(exist_ok=True)
    backbone = OpenVinoBackbone(INT8_BACKBONE, crack_map=int8_form(build, number - 1))
    # its score must hold no crack map: one that does would agree with the map it is teaching, whatever that sees
    detector = replace(Detector.load(SMALL_DETECTOR), mapper=backbone, map_card=None)
    crops_of: CropsOf = lambda of, photo: photo.crops(detector, build.rng(5, number, of))  # noqa: E731
    told = lambda done, crops: done % 20 or print(f"pseudo {number}: {done} photos, {crops} crops", flush=True)  # noqa: E731
    with build.clock.stage(f"pseudo {number}"):
        rows = write_crops(out, pseudo_photos(build, number), crops_of, on_done=told)
    found = sum(row["crops"] for row in rows)
    if found < build.crops:
        raise DataError(f"{build.data}: expected photos with cracks; the last decoder saw {found} crops of them.")
    write_index(out, rows)


def pseudo_photos(build: Build, number: int) -> list[TrainPhoto]:
    """Give the photos that a round's pseudo-masks are made of."""
    photos = sdnet_photos(build.data, build.surfaces, share=build.quick, scored=build.without is None)
    share = build.quick if build.surfaces else 1.0  # METU alone: all of it, and there is time
    photos += metu_photos(build.data, build.rng(9, number), share=share)
    if ROADS in build.shares and build.roads is not None:
        photos += road_photos(build.roads, share=build.quick)
    return photos


def fit_round(build: Build, number: int) -> Path:
    """Fit the decoder of a round and give its file; after the first, pseudo-masks are among what it learns from."""
    path = build.decoder(number)
    if path.exists():
        return path
    steps = max(round(STEPS[number] * build.quick), 2)
    start = None if number == 0 else read_decoder(build.decoder(number - 1))
    told = lambda done, of, loss: done % 50 or print(f"fit {number}: {done} of {of}, {loss:.4f}", flush=True)  # noqa: E731
    device = device_there(build.device)
    with build.clock.stage(f"fit {number}", device=device):
        decoder = fit_decoder(
            _source(build, number),
            Taps(INT8_BACKBONE),
            settings=MapFit(
                steps,
                rate=RATES[number],
                seed=build.seed + number,
                device=device,
                dice_share=build.recipe.dice_share,
            ),
            state=build.work / f"round{number}.state",
            start=start,
            told=told,
        )
    write_decoder(decoder, path)
    return path


def _source(build: Build, number: int) -> Mixed:
    drawn, sut, agreed = CROPS[min(number, 1)]
    photos = build.asphalt()
    if photos and not build.recipe.masked:
        photos, drawn = [], drawn + sut
    if build.recipe.agreed == "none":
        drawn, agreed = drawn + agreed, 0
    parts: list[tuple[Source, int]] = [(drawn_samples(build, number), drawn)]
    if photos:
        labels = [mask_labels(mask) for _, mask in photos]
        parts.append((Pictures([pixels for pixels, _ in photos], labels, SIDE, SUT_REACH), sut))
    if agreed:
        cracked = build.recipe.agreed == "cracks"
        parts.append((Crops(build.agreed(number), seed=build.seed + number, cracked=cracked), agreed))
    return Mixed(parts, seed=build.seed + 10 * number)


def drawn_samples(build: Build, number: int) -> InTurns:
    """Give the drawn samples as a round reads them: of the origins that the build may see and of no other."""
    folder = build.samples(number)
    parts = [
        Shards([shard_path(folder / origin, i) for i in range(count)], build.crops, seed=build.seed + number)
        for origin, count in build.counts(number).items()
    ]
    return InTurns(parts, list(build.shares.values()))


def int8_form(build: Build, number: int) -> Path:
    """Write the INT8 form of a round's decoder beside it and give its `.xml`."""
    decoder = build.decoder(number)
    path = decoder.with_suffix(".xml")
    if not path.exists():
        crops = range_crops(build, number)
        with build.clock.stage("int8"):
            plain = convert_decoder(read_decoder(decoder))
            part = quantize_decoder(plain, Taps(INT8_BACKBONE), crops)
            with TemporaryDirectory(dir=build.work) as folder:  # a cut run leaves no half of a file
                ov.save_model(part, Path(folder) / path.name)
                for suffix in (".bin", ".xml"):
                    (Path(folder) / path.name).with_suffix(suffix).replace(path.with_suffix(suffix))
    return path


def range_crops(build: Build, number: int) -> list[NDArray[np.uint8]]:
    """Give crops drawn for a round, crops with pseudo-masks where there are any by now, and crops of asphalt."""
    late = number >= LATE_FROM
    drawn_for = number if late else 0
    make_drawn(build, drawn_for)
    found = list(drawn_samples(build, drawn_for).batch(0, RANGE_CROPS, build.rng(8))[0])
    agreed = build.agreed(number if late else 1)
    if (agreed / INDEX).exists():
        found += list(Crops(agreed).batch(0, RANGE_CROPS, build.rng(8))[0])
    return found + [pixels[:SIDE, :SIDE] for pixels, _ in build.asphalt()[:RANGE_CROPS]]


def decoder_of(build: Build) -> Path:
    """Run the stages up to the INT8 decoder and give its `.xml`; before a round that is done none is run."""
    build.claim()
    done = [number for number in range(build.rounds) if build.decoder(number).exists()]
    for number in range(max(done, default=-1) + 1, build.rounds):
        if number:
            make_pseudo(build, number)
        make_drawn(build, number)
        fit_round(build, number)
    return int8_form(build, build.rounds - 1)


def fitted(build: Build) -> tuple[Path, MapSettings, tuple[Metric, ...]]:
    """Give the INT8 decoder of all stages with its scales and the value at a crack's edge, and the figures of these."""
    network = decoder_of(build)
    with build.clock.stage("edge"):
        backbone = OpenVinoBackbone(INT8_BACKBONE, crack_map=network)
        by_hand: list[Masked] = [*hand_drawn(build.data)]
        if by_hand:
            return network, *with_edge(by_hand, backbone, chosen_on=HAND_DRAWN)
        rng, read = build.rng(7), [read_grounds(build.shards, origin) for origin in build.shares]
        turns = in_turns(list(build.shares.values()), EDGE_SAMPLES)
        samples = [drawn(draw_sample(rng, read[origin])) for origin in turns]
        return network, *with_edge(samples, backbone, chosen_on=DRAWN_DATA)


def build_map(build: Build) -> Path:
    """Run all stages and give the folder of the crack map with its card."""
    out = build.work / "crackmap"
    build.claim()
    for number in range(1, build.rounds):
        index = build.agreed(number) / INDEX
        if build.decoder(number).exists() and not index.exists():
            raise DataError(f"{index}: expected what a round that is done has learnt from; it is gone. Begin anew.")
    part = read_map(out)
    if part is None or part.card.recipe["rounds"] != build.rounds:
        network, settings, metrics = fitted(build)
        agreed = [build.agreed(number) for number in range(1, build.rounds)]
        sources = sources_of(Taken(build.data, tuple(build.shares), build.shards, agreed, build.sut_split))
        with build.clock.stage("settings"):  # chosen by a score that reads no crack map
            part = MapPart(new_card(settings, metrics, sources), network)
            part = settle(part, Detector.load(SMALL_DETECTOR), build.data)
        recipe = {"name": "crackmap", "maker": "makers.crackmap", "seed": build.seed, "quick": build.quick}
        recipe |= {"rounds": build.rounds, "without": build.without, **build.clock.recipe()}
        write_map(replace(part, card=replace(part.card, recipe=recipe)), out)
    return out
