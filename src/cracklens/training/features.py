"""Takes tiles and a backbone; gives features of their neighbourhoods, kept by content. Knows nothing of labels."""

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
from cracklens.files import write_whole
from cracklens.network.dense import dense
from cracklens.network.scores import SIDE, halve
from cracklens.network.windows import CORE_CELLS, cut, plan_windows
from cracklens.photo import file_sha256, read_photo
from cracklens.training.bags import Bags
from cracklens.values import Backbone, FeatureMaps

POOLING_VERSION = 2
"""Raised when features of the same pixels change."""

STEP_CELLS = 3
"""Neighbourhoods of a picture lie at most so far apart: a crack in it is well inside of one."""

SHARD_TILES = 1024
BATCH_TILES = 16
Progress = Callable[[int, int], None]
Item = TypeVar("Item")


def cell_maps(maps: FeatureMaps) -> NDArray[np.float32]:
    """Give layer3 at the stride of layer4, then layer4: (N, 3072, h, w)."""
    return np.concatenate([halve(maps.layer3), maps.layer4], axis=1)


def picture_cells(
    pixels: NDArray[np.uint8], backbone: Backbone, *, core_cells: int = CORE_CELLS
) -> NDArray[np.float32]:
    """Give the features (3072, rows, cols) of every cell of a picture, read as the detector reads it."""
    (cells,) = dense([pixels], backbone, lambda maps: cell_maps(maps)[0], core_cells=core_cells)
    return cells


def neighbourhoods(cells: NDArray[np.float32]) -> NDArray[np.float16]:
    """Give the mean features (K, 3072) of neighbourhoods that lie evenly in a picture, from its cells (3072, h, w)."""
    rows, cols = map(_evenly, cells.shape[1:])
    return _means(cells, rows, cols).astype(np.float16)


def _means(cells: NDArray[np.float32], rows: Sequence[int], cols: Sequence[int], scale: int = 1) -> NDArray[np.float32]:
    """Give the mean features (K, D) of the neighbourhoods that begin at rows and cols, from maps (D, h, w).

    Args:
        cells: the maps, `scale` times as fine as rows and cols count.
        rows: where neighbourhoods begin.
        cols: where they begin along a row.
        scale: how many px of the maps make a cell's side.
    """
    depth, height, width = cells.shape
    size = scale * SIDE
    across = np.zeros((width, len(cols)), np.float32)
    for i, col in enumerate(cols):
        across[scale * col : scale * col + size, i] = 1 / size**2
    sums = (cells.reshape(-1, width) @ across).reshape(depth, height, -1)  # along rows, by BLAS
    means = np.stack([sums[:, scale * row : scale * row + size].sum(axis=1) for row in rows])  # (rows, D, cols)
    return means.transpose(0, 2, 1).reshape(-1, depth)


def _evenly(cells: int) -> list[int]:
    """Give where neighbourhoods begin along a side of so many cells, both ends among them."""
    last = cells - SIDE
    return sorted(set(np.linspace(0, last, -(-last // STEP_CELLS) + 1).round().astype(int).tolist()))


def pixels_features(pixels: Sequence[NDArray[np.uint8]], backbone: Backbone) -> list[NDArray[np.float16]]:
    """Give the neighbourhoods (K, 3072) of whole pictures, each read as the detector reads it.

    Pictures of one size and one window go through the network as a batch; larger ones window by window.
    """
    plans = [plan_windows((picture.shape[0], picture.shape[1])) for picture in pixels]
    if len(plans[0]) == 1 and len({picture.shape for picture in pixels}) == 1:
        maps = backbone.feature_maps(np.stack([cut(picture, plans[0][0]) for picture in pixels]))
        rows, cols = ([one.start + at for at in _evenly(one.stop - one.start)] for one in plans[0][0].core_in_reads)
        pairs = zip(maps.layer3, maps.layer4, strict=True)
        means = [[_means(layer3, rows, cols, scale=2), _means(layer4, rows, cols)] for layer3, layer4 in pairs]
        return [np.hstack(both).astype(np.float16) for both in means]
    return [neighbourhoods(picture_cells(picture, backbone)) for picture in pixels]


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


def file_hashes(paths: Sequence[Path]) -> list[str]:
    """Give the SHA-256 of every file's bytes.

    Raises:
        PhotoError: a file cannot be read.
    """
    with ThreadPoolExecutor() as readers:
        return list(readers.map(file_sha256, paths))


def tile_features(
    paths: Sequence[Path], backbone: Backbone, *, cache: FeatureCache, on_progress: Progress | None = None
) -> Bags:
    """Give the features of the neighbourhoods of tiles, from the cache where they are in it.

    Args:
        paths: of the tiles, N.
        backbone: computes what is missing.
        cache: is read first and added to, shard by shard.
        on_progress: called with (done, of all) after each batch.

    Returns:
        A bag a tile, in half precision as the cache holds them.

    Raises:
        PhotoError: a tile cannot be read.
        OutputError: the cache cannot be written.
    """
    hashes = file_hashes(paths)
    known = cache.read(backbone.hash, hashes)
    missing = {sha256: path for sha256, path in zip(hashes, paths, strict=True) if sha256 not in known}
    done = len(paths) - len(missing)
    for shard in batched(missing.items(), SHARD_TILES):
        parts: list[NDArray[np.float16]] = []
        for pixels in _read_ahead([path for _, path in shard]):
            parts += [one for _, same in groupby(pixels, key=np.shape) for one in pixels_features(list(same), backbone)]
            done += len(pixels)
            if on_progress:
                on_progress(done, len(paths))
        names = [sha256 for sha256, _ in shard]
        cache.write(backbone.hash, names, parts)
        known.update(zip(names, parts, strict=True))
    return Bags.of([known[sha256] for sha256 in hashes])


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
