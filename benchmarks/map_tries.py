"""Takes train and val; gives what a crack map loses without a part of its recipe, by short fits. Never test."""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import openvino as ov
from makers.crackmap import grounds
from makers.crackmap.card import hand_drawn
from makers.crackmap.lookalikes import ABOVE, BELOW, Painter, brickwork, marking, writing
from makers.crackmap.origins import METU, SURFACES, SUT, shares_of
from makers.crackmap.plan import SUT_SPLIT
from makers.crackmap.samples import DRAWING, Drawing
from makers.crackmap.scene import SIDE
from makers.crackmap.shards import InTurns, draw_shards, shard_path, write_array
from numpy.typing import NDArray
from scipy import ndimage

from benchmarks.areas import areas
from benchmarks.data import find
from benchmarks.drawn_cracks import coverage, draw_cracks
from benchmarks.result import Benchmark, Result, Settings
from cracklens.cli.talk import console, progress
from cracklens.figures import tolerant_f1
from cracklens.models import INT8_BACKBONE, bundled_map
from cracklens.network import OpenVinoBackbone, at_scales, read_crack_map
from cracklens.training.crackmap import (
    Decoder,
    MapFit,
    Mixed,
    Pictures,
    Shards,
    Taps,
    convert_decoder,
    fit,
    fit_decoder,
    mask_labels,
)
from cracklens.training.crackmap.fit import read_state
from cracklens.training.crackmap.source import Source
from cracklens.training.features import default_cache

STEPS, DRAWN, CROPS = 300, 2000, 50
"""Batches of a fit; samples that are drawn for it, and in a file. The bundled one took 6,300 and 24,000."""

QUICK = 0.1
"""Share of the windows of SDNET2018's train photos that are grounds."""

BATCH = 16
MASKED = 3
"""Crops of SUT-Crack's photos, with their masks, in a batch."""

ORIGINS = (METU, SUT, *SURFACES)
"""The roads of Cracks-and-Potholes take no part."""

THRESHOLDS = np.arange(13, 243, 13)
"""Of a map's values, 0-255; each fit is measured at its own best."""

FALSE, WIDE_PX = 1e-3, 8.0
"""Share of the px beside cracks that are called one where drawn cracks are counted; from here on a crack is wide."""

BESIDE_PX = 3


CODE = (Path(grounds.__file__).parent, Path(fit.__file__).parent)


@dataclass(frozen=True)
class Try:
    """A recipe that is fitted.

    Attributes:
        drawing: what is drawn.
        origins: of the grounds.
        most_px: side of a ground in SDNET2018's photos.
        masked: crops of photos with masks in a batch.
        dice_share: of the overlap in what is made small.
    """

    drawing: Drawing = DRAWING
    origins: tuple[str, ...] = ORIGINS
    most_px: int = grounds.MOST_PX
    masked: int = MASKED
    dice_share: float = MapFit(1).dice_share

    @property
    def sha256(self) -> str:
        """The same for as long as recipe, amounts and the code of maker and fit are."""
        painted = [
            {of.__name__: chance for of, chance in some.items()} for some in (self.drawing.below, self.drawing.above)
        ]
        numbers = replace(self, drawing=replace(self.drawing, below={}, above={}))
        code = [path.read_bytes() for folder in CODE for path in sorted(folder.glob("*.py"))]
        given = repr((painted, numbers, STEPS, DRAWN, CROPS, QUICK, BATCH)).encode()
        return hashlib.sha256(b"".join([given, SUT_SPLIT.read_bytes(), *code])).hexdigest()[:16]


def _without(painters: Mapping[Painter, float], one: Painter) -> dict[Painter, float]:
    return {of: chance for of, chance in painters.items() if of is not one}


TRIES = {
    "the recipe": Try(),
    "no grounds of asphalt": Try(origins=(METU, *SURFACES)),
    "no photos of asphalt with masks": Try(masked=0),
    "grounds of one tile, not of whole photos": Try(most_px=grounds.LEAST_PX + 1),
    "no brickwork": Try(replace(DRAWING, below=_without(BELOW, brickwork))),
    "no cracks along mortar joints": Try(replace(DRAWING, along_joints=0.0)),
    "no paint: markings, writing": Try(
        replace(DRAWING, below=_without(BELOW, marking), above=_without(ABOVE, writing)),
    ),
    "no look-alikes, brickwork among them": Try(Drawing({}, {})),
    "no crack wider than 12 px": Try(replace(DRAWING, widest_px=12.0)),
    "no sample drawn small and enlarged, no ground from nearer": Try(replace(DRAWING, magnified=0.0, near=0.0)),
    "cross-entropy alone": Try(dice_share=0.0),
}
UNAVERAGED = "the recipe, weights of the last step"


def run(settings: Settings) -> Sequence[Result]:
    """Fit every recipe and measure it on val: two hours on two cores; what is made stays in the user's cache, 10 GB.

    A fit is gone on with, or taken as it is, while its recipe and the code that makes it are the same.
    """
    work = default_cache().folder.resolve().parent / "map_tries"
    rows = []
    with progress("fits of crack maps") as step:
        for done, (name, tried) in enumerate(TRIES.items()):
            step(done, len(TRIES), name)
            folder = work / tried.sha256
            decoder = fitted(tried, folder, work / Try().sha256)
            rows.append(_row(name, decoder, folder / "decoder.xml", settings))
            if done == 0:
                decoder.load_state_dict(read_state(folder / "state")["decoder"])
                rows.append(_row(UNAVERAGED, decoder, folder / "last.xml", settings))
    for row in rows:
        console().print(f"{row.name}: {row.value:.4f} {dict(row.sides)}")
    return rows


def fitted(tried: Try, folder: Path, first: Path) -> Decoder:
    """Give a decoder by a recipe; its grounds and samples are those of the first where they would be the same."""
    for made in (folder, first):
        made.mkdir(parents=True, exist_ok=True)
    same = (tried.drawing, tried.most_px) == (DRAWING, grounds.MOST_PX) and tried.origins == ORIGINS
    shards = first if same else folder
    counts = {name: max(round(DRAWN * share / CROPS), 1) for name, share in shares_of(tried.origins).items()}
    for number, origin in enumerate(tried.origins):
        path, own = shards / f"{origin}.npy", first / f"{origin}.npy"
        if path.exists():
            continue
        if tried.most_px == grounds.MOST_PX and own.exists():
            path.symlink_to(own)
        else:
            write_array(path, np.stack([ground for _, ground in _grounds(origin, number, tried.most_px)]))
    draw_shards(shards, counts, seed=0, on_done=lambda _: None, crops=CROPS, drawing=tried.drawing)
    parts = [
        Shards([shard_path(shards / origin, i) for i in range(count)], CROPS, seed=0)
        for origin, count in counts.items()
    ]
    sources: list[tuple[Source, int]] = [(InTurns(parts, [*shares_of(tried.origins).values()]), BATCH - tried.masked)]
    if tried.masked:
        photos = sut_photos()
        labels = [mask_labels(mask) for _, mask in photos]
        sources.append((Pictures([pixels for pixels, _ in photos], labels, SIDE, (64.0, 512.0)), tried.masked))
    steps = MapFit(STEPS, dice_share=tried.dice_share, device="cpu")
    return fit_decoder(Mixed(sources, seed=0), Taps(INT8_BACKBONE), settings=steps, state=folder / "state")


def sut_photos() -> list[tuple[NDArray[np.uint8], NDArray[np.bool_]]]:
    """Give SUT-Crack's train photos with their masks."""
    return grounds.sut_photos(find("sut").parent, "train", SUT_SPLIT)


def _grounds(origin: str, number: int, most_px: int) -> list[grounds.Ground]:
    rng = np.random.default_rng([0, number])
    if origin == METU:
        return list(grounds.metu_grounds(find("metu").parent, rng))
    if origin == SUT:
        return list(grounds.sut_grounds(sut_photos(), rng))
    return list(grounds.sdnet_grounds(find("sdnet2018").parent, origin, rng, share=QUICK, most_px=most_px))


def _row(name: str, decoder: Decoder, path: Path, settings: Settings) -> Result:
    if not path.exists():
        cut = path.with_name(f"cut-{path.name}")
        ov.save_model(convert_decoder(decoder), cut, compress_to_fp16=False)
        cut.with_suffix(".bin").replace(path.with_suffix(".bin"))
        cut.replace(path)
    mapper = OpenVinoBackbone(INT8_BACKBONE, crack_map=path)
    masks = [*hand_drawn(find("masks").parent)][: settings.limit]
    asphalt = grounds.sut_photos(find("sut").parent, "val", SUT_SPLIT)[: settings.limit]
    narrow, wide = _drawn(mapper, replace(settings, split="val"))
    f1 = {"masks": _best_f1(mapper, masks), "SUT-Crack": _best_f1(mapper, asphalt)}
    return Result(
        name=f"val F1 within 2 px at its best threshold: {name}",
        value=float(np.mean([*f1.values()])),
        n=len(masks) + len(asphalt),
        sides=f1 | {f"drawn under {WIDE_PX:g} px": narrow, "drawn, wider": wide},
        data="limited" if settings.limit else "none",
        split="val",
        note=f"{STEPS} steps; mean of hand-drawn masks for choosing and of SUT-Crack; of drawn cracks the share of px "
        f"found where {FALSE:.1%} of the others are called crack",
    )


def _values(pixels: NDArray[np.uint8], mapper: OpenVinoBackbone) -> NDArray[np.uint8]:
    """Give the crack map (H, W), at the scales of the bundled one."""
    return at_scales(pixels, read_crack_map(pixels, mapper), mapper, bundled_map().card.settings).crack


def _best_f1(mapper: OpenVinoBackbone, pictures: Sequence[tuple[NDArray[np.uint8], NDArray[np.generic]]]) -> float:
    """Give the highest mean F1 within 2 px that any one threshold gives."""
    known = [(_values(pixels, mapper), np.asarray(crack, np.bool_)) for pixels, crack in pictures]
    return max(float(np.mean([tolerant_f1(of >= level, crack) for of, crack in known])) for level in THRESHOLDS)


def _drawn(mapper: OpenVinoBackbone, settings: Settings) -> tuple[float, float]:
    """Give the share of px of narrow and of wide drawn cracks that are found, where few others are called crack."""
    others, narrow, wide = (np.zeros(256, np.int64) for _ in range(3))
    for area, pixels in areas(settings):
        scene = draw_cracks(pixels, seed=zlib.crc32(area.photo.encode()))
        values, near = _values(scene.pixels, mapper), np.zeros(pixels.shape[:2], np.bool_)
        for crack in scene.cracks:
            inside = coverage(crack.strands, near.shape) >= 0.5
            (narrow if crack.width_px < WIDE_PX else wide)[:] += np.bincount(values[inside], minlength=256)
            near |= ndimage.binary_dilation(inside, iterations=BESIDE_PX)
        others += np.bincount(values[~near], minlength=256)
    level = int(np.argmax(np.cumsum(others) >= (1 - FALSE) * others.sum())) + 1
    return (float(narrow[level:].sum() / narrow.sum()), float(wide[level:].sum() / wide.sum()))


BENCHMARK = Benchmark(
    "map_tries", "short fits of crack maps, each without a part of the recipe, on val; no bar", (), run
)
