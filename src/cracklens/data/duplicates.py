"""Takes fingerprints; gives which pictures are the same, byte for byte or nearly, in any turn. Opens no file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cracklens.data.fingerprint import THUMB_PX, Fingerprint, turned

MAX_BITS = 32
"""Of 256 that may differ. Measured on 8,000 METU tiles: copies and second shots up to 30, then one at 38, then 48."""

LEAST_CORRELATION = 0.9
"""Of grey thumbnails, for a near duplicate. Measured on the same tiles: copies and second shots from .91."""

FLAT_GREY = 1.0
"""Thumbnails whose grey values spread less hold nothing to compare; such pictures are only found byte for byte."""

CHUNK_PAIRS = 500_000
"""Candidates compared at once: about 50 MB."""

Indices = NDArray[np.int64]


def duplicate_groups(prints: Sequence[Fingerprint]) -> Indices:
    """Give the number of its group for each picture (N,) int64; pictures that are joined by duplicates share it."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    n = len(prints)
    if n == 0:
        return np.zeros(0, np.int64)
    first: dict[str, int] = {}
    same = np.array([first.setdefault(print_.sha256, i) for i, print_ in enumerate(prints)])
    unique = np.unique(same)
    near = unique[near_pairs([prints[i] for i in unique])]  # (M, 2)
    rows, cols = np.concatenate([np.arange(n), near[:, 0]]), np.concatenate([same, near[:, 1]])
    graph: Any = coo_array((np.ones(len(rows), bool), (rows, cols)), shape=(n, n))
    return np.asarray(connected_components(graph, directed=False)[1], np.int64)


def near_pairs(prints: Sequence[Fingerprint]) -> Indices:
    """Give pairs (M, 2) int64 of near duplicates, first before second, each once.

    A pair agrees in at least one of 16 words of 16 bits, is within MAX_BITS, and its thumbnails correlate. Up to 15
    bits no pair is missed, since 16 words cannot all differ then; of pairs at 32 bits about one in eight is.

    Source:
        Norouzi, Punjani, Fleet, "Fast search in Hamming space with multi-index hashing", 2012, section 3.
    """
    if len(prints) < 2:
        return np.zeros((0, 2), np.int64)
    words = np.stack([print_.words for print_ in prints])  # (N, 8, 16)
    thumbs = np.stack([print_.thumb for print_ in prints])  # (N, 32, 32)
    kept = np.flatnonzero(thumbs.std((1, 2)) >= FLAT_GREY)
    found = [np.zeros((0, 2), np.int64)]
    for turn in range(8):
        for word in range(words.shape[2]):
            for candidates in _equal_words(words[kept, 0, word], words[kept, turn, word]):
                pairs = kept[candidates]
                found.append(_confirmed(_close(pairs, words, turn), thumbs, turn))
        found = [np.unique(np.concatenate(found), axis=0)]
    return found[0]


def _equal_words(left: NDArray[np.uint16], right: NDArray[np.uint16]) -> Iterator[Indices]:
    """Give pairs (M, 2) with left[i] == right[j] and i < j, some at a time."""
    order = np.argsort(right, kind="stable")
    low = np.searchsorted(right[order], left, "left")
    counts = np.searchsorted(right[order], left, "right") - low
    ends = np.cumsum(counts)
    start = 0
    while start < len(left):
        before = ends[start - 1] if start else 0
        stop = max(start + 1, int(np.searchsorted(ends, before + CHUNK_PAIRS, "right")))
        some = counts[start:stop]
        i = np.repeat(np.arange(start, stop), some)
        step = np.arange(len(i)) - np.repeat(np.cumsum(some) - some, some)
        j = order[np.repeat(low[start:stop], some) + step]
        yield np.stack([i, j], axis=1)[i < j]
        start = stop


def _close(pairs: Indices, words: NDArray[np.uint16], turn: int) -> Indices:
    differing = np.bitwise_count(words[pairs[:, 0], 0] ^ words[pairs[:, 1], turn])  # (M, 16)
    close: Indices = pairs[differing.sum(1) <= MAX_BITS]
    return close


def _confirmed(pairs: Indices, thumbs: NDArray[np.uint8], turn: int) -> Indices:
    first = _normed(thumbs[pairs[:, 0]])
    second = _normed(turned(thumbs[pairs[:, 1]], turn))
    confirmed: Indices = pairs[np.einsum("nd,nd->n", first, second) >= LEAST_CORRELATION]
    return confirmed


def _normed(thumbs: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Give thumbnails (N, S, S) as rows (N, S²) of mean 0 and length 1."""
    rows = thumbs.reshape(len(thumbs), THUMB_PX * THUMB_PX).astype(np.float32)
    rows -= rows.mean(1, keepdims=True)
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), np.float32)
