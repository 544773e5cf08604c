"""Takes tiles and a backbone; gives features of their neighbourhoods, kept by content. Knows nothing of labels."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import groupby, islice
from pathlib import Path
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from cracklens.photo import file_sha256, read_photo
from cracklens.training.features.bags import Bags
from cracklens.training.features.cache import FeatureCache
from cracklens.training.features.neighbourhoods import pixels_features
from cracklens.values import Backbone

SHARD_TILES = 1024
BATCH_TILES = 16
Progress = Callable[[int, int], None]
Item = TypeVar("Item")


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
