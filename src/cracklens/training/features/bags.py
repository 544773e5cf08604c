"""Takes features of the neighbourhoods of pictures; gives them by picture, the peaks among them. Knows no files."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Bags:
    """Pictures as bags of neighbourhoods of 224 px: a picture is cracked if one of them is.

    Attributes:
        features: (M, D) of the neighbourhoods, the bags one after the other.
        counts: (N,) of the neighbourhoods of each picture, ≥ 1.

    Source: Dietterich, Lathrop, Lozano-Pérez 1997, "Solving the multiple instance problem with axis-parallel
    rectangles", section 1 (the words).
    """

    features: NDArray[np.floating]
    counts: NDArray[np.int64]

    @classmethod
    def of(cls, pictures: Sequence[NDArray[np.floating]]) -> Bags:
        """Join the neighbourhoods (K, D) of each picture."""
        return cls(np.concatenate(pictures), np.array([len(one) for one in pictures], np.int64))

    @property
    def starts(self) -> NDArray[np.int64]:
        """Where each bag begins (N,)."""
        return np.cumsum(self.counts) - self.counts

    def some(self, kept: NDArray[np.integer] | NDArray[np.bool_]) -> Bags:
        """Give some of the bags, by a mask (N,) or by their places."""
        places = np.arange(len(self.counts))[kept]
        counts = self.counts[places]
        within = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
        return Bags(self.features[np.repeat(self.starts[places], counts) + within], counts)

    def split(self) -> list[NDArray[np.floating]]:
        """Give the neighbourhoods (K, D) of each picture."""
        return np.split(self.features, self.starts[1:])

    def means(self) -> NDArray[np.float32]:
        """Give the mean features (N, D) of each bag."""
        if self.counts.max() == 1:
            return self.features.astype(np.float32)
        return np.stack([one.mean(0, dtype=np.float32) for one in self.split()])

    def peaks(self, values: NDArray[np.floating]) -> NDArray[np.floating]:
        """Give the highest (N,) of values (M,) in each bag."""
        found: NDArray[np.floating] = np.maximum.reduceat(values, self.starts)
        return found

    def peak_rows(self, values: NDArray[np.floating]) -> NDArray[np.int64]:
        """Give the row (N,) of `features` that has the highest of values (M,) in each bag, the first of equals."""
        order = np.lexsort((-values, np.repeat(np.arange(len(self.counts)), self.counts)))
        rows: NDArray[np.int64] = order[self.starts]
        return rows


def joined(parts: Sequence[Bags]) -> Bags:
    """Give several sets of bags as one."""
    return Bags(np.concatenate([one.features for one in parts]), np.concatenate([one.counts for one in parts]))
