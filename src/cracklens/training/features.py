"""Takes tiles and a backbone; gives their pooled features, kept in a cache by content. Knows nothing of labels."""

from __future__ import annotations

import hashlib
import io
import os
import zipfile
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import groupby, islice
from pathlib import Path
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from cracklens.errors import OutputError
from cracklens.models.checkpoint import write_whole
from cracklens.photo import file_sha256, read_photo
from cracklens.values import Backbone, FeatureMaps
from cracklens.windows import cut, plan_windows

POOLING_VERSION = 1
"""Raised when pooled features of the same pixels change."""

SHARD_TILES = 1024
BATCH_TILES = 16
Progress = Callable[[int, int], None]
Item = TypeVar("Item")


def pool(maps: FeatureMaps, *, cells: tuple[slice, slice]) -> NDArray[np.float32]:
    """Give the mean features (N, 3072) of a box of cells: layer3, then layer4."""
    rows, cols = cells
    fine = maps.layer3[:, :, 2 * rows.start : 2 * rows.stop, 2 * cols.start : 2 * cols.stop]
    coarse = maps.layer4[:, :, rows, cols]
    return np.concatenate([fine.mean((2, 3)), coarse.mean((2, 3))], axis=1)


def pixels_features(pixels: Sequence[NDArray[np.uint8]], backbone: Backbone) -> NDArray[np.float16]:
    """Give the pooled features (N, 3072) of whole pictures, each read as the detector reads it.

    Pictures of one size and one window go through the network as a batch; larger ones window by window.
    """
    plans = [plan_windows((picture.shape[0], picture.shape[1])) for picture in pixels]
    if len(plans[0]) == 1 and len({picture.shape for picture in pixels}) == 1:
        windows = np.stack([cut(picture, plans[0][0]) for picture in pixels])
        return pool(backbone.feature_maps(windows), cells=plans[0][0].core_in_reads).astype(np.float16)
    return np.stack([_large(picture, backbone) for picture in pixels])


def _large(picture: NDArray[np.uint8], backbone: Backbone) -> NDArray[np.float16]:
    windows = plan_windows((picture.shape[0], picture.shape[1]))
    parts = [
        pool(backbone.feature_maps(cut(picture, window)[np.newaxis]), cells=window.core_in_reads)[0]
        for window in windows
    ]
    mean: NDArray[np.float16] = np.mean(parts, axis=0).astype(np.float16)
    return mean


@dataclass(frozen=True)
class FeatureCache:
    """Pooled features on disk, in shards of 1,024 tiles; what a killed run finished is there for the next.

    Attributes:
        folder: where; a subfolder for each backbone.
    """

    folder: Path

    def read(self, backbone_hash: str, wanted: Collection[str] | None = None) -> dict[str, NDArray[np.float16]]:
        """Give the features (3072,) of known tiles by the SHA-256 of their file; a damaged shard is left out.

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

    def write(self, backbone_hash: str, hashes: Sequence[str], features: NDArray[np.float16]) -> None:
        """Add one shard.

        Raises:
            OutputError: the folder cannot be written.
        """
        stream = io.BytesIO()
        np.savez(stream, hashes=np.array(hashes), features=features)
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
        whole = arrays["features"]
        if len(whole) != len(hashes):
            raise ValueError(f"expected features of {len(hashes)} tiles; got {len(whole)}")
        features = whole[places]  # a copy: what was not asked for is freed
        return {hashes[place]: features[i] for i, place in enumerate(places)}


def default_cache() -> FeatureCache:
    """Give the user's own cache: `$CRACKLENS_CACHE`, or `$XDG_CACHE_HOME/cracklens`, or `~/.cache/cracklens`."""
    base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "cracklens"
    return FeatureCache(Path(os.environ.get("CRACKLENS_CACHE") or base) / "features")


def file_hashes(paths: Sequence[Path]) -> list[str]:
    """Give the SHA-256 of every file's bytes.

    Raises:
        PhotoError: a file cannot be read.
    """
    with ThreadPoolExecutor() as readers:
        return list(readers.map(file_sha256, paths))


def tile_features(
    paths: Sequence[Path], backbone: Backbone, *, cache: FeatureCache, on_progress: Progress | None = None
) -> NDArray[np.float32]:
    """Give the pooled features of tiles, from the cache where they are in it.

    Args:
        paths: of the tiles, N.
        backbone: computes what is missing.
        cache: is read first and added to, shard by shard.
        on_progress: called with (done, of all) after each batch.

    Returns:
        (N, 3072) float32, rounded to half precision as the cache holds them.

    Raises:
        PhotoError: a tile cannot be read.
        OutputError: the cache cannot be written.
    """
    hashes = file_hashes(paths)
    known = cache.read(backbone.hash, hashes)
    missing = {sha256: path for sha256, path in zip(hashes, paths, strict=True) if sha256 not in known}
    done = len(paths) - len(missing)
    for shard in batched(missing.items(), SHARD_TILES):
        parts = []
        for pixels in _read_ahead([path for _, path in shard]):
            parts += [pixels_features(list(same), backbone) for _, same in groupby(pixels, key=np.shape)]
            done += len(pixels)
            if on_progress:
                on_progress(done, len(paths))
        names, features = [sha256 for sha256, _ in shard], np.concatenate(parts)
        cache.write(backbone.hash, names, features)
        known.update(zip(names, features, strict=True))
    return np.stack([known[sha256] for sha256 in hashes]).astype(np.float32)


def batched(items: Iterable[Item], size: int) -> Iterator[list[Item]]:
    """Give the items in lists of at most `size`, as Python 3.12's itertools does."""
    rest = iter(items)
    while batch := list(islice(rest, size)):
        yield batch


def _read_ahead(paths: Sequence[Path]) -> Iterator[list[NDArray[np.uint8]]]:
    """Give the pixels of tiles in batches; the next batch is decoded while the network works on this one."""

    def read(batch: list[Path]) -> list[NDArray[np.uint8]]:
        return [read_photo(path).pixels for path in batch]

    with ThreadPoolExecutor(1) as reader:
        ahead = None
        for batch in batched(paths, BATCH_TILES):
            ready, ahead = ahead, reader.submit(read, batch)
            if ready:
                yield ready.result()
        if ahead:
            yield ahead.result()
