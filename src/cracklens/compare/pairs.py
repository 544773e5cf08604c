"""Takes two reports; gives which photos show the same place, what changed there, and which have no counterpart."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cracklens.compare.changes import Change, changes, common_scale
from cracklens.compare.evidence import Views
from cracklens.compare.register import Features, Points, Registration, features_of, register
from cracklens.compare.side import SeenPhoto, Side, part_notes
from cracklens.errors import PhotoError
from cracklens.photo import read_photo
from cracklens.values import Note, Scale

FAR_M = 100.0
"""Photos whose GPS places are further apart show no common place: phones err by some tens of metres among walls."""

CANDIDATES = 24
"""So many older photos are tried for a newer one whose namesake does not fit: the nearest by GPS and in order."""

EARTH_M = 6_371_000.0
OnPhoto = Callable[[int, int, str], None]


@dataclass(frozen=True)
class Pair:
    """Two photos of one place.

    Attributes:
        old, new: the photos.
        registration: how the older lies in the newer.
        changes: of the cracks.
        scale: of the newer photo, or carried over; None where neither has one.
        notes: what the reader must know.
    """

    old: SeenPhoto
    new: SeenPhoto
    registration: Registration
    changes: tuple[Change, ...]
    scale: Scale | None
    notes: tuple[Note, ...] = ()


@dataclass(frozen=True)
class NotCompared:
    """A photo of one side that stands in no pair.

    Attributes:
        side: "old" or "new".
        photo: its name.
        reason: why.
    """

    side: str
    photo: str
    reason: Note


@dataclass(frozen=True)
class Comparison:
    """What two reports have in common.

    Attributes:
        pairs: in the order of the newer report.
        not_compared: the newer report's photos first.
        notes: what the reader must know of all of it.
    """

    pairs: tuple[Pair, ...]
    not_compared: tuple[NotCompared, ...]
    notes: tuple[Note, ...] = ()

    def count(self, status: str) -> int:
        """Give how many cracks have a status."""
        return sum(change.status == status for pair in self.pairs for change in pair.changes)


def compare_sides(older: Side, newer: Side, *, on_photo: OnPhoto | None = None) -> Comparison:
    """Pair the photos of two reports by what they show, and give the changes of each pair.

    A newer photo is tried with the older one of its name first, then with others; an older one is used once.
    """
    old, new = older.photos, newer.photos
    seen_old, faults_old = _recognised(old, "old")
    pairs: list[Pair] = []
    rest: list[NotCompared] = []
    used: set[int] = set()
    for done, photo in enumerate(new, start=1):
        features = _features(photo)
        if isinstance(features, Note):
            rest.append(NotCompared("new", photo.name, features))
        else:
            pair = _partner(photo, features, old, {i: of for i, of in seen_old.items() if i not in used})
            if pair is None:
                rest.append(NotCompared("new", photo.name, Note("not_as_older")))
            else:
                pairs.append(pair)
                used.add(next(i for i, of in enumerate(old) if of is pair.old))
        if on_photo:
            on_photo(done, len(new), photo.file)
    unmatched = [old[i] for i in seen_old if i not in used]
    rest += [NotCompared("old", photo.name, Note("not_as_newer")) for photo in unmatched]
    return Comparison(tuple(pairs), (*rest, *faults_old), part_notes(older, newer))


def _recognised(photos: tuple[SeenPhoto, ...], side: str) -> tuple[dict[int, Features], list[NotCompared]]:
    """Give the features of photos by their place, and those that have none."""
    found: dict[int, Features] = {}
    faults = []
    for i, photo in enumerate(photos):
        features = _features(photo)
        if isinstance(features, Note):
            faults.append(NotCompared(side, photo.name, features))
        else:
            found[i] = features
    return found, faults


def _features(photo: SeenPhoto) -> Features | Note:
    """Give the features of a photo, or why it has none."""
    if photo.path is None:
        return photo.fault or Note("photo_gone")
    try:
        return features_of(read_photo(photo.path))
    except PhotoError as error:
        return Note("because", {"reason": str(error).removeprefix(f"{photo.path}: ")})


def _partner(new: SeenPhoto, features: Features, old: tuple[SeenPhoto, ...], left: dict[int, Features]) -> Pair | None:
    """Give the pair of a newer photo with the first older one that shows the same place."""
    best: tuple[Registration, SeenPhoto] | None = None
    for i in _candidates(new, old, left):
        found = register(left[i], features)
        if found is None:
            continue
        if best is None or found.inliers > best[0].inliers:
            best = found, old[i]
        if old[i].file == new.file:
            break
    return None if best is None else _pair(best[1], new, best[0])


def _candidates(new: SeenPhoto, old: tuple[SeenPhoto, ...], left: dict[int, Features]) -> Iterator[int]:
    """Give the older photos to try: the namesake, then the nearest by GPS, then in order."""
    near = [i for i in left if _metres(old[i], new) <= FAR_M]
    order = sorted(near, key=lambda i: (old[i].file != new.file, _metres(old[i], new), i))
    return iter(order[:CANDIDATES])


def _metres(one: SeenPhoto, other: SeenPhoto) -> float:
    """Give how far apart two photos were taken; 0 where one does not say."""
    if one.gps is None or other.gps is None:
        return 0.0
    north = math.radians(one.gps[0] - other.gps[0])
    east = math.radians(one.gps[1] - other.gps[1]) * math.cos(math.radians(one.gps[0]))
    return EARTH_M * math.hypot(north, east)


def _pair(old: SeenPhoto, new: SeenPhoto, registration: Registration) -> Pair:
    """Give what changed between two photos, which are read once more for it.

    Raises:
        PhotoError: one is gone since its features were taken.
    """
    views = Views(_grey(old), _grey(new), registration)
    scale = common_scale(old, new, registration)
    return Pair(old, new, registration, changes(old, new, views), scale, _notes(old, new, registration))


def _grey(photo: SeenPhoto) -> NDArray[np.uint8]:
    """Give a photo in grey; its green channel: sharpest, and least noisy."""
    return np.ascontiguousarray(read_photo(photo.path or photo.name).pixels[..., 1])


def _notes(old: SeenPhoto, new: SeenPhoto, registration: Registration) -> tuple[Note, ...]:
    """Say what makes a pair doubtful: dates the wrong way round, scales that do not fit, little in common."""
    notes = []
    if old.taken_at and new.taken_at and old.taken_at > new.taken_at:
        notes.append(Note("dates_swapped", {"old": old.taken_at, "new": new.taken_at}))
    if old.scale and new.scale:
        carried = old.scale.px_per_mm * registration.scale_at(_middle(old))
        error = math.hypot(old.scale.relative_error, new.scale.relative_error)
        if abs(carried / new.scale.px_per_mm - 1) > 2 * error:
            notes.append(Note("scales_of_dates", {"new": new.scale.px_per_mm, "carried": carried}))
    if registration.overlap < 0.5:
        notes.append(Note("overlap", {"share": registration.overlap}))
    return tuple(notes)


def _middle(photo: SeenPhoto) -> Points:
    return np.array([photo.hw[1] / 2, photo.hw[0] / 2])
