"""Takes scored tiles and a detector; gives the ones worth looking at, with their score maps. Writes nothing."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from cracklens.detector import Detector
from cracklens.figures import ScoredTile
from cracklens.report.pictures import overlay_png
from cracklens.values import Inspection

Kind = Literal["samples", "misses", "false_alarms"]
KINDS: tuple[Kind, ...] = ("samples", "misses", "false_alarms")
KIND_TITLES: dict[Kind, str] = {
    "samples": "Sample predictions",
    "misses": "Worst misses",
    "false_alarms": "Worst false alarms",
}
SHOWN = 12
SIDE_PX = 256
GAP_PX = 6


@dataclass(frozen=True)
class Shot:
    """A tile to look at: what it is, and what the detector sees in it."""

    tile: ScoredTile
    inspection: Inspection

    @property
    def verdict(self) -> str:
        """The decision for people: found, missed, false alarm or rightly passed."""
        called = self.tile.score >= self.inspection.threshold
        if self.tile.label:
            return "found" if called else "missed"
        return "false alarm" if called else "rightly passed"


@dataclass(frozen=True)
class Gallery:
    """Tiles of one kind.

    Attributes:
        kind: what they have in common.
        total: how many there are of the kind.
        shots: the most telling of them, worst first; samples in the order of their scores.
    """

    kind: Kind
    total: int
    shots: tuple[Shot, ...]


def choose(tiles: Sequence[ScoredTile], kind: Kind, *, threshold: float) -> list[ScoredTile]:
    """Give all tiles of a kind, the worst first; samples are drawn half and half, by the hash of their names."""
    if kind == "misses":
        missed = [tile for tile in tiles if tile.label and tile.score < threshold]
        return sorted(missed, key=lambda tile: (tile.score, tile.file))
    if kind == "false_alarms":
        alarms = [tile for tile in tiles if not tile.label and tile.score >= threshold]
        return sorted(alarms, key=lambda tile: (-tile.score, tile.file))
    drawn = sorted(tiles, key=lambda tile: hashlib.sha256(tile.file.encode("utf-8", "surrogateescape")).digest())
    half = [[tile for tile in drawn if tile.label == label][: SHOWN // 2] for label in (1, 0)]
    return sorted(half[0] + half[1], key=lambda tile: (-tile.score, tile.file))


def side_by_side(shot: Shot) -> tuple[NDArray[np.uint8], NDArray[np.uint8], NDArray[np.uint8]]:
    """Give the tile bare, a white gap, and the tile under its heatmap, (256, W, 3) uint8 RGB each."""
    bare = Image.open(io.BytesIO(shot.inspection.preview_jpeg)).convert("RGB")
    overlay, (down, across) = overlay_png(shot.inspection.score_map, shot.inspection.threshold)
    heat = Image.open(io.BytesIO(overlay)).convert("RGBA")
    width = max(round(SIDE_PX * bare.width / bare.height), 1)
    bare = bare.resize((width, SIDE_PX), Image.Resampling.LANCZOS)
    heat = heat.resize((round(width * across), round(SIDE_PX * down)), Image.Resampling.NEAREST)
    painted = bare.convert("RGBA")
    painted.alpha_composite(heat.crop((0, 0, width, SIDE_PX)))
    gap = np.full((SIDE_PX, GAP_PX, 3), 255, np.uint8)
    return np.asarray(bare), gap, np.asarray(painted.convert("RGB"))


def open_galleries(tiles: Sequence[ScoredTile], detector: Detector, *, threshold: float) -> tuple[Gallery, ...]:
    """Give sample predictions, the worst misses and the worst false alarms, each with its score map."""
    found = []
    for kind in KINDS:
        chosen = choose(tiles, kind, threshold=threshold)
        total = len(tiles) if kind == "samples" else len(chosen)
        shots = (Shot(tile, detector.inspect(tile.path, threshold=threshold)) for tile in chosen[:SHOWN])
        found.append(Gallery(kind, total, tuple(shots)))
    return tuple(found)
