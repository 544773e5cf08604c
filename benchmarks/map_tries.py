"""Takes train and val; gives what a crack map loses without a part of its recipe, by short fits. Never test."""

from __future__ import annotations

import hashlib
import json
import shutil
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from makers.crackmap import grounds
from makers.crackmap.build import fit_round, int8_form, make_drawn, make_pseudo
from makers.crackmap.card import hand_drawn
from makers.crackmap.lookalikes import ABOVE, BELOW, Painter, brickwork, marking, writing
from makers.crackmap.origins import METU, SURFACES
from makers.crackmap.plan import RECIPE, STEPS, SUT_SPLIT, Build, Recipe
from makers.crackmap.samples import DRAWING, LATE, Drawing
from makers.crackmap.sources import link_grounds
from numpy.typing import NDArray
from scipy import ndimage

from benchmarks.areas import areas
from benchmarks.data import find
from benchmarks.drawn_cracks import coverage, draw_cracks
from benchmarks.result import Benchmark, Result, Settings
from cracklens.cli.talk import console, progress
from cracklens.figures import tolerant_f1
from cracklens.files import write_whole
from cracklens.models import INT8_BACKBONE, bundled_map
from cracklens.network import OpenVinoBackbone, at_scales, read_crack_map
from cracklens.training.crackmap import fit, read_decoder, write_decoder
from cracklens.training.crackmap.fit import read_state
from cracklens.training.features import default_cache

DRAWN, CROPS = 2000, 50
"""Samples that are drawn for a fit, and in a file; the bundled one took 24,000."""

QUICK = 0.2
"""Share of the steps of the first round, the only one, and of the windows of SDNET2018 that are grounds."""

THRESHOLDS = np.arange(13, 243, 13)
"""Of a map's values, 0-255; each fit is measured at its own best."""

FALSE, WIDE_PX = 1e-3, 8.0
"""Share of the px beside cracks that are called one where drawn cracks are counted; from here on a crack is wide."""

BESIDE_PX = 3


CODE = (Path(grounds.__file__).parent, Path(fit.__file__).parent)


def _without(painters: Mapping[Painter, float], one: Painter) -> dict[Painter, float]:
    return {of: chance for of, chance in painters.items() if of is not one}


TRIES = {
    "the recipe": RECIPE,
    "no grounds of asphalt": Recipe(origins=(METU, *SURFACES)),
    "no photos of asphalt with masks": Recipe(masked=False),
    "grounds of one tile, not of whole photos": Recipe(most_px=grounds.LEAST_PX + 1),
    "no brickwork": Recipe(replace(DRAWING, below=_without(BELOW, brickwork))),
    "no cracks along mortar joints": Recipe(replace(DRAWING, along_joints=0.0)),
    "no paint: markings, writing": Recipe(
        replace(DRAWING, below=_without(BELOW, marking), above=_without(ABOVE, writing)),
    ),
    "no look-alikes, brickwork among them": Recipe(Drawing({}, {})),
    "no crack wider than 12 px": Recipe(replace(DRAWING, widest_px=12.0)),
    "no sample drawn small and enlarged, no ground from nearer": Recipe(replace(DRAWING, magnified=0.0, near=0.0)),
    "cross-entropy alone": Recipe(dice_share=0.0),
    "dark wet areas and deep gaps, as in the late rounds": Recipe(LATE),
}
"""Without the roads of Cracks-and-Potholes."""

SECOND = {
    "two rounds, the second with pseudo-masks": RECIPE,
    "two rounds, no hard negatives: of the crops with pseudo-masks those with a crack": Recipe(agreed="cracks"),
    "two rounds, no pseudo-masks": Recipe(agreed="none"),
}
"""Rounds that go on from the recipe's one, by the pseudo-masks that its decoder has made."""

UNAVERAGED = "the recipe, weights of the last step"
AGAIN = "the recipe, from other first weights"
"""And with the samples in another order: how far fits of the same lie apart."""


def run(settings: Settings) -> Sequence[Result]:
    """Fit every recipe and measure it on val: three hours on two cores; what is made stays in the user's cache, 11 GB.

    A fit is gone on with, or taken as it is, while its recipe and the code that makes it are the same; so is a
    whole measurement of one, while this module and the scales it reads at are the same, too.
    """
    rows = []
    builds = [(name, build_of(recipe)) for name, recipe in TRIES.items()]
    builds.insert(1, (AGAIN, again()))
    builds += [(name, build_of(recipe, rounds=2)) for name, recipe in SECOND.items()]
    with progress("fits of crack maps") as step:
        for done, (name, build) in enumerate(builds):
            step(done, len(builds), name)
            fitted(build)
            rows.append(measured(name, build, settings))
            if name == next(iter(TRIES)):
                rows.append(measured(UNAVERAGED, _unaveraged(build), settings))
    for row in rows:
        console().print(f"{row.name}: {row.value:.4f} {dict(row.sides)}")
    return rows


def build_of(recipe: Recipe, *, rounds: int = 1) -> Build:
    """Give short rounds by a recipe; its grounds and samples are those of the first where they would be the same."""
    root = default_cache().folder.resolve().parent / "map_tries"
    build = Build(
        find("metu").parent,
        None,
        root / key(recipe),
        quick=QUICK,
        rounds=rounds,
        drawn=DRAWN,
        crops=CROPS,
        device="cpu",
        recipe=recipe,
    )
    drawn = replace(RECIPE, masked=recipe.masked, dice_share=recipe.dice_share, agreed=recipe.agreed)
    return replace(build, shared=root / key(RECIPE) / "drawn") if recipe == drawn else build


def again() -> Build:
    """Give the recipe's build with another seed, on the same samples."""
    first = build_of(RECIPE)
    return replace(first, seed=first.seed + 1, work=first.work / "again", shared=first.shards)


def key(recipe: Recipe) -> str:
    """Give what is the same for as long as recipe, amounts and the code of maker and fit are."""
    code = [path.read_bytes() for folder in CODE for path in sorted(folder.glob("*.py"))]
    given = repr((recipe.words, DRAWN, CROPS, QUICK)).encode()
    return hashlib.sha256(b"".join([given, SUT_SPLIT.read_bytes(), *code])).hexdigest()[:16]


def fitted(build: Build) -> None:
    """Fit a decoder; grounds that are as those of the first fit are not cut again, nor is its round fitted again."""
    if build.rounds > 1:
        first = build_of(RECIPE, rounds=build.rounds)
        make_pseudo(first, 1)
        if build.work != first.work:
            build.work.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(first.decoder(0), build.decoder(0))
            if not build.agreed(1).exists() and build.recipe.agreed != "none":
                build.agreed(1).symlink_to(first.agreed(1))
        fit_round(build, 1)
        return
    if build.recipe.most_px == RECIPE.most_px:
        link_grounds(build.shards, build_of(RECIPE).shards, build.shares)
    make_drawn(build)
    fit_round(build, 0)


def _unaveraged(build: Build) -> Build:
    """Give a build beside another whose decoder has the weights of the last step."""
    last = replace(build, work=build.work / "last", shared=build.shards)
    last.work.mkdir(exist_ok=True)
    decoder = read_decoder(build.decoder(0))
    decoder.load_state_dict(read_state(build.work / "round0.state")["decoder"])
    write_decoder(decoder, last.decoder(0))
    return last


def measured(name: str, build: Build, settings: Settings) -> Result:
    """Give the row of a fit; a whole one is written beside the decoder, and read there."""
    by = Path(__file__).read_bytes() + repr(bundled_map().card.settings).encode()
    path = build.work / f"rounds{build.rounds}-{hashlib.sha256(by).hexdigest()[:16]}.json"
    if settings.limit is None and path.exists():
        return Result.from_json(json.loads(path.read_text()))
    row = _row(name, build, settings)
    if settings.limit is None:
        write_whole(path, json.dumps(row.as_json()).encode())
    return row


def _row(name: str, build: Build, settings: Settings) -> Result:
    mapper = OpenVinoBackbone(INT8_BACKBONE, crack_map=int8_form(build, build.rounds - 1))
    masks = [*hand_drawn(find("masks").parent)][: settings.limit]
    asphalt = grounds.sut_photos(find("sut").parent, "val", SUT_SPLIT)[: settings.limit]
    narrow, wide = _drawn(mapper, replace(settings, split="val"))
    steps = " and ".join(str(round(steps * QUICK)) for steps in STEPS[: build.rounds])
    f1 = {"masks": _best_f1(mapper, masks), "SUT-Crack": _best_f1(mapper, asphalt)}
    return Result(
        name=f"val F1 within 2 px at its best threshold: {name}",
        value=float(np.mean([*f1.values()])),
        n=len(masks) + len(asphalt),
        sides=f1 | {f"drawn under {WIDE_PX:g} px": narrow, "drawn, wider": wide},
        data="limited" if settings.limit else "none",
        split="val",
        note=f"{steps} steps; mean of hand-drawn masks for choosing and of SUT-Crack; of drawn "
        f"cracks the share of px found where {FALSE:.1%} of the others are called crack",
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
    "map_tries", "short fits of crack maps, each without a part of the recipe, on val; no bar", (), run, "val"
)
