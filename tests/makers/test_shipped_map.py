"""Takes the crack map of the package; gives faults where its maker makes another, or it takes a line for a crack."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from makers.crackmap.card import LIMITS
from makers.crackmap.lookalikes import (
    Painter,
    brickwork,
    cable,
    formwork,
    marking,
    plants,
    scratches,
    shadow,
    writing,
)
from makers.crackmap.plan import Build
from makers.crackmap.scene import bare
from tests.stand_ins import mapping_backbone

from cracklens import draw_wall
from cracklens.models import bundled_map
from cracklens.network import read_crack_map
from cracklens.values import CrackMap

SIDE, CELL = 384, 4


def test_the_maker_has_the_rounds_and_the_limits_of_what_is_shipped() -> None:
    card, build = bundled_map().card, Build(Path(), None, Path())
    assert (build.rounds, build.seed, build.quick) == tuple(card.recipe[of] for of in ("rounds", "seed", "quick"))
    assert card.limits == LIMITS


def seen(painter: Painter, seed: int) -> tuple[CrackMap, np.ndarray]:
    """Give the crack map of a wall with something on it that is no crack, and where that is, in cells."""
    wall = bare(draw_wall((SIDE, SIDE), widths_px=(), seed=seed).pixels)
    scene = painter(np.random.default_rng(seed), wall)
    pixels = np.clip(np.rint(scene.pixels), 0, 255).astype(np.uint8)
    cells = scene.line.reshape(SIDE // CELL, CELL, SIDE // CELL, CELL).max(axis=(1, 3)) > 0.5
    return read_crack_map(pixels, mapping_backbone()), cells


# not control_joint: over 384 px that is a crack in all but its straightness, told from afar
@pytest.mark.parametrize("painter", [brickwork, formwork, cable, writing, marking, shadow, plants, scratches])
def test_lines_that_are_no_cracks_are_known_as_lines(painter: Painter) -> None:
    found = [seen(painter, seed) for seed in range(8)]
    on = np.concatenate([one.line[cells] for one, cells in found])
    beside = np.concatenate([one.line[~cells] for one, cells in found])
    cracks = [one.crack[cells.repeat(CELL, axis=0).repeat(CELL, axis=1)] for one, cells in found]
    assert on.mean() > 10 * beside.mean()
    assert (np.concatenate(cracks) >= 255 * bundled_map().card.settings.high).mean() < 0.05
