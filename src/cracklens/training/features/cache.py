"""Takes features of tiles; gives them back by what the tiles hold, in shards on disk. Knows no network."""

from __future__ import annotations

import hashlib
import io
import os
import zipfile
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from cracklens.errors import OutputError
from cracklens.files import write_whole
from cracklens.training.features.bags import Bags

POOLING_VERSION = 2
"""Raised when features of the same pixels change."""


@dataclass(frozen=True)
class FeatureCache:
    """Pooled features on disk, in shards of 1,024 tiles; what a killed run finished is there for the next.

    Attributes:
        folder: where; a subfolder for each backbone.
    """

    folder: Path

    def read(self, backbone_hash: str, wanted: Collection[str] | None = None) -> dict[str, NDArray[np.float16]]:
        """Give the neighbourhoods (K, 3072) of known tiles by the SHA-256 of their file; a damaged shard is left out.

        Args:
            backbone_hash: of the network that computed them.
            wanted: hashes that are asked for, so that only their part of the cache is held; None takes all.
        """
        known: dict[str, NDArray[np.float16]] = {}
        asked = None if wanted is None else frozenset(wanted)
        for shard in sorted(self._of(backbone_hash).glob("*.npz")):
            try:
                known.update(_read_shard(shard, asked))
            except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
                continue  # half-written by another version: computed again
        return known

    def write(self, backbone_hash: str, hashes: Sequence[str], pictures: Sequence[NDArray[np.float16]]) -> None:
        """Add one shard.

        Raises:
            OutputError: the folder cannot be written.
        """
        stream = io.BytesIO()
        bags = Bags.of(pictures)
        np.savez(stream, hashes=np.array(hashes), counts=bags.counts, features=bags.features)
        name = hashlib.sha256("".join(hashes).encode()).hexdigest()[:16]
        try:
            self._of(backbone_hash).mkdir(parents=True, exist_ok=True)
            write_whole(self._of(backbone_hash) / f"{name}.npz", stream.getvalue())
        except OSError as error:
            raise OutputError(
                f"{self.folder}: the feature cache cannot be written ({error.strerror}). Free space."
            ) from error

    def _of(self, backbone_hash: str) -> Path:
        return self.folder / f"{backbone_hash[:16]}-{POOLING_VERSION}"


def _read_shard(shard: Path, asked: frozenset[str] | None) -> dict[str, NDArray[np.float16]]:
    """Give the features of one shard; the hashes are read first, and the features only where some are asked for."""
    with shard.open("rb") as file, np.load(file, allow_pickle=False) as arrays:
        hashes = arrays["hashes"].tolist()
        places = [i for i, sha256 in enumerate(hashes) if asked is None or sha256 in asked]
        if not places:
            return {}
        bags = Bags(arrays["features"], arrays["counts"])
        if len(bags.counts) != len(hashes) or bags.counts.sum() != len(bags.features):
            raise ValueError(f"expected features of {len(hashes)} tiles; got {len(bags.counts)}")
        some = bags.some(np.array(places)).split()  # a copy: what was not asked for is freed
        return {hashes[place]: part for place, part in zip(places, some, strict=True)}


def default_cache() -> FeatureCache:
    """Give the user's own cache: `$CRACKLENS_CACHE`, or `$XDG_CACHE_HOME/cracklens`, or `~/.cache/cracklens`."""
    base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "cracklens"
    return FeatureCache(Path(os.environ.get("CRACKLENS_CACHE") or base) / "features")
