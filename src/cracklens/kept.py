"""Takes a photo, a detector and a folder of artefacts; gives scores and cracks, made only where they are not kept."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from cracklens import __version__
from cracklens.artefacts import Artefacts
from cracklens.detector import Detector
from cracklens.tracing import Traced
from cracklens.values import CrackMap, Photo, Scored, ScoreMap

MOST_PIXELS = 64_000_000
"""Crack maps of larger photos are not kept: to pack one takes twice its size in memory."""


@dataclass(frozen=True)
class Kept:
    """What a detector says of a photo, and under which keys it is kept.

    Attributes:
        scored_key: of the score map and the crack map: the photo's content and the networks.
        traced_key: of what was followed: these, and the settings of the crack map.
        score_map: of the photo.
        traced: what was followed in it.
    """

    scored_key: str
    traced_key: str
    score_map: ScoreMap
    traced: Traced


def inspect_kept(
    photo: Photo, detector: Detector, artefacts: Artefacts, *, traces: bool = True, afresh: bool = False
) -> Kept:
    """Give scores and cracks of a photo: the network runs, and lines are followed, only where that is not kept.

    Args:
        photo: with its pixels.
        detector: finds the cracks.
        artefacts: where what is made is kept.
        traces: whether cracks are to be followed.
        afresh: make all again, whatever is kept.

    Raises:
        PhotoError: nearly all of the photo has no picture.
        OutputError: the folder cannot be written.
    """
    scored_key = scored_key_of(photo.sha256, detector, traces=traces)
    traced_key = _key(scored_key, detector.map_settings)
    score_map = None if afresh else artefacts.get(scored_key, ScoreMap)
    traced = artefacts.get(traced_key, Traced) if score_map else None
    if score_map and traced:
        return Kept(scored_key, traced_key, score_map, traced)
    scored = _scored(artefacts, scored_key, score_map, follows=traces and detector.mapper is not None)
    if scored is None:
        scored = detector.look(photo, traces=traces)
        if scored.crack_map is not None and scored.crack_map.crack.size <= MOST_PIXELS:
            artefacts.put(scored_key, scored.crack_map)
        artefacts.put(scored_key, scored.score_map)
    traced = detector.follow(photo, scored)
    artefacts.put(traced_key, traced)
    return Kept(scored_key, traced_key, scored.score_map, traced)


def scored_key_of(photo_sha256: str, detector: Detector, *, traces: bool = True) -> str:
    """Give under which key is kept what the networks say of a photo; scores alone, without `traces`, have their own."""
    return _key(photo_sha256, detector.networks_sha256, *(() if traces else ("scores",)))


def _scored(artefacts: Artefacts, key: str, score_map: ScoreMap | None, *, follows: bool) -> Scored | None:
    """Give all that the networks said of a photo, where it is kept."""
    crack_map = artefacts.get(key, CrackMap) if score_map and follows else None
    return Scored(score_map, crack_map) if score_map and (crack_map or not follows) else None


def _key(*parts: object) -> str:
    return hashlib.sha256("|".join(map(repr, (*parts, __version__))).encode()).hexdigest()
