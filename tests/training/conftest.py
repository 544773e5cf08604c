"""Takes a folder; gives drawn labelled tiles and the counting network that training stands on."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.stand_ins import CountingBackbone, mapping_backbone, save_wall

import cracklens.training.frozen

PER_CLASS = 24
"""The fewest of which 15 % are four: what val needs."""


@pytest.fixture(scope="session")
def tiles_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a folder of drawn tiles of 64 px, a subfolder a class. Not to be written to."""
    folder = tmp_path_factory.mktemp("data") / "walls"
    for seed in range(PER_CLASS):
        save_wall(folder / "Cracked" / f"{seed:02}.png", cracked=True, seed=seed, hw=(64, 64))
        save_wall(folder / "Non-cracked" / f"{seed:02}.png", cracked=False, seed=100 + seed, hw=(64, 64))
    return folder


@pytest.fixture(scope="session")
def cache_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a feature cache that the tests of a session share."""
    return tmp_path_factory.mktemp("cache")


@pytest.fixture
def network(monkeypatch: pytest.MonkeyPatch) -> CountingBackbone:
    """Give the network that training opens; it counts what it is asked."""
    counting = CountingBackbone(mapping_backbone())
    monkeypatch.setattr(cracklens.training.frozen, "open_backbone", lambda: counting)
    return counting
