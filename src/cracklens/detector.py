"""Takes photos; gives score maps and findings. The only joint of the rooms: all else calls it."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from cracklens.errors import CheckpointError, PhotoError, SettingError
from cracklens.inspection import inspection_of
from cracklens.models import (
    DEFAULT_DETECTOR,
    Card,
    MapCard,
    find_checkpoint,
    head_sha256,
    map_of,
    read_checkpoint,
)
from cracklens.network import (
    Device,
    MappedBackbone,
    at_scales,
    local_maps,
    open_backbone,
    open_own_backbone,
    pooled_logits,
    read_both,
    score_map,
    seen_share,
)
from cracklens.network.dense import dense
from cracklens.photo import read_photo
from cracklens.tracing.trace import Traced, trace_photo
from cracklens.values import (
    LEAST_SEEN,
    Backbone,
    CrackMap,
    Head,
    Inspection,
    MapSettings,
    Photo,
    Scale,
    Scored,
    ScoreMap,
    Source,
)


@dataclass(frozen=True)
class Detector:
    """A backbone and a head that finds cracks in photos.

    Attributes:
        backbone: gives feature maps.
        head: gives scores from them.
        card: what the head was made from and how good it is.
        mapper: gives crack maps, and the feature maps where it is the scores' network, too; None of a detector that
            follows no cracks.
        map_card: how crack maps become masks, and how good they are.

    Example:
        >>> from cracklens import Detector, draw_wall
        >>> wall = draw_wall((256, 256), widths_px=(4.0,), seed=1)
        >>> Detector.load().score(wall.as_photo()).values.shape
        (8, 8)
    """

    backbone: Backbone
    head: Head
    card: Card
    mapper: Backbone | None = None
    map_card: MapCard | None = None

    @classmethod
    def load(
        cls, checkpoint: str | Path = DEFAULT_DETECTOR, *, device: Device = "cpu", threads: int | None = None
    ) -> Detector:
        """Open a bundled detector by name, or a checkpoint folder.

        Args:
            checkpoint: name or path, see `cracklens models list`.
            device: "cpu" (INT8, default), "cuda" or "torch-cpu" (both need the extra `train`); a checkpoint with its
                own network runs on "cpu" only.
            threads: CPU threads of the network; None takes all cores.

        Raises:
            CheckpointError: missing, damaged, or fitted on another backbone or with another crack map.
            SettingError: a device that is not there, or that the checkpoint's own network does not run on.
        """
        folder = find_checkpoint(checkpoint)
        loaded = read_checkpoint(folder)
        part = map_of(loaded)
        beside = device != "cpu" or loaded.card.backbone_hash != part.card.backbone_hash
        mapper = open_backbone("cpu", threads=threads, crack_map=part.network, maps_alone=beside)
        check_map(part.card, mapper)
        if loaded.backbone is not None:
            own = open_own_backbone(loaded.backbone, name=loaded.card.backbone, device=device, threads=threads)
            return cls(own, loaded.head, loaded.card, mapper, part.card)
        _check_backbone(loaded.card, mapper)
        return cls(open_backbone(device, threads=threads), loaded.head, loaded.card, mapper, part.card)

    def score(self, photo: Photo | Source) -> ScoreMap:
        """Give the calibrated score of every 224 px neighbourhood of a photo, at a stride of 32 px.

        Args:
            photo: a Photo, a path or the bytes of a file; any size. Under 224 px it is padded by reflection.

        Raises:
            PhotoError: the file cannot be read, or nearly all of it has no picture.
        """
        photo = _as_photo(photo)
        maps = photo_maps(photo, self.scorer, self.head)
        return score_map(maps, self.head, photo_hw=photo.hw, seen=_seen(photo))

    def maps(self, photo: Photo | Source) -> tuple[ScoreMap, CrackMap]:
        """Give the score map and the crack map of a photo, by one pass over its windows.

        Raises:
            PhotoError: the file cannot be read, or nearly all of it has no picture.
            CheckpointError: the detector has no crack map.
        """
        mapper, both = self._mapping()
        photo = _as_photo(photo)
        seen = _seen(photo)
        local, crack_map = read_both(photo.pixels, both, self.head)
        whole = at_scales(photo.pixels, crack_map, mapper, self.map_settings)
        return score_map(local, self.head, photo_hw=photo.hw, seen=seen), whole

    @property
    def map_settings(self) -> MapSettings:
        """How its crack maps become masks."""
        return MapSettings() if self.map_card is None else self.map_card.settings

    @property
    def networks_sha256(self) -> str:
        """The hash of all that `look` depends on: of the same weights heads may give other scores."""
        head, maps = self.head, self.map_card
        parts = (head_sha256(head), head.temperature, head.offset, self.backbone.hash, maps and maps.sha256)
        return hashlib.sha256(repr(parts).encode()).hexdigest()

    @property
    def sha256(self) -> str:
        """The hash of all that an inspection depends on: of the same crack map settings may make other masks."""
        return hashlib.sha256(repr((self.networks_sha256, self.map_settings)).encode()).hexdigest()

    @property
    def scorer(self) -> Backbone:
        """The network that scores are read from: with the crack map, where the head reads that, too.

        Raises:
            CheckpointError: the head reads the crack map, and there is none.
        """
        return self.backbone if self.head.map_weight is None else self._mapping()[1]

    def _mapping(self) -> tuple[Backbone, Backbone]:
        """Give the network of crack maps, and what gives the scores' features with them.

        That is one network, or two side by side where the scores' own is on a GPU or the checkpoint's.
        """
        if self.mapper is None:
            raise CheckpointError(f"{self.card.name} has no crack map. Use one of `cracklens models list`.")
        same = self.mapper is self.backbone or type(self.mapper) is type(self.backbone)
        if same and self.mapper.hash == self.backbone.hash:
            return self.mapper, self.mapper
        return self.mapper, MappedBackbone(self.backbone, self.mapper)

    def look(self, photo: Photo | Source, *, traces: bool = True) -> Scored:
        """Give all that the network says of a photo, by one pass over its windows; no setting changes it.

        Args:
            photo: a Photo, a path or the bytes of a file.
            traces: whether cracks are to be followed; without, there is no crack map.

        Raises:
            PhotoError: the file cannot be read, or nearly all of it has no picture.
        """
        if self.mapper is None or not traces:
            return Scored(self.score(photo))
        return Scored(*self.maps(photo))

    def follow(self, photo: Photo, scored: Scored) -> Traced:
        """Give the cracks of a photo that was looked at; none where it has no crack map."""
        if scored.crack_map is None:
            return Traced()
        return trace_photo(photo.pixels, scored.crack_map, scored.score_map, self.map_settings)

    def inspect(
        self,
        photo: Photo | Source,
        *,
        threshold: float | None = None,
        px_per_mm: float | None = None,
        traces: bool = True,
    ) -> Inspection:
        """Give the score map, findings and traces of a photo.

        Args:
            photo: a Photo, a path or the bytes of a file.
            threshold: score 0-1 from which a region is a finding; None takes the card's.
            px_per_mm: scale on the surface, > 0; None takes the photo's own, if it has one.
            traces: follow the cracks in the photo and measure them.

        Raises:
            PhotoError: the file cannot be read.
            SettingError: threshold or px_per_mm is out of range.
        """
        threshold = self.card.threshold if threshold is None else threshold
        faults = setting_faults(threshold, px_per_mm)
        if faults:
            raise SettingError(" ".join(faults))
        photo = _as_photo(photo)
        scored = self.look(photo, traces=traces)
        inspection = inspection_of(photo, scored.score_map, self.follow(photo, scored), threshold=threshold)
        return replace(inspection, scale=Scale(px_per_mm) if px_per_mm else photo.scale)


def photo_maps(photo: Photo, backbone: Backbone, head: Head) -> NDArray[np.float32]:
    """Give all that a head reads in a photo, (C, rows, cols) float32, by one pass over its windows.

    Raises:
        CheckpointError: the head does not fit the network, or reads a crack map that it does not give.
    """
    (whole,) = dense([photo.pixels], backbone, lambda maps: local_maps(maps, head))
    return whole


def photo_logits(photos: Sequence[Photo], backbone: Backbone, head: Head) -> list[float | PhotoError]:
    """Give the logit of each photo before calibration: the highest of its 224 px neighbourhoods, as its score is.

    A photo has none, but the reason, where nearly all of it has no picture.
    """
    maps = dense([photo.pixels for photo in photos], backbone, lambda maps: local_maps(maps, head))
    return [_peak(photo, whole, head) for photo, whole in zip(photos, maps, strict=True)]


def _peak(photo: Photo, maps: NDArray[np.float32], head: Head) -> float | PhotoError:
    try:
        seen = _seen(photo)
    except PhotoError as error:
        return error
    logits = pooled_logits(maps, head)
    return float(logits.max() if seen is None else logits[seen >= LEAST_SEEN].max())


def _seen(photo: Photo) -> NDArray[np.float32] | None:
    """Give the share of each cell that has a picture; None where all have one."""
    seen = None if photo.empty is None else seen_share(photo.empty)
    if seen is not None and (seen < LEAST_SEEN).all():
        nothing = "no 32 px of it are half full: nearly all of it is transparent or without data"
        raise PhotoError(f"{photo.name}: {nothing}. Export it with its picture.")
    return seen


def _as_photo(photo: Photo | Source) -> Photo:
    return photo if isinstance(photo, Photo) else read_photo(photo)


def setting_faults(threshold: float | None, px_per_mm: float | None) -> list[str]:
    """Give a sentence for each setting of an inspection that is out of its range; None is in it."""
    faults = []
    if threshold is not None and not 0 <= threshold <= 1:
        faults.append(f"threshold must be 0-1; got {threshold}. Leave it out for the detector's own.")
    if px_per_mm is not None and not 0 < px_per_mm < float("inf"):
        faults.append(f"px_per_mm must be above 0; got {px_per_mm}. Leave it out where the scale is unknown.")
    return faults


def check_map(card: MapCard, mapper: Backbone) -> None:
    """Refuse a crack map whose decoder reads another network."""
    if card.backbone_hash != mapper.hash:
        came = f"{card.name} reads network {card.backbone_hash[:12]}; here is {mapper.hash[:12]}"
        raise CheckpointError(f"Crack map and backbone must fit; {came}. Make it again with this cracklens.")


def _check_backbone(card: Card, backbone: Backbone) -> None:
    """Refuse a head fitted on another INT8 network; the float one stands for the bundled INT8 one, as a test holds."""
    if card.backbone_hash != backbone.hash:
        came = f"{card.name} was fitted on {card.backbone} {card.backbone_hash[:12]}; here is {backbone.hash[:12]}"
        raise CheckpointError(f"Head and backbone must fit; {came}. Train it again with this cracklens.")
