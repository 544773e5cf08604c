"""Takes photos of every size; gives faults where windows and stitching lose, double or move a cell."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from cracklens.errors import SettingError
from cracklens.network.windows import (
    EDGE_CELLS,
    HALO_CELLS,
    cell_edges,
    cells_to_px,
    cut,
    grid_hw,
    plan_windows,
    seen_share,
    stitch,
)
from cracklens.values import STRIDE_PX

sides = st.integers(1, 500)
small_hws = st.tuples(sides, sides)
hws = st.tuples(st.integers(1, 40_000), st.integers(1, 40_000))
cores = st.sampled_from([1, 2, 3, 5, 7, 8, 20, 48, 60])
middling_hws = st.tuples(st.integers(1, 6_000), st.integers(1, 6_000))
wide_cores = st.sampled_from([7, 11, 20, 48, 60])


def block_means(pixels: np.ndarray) -> np.ndarray:
    """Give the mean of every 32 px cell: a network that sees only the cell itself."""
    rows, cols = pixels.shape[0] // STRIDE_PX, pixels.shape[1] // STRIDE_PX
    cells = pixels[..., 0].reshape(rows, STRIDE_PX, cols, STRIDE_PX)
    return np.asarray(cells.mean((1, 3), dtype=np.float64), np.float32)


def reflected(pixels: np.ndarray) -> np.ndarray:
    """Give the whole photo with reflection up to the last cell and one cell around it."""
    rows, cols = grid_hw(pixels.shape[:2])
    edge = EDGE_CELLS * STRIDE_PX
    after = [cells * STRIDE_PX + edge - side for cells, side in zip((rows, cols), pixels.shape[:2], strict=True)]
    return np.pad(pixels, ((edge, after[0]), (edge, after[1]), (0, 0)), mode="reflect")


def photo(hw: tuple[int, int]) -> np.ndarray:
    return np.random.default_rng(hw[0] * 1000 + hw[1]).integers(0, 256, (*hw, 3), np.uint8)


@given(hws)
def test_grid_has_a_cell_for_every_32_px_and_at_least_seven(hw):
    for side, cells in zip(hw, grid_hw(hw), strict=True):
        assert cells == max(7, side // 32 + (side % 32 >= 16))


@given(middling_hws, cores)
@example((1, 1), 1)
@example((40_000, 40_000), 60)
def test_cores_cover_every_cell(hw, core_cells):
    rows, cols = grid_hw(hw)
    covered_rows, covered_cols = np.zeros(rows, bool), np.zeros(cols, bool)
    windows = plan_windows(hw, core_cells=core_cells)
    pairs = {
        ((w.core_cells_xyxy[1], w.core_cells_xyxy[3]), (w.core_cells_xyxy[0], w.core_cells_xyxy[2])) for w in windows
    }
    for (y0, y1), (x0, x1) in pairs:
        assert 0 <= y0 < y1 <= rows
        assert 0 <= x0 < x1 <= cols
        assert max(y1 - y0, x1 - x0) <= core_cells
        covered_rows[y0:y1] = covered_cols[x0:x1] = True
    assert covered_rows.all()
    assert covered_cols.all()
    assert len(pairs) == len(windows) == len({y for y, _ in pairs}) * len({x for _, x in pairs})


@given(middling_hws, wide_cores)
@example((300, 40), 1)
def test_windows_read_their_core_with_all_the_halo_there_is(hw, core_cells):
    rows, cols = grid_hw(hw)
    for window in plan_windows(hw, core_cells=core_cells):
        assert all(place % STRIDE_PX == 0 for place in window.reads_xyxy)
        left, top, right, bottom = (place // STRIDE_PX for place in window.reads_xyxy)
        x0, y0, x1, y1 = window.core_cells_xyxy
        assert left == max(x0 - HALO_CELLS, -EDGE_CELLS)
        assert top == max(y0 - HALO_CELLS, -EDGE_CELLS)
        assert right == min(x1 + HALO_CELLS, cols + EDGE_CELLS)
        assert bottom == min(y1 + HALO_CELLS, rows + EDGE_CELLS)


@given(middling_hws, wide_cores)
@example((300, 40), 1)
def test_windows_differ_in_size_by_the_halo_at_most(hw, core_cells):
    reads = np.array([window.reads_xyxy for window in plan_windows(hw, core_cells=core_cells)])
    for sizes in (reads[:, 2] - reads[:, 0], reads[:, 3] - reads[:, 1]):
        assert sizes.max() - sizes.min() <= HALO_CELLS * STRIDE_PX


@given(small_hws, cores)
@example((1, 1), 1)
@example((1, 900), 1)
@example((33, 40), 2)
@example((256, 256), 48)
def test_cut_and_stitch_give_the_photos_own_map(hw, core_cells):
    pixels = photo(hw)
    windows = plan_windows(hw, core_cells=core_cells)
    maps = [block_means(cut(pixels, window)) for window in windows]
    whole = block_means(reflected(pixels))[EDGE_CELLS:-EDGE_CELLS, EDGE_CELLS:-EDGE_CELLS]
    (back,) = stitch([(of,) for of in maps], windows, photo_hw=hw)
    np.testing.assert_array_equal(back, whole)


@given(small_hws, cores)
@example((1, 1), 1)
@example((2, 3), 2)
def test_what_a_window_reads_is_the_reflected_photo(hw, core_cells):
    pixels = photo(hw)
    whole, edge = reflected(pixels), EDGE_CELLS * STRIDE_PX
    for window in plan_windows(hw, core_cells=core_cells):
        x0, y0, x1, y1 = (place + edge for place in window.reads_xyxy)
        part = cut(pixels, window)
        np.testing.assert_array_equal(part, whole[y0:y1, x0:x1])
        assert part.flags.c_contiguous


def test_cut_takes_a_turned_photo_which_is_a_view():
    pixels = photo((300, 500)).transpose(1, 0, 2)[::-1]
    (window,) = plan_windows((500, 300))
    np.testing.assert_array_equal(cut(pixels, window), cut(np.ascontiguousarray(pixels), window))


@given(hws, st.data())
def test_px_boxes_of_cells_are_never_empty_and_lie_in_the_photo(hw, data):
    rows, cols = grid_hw(hw)
    x0, y0 = data.draw(st.integers(0, cols - 1)), data.draw(st.integers(0, rows - 1))
    x1, y1 = data.draw(st.integers(x0 + 1, cols)), data.draw(st.integers(y0 + 1, rows))
    left, top, right, bottom = cells_to_px((x0, y0, x1, y1), photo_hw=hw)
    assert 0 <= left < right <= hw[1]
    assert 0 <= top < bottom <= hw[0]
    if min(hw) >= 224:
        assert (left // STRIDE_PX, top // STRIDE_PX) == (x0, y0)
        assert (x1 == cols) == (right == hw[1])
        assert x1 == cols or right == x1 * STRIDE_PX


@given(st.tuples(st.integers(208, 3000), st.integers(208, 3000)))
def test_px_boxes_of_all_cells_tile_the_photo(hw):
    """Each side alone, since a box is a pair of spans; below 208 px there are more cells than px hold."""
    rows, cols = grid_hw(hw)
    across = [cells_to_px((i, 0, i + 1, rows), photo_hw=hw) for i in range(cols)]
    down = [cells_to_px((0, i, cols, i + 1), photo_hw=hw) for i in range(rows)]
    assert [box[0] for box in across] == [0, *(box[2] for box in across[:-1])]
    assert [box[1] for box in down] == [0, *(box[3] for box in down[:-1])]
    assert (across[-1][2], down[-1][3]) == (hw[1], hw[0])
    assert all((box[1], box[3]) == (0, hw[0]) for box in across)


@pytest.mark.parametrize("hw", [(0, 5), (5, 0), (-1, 5)])
def test_a_photo_without_pixels_is_refused(hw):
    with pytest.raises(SettingError, match="photo_hw must be"):
        grid_hw(hw)


def test_core_cells_below_one_are_refused():
    with pytest.raises(SettingError, match="core_cells must be"):
        plan_windows((100, 100), core_cells=0)


def test_stitch_refuses_maps_that_are_not_one_per_window():
    windows = plan_windows((300, 300))
    with pytest.raises(ValueError, match="zip"):
        stitch([], windows, photo_hw=(300, 300))


@given(st.tuples(st.integers(1, 400), st.integers(1, 400)), st.integers(0, 2**32 - 1))
def test_shares_of_cells_add_up_to_what_is_seen(hw, seed):
    empty = np.random.default_rng(seed).random(hw) < 0.3
    area = np.outer(*(np.diff(cell_edges(hw, axis)) for axis in (0, 1)))
    assert area.sum() == hw[0] * hw[1]
    share = seen_share(empty)
    assert share.shape == grid_hw(hw)
    assert (share[area == 0] == 1).all()
    assert (share.astype(float) * area).sum() == pytest.approx((~empty).sum(), abs=0.01)


def test_share_of_a_cell():
    empty = np.zeros((240, 230), bool)
    empty[:32, :16] = True
    empty[192:, 192:] = True
    share = seen_share(empty)
    assert share[0, :2].tolist() == [0.5, 1]
    assert share[-1, -2:].tolist() == [1, 0]
