"""Takes pixels and a network with a crack map; gives the crack map of the whole photo. Knows nothing of masks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy.special import expit, logit

from cracklens.errors import CheckpointError
from cracklens.network.dense import dense_maps
from cracklens.network.scores import local_maps
from cracklens.network.taps import FULL
from cracklens.photo import let_go, room
from cracklens.values import Backbone, CrackMap, FeatureMaps, Head, MapSettings
from cracklens.values.maps import LINE_STRIDE_PX

LOGITS = logit(np.clip(np.arange(FULL + 1) / FULL, 0.5 / FULL, 1 - 0.5 / FULL)).astype(np.float32)
"""Of a crack map's values."""

LEAST_FAR_PX = 128
"""A smaller view, which is mostly the reflection beyond its edges, is not read: in it any crack runs straight on."""

SMALL_PX = 2**21
"""A photo of no more px is read four times, as it is and in a mirror, and so brightened, and the mean logits are taken:
a frame of a video or a drone, for which that takes a second. A hairline in a shadow shows when it is brightened."""

BRIGHTER = np.rint((np.arange(FULL + 1) / FULL) ** 0.6 * FULL).astype(np.uint8)
"""Values of a brightened photo."""

STRIP_PX = 128
"""Rows that are mixed together; bounds memory."""


@dataclass(frozen=True)
class MappedBackbone:
    """A network that gives no crack map, with that of another beside it: of the float one, or of a checkpoint's own.

    Attributes:
        features: gives the feature maps, name and hash.
        mapper: gives the crack map of the same windows.
    """

    features: Backbone
    mapper: Backbone

    @property
    def name(self) -> str:
        """How reports call it."""
        return self.features.name

    @property
    def hash(self) -> str:
        """SHA-256 of the network that heads are fitted on."""
        return self.features.hash

    def feature_maps(self, windows: NDArray[np.uint8]) -> FeatureMaps:
        """Give the feature maps of windows (N, H, W, 3) uint8 RGB by one network and their crack map by the other."""
        maps = self.mapper.feature_maps(windows)
        return replace(self.features.feature_maps(windows), crack=maps.crack, line=maps.line)

    def release(self) -> None:
        """Give back the memory that both keep for the next window."""
        self.features.release()
        self.mapper.release()


def read_crack_map(pixels: NDArray[np.uint8], mapper: Backbone) -> CrackMap:
    """Give the crack map of a photo (H, W, 3).

    Raises:
        CheckpointError: the network gives none.
    """
    ((crack, line),) = dense_maps([pixels], mapper, _maps)
    return CrackMap(crack, line)


def read_both(pixels: NDArray[np.uint8], mapper: Backbone, head: Head) -> tuple[NDArray[np.float32], CrackMap]:
    """Give all that a head reads in a photo, (C, rows, cols), and its crack map, by one pass.

    Raises:
        CheckpointError: the network gives no crack map, or the head does not fit it.
    """
    ((local, crack, line),) = dense_maps([pixels], mapper, lambda maps: (local_maps(maps, head), *_maps(maps)))
    return local, CrackMap(crack, line)


def at_scales(pixels: NDArray[np.uint8], own: CrackMap, mapper: Backbone, settings: MapSettings) -> CrackMap:
    """Give the crack map of a photo with what is seen in it from farther away: wide cracks, blurred photos, joints.

    Args:
        pixels: (H, W, 3).
        own: the crack map at the photo's own size.
        mapper: gives crack maps.
        settings: scales and offset.
    """
    return together(readings(pixels, own, mapper, settings), settings)


def readings(
    pixels: NDArray[np.uint8], own: CrackMap, mapper: Backbone, settings: MapSettings
) -> Mapping[int, CrackMap]:
    """Give the crack maps of a photo by how many times smaller it was read, its own size among them.

    Reading it smaller takes a view of 128 px at least. Each reading of a small photo is the mean of four.

    Args:
        pixels: (H, W, 3).
        own: the crack map at the photo's own size.
        mapper: gives crack maps.
        settings: scales.
    """
    hw = own.crack.shape
    often, far = own.crack.size <= SMALL_PX, {}
    for times in (times for times in settings.scales if times > 1 and -(-min(hw) // times) >= LEAST_FAR_PX):
        view = _smaller(pixels, times)
        once = read_crack_map(view, mapper)
        far[times] = _surer(once, view, mapper) if often else once
    return {1: _surer(own, pixels, mapper) if often else own, **far}


def together(seen: Mapping[int, CrackMap], settings: MapSettings) -> CrackMap:
    """Give the crack map that readings of a photo give together.

    A px is as surely crack as the photo's own size says, or as the readings do together: the mean of their logits and
    an offset. A hairline is lost from afar, and a gap full of stones is none from near. From near a crumbled joint
    looks like a crack, from farther away it is seen to be straight: where such a reading sees a line that is no crack,
    it is one with that probability, and the crack has at most the rest.
    Source: docs/decisions/0017-crack-map.md.

    Args:
        seen: crack maps by how many times smaller the photo was read; 1 is its own size.
        settings: offset, and the scales of which the mean is.
    """
    own, hw = seen[1], seen[1].crack.shape
    far = {times: one for times, one in seen.items() if times > 1}
    of_mean = {times: one for times, one in seen.items() if times in settings.scales}
    joints = np.zeros_like(own.line)
    for times, one in far.items():
        np.maximum(joints, _enlarged(_lines(one), joints.shape, times), out=joints)
    crack = room(hw)
    for top in range(0, hw[0], STRIP_PX):
        rows = slice(top, min(top + STRIP_PX, hw[0]))
        logits = LOGITS[own.crack[rows]]
        if far:
            summed = sum(LOGITS[_enlarged(one.crack, hw, times, rows)] for times, one in of_mean.items())
            logits = np.maximum(logits, summed / np.float32(len(of_mean)) + np.float32(settings.offset))
        found = np.rint(expit(logits) * FULL)
        cells = slice(top // LINE_STRIDE_PX, -(-(top + STRIP_PX) // LINE_STRIDE_PX))
        bound = (FULL - joints[cells]).repeat(LINE_STRIDE_PX, axis=0).repeat(LINE_STRIDE_PX, axis=1)
        crack[rows] = np.minimum(found, bound[: len(found), : hw[1]])
        let_go(own.crack)
        let_go(crack)
    return CrackMap(crack, np.maximum(own.line, joints))


def _surer(once: CrackMap, pixels: NDArray[np.uint8], mapper: Backbone) -> CrackMap:
    """Give the mean of a reading and of those of the mirror image, and of both brightened, of a view (H, W, 3)."""
    width = pixels.shape[1]
    even = np.pad(pixels, ((0, 0), (0, -width % LINE_STRIDE_PX), (0, 0)), "symmetric")
    bright, cracks, lines = BRIGHTER[even], [LOGITS[once.crack]], [once.line]
    for view, way in ((even, -1), (bright, 1), (bright, -1)):
        seen = read_crack_map(np.ascontiguousarray(view[:, ::way]), mapper)
        cracks.append(LOGITS[seen.crack[:, ::way][:, :width]])
        lines.append(seen.line[:, ::way])
    crack = np.rint(expit(np.mean(cracks, axis=0)) * FULL)
    return CrackMap(crack.astype(np.uint8), np.rint(np.mean(lines, axis=0)).astype(np.uint8))


def _lines(far: CrackMap) -> NDArray[np.uint8]:
    """Give the lines that are no crack (h, w) of a reading: cells in which it sees such a line rather than a crack."""
    rows, cols = (side * LINE_STRIDE_PX for side in far.line.shape)
    even = np.pad(far.crack, ((0, rows - far.crack.shape[0]), (0, cols - far.crack.shape[1])))
    highest = even.reshape(len(far.line), LINE_STRIDE_PX, -1, LINE_STRIDE_PX).max(axis=(1, 3))
    return np.where(far.line > highest, far.line, 0).astype(np.uint8)


def _enlarged(
    small: NDArray[np.uint8], hw: tuple[int, ...], times: int, rows: slice | None = None
) -> NDArray[np.uint8]:
    """Give a map (h, w) of a smaller photo at the photo's own size, or some rows of it.

    Args:
        small: its last row and column may reach beyond the photo.
        hw: size of what is given.
        times: px of it that stand for one of the small map, down and across.
        rows: from and to which row; None for all.
    """
    start, stop = (rows.start, rows.stop) if rows else (0, hw[0])
    box = (0, start / times, hw[1] / times, stop / times)
    return np.asarray(Image.fromarray(small).resize((hw[1], stop - start), Image.Resampling.BILINEAR, box=box))


def _smaller(pixels: NDArray[np.uint8], times: int) -> NDArray[np.uint8]:
    """Give the means of squares of so many px, strip by strip, as Pillow needs a copy of what it reduces."""
    height, width = (-(-side // times) for side in pixels.shape[:2])
    small, rows = np.empty((height, width, 3), np.uint8), STRIP_PX // times
    for top in range(0, height, rows):
        strip = Image.fromarray(pixels[top * times : (top + rows) * times])
        small[top : top + rows] = strip.reduce(times)
        let_go(pixels)
    return small


def _maps(maps: FeatureMaps) -> tuple[NDArray[Any], ...]:
    if maps.crack is None or maps.line is None:
        raise CheckpointError("The network gives no crack map. Open it with the decoder of one.")
    return maps.crack[0], maps.line[0]
