"""Takes val pictures whose cracks are known; gives whether a crack map's value is a probability, and masks' width."""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np
from makers.crackmap.choose import WARM, Known, calibration_error, width_ratio
from numpy.typing import NDArray

from benchmarks.areas import areas
from benchmarks.data import find
from benchmarks.drawn_cracks import coverage, draw_cracks
from benchmarks.mask_scores import read_mask
from benchmarks.result import Bar, Benchmark, Result, Settings
from benchmarks.splits.make_sut import rows
from cracklens import Detector, Photo, read_photo

CALIBRATED = {name: Bar(f"calibration error of px, {name}", "≤", 0.05) for name in ("SUT-Crack", "drawn")}


def run(settings: Settings) -> Sequence[Result]:
    """Read the pictures of val, whatever the split: these are what a map is chosen on."""
    detector, found = Detector.load(settings.detector), []
    of_val = replace(settings, split="val")
    for (name, bar), pictures in zip(
        CALIBRATED.items(), (_sut(detector, of_val), _drawn(detector, of_val)), strict=True
    ):
        known = list(pictures)
        sides = {
            f"of px of {WARM:g} and more": calibration_error(known, least=WARM),
            "px of the mask against the known one": width_ratio(known, detector.map_settings.edge),
        }
        note = f"n pictures; {sum(one.crack.size for one in known) / 1e6:.0f} megapixels of {name}, val"
        data = "limited" if settings.limit else "whole"
        found.append(bar.result(calibration_error(known), n=len(known), sides=sides, split="val", data=data, note=note))
    return found


def _sut(detector: Detector, settings: Settings) -> Iterator[Known]:
    for line in [line for line in rows() if line["split"] == "val"][: settings.limit]:
        path = find("sut") / line["file"]
        yield Known(_values(detector, read_photo(path)), read_mask(find("sut") / "masks" / f"{path.stem}.png"))


def _drawn(detector: Detector, settings: Settings) -> Iterator[Known]:
    """Give areas of photos with the cracks that `drawn_on_real` draws on them."""
    for area, pixels in areas(settings):
        scene = draw_cracks(pixels, seed=zlib.crc32(area.photo.encode()))
        share = np.zeros(pixels.shape[:2], np.float32)
        for crack in scene.cracks:
            np.maximum(share, coverage(crack.strands, share.shape), out=share)
        yield Known(_values(detector, Photo(scene.pixels, area.photo, "")), share >= 0.5)


def _values(detector: Detector, photo: Photo) -> NDArray[np.float32]:
    return np.asarray(detector.maps(photo)[1].crack / np.float32(255), np.float32)


BENCHMARK = Benchmark(
    "map_calibration", "whether a value of the crack map is a probability", tuple(CALIBRATED.values()), run
)
