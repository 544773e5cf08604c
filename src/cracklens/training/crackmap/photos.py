"""Takes photos with masks; gives them decoded in files, with splits, and a reason for each that is left out."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from numpy.typing import NDArray

from cracklens.errors import DataError, PhotoError
from cracklens.labels import LabelledSet, LabelledTile, Needs, of_split, with_splits
from cracklens.labels.masks import MaskedPhoto, MaskedSet
from cracklens.labels.splits import LEAKING_RULE
from cracklens.photo import read_photo
from cracklens.report.words import left_out_text
from cracklens.training.crackmap.source import CRACK, UNSURE, mask_labels
from cracklens.values import LeftOut, Note

NEEDS = Needs(cracked=2, intact=0, what="photos")
SPLIT_RULE = "random by photo: leaks where several show one place"
PART = ".photos-"

Stage = Callable[[str, int, int], None]
"""Called with what is done, and (done, of all)."""


@dataclass(frozen=True)
class Kept:
    """Photos in files that stand in memory only where they are looked at.

    Attributes:
        labelled: each with its split; its label says whether it has a crack.
        folder: of the files.
        left_out: photos that cannot be learnt from.
        sha256: of names, splits and masks.
    """

    labelled: LabelledSet
    folder: Path
    left_out: tuple[LeftOut, ...]
    sha256: str

    def part(self, split: str) -> Sequence[LabelledTile]:
        """Give the photos of a split."""
        return of_split(self.labelled, split)

    def read(self, tile: LabelledTile, what: str) -> NDArray[np.uint8]:
        """Give "pixels" (H, W, 3) or "labels" (H, W) of a photo, or what was written for it by another name."""
        found: NDArray[np.uint8] = np.load(_path(self.folder, tile.file, what), mmap_mode="r")
        return found

    def write(self, tile: LabelledTile, what: str, array: NDArray[np.uint8]) -> None:
        """Keep an array of a photo."""
        np.save(_path(self.folder, tile.file, what), array)


@contextmanager
def folder_for_photos(run: Path) -> Iterator[Path]:
    """Give a folder inside a run's that is gone afterwards; what a killed run left of one goes first."""
    for old in run.glob(f"{PART}*"):
        shutil.rmtree(old, ignore_errors=True)
    with TemporaryDirectory(dir=run, prefix=PART, ignore_cleanup_errors=True) as folder:
        yield Path(folder)


def keep_photos(masked: MaskedSet, folder: Path, *, seed: int, val_share: float, tell: Stage) -> Kept:
    """Read every photo with its mask, write both into a folder, and give each a split.

    Raises:
        DataError: too few can be learnt from, or splits that are none.
    """
    tiles, left_out, digest = [], list(masked.left_out), hashlib.sha256()
    for number, photo in enumerate(masked.photos, start=1):
        try:
            labels = _keep(photo, folder)
        except (PhotoError, DataError) as error:
            left_out.append(
                LeftOut(photo.file, Note("because", {"reason": str(error).removeprefix(f"{photo.path}: ")}))
            )
        else:
            digest.update(f"{photo.file}\t{photo.split}\t{labels.shape}\n".encode("utf-8", "surrogateescape"))
            digest.update(labels.tobytes())
            label = int((labels == CRACK).any())
            tiles.append(LabelledTile(photo.path, photo.file, label, photo.group, photo.split))
        tell("reading photos", number, len(masked.photos))
    return Kept(_with_splits(masked, tiles, left_out, seed, val_share), folder, tuple(left_out), digest.hexdigest())


def _keep(photo: MaskedPhoto, folder: Path) -> NDArray[np.uint8]:
    whole = read_photo(photo.path)
    truth = photo.truth(whole.hw)
    labels = mask_labels(truth.areas, truth.lines)
    if whole.empty is not None:
        labels[whole.empty] = UNSURE
    for name, array in (("pixels", whole.pixels), ("labels", labels)):
        np.save(_path(folder, photo.file, name), array)
    return labels


def _path(folder: Path, file: str, what: str) -> Path:
    return folder / f"{hashlib.sha256(file.encode('utf-8', 'surrogateescape')).hexdigest()[:24]}-{what}.npy"


def _with_splits(
    masked: MaskedSet, tiles: list[LabelledTile], left_out: Sequence[LeftOut], seed: int, val_share: float
) -> LabelledSet:
    n_lost = f"{len(left_out)} of {len(tiles) + len(left_out)} are left out" if left_out else ""
    first = f": {left_out[0].photo}: {left_out_text(left_out[0])}" if left_out else ""
    if not any(tile.label for tile in tiles):
        came = "no crack is marked in any" if tiles else "none can be read"
        raise DataError(f"{masked.name}: expected photos with cracks; {came}. {n_lost}{first}".rstrip(". ") + ".")
    clauses = (*masked.remarks, *([f"{n_lost}, {left_out[0].photo} first"] if left_out else []))
    data = LabelledSet(masked.name, tuple(tiles), masked.split_rule, masked.split_sha256, clauses)
    try:
        found = with_splits(data, seed=seed, val_share=val_share, test_share=0.0, needs=NEEDS)
    except DataError as error:
        raise DataError(f"{error} {n_lost}{first}.".removesuffix(" .")) from error
    return replace(found, split_rule=SPLIT_RULE) if found.split_rule == LEAKING_RULE else found
