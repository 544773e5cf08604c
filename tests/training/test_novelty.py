"""Takes made-up features of surfaces; gives faults of telling unlike ones from them."""

from __future__ import annotations

import numpy as np
import pytest

from cracklens.network.scores import distances
from cracklens.training.novelty import fit_known

DEPTH, N = 96, 900


def surfaces(seed: int) -> dict[str, np.ndarray]:
    """Give two kinds of surface that differ in mean and share a spread of other size in every direction."""
    draw = np.random.default_rng(seed)
    spread = np.linspace(0.1, 3, DEPTH)
    return {name: (draw.normal(mean, 1, (N, DEPTH)) * spread).astype(np.float32) for name, mean in (("a", 0), ("b", 2))}


def test_known_features_have_unit_spread_and_the_limit_holds_on_val() -> None:
    train, val = surfaces(0), surfaces(1)
    known = fit_known(train, val, directions=12)
    assert known.projection.shape == (12, DEPTH)
    assert known.centres.shape == (2, 12)
    for of, centre in zip(train.values(), known.centres, strict=True):
        apart = of @ known.projection.T - centre
        np.testing.assert_allclose(apart.mean(0), 0, atol=0.05)
        np.testing.assert_allclose(apart.std(0), 1, atol=0.15)
    inside = [(distances(of @ known.projection.T, known) <= 1).mean() for of in val.values()]
    assert inside == pytest.approx([0.99, 0.99], abs=0.002), "of each kind of surface"


def test_what_lies_between_and_beyond_the_surfaces_is_new() -> None:
    train = surfaces(0)
    known = fit_known(train, surfaces(1), directions=12)
    spread = np.linspace(0.1, 3, DEPTH)
    beyond = (np.random.default_rng(2).normal(9, 1, (50, DEPTH)) * spread).astype(np.float32)
    assert (distances(beyond @ known.projection.T, known) > 1).all()
