"""Takes masks drawn by hand; gives faults where their middle lines have other branches, ends or junctions."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import ndimage

from cracklens.tracing.bridge import bridged
from cracklens.tracing.graph import graphs
from cracklens.tracing.thin import thin

EIGHT = np.ones((3, 3), bool)


def blank() -> NDArray[np.bool_]:
    return np.zeros((120, 160), np.bool_)


def test_line_is_one_branch_with_two_ends() -> None:
    mask = blank()
    mask[50:53, 20:140] = True
    (graph,) = graphs(mask)
    assert (len(graph.paths), len(graph.ends), len(graph.junctions)) == (1, 2, 0)
    assert 112 <= len(graph.paths[0].places) <= 120


def test_t_is_three_branches_with_one_junction() -> None:
    mask = blank()
    mask[50:53, 20:140] = True
    mask[50:110, 80:83] = True
    (graph,) = graphs(mask)
    assert (len(graph.paths), len(graph.ends), len(graph.junctions)) == (3, 3, 1)


def test_ring_has_no_end() -> None:
    mask = blank()
    y, x = np.indices(mask.shape)
    mask[abs(np.hypot(y - 60, x - 80) - 30) < 2] = True
    (graph,) = graphs(mask)
    assert (len(graph.paths), len(graph.ends), len(graph.junctions)) == (1, 0, 0)


def test_spur_goes() -> None:
    mask = blank()
    mask[50, 20:140] = True
    mask[46:50, 80] = True
    (graph,) = graphs(mask)
    assert len(graph.paths) == 1


@pytest.mark.parametrize(("gap", "count"), [(6, 1), (20, 1), (30, 1), (45, 2)])
def test_small_gap_is_bridged(gap: int, count: int) -> None:
    mask = blank()
    mask[50, 10:60] = True
    mask[50, 60 + gap : 150] = True
    assert len(graphs(mask)) == 2
    cracks = bridged(graphs(mask))
    assert len(cracks) == count
    assert sum(len(crack.gaps) for crack in cracks) == 2 - count
    assert all(len(crack.graph.ends) == 2 for crack in cracks)


@pytest.mark.parametrize(("gap", "count"), [(120, 1), (140, 2)])
def test_a_gap_has_an_end_however_long_the_pieces(gap: int, count: int) -> None:
    mask = np.zeros((40, 900), np.bool_)
    mask[20, 10:400] = mask[20, 400 + gap : 890] = True
    assert len(bridged(graphs(mask))) == count


@pytest.mark.parametrize(("gap", "count"), [(30, 1), (100, 2)])
def test_over_a_long_gap_a_crack_turns_less(gap: int, count: int) -> None:
    mask = np.zeros((420, 900), np.bool_)
    mask[20, 10:300] = True
    steps = np.arange(0, 300, 0.5)
    mask[(20 + steps * np.sin(0.7)).astype(int), (300 + gap + steps * np.cos(0.7)).astype(int)] = True
    assert len(graphs(mask)) == 2
    assert len(bridged(graphs(mask))) == count


def test_specks_are_no_crack_however_many() -> None:
    rng = np.random.default_rng(0)
    mask = np.zeros((750, 1000), np.bool_)
    for row, col, way in zip(
        rng.uniform(20, 730, 500), rng.uniform(20, 980, 500), rng.uniform(0, np.pi, 500), strict=True
    ):
        steps = np.arange(-10, 10, 0.5)
        mask[(row + steps * np.sin(way)).astype(int), (col + steps * np.cos(way)).astype(int)] = True
    sizes = [len(crack.gaps) for crack in bridged(graphs(mask))]
    assert len(sizes) > 150
    assert max(sizes) < 20


def test_branch_that_stops_short_of_a_crack_is_of_it() -> None:
    mask = blank()
    mask[50, 20:140] = True
    mask[62:110, 80] = True
    (crack,) = bridged(graphs(mask))
    assert len(crack.gaps) == 1
    assert len(crack.graph.ends) == 3


def test_bump_of_a_wide_crack_is_no_branch() -> None:
    mask = blank()
    mask[40:60, 10:150] = True
    mask[30:40, 78:82] = True
    (graph,) = graphs(mask)
    assert len(graph.paths) == 1


def test_parallel_lines_stay_apart() -> None:
    mask = blank()
    mask[30, 20:140] = mask[60, 20:140] = True
    assert len(graphs(mask)) == 2


def test_memory_goes_by_the_lines_not_by_the_picture() -> None:
    mask = np.zeros((3000, 3000), bool)
    mask[1500, 100:1400] = mask[1500, 1410:2900] = True
    tracemalloc.start()
    (crack,) = bridged(graphs(mask))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert len(crack.graph.ends) == 2
    assert peak < 4 * mask.nbytes  # a map of numbers alone would have eight times as much


def test_nothing_gives_nothing() -> None:
    assert graphs(blank()) == ()
    assert bridged(()) == ()


@pytest.mark.parametrize("seed", range(5))
def test_thin_keeps_what_hangs_together_and_is_thin(seed: int) -> None:
    mask = ndimage.gaussian_filter(np.random.default_rng(seed).normal(size=(90, 110)), 4) > 0.02
    lines = thin(mask)
    assert not (lines & ~mask).any()
    assert ndimage.label(lines, EIGHT)[1] == ndimage.label(mask, EIGHT)[1]
    assert not ndimage.binary_erosion(lines, np.ones((2, 2)), border_value=0).sum() > 0.01 * lines.sum()
