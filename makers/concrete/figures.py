"""Takes a head and labelled tiles; gives the figures of its card, every tile scored as the detector does."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from cracklens.detector import photo_maps
from cracklens.evaluation import LogitCache, all_logits, peak_logits
from cracklens.labels import LabelledTile, read_labelled
from cracklens.models import Metric
from cracklens.network import SIDE, calibrated, pooled_logits
from cracklens.training import measure_scores
from cracklens.training.features import Progress, default_cache, photos_of, position, tile_cells
from cracklens.training.features.mosaic import mosaic
from cracklens.values import Backbone, Head, Photo

SURFACES = ("Decks", "Pavements", "Walls")
METU, PHOTOS, SINGLE = "METU", "in their photos", "single tiles"


def surface(tile: LabelledTile) -> str:
    """Give "Decks", "Pavements" or "Walls"; METU's tiles are of "METU"."""
    first = tile.file.split("/")[0]
    return first if first in SURFACES else METU


def named(form: str, tile: LabelledTile) -> str:
    """Give how the card calls a surface in one form."""
    return METU if form == METU else f"SDNET2018 {surface(tile)}, {form}"


def seen_metrics(
    head: Head, backbone: Backbone, data: Path, *, threshold: float, split: str, on_progress: Progress | None = None
) -> tuple[Metric, ...]:
    """Give the figures of METU, and of each surface of SDNET2018 as single tiles and in their photos.

    Args:
        head: calibrated.
        backbone: of the head.
        data: folder with `metu/`, `sdnet2018/` and `splits/`.
        threshold: of the card.
        split: which is measured.
        on_progress: called with (done, of all) tiles of each step.
    """
    metu, sdnet = (
        [tile for tile in read_labelled(data / name).tiles if tile.split == split and (name == "metu" or _placed(tile))]
        for name in ("metu", "sdnet2018")
    )
    scores = LogitCache(default_cache().folder / "scores")

    def singly(tiles: Sequence[LabelledTile]) -> NDArray[np.float64]:
        paths = [tile.path for tile in tiles]
        return all_logits(peak_logits(paths, backbone, head, cache=scores, on_progress=on_progress))

    forms = {
        METU: (metu, singly(metu)),
        PHOTOS: (sdnet, logits_in_photos(sdnet, backbone, head, on_progress=on_progress)),
        SINGLE: (sdnet, singly(sdnet)),
    }
    found: list[Metric] = []
    for form, (tiles, logits) in forms.items():
        keys, of = np.array([named(form, tile) for tile in tiles]), calibrated(logits, head)
        for key in sorted(set(keys.tolist())):
            some = [tile for tile, at in zip(tiles, keys, strict=True) if at == key]
            found += measure_scores(some, of[keys == key], threshold=threshold, data=f"{key}, {split}")
    return tuple(found)


UNSEEN = ("recall", "false_alarm_rate", "auroc", "f1_balanced")


def unseen_metrics(
    tiles: Sequence[LabelledTile], scores: NDArray[np.floating], *, threshold: float, surface: str
) -> tuple[Metric, ...]:
    """Give figures of val tiles in their photos, by a head that was fitted without their surface."""
    on = f"SDNET2018 {surface}, {PHOTOS}, val, at the threshold of a head fitted without this surface"
    found = measure_scores(tiles, scores, threshold=threshold, data=on)
    return tuple(replace(one, name=f"{one.name}_unseen") for one in found if one.name in UNSEEN)


def _placed(tile: LabelledTile) -> bool:
    return position(tile.file) is not None


def logits_in_photos(
    tiles: Sequence[LabelledTile], backbone: Backbone, head: Head, *, on_progress: Progress | None = None
) -> NDArray[np.float64]:
    """Give the logits (N,) of SDNET2018 tiles in their photos: the highest of the neighbourhoods inside each tile."""
    found: dict[str, float] = {}
    inner = slice(SIDE // 2, -(SIDE // 2))
    for photo in photos_of(tiles):
        whole = Photo(mosaic(photo), photo[0].group, "")
        pooled = pooled_logits(photo_maps(whole, backbone, head), head)
        for tile in photo:
            found[tile.file] = float(pooled[*tile_cells(*(position(tile.file) or (0, 0)))][inner, inner].max())
        if on_progress:
            on_progress(len(found), len(tiles))
    return np.array([found[tile.file] for tile in tiles])
