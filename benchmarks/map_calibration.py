"""Takes val pictures whose cracks are known; gives whether a crack map's value is a probability, and masks' width."""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np
from makers.crackmap.choose import WARM, Known, Marked, calibration_error
from numpy.typing import NDArray

from benchmarks.areas import areas
from benchmarks.data import find
from benchmarks.drawn_cracks import coverage, draw_cracks
from benchmarks.mask_scores import read_mask
from benchmarks.result import Bar, Benchmark, Result, Settings
from benchmarks.splits.make_sut import rows
from cracklens import Detector, Photo, read_photo
from cracklens.figures import Reach, width_ratio

Both = tuple[Known, Reach]
"""The values of a picture, and how far its shipped mask reaches; both beside what is known."""

CALIBRATED = {name: Bar(f"calibration error of px, {name}", "≤", 0.05) for name in ("SUT-Crack", "drawn")}


def run(settings: Settings) -> Sequence[Result]:
    """Read the pictures of val, whatever the split: these are what a map is chosen on."""
    detector, found = Detector.load(settings.detector), []
    of_val = replace(settings, split="val")
    for (name, bar), pictures in zip(
        CALIBRATED.items(), (_sut(detector, of_val), _drawn(detector, of_val)), strict=True
    ):
        known, reaches = zip(*pictures, strict=True)
        sides = {
            f"of px of {WARM:g} and more": calibration_error(known, least=WARM),
            "px of the shipped mask against the known one": width_ratio(reaches, detector.map_settings.edge),
        }
        note = f"n pictures; {sum(one.crack.size for one in known) / 1e6:.0f} megapixels of {name}, val"
        data = "limited" if settings.limit else "whole"
        found.append(bar.result(calibration_error(known), n=len(known), sides=sides, split="val", data=data, note=note))
    return found


def _sut(detector: Detector, settings: Settings) -> Iterator[Both]:
    for line in [line for line in rows() if line["split"] == "val"][: settings.limit]:
        path = find("sut") / line["file"]
        yield _both(detector, read_photo(path), read_mask(find("sut") / "masks" / f"{path.stem}.png"))


def _drawn(detector: Detector, settings: Settings) -> Iterator[Both]:
    """Give areas of photos with the cracks that `drawn_on_real` draws on them."""
    for area, pixels in areas(settings):
        scene = draw_cracks(pixels, seed=zlib.crc32(area.photo.encode()))
        share = np.zeros(pixels.shape[:2], np.float32)
        for crack in scene.cracks:
            np.maximum(share, coverage(crack.strands, share.shape), out=share)
        yield _both(detector, Photo(scene.pixels, area.photo, ""), share >= 0.5)


def _both(detector: Detector, photo: Photo, crack: NDArray[np.bool_]) -> Both:
    scores, crack_map = detector.maps(photo)
    values = np.asarray(crack_map.crack / np.float32(255), np.float32)
    return Known(values, crack), Marked(crack_map, scores, crack).reach(detector.map_settings)


BENCHMARK = Benchmark(
    "map_calibration", "whether a value of the crack map is a probability", tuple(CALIBRATED.values()), run, "val"
)
