"""Takes a fitted decoder, train and val photos; gives the crack map as it is bundled: scales, settings, card."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from makers.crackmap import plan
from makers.crackmap.choose import (
    WARM,
    Known,
    Marked,
    Read,
    Way,
    best,
    calibration_error,
    least_of_the_best,
    ways,
    with_confidence,
    with_familiar,
)
from makers.crackmap.grounds import sut_photos
from makers.crackmap.pseudo import cell_labels
from makers.crackmap.samples import Sample
from numpy.typing import NDArray

from cracklens import Detector, Photo
from cracklens.errors import DataError
from cracklens.figures import dice, tolerant_f1, unbiased_edge, width_ratio
from cracklens.labels import read_labelled
from cracklens.models import INT8_BACKBONE, DataSource, MapCard, MapPart, Metric
from cracklens.network import FULL, OpenVinoBackbone, read_crack_map, readings, together
from cracklens.photo import read_photo
from cracklens.tracing.mask import crack_mask
from cracklens.training.crackmap.source import CRACK, UNSURE
from cracklens.training.features import photos_of, position
from cracklens.training.features.mosaic import mosaic
from cracklens.values import Backbone, CrackMap, MapSettings

Masked = tuple[NDArray[np.uint8], NDArray[np.bool_] | NDArray[np.float32]]
"""A picture (H, W, 3) and which of its px (H, W) are crack, or how much of each."""

TIMES = (1, 2, 4)
"""How many times smaller a photo may be read."""

OFFSETS = (0.0, 0.5, 1.0, 1.5)
"""Of the mean of the readings, beside which that of the photo's own size stands alone."""

CHOOSING = 2
"""One val photo in so many says which settings make masks; all say what the confidences are."""

VAL_DATA = "SDNET2018, half of val; thresholds were chosen on them"
ASPHALT_DATA = "SUT-Crack, val; thresholds were chosen on them, too"
DRAWN_DATA = "samples drawn on grounds of train, at 1 and 1/2; scales and edge were chosen on them"
HAND_DRAWN = "hand-drawn masks of masks/; settings were chosen on them"


LIMITS = (
    "To the crack map, joints, edges and shadows can look like cracks.",
    "Over all px its values are right; of 0.1 and more they are too high.",
    "Its confidences were fitted on val photos of SDNET2018 and have not been measured on other structures.",
    "Settings were chosen on hand-drawn masks of unknown licence, and with UAV-315 in view; neither was learnt from.",
    "Its masks are about a fifth too wide.",
)


def with_edge(
    pictures: Iterable[Masked], mapper: Backbone, *, chosen_on: str
) -> tuple[MapSettings, tuple[Metric, ...]]:
    """Give settings whose masks fit the cracks of pictures, and are as wide, as far as these can tell.

    Of the offsets it is the least that is no worse than the best, as far as the pictures can tell: in photos of other
    kinds a higher one calls more a crack. Beside them: how wide the masks are, and how far a value of the map is from a
    probability.

    Args:
        pictures: RGB (H, W, 3) uint8 and how much of each px (H, W) is crack.
        mapper: gives crack maps.
        chosen_on: what these pictures are, for the card.

    Raises:
        DataError: masks are wider than the cracks, or narrower, at any offset and value.
    """
    every = MapSettings(scales=TIMES)
    seen = [(readings(of, read_crack_map(of, mapper), mapper, every), crack) for of, crack in pictures]
    ways, overlaps, faults = [], [], []
    for offset in OFFSETS:
        tried = MapSettings(scales=TIMES, offset=offset)
        try:
            edge, overlap = unbiased_edge([one.reach for one in _known(seen, tried)])
        except DataError as error:  # at another offset masks may be as wide as cracks
            faults.append(error)
            continue
        ways.append(replace(tried, edge=edge))
        overlaps.append(overlap)
    if not ways:
        raise faults[-1]
    settings = ways[least_of_the_best(overlaps)]
    known = _known(seen, settings)
    figures = {
        "width_ratio": width_ratio([one.reach for one in known], settings.edge),
        "ece": calibration_error(known),
        f"ece_from_{WARM:g}": calibration_error(known, least=WARM),
    }
    return settings, tuple(Metric(name, round(value, 5), len(known), chosen_on) for name, value in figures.items())


def _known(seen: Sequence[tuple[Mapping[int, CrackMap], NDArray[Any]]], settings: MapSettings) -> list[Known]:
    found = [(together(of, settings).crack, crack) for of, crack in seen]
    return [Known(np.asarray(values / np.float32(FULL), np.float32), crack) for values, crack in found]


def drawn(sample: Sample) -> Masked:
    """Give the pixels of a drawn sample and how much of each px is crack."""
    share = np.select([sample.labels == CRACK, sample.labels == UNSURE], [np.float32(1), np.float32(0.5)])
    return sample.pixels, share.astype(np.float32)


def hand_drawn(data: Path) -> Iterator[Masked]:
    """Give the photos of `masks/` that are for choosing, with their masks; the others report. Without them none."""
    for path in sorted((data / "masks" / "images").glob("*"))[::2]:
        mask = read_photo(data / "masks" / "masks" / f"{path.stem}.png").pixels[..., 0]
        yield read_photo(path).pixels, mask > FULL // 2


def val_photos(data: Path, detector: Detector, *, without: str | None = None) -> Iterator[Read]:
    """Give SDNET2018's val photos as the detector reads them."""
    tiles = [tile for tile in read_labelled(data / "sdnet2018").tiles if tile.split == "val" and position(tile.file)]
    for tiles_of in photos_of([tile for tile in tiles if tile.file.split("/")[0] != without]):
        pixels = mosaic(tiles_of)
        scores, crack_map = detector.maps(Photo(pixels, tiles_of[0].group, ""))
        yield Read(pixels, crack_map, scores, cell_labels(tiles_of, pixels.shape))


def settle(part: MapPart, detector: Detector, data: Path) -> MapPart:
    """Give a crack map with its other settings chosen on val, and their figures.

    They are where and how far the score counts, the mask's thresholds, and the weights of confidences. Beside them: how
    masks fit those of SUT-Crack's val photos.

    Args:
        part: the crack map, its scales and edge known.
        detector: whose score they are chosen with.
        data: folder with `sdnet2018/`, `splits/` and, for photos of other kinds, `masks/` and `sut/`, where there.
    """
    read = replace(detector, mapper=OpenVinoBackbone(INT8_BACKBONE, crack_map=part.network), map_card=part.card)
    photos = list(val_photos(data, read))
    some = photos[::CHOOSING]
    marked = [_marked(pixels, crack, read) for pixels, crack in hand_drawn(data)]
    near = sut_photos(data, "val", plan.SUT_SPLIT) if (data / "sut").is_dir() else ()
    asphalt = [_marked(pixels, crack, read) for pixels, crack in near]
    chosen = best(list(ways(some, with_familiar(photos, part.card.settings), [*marked, *asphalt])))
    figures = figures_of(chosen, len(some))
    settings = chosen.settings
    if marked:
        settings, wide = with_own_edge(marked, settings)
        figures = (*figures, wide)
    figures = (*figures, *mask_figures(asphalt, settings))
    kept = [one for one in part.card.metrics if one.name not in {new.name for new in figures}]
    settings = with_confidence(photos, settings)
    return replace(part, card=replace(part.card, settings=settings, metrics=(*kept, *figures), limits=LIMITS))


def with_own_edge(marked: Sequence[Marked], settings: MapSettings) -> tuple[MapSettings, Metric]:
    """Give settings whose own masks, thresholds and score and all, are as wide as the cracks, and how wide they are.

    Raises:
        DataError: they are as wide at no edge.
    """
    reaches = [one.reach(settings) for one in marked]
    settings = replace(settings, edge=unbiased_edge(reaches)[0])
    return settings, Metric("width_ratio", round(width_ratio(reaches, settings.edge), 5), len(marked), HAND_DRAWN)


def mask_figures(marked: Sequence[Marked], settings: MapSettings) -> tuple[Metric, ...]:
    """Give how the masks fit those of photos of asphalt: mean Dice and mean F1 within 2 px; nothing without any."""
    found = [(crack_mask(one.crack_map, one.score_map, settings), one.crack) for one in marked]
    figures = {"dice": dice, "f1_within_2px": tolerant_f1} if found else {}
    means = {name: float(np.mean([of(mask, crack) for mask, crack in found])) for name, of in figures.items()}
    return tuple(Metric(name, round(mean, 5), len(found), ASPHALT_DATA) for name, mean in means.items())


def _marked(pixels: NDArray[np.uint8], crack: NDArray[Any], detector: Detector) -> Marked:
    scores, crack_map = detector.maps(Photo(pixels, "", ""))
    return Marked(crack_map, scores, np.asarray(crack, np.bool_))


def figures_of(way: Way, photos: int) -> tuple[Metric, ...]:
    """Give what a choice of settings finds in so many photos of val."""
    figures = {"length_precision": round(way.precision, 5), "length_in_cracked_cells_px": way.in_cracked}
    return tuple(Metric(name, value, photos, VAL_DATA) for name, value in figures.items())


def new_card(settings: MapSettings, metrics: tuple[Metric, ...], sources: tuple[DataSource, ...]) -> MapCard:
    """Give the card of a crack map whose thresholds are not chosen yet, and whose recipe is not written."""
    return MapCard(
        name="crack map of concrete, masonry and asphalt",
        recipe={},
        backbone_hash=OpenVinoBackbone(INT8_BACKBONE).hash,
        settings=settings,
        data=sources,
        metrics=metrics,
        limits=LIMITS,
        versions={name: version(name) for name in ("cracklens", "torch", "openvino", "nncf")},
        created=f"{datetime.now(UTC):%Y-%m-%d}",
    )
